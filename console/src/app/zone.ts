// SPDX-License-Identifier: Apache-2.0
//
// Days in a time zone. The browser knows only its own zone and UTC; the rest is asked of Intl.

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
    let found = formats.get(zone);
    if (!found) {
        found = new Intl.DateTimeFormat('en-CA', {timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit',
            hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
        formats.set(zone, found);
    }
    return found;
}

export function isZone(zone: string): boolean {
    if (zone === 'UTC') // what is known without Intl does not wait for it to be ready
        return true;
    try {
        format(zone);
        return true;
    } catch {
        return false;
    }
}

// {day: '2026-11-22', time: '18:05:09'} of a moment in the zone.
export function inZone(at: Date, zone: string): {day: string; time: string} {
    const iso = at.toISOString();
    if (zone === 'UTC' && iso.length === 24) // of a year with four digits
        return {day: iso.slice(0, 10), time: iso.slice(11, 19)};
    const parts: Record<string, string> = {};
    for (const {type, value} of format(zone).formatToParts(at))
        parts[type] = value;
    return {day: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}:${parts.second}`};
}

// A day that there is, or a moment in RFC 3339.
export function isMoment(text: string): boolean {
    return /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(Date.parse(text));
}

// A day's first moment in the zone, in UTC; a moment is itself.
export function momentOf(text: string, zone: string): string {
    if (text.length !== 10)
        return text;
    const wanted = Date.parse(`${text}T00:00:00Z`);
    let at = wanted;
    for (let i = 0; i < 2; i++) { // where the clock changes on that day, the first step lands on its other side
        const {day, time} = inZone(new Date(at), zone);
        at -= Date.parse(`${day}T${time}Z`) - wanted;
    }
    return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

// Whether a bucket, by its begin as the reports write it in the zone, has begun.
export function hasBegun(bucket: string, zone: string, now = new Date()): boolean {
    const {day, time} = inZone(now, zone), begin = bucket.slice(0, 19);
    return begin <= `${day} ${time}`.slice(0, begin.length);
}

export function today(zone: string): string {
    return inZone(new Date(), zone).day;
}

// Calendar arithmetic has no zone: days are counted as if in UTC.
export function addDays(day: string, days: number): string {
    const at = new Date(`${day}T00:00:00Z`);
    at.setUTCDate(at.getUTCDate() + days);
    return at.toISOString().slice(0, 10);
}

export function addMonths(month: string, months: number): string {
    const at = new Date(`${month.slice(0, 7)}-01T00:00:00Z`);
    at.setUTCMonth(at.getUTCMonth() + months);
    return at.toISOString().slice(0, 7);
}

export function daysBetween(from: string, to: string): number {
    return Math.round((Date.parse(`${to.slice(0, 10)}T00:00:00Z`) - Date.parse(`${from.slice(0, 10)}T00:00:00Z`)) / 86400000);
}

export function ownZone(): string {
    return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
