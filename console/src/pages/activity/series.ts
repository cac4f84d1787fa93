// SPDX-License-Identifier: Apache-2.0
//
// Rows of days, and of parts where users are split, as lines over days.

import type {Series} from '../../ui';
import {label, toNumber} from '../../ui';

export type DayRow = Record<string, unknown> & {day: string};

const partsMax = 6;

export function daysOf(rows: DayRow[]): string[] {
    return [...new Set(rows.map(({day}) => day))];
}

// The last day that is over; else the last.
export function lastWhole(days: string[], today: string): string | undefined {
    return days.filter((day) => day < today).at(-1) ?? days.at(-1);
}

// Parts, those with the most monthly users on the last day first.
export function partsOf(rows: DayRow[], split: string, by: string): unknown[] {
    const last = daysOf(rows).at(-1), size = (part: unknown) => Math.max(0, ...rows.filter((row) => row.day === last && row[split] === part).map((row) => toNumber(row[by]) ?? 0));
    return [...new Set(rows.map((row) => row[split]))].sort((a, b) => size(b) - size(a));
}

// A line for each measure or, where users are split, one measure's line for each of the largest parts.
export function linesOf(rows: DayRow[], split: string, by: string, measures: {id: string; name: string}[], factor: number): Series[] {
    const days = daysOf(rows), scaled = (value: unknown) => {
        const number = toNumber(value);
        return number === null ? null : number * factor;
    };
    if (!split)
        return measures.map(({id, name}) => ({name, values: rows.map((row) => scaled(row[id]))}));
    return partsOf(rows, split, by).slice(0, partsMax).map((part) => {
        const of = new Map(rows.filter((row) => row[split] === part).map((row) => [row.day, row]));
        return {name: label(part), values: days.map((day) => scaled(of.get(day)?.[measures[0]!.id]))};
    });
}
