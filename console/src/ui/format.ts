// SPDX-License-Identifier: Apache-2.0
//
// Numbers, times and names as people read them. English throughout, as the words of the console are.

import {once} from './once';

const exactFormat = once(() => new Intl.NumberFormat('en-US', {maximumFractionDigits: 6}));
const compactFormat = once(() => new Intl.NumberFormat('en-US', {notation: 'compact', maximumFractionDigits: 1}));
const percentFormat = once(() => new Intl.NumberFormat('en-US', {maximumFractionDigits: 1}));

// While the first answer is on its way.
export function readyFormats(): void {
    for (const format of [exactFormat, compactFormat, percentFormat])
        format();
}

// What JSON may hold for a number: DuckDB's HUGEINT and DECIMAL come as text.
export function toNumber(value: unknown): number | null {
    if (typeof value === 'number')
        return Number.isFinite(value) ? value : null;
    if (typeof value === 'bigint')
        return Number(value);
    if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
        return Number(value);
    return null;
}

export function exact(value: number): string {
    return exactFormat().format(value);
}

// 12,431 becomes 12.4K; up to four digits stay as they are.
export function compact(value: number): string {
    if (Math.abs(value) < 10000)
        return exactFormat().format(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
    return compactFormat().format(value).replace('K', 'k');
}

export function percent(value: number): string {
    return `${percentFormat().format(value)}%`;
}

// The base of a change has to be large enough to say anything.
export const changeBaseMin = 20;

// A signed percentage; null where there is no base, or a small one.
export function changeOf(value: number | null, before: number | null | undefined): number | null {
    if (value === null || before === null || before === undefined || before < changeBaseMin)
        return null;
    return (value - before) / before * 100;
}

export function signed(change: number): string {
    const rounded = Math.abs(change) >= 10 ? Math.round(change) : Math.round(change * 10) / 10;
    return `${rounded > 0 ? '+' : rounded < 0 ? '−' : '±'}${exact(Math.abs(rounded))}%`;
}

const units: [number, string][] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];

// 93784 becomes 1 d 2 h; below a second in milliseconds.
export function duration(seconds: number): string {
    if (Math.abs(seconds) < 1)
        return `${exact(Math.round(seconds * 1000))} ms`;
    let rest = Math.abs(seconds);
    const parts: string[] = [];
    for (const [size, unit] of units) {
        const n = unit === 's' && parts.length === 0 && rest < 10 ? Math.round(rest * 10) / 10 : Math.floor(rest / size);
        if (n > 0 && parts.length < 2)
            parts.push(`${exact(n)} ${unit}`);
        else if (parts.length > 0)
            break;
        rest -= n * size;
    }
    return (seconds < 0 ? '−' : '') + parts.join(' ');
}

const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(value: number): string {
    let step = 0;
    while (value >= 1024 && step < byteUnits.length - 1) {
        value /= 1024;
        step++;
    }
    return `${step ? value.toFixed(1) : exact(value)} ${byteUnits[step]}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

// A bucket's begin as the reports write it (2026-11-02, or with a time behind): short for an axis, long for a sentence.
export function bucketName(bucket: string, long = false): string {
    const match = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d:\d\d))?/.exec(bucket);
    if (!match)
        return bucket;
    const [, year, month, day, time] = match;
    const date = `${Number(day)} ${months[Number(month) - 1]}`;
    if (!long)
        return time && time !== '00:00' ? time : date;
    const weekday = weekdays[new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDay()];
    return `${weekday} ${date} ${year}${time ? `, ${time}` : ''}`;
}

// Of a bucket's begin the month, where days would say too little; any other text as it is.
export function bucketMonth(bucket: string): string {
    const match = /^(\d{4})-(\d\d)-\d\d/.exec(bucket);
    return match ? `${months[Number(match[2]) - 1]} ${match[1]}` : bucket;
}

// A bucket's begin as a parameter of a report: a day, or a moment in RFC 3339. Reports write hours as 2026-11-22 10:00:00+01.
export function bucketMoment(bucket: string): string {
    const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?(?:\.\d+)?([+-]\d\d(?::?\d\d)?|Z)?/.exec(bucket);
    if (!match)
        return bucket;
    const [, day, time, offset] = match;
    if (!time)
        return day!;
    return `${day}T${time.length === 5 ? `${time}:00` : time}${!offset ? 'Z' : offset.length === 3 ? `${offset}:00` : offset}`;
}

// With a capital letter, and an end.
export function asSentence(text: string): string {
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}

// What a value is called where it has no text of its own.
export function label(value: unknown): string {
    if (value === null || value === undefined)
        return '(none)';
    if (value === '')
        return '(empty)';
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
