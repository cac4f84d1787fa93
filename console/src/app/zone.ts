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
    try {
        format(zone);
        return true;
    } catch {
        return false;
    }
}

// {day: '2026-11-22', time: '18:05:09'} of a moment in the zone.
export function inZone(at: Date, zone: string): {day: string; time: string} {
    const parts: Record<string, string> = {};
    for (const {type, value} of format(zone).formatToParts(at))
        parts[type] = value;
    return {day: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}:${parts.second}`};
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

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
