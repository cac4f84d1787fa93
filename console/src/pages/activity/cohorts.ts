// SPDX-License-Identifier: Apache-2.0
//
// Retention as a triangle: a row for each cohort, a column for each period after its first.

import {label, toNumber} from '../../ui';
import {addDays, addMonths} from '../../app/zone';
import type {Period} from './asked';

export interface RetentionRow extends Record<string, unknown> {
    cohort: string;
    users: number;
    period: number;
    active: number;
}

export interface CellOf {
    active: number;
    users: number;
    percent: number;
    over: boolean; // the period is over
}

export interface Cohort {
    begin: string;
    users: number;
    cells: (CellOf | null)[];
}

function beginOf(cohort: string, period: number, span: Period): string {
    return span === 'month' ? `${addMonths(cohort, period)}-01` : addDays(cohort, period * (span === 'week' ? 7 : 1));
}

export function partsOf(rows: RetentionRow[], split: string): string[] {
    const users = new Map<string, number>();
    for (const row of rows)
        if (row.period === 0)
            users.set(label(row[split]), (users.get(label(row[split])) ?? 0) + row.users);
    return [...users].sort((a, b) => b[1] - a[1]).map(([part]) => part);
}

export function triangleOf(rows: RetentionRow[], span: Period, today: string): Cohort[] {
    const cohorts = new Map<string, Cohort>(), width = Math.max(-1, ...rows.map(({period}) => period)) + 1;
    for (const row of rows) {
        const users = toNumber(row.users) ?? 0, active = toNumber(row.active) ?? 0;
        const cohort = cohorts.get(row.cohort) ?? {begin: row.cohort, users, cells: Array<CellOf | null>(width).fill(null)};
        cohort.cells[row.period] = {active, users, percent: users ? 100 * active / users : 0, over: beginOf(row.cohort, row.period + 1, span) <= today};
        cohorts.set(row.cohort, cohort);
    }
    return [...cohorts.values()];
}

// Of all cohorts for which a period is over: who was active in it, out of who could be.
export function averages(cohorts: Cohort[]): (number | null)[] {
    return (cohorts[0]?.cells ?? []).map((_, period) => {
        const cells = cohorts.map(({cells}) => cells[period]).filter((cell) => cell?.over) as CellOf[];
        const users = cells.reduce((all, cell) => all + cell.users, 0);
        return users ? 100 * cells.reduce((all, cell) => all + cell.active, 0) / users : null;
    });
}
