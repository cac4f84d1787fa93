// SPDX-License-Identifier: Apache-2.0
//
// The entries as a table: what each is, when it was last seen, how much of it came and how much of that did not fit.

import {go, keepView} from '../../app/place';
import {Empty, Table, Time, percent, type Column, type Row} from '../../ui';
import {Spark} from '../quarantine/Spark';
import type {Entry} from './entries';

const of = (row: Row) => row.one as Entry;

const columns: Column[] = [
    {name: 'name', title: 'Event', kind: 'text', wide: true, render: (row) => <>
        <span class="mono catalogue-name">{of(row).entry.name}</span><span class="catalogue-words">{of(row).entry.description ?? 'without a description'}</span></>},
    {name: 'owner', title: 'Owner', kind: 'text', render: (row) => <span class="quiet">{of(row).entry.owner ?? '–'}</span>},
    {name: 'kinds', title: 'Kind', kind: 'text'},
    {name: 'status', title: 'Status', kind: 'text', render: (row) => <span class={`catalogue-status catalogue-${of(row).entry.status}`}>{of(row).entry.status}</span>},
    {name: 'last', title: 'Last seen', kind: 'time', render: (row) => of(row).seen.last_seen ? <Time at={of(row).seen.last_seen} relative /> : <span class="quiet">never</span>},
    {name: 'parts', title: 'Over the range', kind: 'text', sortable: false, render: (row) => <Spark parts={of(row).seen.parts} label={`${of(row).seen.events} events over the range`} />},
    {name: 'share', title: 'Did not fit', kind: 'number', render: (row) => of(row).share === null ? <span class="quiet">–</span>
        : <span class={of(row).share! > 0 ? 'catalogue-bad' : 'quiet'} title={`${of(row).seen.quarantined} quarantined`}>{percent(of(row).share!)}</span>},
    {name: 'events', title: 'Events', kind: 'number'},
];

export function entryPath(name: string): string {
    return `/catalogue/${encodeURIComponent(name)}`;
}

export function EntryTable({entries, text, onText}: {entries: Entry[]; text: string; onText(text: string): void}) {
    const rows = entries.map((one) => ({one, name: one.entry.name, owner: one.entry.owner ?? '', kinds: one.entry.kinds.join(', '), status: one.entry.status,
        last: one.seen.last_seen ? Date.parse(`${one.seen.last_seen.replace(' ', 'T')}Z`) : null, share: one.share, events: one.seen.events}));
    return (
        <Table label="Entries of the catalogue" columns={columns} rows={rows} main="events" keyOf={(row) => String(row.name)}
            search={{value: text, onInput: onText}} onOpen={(row) => {
                go(keepView(entryPath(String(row.name))));
                scrollTo(0, 0);
            }} empty={<Empty title="No entry is like this"><p>Choose another group of entries above, or another word to search for.</p></Empty>} />
    );
}
