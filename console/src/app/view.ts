// SPDX-License-Identifier: Apache-2.0
//
// What the bar on top holds: the range of time, the comparison, the zone, the filters and whose traffic. All of it stands
// in the address; what is at its default does not.

import {useMemo} from 'preact/hooks';

import {currentPlace, setQuery, usePlace} from './place';
import {addDays, addMonths, isMoment, isZone, today} from './zone';

export type Compare = 'none' | 'previous' | 'year';
export type Traffic = 'people' | 'bots' | 'internal' | 'all';

export interface View {
    range: string; // today, yesterday, 24h, 7d (or another number of days), month, year, YYYY-MM or custom
    from: string; // a day, or a moment in RFC 3339
    to: string; // before this
    timeZone: string;
    compare: Compare;
    filters: string[]; // as the reports take them: column=value, !=, ~template, !~
    traffic: Traffic;
    bucket: string;
}

export type ViewPart = 'range' | 'filters' | 'traffic' | 'compare' | 'bucket';

export const defaultRange = '30d';

function choice<T extends string>(value: string | null, of: readonly T[]): T {
    return of.find((one) => one === value) ?? of[0]!;
}

// The ends of a range that is counted from now: {from, to}.
function ends(range: string, zone: string): {from: string; to: string} | null {
    const day = today(zone), days = /^([1-9]\d{0,3})d$/.exec(range);

    if (range === 'today')
        return {from: day, to: addDays(day, 1)};
    if (range === 'yesterday')
        return {from: addDays(day, -1), to: day};
    if (range === 'year')
        return {from: `${day.slice(0, 4)}-01-01`, to: `${addMonths(`${day.slice(0, 4)}-12`, 1)}-01`};
    if (range === '24h') { // by the minute, so that a view that is drawn again asks the same
        const now = Math.ceil(Date.now() / 60000) * 60000;
        return {from: new Date(now - 86400000).toISOString().slice(0, 19) + 'Z', to: new Date(now).toISOString().slice(0, 19) + 'Z'};
    }
    if (days)
        return {from: addDays(day, 1 - Number(days[1])), to: addDays(day, 1)};
    const month = range === 'month' ? day.slice(0, 7) : /^\d{4}-(0[1-9]|1[0-2])$/.exec(range)?.[0];
    return month ? {from: `${month}-01`, to: `${addMonths(month, 1)}-01`} : null;
}

export function readView(query: URLSearchParams): View {
    const zone = query.get('zone') ?? 'UTC', timeZone = isZone(zone) ? zone : 'UTC';
    const from = query.get('from'), to = query.get('to');
    let range = query.get('range') ?? defaultRange;
    let span = range === 'custom' && from && to && isMoment(from) && isMoment(to) ? {from, to} : ends(range, timeZone);

    if (!span) {
        range = defaultRange;
        span = ends(range, timeZone)!;
    }
    return {
        range, ...span, timeZone,
        compare: choice(query.get('compare'), ['none', 'previous', 'year']),
        filters: query.getAll('filter'),
        traffic: choice(query.get('traffic'), ['people', 'bots', 'internal', 'all']),
        bucket: query.get('bucket') ?? 'auto',
    };
}

// Where the range goes on, its last bucket is not over.
export function isUnfinished({to, timeZone}: View): boolean {
    return to.length === 10 ? to > today(timeZone) : Date.parse(to) > Date.now();
}

export function useView(): View {
    const {query} = usePlace();
    const day = today('UTC');
    return useMemo(() => readView(query), [query, day]);
}

// from and to alone make a custom range; a named range forgets them.
export function changeView(change: Partial<View>, how: 'push' | 'replace' = 'push'): void {
    const query: Record<string, string | string[] | null> = {};
    const range = change.range ?? (change.from || change.to ? 'custom' : undefined);

    if (range !== undefined) {
        const now = readView(currentPlace().query);
        query.range = range === defaultRange ? null : range;
        query.from = range === 'custom' ? change.from ?? now.from : null;
        query.to = range === 'custom' ? change.to ?? now.to : null;
    }
    if (change.timeZone !== undefined)
        query.zone = change.timeZone === 'UTC' ? null : change.timeZone;
    if (change.compare !== undefined)
        query.compare = change.compare === 'none' ? null : change.compare;
    if (change.filters !== undefined)
        query.filter = [...new Set(change.filters)];
    if (change.traffic !== undefined)
        query.traffic = change.traffic === 'people' ? null : change.traffic;
    if (change.bucket !== undefined)
        query.bucket = change.bucket === 'auto' ? null : change.bucket;
    setQuery(query, how);
}

// value null: rows without one. A filter that stands already is not added again.
export function addFilter(column: string, value: string | null, not = false): void {
    changeView({filters: [...readView(currentPlace().query).filters, `${column}${not ? '!=' : '='}${value ?? ''}`]});
}

export interface FilterParts {
    column: string;
    how: '=' | '!=' | '~' | '!~';
    value: string;
}

// null where it is no filter: the address may hold anything.
export function splitFilter(filter: string): FilterParts | null {
    const match = /^([^=!~]+)(!=|!~|=|~)([^]*)$/.exec(filter);
    return match ? {column: match[1]!, how: match[2] as FilterParts['how'], value: match[3]!} : null;
}

export function viewQuery(v: View, parts: ViewPart[]): Record<string, string | string[]> {
    const query: Record<string, string | string[]> = {};

    if (parts.includes('range'))
        Object.assign(query, {from: v.from, to: v.to, time_zone: v.timeZone});
    if (parts.includes('filters') && v.filters.length)
        query.filter = v.filters;
    if (parts.includes('traffic'))
        query.traffic = v.traffic;
    if (parts.includes('compare') && v.compare !== 'none')
        query.compare = v.compare;
    if (parts.includes('bucket') && v.bucket !== 'auto')
        query.bucket = v.bucket;
    return query;
}
