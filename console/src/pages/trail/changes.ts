// SPDX-License-Identifier: Apache-2.0
//
// What changed: an event is compared with the last one before it that has the same properties, and the same ids. Who did it
// is no id here: an installation that another one changes is still the same installation.

import type {Line} from './asked';

export interface Change {
    property: string;
    from: unknown;
    to: unknown;
}

function compare(a: Line, b: Line): number {
    return a.time < b.time ? -1 : a.time > b.time ? 1 : a.position - b.position;
}

function idsOf(line: Line): [string, unknown][] {
    return Object.entries(line.entities).filter(([name, value]) => /id$/i.test(name) && value !== line.actor && value !== line.device);
}

// By position. An event that has no such predecessor among the lines is not in it, nor one where all is the same.
export function changesOf(lines: Line[]): Map<number, Change[]> {
    const last = new Map<string, Record<string, unknown>>(), out = new Map<number, Change[]>();

    for (const line of lines.slice().sort(compare)) {
        const names = Object.keys(line.properties).sort(), key = JSON.stringify([names, idsOf(line)]), before = last.get(key);
        const changes = before ? names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(line.properties[name]))
            .map((name) => ({property: name, from: before[name], to: line.properties[name]})) : [];
        if (changes.length)
            out.set(line.position, changes);
        last.set(key, line.properties);
    }
    return out;
}
