// SPDX-License-Identifier: Apache-2.0
//
// Buckets of the charts over time: which span, and every one of the range, so that days without a flow show as such.

import type {View} from '../../app/view';
import {addDays, addMonths, daysBetween, today} from '../../app/zone';

export type Span = 'hour' | 'day' | 'week' | 'month';

const spans: Span[] = ['hour', 'day', 'week', 'month'];

export function spanOf(view: View): Span {
    const own = spans.find((span) => span === view.bucket), days = daysBetween(view.from, view.to);
    return own ?? (days <= 2 ? 'hour' : days <= 92 ? 'day' : days <= 730 ? 'week' : 'month');
}

const bucketsMax = 1000;

// The begins of all buckets from the range's first to its last; those of the rows where they cannot be counted.
export function bucketsOf(view: View, span: Span, found: string[]): string[] {
    const from = view.from.slice(0, 10), now = addDays(today(view.timeZone), 1);
    const to = view.to.slice(0, 10) < now ? view.to : now, list: string[] = [];

    if (span === 'hour' && view.timeZone !== 'UTC')
        return [...new Set(found)];
    if (span === 'hour') {
        const begin = Date.parse(view.from.length > 10 ? view.from : `${view.from}T00:00:00Z`), hour = 3600000;
        const end = Math.min(Date.now(), Date.parse(view.to.length > 10 ? view.to : `${view.to}T00:00:00Z`));
        for (let at = Math.floor(begin / hour) * hour; at < end && list.length < bucketsMax; at += hour)
            list.push(new Date(at).toISOString().slice(0, 19).replace('T', ' '));
        return list;
    }
    const weekday = (new Date(`${from}T00:00:00Z`).getUTCDay() + 6) % 7;
    let at = span === 'week' ? addDays(from, -weekday) : span === 'month' ? `${from.slice(0, 7)}-01` : from;
    for (; at < to && list.length < bucketsMax; at = span === 'month' ? `${addMonths(at, 1)}-01` : addDays(at, span === 'week' ? 7 : 1))
        list.push(at);
    return list;
}

// A column over the buckets; null (or 0, where that is what nothing means) without a row.
export function over(buckets: string[], rows: {bucket: string}[], column: string, none: number | null = null): (number | null)[] {
    const found = new Map(rows.map((row) => [row.bucket, (row as Record<string, unknown>)[column]]));
    return buckets.map((bucket) => (found.get(bucket) as number | null | undefined) ?? none);
}
