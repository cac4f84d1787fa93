// SPDX-License-Identifier: Apache-2.0
//
// The ledger: for each source what was received, what became of it, and what is left over.

import type {Answer} from '../../api/client';
import {type Column, Panel, Table, exact} from '../../ui';
import type {Ledger, LedgerRow} from './status';

const columns: Column[] = [
    {name: 'source', title: 'Source', kind: 'text'},
    ...(['received', 'accepted', 'duplicate', 'quarantined', 'refused', 'residue'] as const)
        .map((name) => ({name, title: name.charAt(0).toUpperCase() + name.slice(1), kind: 'number' as const})),
];

const reasonColumns: Column[] = [
    {name: 'reason', title: 'Reason', kind: 'text', mono: true}, {name: 'source', title: 'Source', kind: 'text'}, {name: 'events', title: 'Events', kind: 'number'},
];

function sum(rows: LedgerRow[], name: 'received' | 'accepted' | 'duplicate' | 'quarantined' | 'refused' | 'residue'): number {
    return rows.reduce((all, row) => all + row[name], 0);
}

function Sums({rows}: {rows: LedgerRow[]}) {
    return (
        <p class="health-sum"><b>{exact(sum(rows, 'received'))}</b> received = {exact(sum(rows, 'accepted'))} accepted + {exact(sum(rows, 'duplicate'))} duplicate
            {' '}+ {exact(sum(rows, 'quarantined'))} quarantined + {exact(sum(rows, 'refused'))} refused; residue <b>{exact(sum(rows, 'residue'))}</b></p>
    );
}

function Sinks({ledger}: Ledger) {
    const {records} = ledger.residue;
    return (
        <>{ledger.sinks.filter(({error}) => !error).map((s) => (
            <p key={s.sink} class="health-sum"><b>{exact(records)}</b> records in the journal = {exact(s.events)} events + {exact(s.quarantined)} quarantined
                {' '}+ {exact(s.notes)} notes in the {s.sink}, {exact(s.pending)} pending, {exact(s.rejected)} set aside, {exact(s.lost)} lost
                {s.unknown > 0 && <>, {exact(s.unknown)} unknown or erased</>}{s.before > 0 && <>, {exact(s.before)} from before it counted</>}; residue <b>{exact(s.residue)}</b></p>
        ))}</>
    );
}

export function LedgerPanel({answer}: {answer: Answer<Ledger>}) {
    const rows = answer.data?.ledger.rows ?? [];
    const reasons = rows.flatMap(({source, reasons}) => Object.entries(reasons).map(([reason, events]) => ({reason, source, events})));
    const missing = rows.filter(({never_arrived}) => (never_arrived ?? 0) > 0);
    return (
        <Panel title="Ledger, from the beginning" class="health-wide" answer={answer}>
            <Sums rows={rows} />
            {answer.data && <Sinks {...answer.data} />}
            <Table label="What became of every event, by source" columns={columns} rows={rows as unknown as Record<string, unknown>[]} main="received" total={sum(rows, 'received')}
                keyOf={(row) => String(row.source)} empty={<p class="table-none">Nothing was received yet.</p>} />
            {missing.map(({source, never_arrived, sessions}) => <p key={source} class="health-sum">{source}: {exact(never_arrived ?? 0)} events never arrived, by the sequence numbers of {exact(sessions ?? 0)} sessions</p>)}
            {answer.data?.ledger.gaps_error && <p class="health-sum">What never arrived is not known: {answer.data.ledger.gaps_error}</p>}
            {reasons.length > 0 && <>
                <h3 class="health-more">Refused, by reason</h3>
                <Table label="Refused, by reason" columns={reasonColumns} rows={reasons} main="events" />
            </>}
        </Panel>
    );
}
