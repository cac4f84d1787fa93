// SPDX-License-Identifier: Apache-2.0
//
// Steps of a funnel as they are written: name[column=value,...], several names with | between them. A backslash takes the
// next character as it is. docs/reports.md has the grammar; the engine is the one that judges.

export interface StepParts {
    name: string; // as written: with its backslashes, and all of it where it is no single name
    filters: string[];
    single: boolean; // one name: only such a step's filters are told apart here
}

// Where the first of `ends` stands that is not behind a backslash; the length where none does.
function find(text: string, from: number, ends: string): number {
    let at = from;
    while (at < text.length && !ends.includes(text[at]!))
        at += text[at] === '\\' ? 2 : 1;
    return Math.min(at, text.length);
}

export function splitStep(text: string): StepParts {
    const open = find(text, 0, '[|'), filters: string[] = [];

    if (open === text.length)
        return {name: text.trim(), filters, single: true};
    if (text[open] === '|')
        return {name: text.trim(), filters, single: false};
    let at = open;
    do {
        const end = find(text, at + 1, ',]');
        filters.push(text.slice(at + 1, end));
        at = end;
    } while (text[at] === ',');
    return text[at] === ']' && text.slice(at + 1).trim() === '' ? {name: text.slice(0, open).trim(), filters, single: true}
        : {name: text.trim(), filters: [], single: false};
}

export function joinStep(name: string, filters: string[]): string {
    return filters.length ? `${name}[${filters.join(',')}]` : name;
}

// A filter as it stands in a step. What is a template keeps its own backslashes.
export function stepFilter(column: string, how: string, value: string): string {
    return `${column.trim()}${how}${value.replace(how.includes('~') ? /[[\],|]/g : /[[\],|\\]/g, '\\$&')}`;
}

export function plainFilter(filter: string): string {
    return filter.replace(/\\(.)/g, '$1');
}

export function moved<T>(list: T[], from: number, to: number): T[] {
    const next = list.slice(), [one] = next.splice(from, 1);
    next.splice(to, 0, one!);
    return next;
}

// "step 2: no accepted event ... `x`; did you mean `y`?" as the report says it.
export interface Note {
    text: string;
    step?: number; // from 1
    typed?: string;
    meant?: string;
}

export function readNotes(note: string | undefined): Note[] {
    return (note ?? '').split('\n').filter(Boolean).map((text) => {
        const match = /^step (\d+): no accepted event .*? `([^`]*)`(?:; did you mean `([^`]*)`\?)?/.exec(text);
        return match ? {text, step: Number(match[1]), typed: match[2]!, ...(match[3] && {meant: match[3]})} : {text};
    });
}

export function corrected(step: string, {typed = '', meant = ''}: Note): string {
    const at = step.toLowerCase().indexOf(typed.toLowerCase());
    return at < 0 ? meant : step.slice(0, at) + meant + step.slice(at + typed.length);
}
