// SPDX-License-Identifier: Apache-2.0
//
// What the page is asked for, beside the range: how users are split, which sample of them, how several devices are read, and
// who the cohorts are. All of it stands in the address.

import type {Query} from '../../api/client';
import {usePlace} from '../../app/place';
import {splitFilter, type View, viewQuery} from '../../app/view';

export type Split = '' | 'service' | 'ua_browser' | 'ua_os';
export type Sample = 'whole' | 'half' | 'tenth';
export type Reading = '' | 'dates' | 'before' | 'moments';
export type Period = 'day' | 'week' | 'month';

export interface Asked {
    split: Split;
    sample: Sample;
    reading: Reading;
    period: Period;
    start: string;
    rolling: boolean;
}

// What counts of a sample have to be multiplied by.
export const factors: Record<Sample, number> = {whole: 1, half: 2, tenth: 10};
export const periods: Record<Period, number> = {day: 14, week: 8, month: 6};

// Columns of activity_events: what activity can be filtered by.
const columns = ['uid', 'type', 'device_id', 'service', 'ua_browser', 'ua_version', 'ua_os'];

function choice<T extends string>(value: string | null, of: readonly T[]): T {
    return of.find((one) => one === value) ?? of[0]!;
}

export function useAsked(): Asked {
    const {query} = usePlace();
    return {
        split: choice(query.get('split'), ['', 'service', 'ua_browser', 'ua_os']),
        sample: choice(query.get('sample'), ['whole', 'half', 'tenth']),
        reading: choice(query.get('reading'), ['', 'dates', 'before', 'moments']),
        period: choice(query.get('period'), ['week', 'day', 'month']),
        start: query.get('start') ?? '', rolling: query.get('rolling') === '1',
    };
}

// The bar's filters that activity knows, and the others.
export function filtersOf(view: View): {taken: string[]; left: string[]} {
    const taken = view.filters.filter((one) => columns.includes(splitFilter(one)?.column.toLowerCase() ?? ''));
    return {taken, left: view.filters.filter((one) => !taken.includes(one))};
}

export function usersQuery(asked: Asked, view: View): Query {
    const {taken} = filtersOf(view);
    return {...viewQuery(view, ['range']), ...(taken.length && {filter: taken}), ...(asked.split && {by: asked.split}), ...(asked.sample !== 'whole' && {sample: asked.sample})};
}
