// SPDX-License-Identifier: Apache-2.0
//
// Which names may go on from what is typed: columns of the tables that the question names, and tables.

import {quoted, type TableColumn, type TablesOf} from './schema';
import {isWord, readLine, type Inside} from './tokens';

export interface Choice {
    text: string; // as it goes into the question
    about: string;
}

export interface Completion {
    from: number; // where the word begins
    at: number; // and what is typed of it ends
    choices: Choice[];
}

const choicesMax = 8, startMin = 2, insideMin = 3; // letters that a name begins with; that it has anywhere

// Whether what comes next stands in a text, in a name in quotes, or in a comment.
function isInside(before: string): boolean {
    let inside: Inside = '', note = false;
    for (const text of before.split('\n'))
        inside = readLine({text, inside}, (kind, piece) => (note = kind === 'note' && piece.startsWith('--')));
    return inside !== '' || note;
}

function aboutColumn({type, description}: TableColumn): string {
    return `${type.length > 24 ? `${type.slice(0, 24)}…` : type.toLowerCase()}${description ? ` · ${description}` : ''}`;
}

// Of the table before the dot; else of those that the question names; else of events.
function columnsFor(sql: string, of: string | undefined, tables: TablesOf): TableColumn[] {
    const words = new Set(sql.toLowerCase().match(/\w+/g)), own = of === undefined ? undefined : tables.get(of.toLowerCase());
    const named = [...tables].filter(([name]) => words.has(name)).flatMap(([, columns]) => columns);
    return own ?? (named.length ? named : tables.get('events') ?? []);
}

// null: nothing is offered. `asked`: by a key, so that nothing need be typed yet.
export function complete(sql: string, at: number, tables: TablesOf, asked = false): Completion | null {
    const before = sql.slice(0, at), [, of, word = ''] = /(?:\b([A-Za-z_]\w*)\.)?(?:\b([A-Za-z_]\w*))?$/.exec(before)!;
    const from = at - word.length, needle = word.toLowerCase();
    if (/\w/.test(sql[at] ?? '') || /[\w"]/.test(sql[from - 1] ?? '') || isInside(before))
        return null;
    if (!asked && of === undefined && (word.length < startMin || isWord(word)))
        return null;
    const wantsTable = of === undefined && /\b(from|join|describe|summarize)\s+$/i.test(sql.slice(0, from));
    const known = new Map<string, Choice>();
    for (const column of wantsTable ? [] : columnsFor(sql, of, tables))
        if (!known.has(column.name))
            known.set(column.name, {text: quoted(column.name), about: aboutColumn(column)});
    for (const [name, columns] of of === undefined ? tables : [])
        if (!known.has(name))
            known.set(name, {text: quoted(name), about: `table, ${columns.length} columns`});
    const place = (name: string) => name.startsWith(needle) ? 0 : needle.length >= insideMin && name.includes(needle) ? 1 : -1;
    if (!asked && [...known.keys()].some((name) => name.toLowerCase() === needle))
        return null;
    const found = [...known].map(([name, choice]) => ({choice, at: place(name.toLowerCase())})).filter((one) => one.at >= 0).sort((a, b) => a.at - b.at);
    return found.length ? {from, at, choices: found.slice(0, choicesMax).map(({choice}) => choice)} : null;
}
