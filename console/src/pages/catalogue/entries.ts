// SPDX-License-Identifier: Apache-2.0
//
// What the catalogue says, joined with what has come: entries with their volumes, and names that the catalogue lacks.

import type {Catalogue, CatalogueEvent, Match} from '../../api/catalogue';

// A row of the report `catalogue`.
export interface Seen {
    event: string;
    declared: boolean;
    names: number;
    events: number;
    events_ever: number;
    first_seen: string | null;
    last_seen: string | null;
    parts: number[];
    quarantined: number;
    waiting: number;
    last_quarantined: string | null;
    example: number | null;
    quarantined_sources: string[] | null;
    reasons: {reason: string; events: number}[] | null;
}

export interface Entry {
    entry: CatalogueEvent;
    seen: Seen;
    share: number | null; // of violations, in percent
    daysLeft: number | null; // until `expires` is over; negative: since
}

export interface Undeclared {
    seen: Seen;
    match?: Match;
}

export const soonDays = 30;
export const undeclaredMax = 100; // names that are looked up

function nothing(event: string): Seen {
    return {event, declared: true, names: 0, events: 0, events_ever: 0, first_seen: null, last_seen: null, parts: new Array<number>(30).fill(0),
        quarantined: 0, waiting: 0, last_quarantined: null, example: null, quarantined_sources: null, reasons: null};
}

function later(a: string | null, b: string | null): string | null {
    return a !== null && (b === null || a > b) ? a : b;
}

function add(a: Seen, b: Seen): Seen {
    const reasons = new Map<string, number>();
    for (const {reason, events} of [...a.reasons ?? [], ...b.reasons ?? []])
        reasons.set(reason, (reasons.get(reason) ?? 0) + events);
    return {...a, names: a.names + b.names, events: a.events + b.events, events_ever: a.events_ever + b.events_ever,
        last_seen: later(a.last_seen, b.last_seen), last_quarantined: later(a.last_quarantined, b.last_quarantined),
        parts: a.parts.map((n, i) => n + (b.parts[i] ?? 0)), quarantined: a.quarantined + b.quarantined, waiting: a.waiting + b.waiting,
        example: a.example ?? b.example, quarantined_sources: [...new Set([...a.quarantined_sources ?? [], ...b.quarantined_sources ?? []])],
        reasons: [...reasons].map(([reason, events]) => ({reason, events})).sort((x, y) => y.events - x.events)};
}

// The last day counts until its end (UTC).
export function daysLeft(expires: string | null, now = Date.now()): number | null {
    return expires === null ? null : Math.floor((Date.parse(`${expires}T00:00:00Z`) + 86400000 - now) / 86400000);
}

// Names that no accepted event has had are not known to the tables: their entries are found by `matches`.
export function join(catalogue: Catalogue, rows: Seen[], matches: Match[]): {entries: Entry[]; undeclared: Undeclared[]} {
    const found = new Map(catalogue.events.map((event) => [event.name, nothing(event.name)]));
    const known = new Map(matches.map((match) => [match.name, match]));
    const undeclared: Undeclared[] = [];
    for (const row of rows) {
        const match = known.get(row.event), name = row.declared ? row.event : match?.event ?? '';
        const before = found.get(name);
        if (before)
            found.set(name, before.events_ever + before.quarantined === 0 ? {...row, event: name, declared: true} : add(before, row));
        else
            undeclared.push({seen: row, ...(match && {match})});
    }
    const entries = catalogue.events.map((entry) => {
        const seen = found.get(entry.name)!, all = seen.events + seen.quarantined;
        return {entry, seen, share: all > 0 ? seen.quarantined / all * 100 : null, daysLeft: daysLeft(entry.expires)};
    });
    return {entries, undeclared};
}

export type Show = 'all' | 'violations' | 'never' | 'deprecated' | 'expiring';

export const shows: {id: Show; name: string; fits(one: Entry): boolean}[] = [
    {id: 'all', name: 'All', fits: () => true},
    {id: 'violations', name: 'With violations', fits: ({seen}) => seen.quarantined > 0},
    {id: 'never', name: 'Never seen', fits: ({seen, entry}) => seen.events_ever === 0 && (entry.status === 'active' || entry.status === 'deprecated')},
    {id: 'deprecated', name: 'Deprecated, still arriving', fits: ({seen, entry}) => entry.status === 'deprecated' && seen.events > 0},
    {id: 'expiring', name: 'Expiring soon', fits: ({daysLeft: days}) => days !== null && days <= soonDays},
];

export function hasText({entry}: Entry, text: string): boolean {
    const needle = text.trim().toLowerCase();
    return !needle || [entry.name, entry.description, entry.trigger, entry.owner, entry.status, entry.flow_role, ...entry.kinds, ...entry.properties.map(({name}) => name)]
        .some((one) => one?.toLowerCase().includes(needle));
}

export function lifeCycle({entry, daysLeft: days}: Pick<Entry, 'entry' | 'daysLeft'>): string {
    const parts = [entry.status === 'draft' ? 'Draft: not accepted yet' : entry.status === 'retired' ? 'Retired: no longer accepted' : entry.status === 'deprecated'
        ? 'Deprecated: accepted still' : 'Active'];
    if (entry.since)
        parts.push(`since ${entry.since}`);
    if (entry.expires)
        parts.push(days! < 0 ? `expired after ${entry.expires}` : `until ${entry.expires} (${days === 0 ? 'its last day' : `${days} ${days === 1 ? 'day' : 'days'} more`})`);
    return parts.join(', ');
}
