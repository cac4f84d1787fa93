// SPDX-License-Identifier: Apache-2.0
//
// What the charts paint on uPlot's canvas themselves: bars from zero, stacked; the hatch over the bucket that is not over;
// thin lines where something changed.

import type uPlot from 'uplot';

export interface Mark {
    at: string; // a moment or a bucket, as text
    text: string;
    kind?: string;
}

export interface Look {
    text: string;
    quiet: string;
    line: string;
    ground: string;
    series: string[];
}

// The theme's colours as the canvas takes them: the variables hold both themes', a computed colour one.
export function readLook(): Look {
    const probe = document.createElement('span');
    document.body.append(probe);
    const color = (name: string) => {
        probe.style.color = `var(${name})`;
        return getComputedStyle(probe).color;
    };
    const look = {text: color('--text'), quiet: color('--quiet'), line: color('--line'), ground: color('--raised'),
        series: [1, 2, 3, 4, 5, 6, 7].map((n) => color(`--series-${n}`))};
    probe.remove();
    return look;
}

// Slanting lines in the ground's colour, to lie over a bar.
export function hatch(context: CanvasRenderingContext2D, color: string): CanvasPattern | null {
    const size = Math.round(6 * devicePixelRatio), tile = document.createElement('canvas');
    tile.width = tile.height = size;
    const pen = tile.getContext('2d')!;
    pen.strokeStyle = color;
    pen.lineWidth = size / 3;
    for (const shift of [-size, 0, size]) {
        pen.beginPath();
        pen.moveTo(shift, size);
        pen.lineTo(shift + size, 0);
        pen.stroke();
    }
    return context.createPattern(tile, 'repeat');
}

// Over the grid, below the marks.
export function paintBars(u: uPlot, values: (number | null)[][], colors: string[], unfinished: boolean, ground: string): void {
    const {ctx, bbox} = u, count = u.data[0]!.length, slot = bbox.width / Math.max(1, count);
    const width = Math.max(1, Math.floor(Math.min(slot * 0.8, 48 * devicePixelRatio)));
    const zero = u.valToPos(0, 'y', true), pattern = unfinished ? hatch(ctx, ground) : null;

    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (let i = 0; i < count; i++) {
        const left = Math.round(u.valToPos(i, 'x', true) - width / 2);
        let below = 0;
        values.forEach((series, n) => {
            const value = series[i] ?? 0;
            if (value <= 0)
                return;
            const top = u.valToPos(below + value, 'y', true), bottom = below === 0 ? zero : u.valToPos(below, 'y', true);
            ctx.fillStyle = colors[n % colors.length]!;
            ctx.fillRect(left, top, width, Math.max(bottom - top, devicePixelRatio));
            below += value;
        });
        if (pattern && i === count - 1 && below > 0) {
            const top = u.valToPos(below, 'y', true);
            ctx.fillStyle = pattern;
            ctx.fillRect(left, top, width, zero - top);
        }
    }
    ctx.restore();
}

export function paintMarks(u: uPlot, at: number[], color: string): void {
    const {ctx, bbox} = u;

    ctx.save();
    ctx.strokeStyle = color;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    for (const place of at) {
        const x = Math.round(u.valToPos(place, 'x', true)) + 0.5;
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
    }
    ctx.restore();
}

// The bucket in which a mark's moment lies; null where it is before all of them.
export function markPlace(mark: Mark, buckets: string[]): number | null {
    const plain = (text: string) => text.replace('T', ' ').replace('Z', '').slice(0, 19);
    const at = plain(mark.at), after = buckets.findIndex((begin) => plain(begin) > at);
    return buckets.length === 0 || after === 0 ? null : (after < 0 ? buckets.length : after) - 1;
}
