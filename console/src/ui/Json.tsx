// SPDX-License-Identifier: Apache-2.0
//
// JSON laid out for reading, a line for each value. Marks point at places by JSON pointer (/properties/seats): the line
// is drawn as a compiler draws an error, with what is to say below it. A mark at what is not there stands at its parent.

import {Icon} from './Icon';

export interface JsonMark {
    path: string; // a JSON pointer; '' is the whole
    text: string;
    kind?: 'bad' | 'warn';
}

interface Line {
    depth: number;
    path: string;
    key?: string;
    text: string;
    kind: 'string' | 'number' | 'word' | 'open' | 'close';
    comma: boolean;
}

function escapePointer(key: string): string {
    return key.replace(/~/g, '~0').replace(/\//g, '~1');
}

function layOut(value: unknown, path: string, depth: number, key: string | undefined, comma: boolean, out: Line[]): void {
    const line = (text: string, kind: Line['kind'], more: Partial<Line> = {}) =>
        out.push({depth, path, ...(key !== undefined && {key}), text, kind, comma, ...more});

    if (value === null || typeof value !== 'object') {
        line(JSON.stringify(value) ?? 'null', typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'word');
        return;
    }
    const isList = Array.isArray(value);
    const entries: [string, unknown][] = isList ? value.map((one, i) => [String(i), one]) : Object.entries(value);
    if (entries.length === 0) {
        line(isList ? '[]' : '{}', 'open');
        return;
    }
    line(isList ? '[' : '{', 'open', {comma: false});
    entries.forEach(([name, one], i) =>
        layOut(one, `${path}/${escapePointer(name)}`, depth + 1, isList ? undefined : name, i < entries.length - 1, out));
    out.push({depth, path: `${path}\u0000`, text: isList ? ']' : '}', kind: 'close', comma});
}

// The nearest place that is there.
function place(path: string, lines: Line[]): string {
    while (path && !lines.some((line) => line.path === path))
        path = path.slice(0, path.lastIndexOf('/'));
    return path;
}

export function Json({value, marks = []}: {value: unknown; marks?: JsonMark[]}) {
    const lines: Line[] = [];
    layOut(value, '', 0, undefined, false, lines);
    const at = marks.map((mark) => ({...mark, path: place(mark.path, lines)}));
    return (
        <div class="json" role="group" aria-label="JSON" tabIndex={0}>
            {lines.map((line, i) => {
                const here = at.filter((mark) => mark.path === line.path);
                return (
                    <div key={i} class={here.length ? `json-line json-${here[0]!.kind ?? 'bad'}` : 'json-line'}>
                        <code class="json-text">
                            {'  '.repeat(line.depth)}
                            {line.key !== undefined && <><span class="json-key">{JSON.stringify(line.key)}</span>: </>}
                            <span class={`json-${line.kind}`}>{line.text}</span>{line.comma && ','}
                        </code>
                        {here.map((mark, n) => (
                            <div key={n} class="json-mark">
                                <span aria-hidden="true">{'  '.repeat(line.depth)}</span><Icon name="warn" /> {mark.text}
                            </div>
                        ))}
                    </div>
                );
            })}
        </div>
    );
}
