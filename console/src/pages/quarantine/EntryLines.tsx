// SPDX-License-Identifier: Apache-2.0
//
// An entry of the catalogue as it stands in its file, with line numbers; those that matter are marked.

import type {CatalogueEvent} from '../../api/catalogue';
import {Copy} from '../../ui';

export function placeName(file: string, line: number): string {
    return `${file}:${line}`;
}

export function EntryLines({entry, marked = []}: {entry: CatalogueEvent; marked?: number[]}) {
    const first = entry.text_line, lines = entry.text?.split('\n') ?? [];
    const indent = Math.min(...lines.filter((line) => line.trim()).map((line) => /^ */.exec(line)![0].length));
    return (
        <figure class="entry-lines">
            <figcaption class="entry-place">
                <span class="mono">{placeName(entry.file, marked[0] ?? entry.line)}</span> <Copy label="Copy the place" text={placeName(entry.file, marked[0] ?? entry.line)} />
            </figcaption>
            {entry.text === null
                ? <p class="quiet">Its lines are not shown: they are shared with other entries, or too long.</p>
                : <div class="entry-text" role="group" aria-label={`Lines of ${entry.name}`} tabIndex={0}>
                    {lines.map((line, i) => (
                        <div key={i} class={marked.includes(first + i) ? 'entry-line entry-marked' : 'entry-line'}>
                            <span class="entry-number" aria-hidden="true">{first + i}</span><code>{line.slice(indent) || ' '}</code>
                        </div>
                    ))}
                </div>}
        </figure>
    );
}
