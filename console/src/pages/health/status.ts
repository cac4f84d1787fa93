// SPDX-License-Identifier: Apache-2.0
//
// What GET /api/status and GET /api/ledger say, and what follows for whoever looks after Weir.

import {bytes, duration, exact} from '../../ui';

export interface Sink {
    name: string;
    position: number;
    pending: number;
    delivered: number;
    rejected: number;
    lost: number;
    errors: number;
    damaged: number;
    delivered_us: number;
    failing: boolean;
    error: string | null;
}

export interface Latency {
    seconds: number;
    answers: number;
    p50_ms: number | null;
    p95_ms: number | null;
    p99_ms: number | null;
}

export interface Status {
    version: string;
    now_us: number;
    started_us: number;
    memory_bytes: number;
    questions_running: number;
    csp?: {reports?: number};
    sinks: Sink[];
    models: {position: number; pending: number; remaking: boolean; remade: number; failing: boolean; error: string | null};
    catalogue: {read_us: number; failed_us: number; failed: boolean; error: string | null};
    disk: {total_bytes: number; free_bytes: number; reserve_bytes: number} | null;
    database: {bytes: number; log_bytes: number; memory_bytes: number | null; temporary_bytes: number | null; memory_limit_bytes: number};
    versions: Record<string, string | null>;
    journal: {looked_us: number; bytes: number; files: number; first: number; durable: number; oldest_us: number; error: string | null} | null;
    collector: {
        up: boolean; asked_us: number; down_since_us?: number; error?: string; version?: string; started_us?: number; memory_bytes?: number;
        connections?: number; in_flight?: number; journal_failed?: boolean; journal_full?: boolean; acknowledged?: Latency; acknowledged_lately?: Latency;
    } | null;
    rates: {every_s: number; until_us: number[]; received: (number | null)[]; quarantined: (number | null)[]; refused: (number | null)[]} | null;
}

export interface LedgerRow {
    source: string;
    received: number;
    accepted: number;
    duplicate: number;
    quarantined: number;
    refused: number;
    residue: number;
    never_arrived?: number;
    sessions?: number;
    reasons: Record<string, number>;
}

export interface Ledger {
    as_of_us: number;
    stands: boolean;
    ledger: {
        rows: LedgerRow[];
        gaps_error?: string;
        sinks: {sink: string; error?: string; events: number; quarantined: number; notes: number; pending: number; rejected: number; lost: number; unknown: number; before: number; residue: number}[];
        residue: {events: number; journal: number; store: number; records: number; durable: number; running: boolean};
    };
}

export interface Trouble {
    bad: boolean; // else it is a matter to be watched
    what: string;
    todo: string;
}

const farBehind = 10000, nearReserve = 1 << 30;

export function since(us: number, now: number): string {
    return duration(Math.max(1, Math.round((now - us) / 1e6)));
}

function ofCollector({collector: c, now_us}: Status): Trouble[] {
    if (!c)
        return [{bad: false, what: 'The collector has not been asked yet.', todo: 'Wait a few seconds.'}];
    if (!c.up)
        return [{bad: true, what: `The collector has not answered for ${since(c.down_since_us ?? now_us, now_us)}: no event is taken.`,
            todo: `Start it, or read its log. It was asked, and: ${c.error}.`}];
    return [
        ...(c.journal_failed ? [{bad: true, what: 'The journal\'s disk has failed: every event is turned away.', todo: 'Check the disk, then start the collector again.'}] : []),
        ...(c.journal_full ? [{bad: true, what: 'The disk is near full: every event is turned away with status 507.', todo: 'Make room on the data folder\'s disk; events are taken again at once.'}] : []),
    ];
}

function ofEngine(s: Status): Trouble[] {
    const found: Trouble[] = [];
    for (const sink of s.sinks) {
        if (sink.failing)
            found.push({bad: true, what: `The ${sink.name} takes nothing at the moment.`, todo: `It is tried again. The last attempt: ${sink.error}.`});
        else if (sink.pending > farBehind)
            found.push({bad: false, what: `The ${sink.name} is ${exact(sink.pending)} records behind.`, todo: 'It catches up by itself; what is missing is in the journal.'});
        if (sink.lost > 0)
            found.push({bad: true, what: `${exact(sink.lost)} records of the journal were lost to damage.`, todo: 'Run `weir verify` to see where.'});
    }
    if (s.models.failing)
        found.push({bad: true, what: 'Tables of flows and activity are not up to date.', todo: `It is tried again. The last attempt: ${s.models.error}.`});
    if (s.catalogue.failed)
        found.push({bad: true, what: 'The catalogue on disk cannot be read; the last good one counts.', todo: `Run \`weir check\`. ${s.catalogue.error}.`});
    if (s.disk && s.disk.free_bytes < s.disk.reserve_bytes + nearReserve)
        found.push({bad: false, what: `The disk has ${bytes(s.disk.free_bytes)} left, of which ${bytes(s.disk.reserve_bytes)} stay free.`, todo: 'Make room before events are turned away.'});
    return found;
}

function ofLedger({stands, ledger: {residue, sinks}}: Ledger): Trouble[] {
    const found: Trouble[] = [];
    if (stands)
        found.push({bad: true, what: `${exact(Math.abs(residue.events) + Math.abs(residue.journal) + Math.abs(residue.store))} are unaccounted for.`,
            todo: 'Look again in a moment. If it stays, keep the data folder as it is, and run `weir ledger` and `weir verify`.'});
    for (const {sink, error} of sinks)
        if (error)
            found.push({bad: false, what: `What the ${sink} has is not known.`, todo: `${error}.`});
    return found;
}

export function troubles(status: Status | undefined, ledger: Ledger | undefined): Trouble[] {
    return [...(status ? [...ofCollector(status), ...ofEngine(status)] : []), ...(ledger ? ofLedger(ledger) : [])]
        .sort((a, b) => Number(b.bad) - Number(a.bad));
}
