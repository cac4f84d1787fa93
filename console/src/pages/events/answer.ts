// SPDX-License-Identifier: Apache-2.0
//
// The report's rows, taken apart: the whole, its buckets, its values, and the cells of both. A row without a value is of
// all values, one without a bucket of the whole range.

import type {Rows} from '../../api/client';
import {inZone} from '../../app/zone';
import {toNumber} from '../../ui';

export interface Amount {
    value: number | null;
    before: number | null;
    share: number | null;
}

export interface ValueRow extends Amount, Record<string, unknown> {
    keys: string[];
    key: string; // the same as one text
}

export interface Bucket extends Amount {
    name: string; // as the report has it
    moment: string; // as --from takes it
    next: string; // where the one behind it begins; '' for the last
    cells: Map<string, Amount>; // by the key of a value
}

export interface Broken {
    columns: string[]; // what it is broken down by, as the answer calls it
    total: Amount;
    values: ValueRow[]; // the largest first, (other) last
    buckets: Bucket[];
}

const nothing: Amount = {value: null, before: null, share: null};

// What cannot be in one text twice: values hold no NUL.
export function keyOf(keys: string[]): string {
    return keys.join('\0');
}

export function nameOf(keys: string[]): string {
    return keys.every((key) => key === '(other)') ? '(other)' : keys.join(' · ');
}

// A bucket's begin as a moment: a day of the zone, or the time in UTC.
function momentOf(bucket: string, utc: string | null): string {
    return bucket.length === 10 ? bucket : `${(utc ?? bucket).replace(' ', 'T')}Z`;
}

export function takeApart(answer: Rows): Broken {
    const hasUtc = answer.columns[1]?.name === 'bucket_utc', first = hasUtc ? 2 : 1;
    const columns = answer.columns.slice(first, -3).map(({name}) => name);
    const broken: Broken = {columns, total: nothing, values: [], buckets: []};
    const buckets = new Map<string, Bucket>();

    for (const row of answer.rows) {
        const [value, share, before] = row.slice(-3).map(toNumber) as [number | null, number | null, number | null];
        const amount = {value, share, before}, keys = row.slice(first, first + columns.length) as (string | null)[];
        const ofAll = keys.length === 0 || keys[0] === null, bucket = row[0] as string | null;
        const texts = keys.map((key) => key ?? ''), key = keyOf(texts);

        if (bucket === null && ofAll) {
            broken.total = amount;
        } else if (bucket === null) {
            broken.values.push({...amount, keys: texts, key});
        } else {
            const moment = momentOf(bucket, hasUtc ? String(row[1]) : null);
            const one = buckets.get(moment) ?? {...nothing, name: bucket, moment, next: '', cells: new Map<string, Amount>()};
            buckets.set(moment, one);
            if (ofAll)
                Object.assign(one, amount);
            else
                one.cells.set(key, amount);
        }
    }
    broken.buckets = [...buckets.values()].sort((a, b) => (a.moment < b.moment ? -1 : 1));
    broken.buckets.forEach((bucket, i) => (bucket.next = broken.buckets[i + 1]?.moment ?? ''));
    return broken;
}

// Without the buckets that have not begun, and whether the last one is not over.
export function untilNow(buckets: Bucket[], zone: string, now = new Date()): {shown: Bucket[]; unfinished: boolean} {
    const day = inZone(now, zone).day, moment = now.toISOString();
    const begun = ({moment: at}: Bucket) => at <= (at.length === 10 ? day : moment);
    const shown = buckets.filter(begun), last = shown.at(-1), next = last?.next ?? '';
    const open = last !== undefined && (next === '' ? last.moment.length === 10 && last.moment.slice(0, 10) >= day.slice(0, 10) : next > (next.length === 10 ? day : moment));
    return {shown, unfinished: open};
}
