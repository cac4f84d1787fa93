// SPDX-License-Identifier: Apache-2.0
//
// Names that come, or came, and that the catalogue lacks: mistyped, forgotten, or taken out.

import {Link} from '../../app/place';
import {Empty, Panel, Table, Time, exact, type Column, type Row} from '../../ui';
import type {Undeclared} from './entries';

const of = (row: Row) => row.one as Undeclared;

const columns: Column[] = [
    {name: 'event', title: 'Name', kind: 'text', mono: true, wide: true},
    {name: 'meant', title: 'Meant, perhaps', kind: 'text', render: (row) => of(row).match?.nearest
        ? <Link to={`/catalogue/${encodeURIComponent(of(row).match!.nearest!)}`} class="mono">{of(row).match!.nearest}</Link> : <span class="quiet">–</span>},
    {name: 'sources', title: 'Sources', kind: 'text'},
    {name: 'last', title: 'Last', kind: 'time', render: (row) => <Time at={of(row).seen.last_quarantined ?? of(row).seen.last_seen} relative />},
    {name: 'before', title: 'Accepted before', kind: 'number'},
    {name: 'kept', title: 'Quarantined', kind: 'number', render: (row) => of(row).seen.quarantined > 0
        ? <Link to={`/quarantine?filter=${encodeURIComponent(`name=${of(row).seen.event}`)}`}>{exact(of(row).seen.quarantined)}</Link> : '0'},
];

export function UndeclaredPanel({undeclared}: {undeclared: Undeclared[]}) {
    const rows = undeclared.map((one) => ({one, event: one.seen.event, meant: one.match?.nearest ?? '', sources: (one.seen.quarantined_sources ?? []).join(', '),
        before: one.seen.events_ever, kept: one.seen.quarantined, last: one.seen.last_quarantined}));
    return (
        <Panel title="Seen, but not declared" class="catalogue-strangers">
            <Table label="Names that the catalogue lacks" columns={columns} rows={rows} main="kept" keyOf={(row) => String(row.event)} search
                empty={<Empty title="Every name that came is in the catalogue"><p>A name that no entry takes would be listed here, with what was probably meant.</p></Empty>} />
        </Panel>
    );
}
