// SPDX-License-Identifier: Apache-2.0
//
// What is wrong, in groups by reason, event and source; a click opens one.

import {useMemo} from 'preact/hooks';

import {type Answer, type Rows, exportLink, objects} from '../../api/client';
import type {Query} from '../../api/client';
import {Definition, Empty, Panel, Table, Time, type Column, type Row} from '../../ui';
import {Spark} from './Spark';
import {type Group, inWords, placeWords, senderName, type State} from './groups';

const group = (row: Row) => row as unknown as Group;

const columns: Column[] = [
    {name: 'label', title: 'What is wrong', kind: 'text', render: (row) => <span class="quarantine-reason">{inWords(group(row).reason)}
        <span class="quarantine-second"><span class="mono quarantine-name">{group(row).event || '(no name)'}</span>{row.place && <>, {String(row.place)}</>}</span></span>},
    {name: 'source', title: 'Source', kind: 'text', render: (row) =>
        <>{group(row).source}{row.sender && <span class="quarantine-second quarantine-sender">{String(row.sender)}</span>}</>},
    {name: 'last_received', title: 'Last', kind: 'time', render: (row) => <Time at={group(row).last_received} relative />},
    {name: 'parts', title: 'Over the range', kind: 'text', sortable: false, render: (row) =>
        <Spark parts={group(row).parts} label={`${group(row).events} events over the range`} />},
    {name: 'events', title: 'Events', kind: 'number'},
];

function none(state: State) {
    return state === 'waiting'
        ? <Empty title="Nothing waits in quarantine">
            <p>Every event of this range fitted the catalogue. One that does not is kept aside here, with what is wrong with it, until the
                catalogue is mended and it is replayed, or until it is dropped.</p>
        </Empty>
        : <Empty title="There is nothing of this kind in this range"><p>Choose a longer range, or another state above.</p></Empty>;
}

export function GroupsPanel({answer, query, state, onOpen}: {answer: Answer<Rows>; query: Query; state: State; onOpen(group: Group): void}) {
    const rows = useMemo(() => answer.data ? objects<Row>(answer.data).map((row) => {
        const {reason, event, places, senders, sender_count: count} = group(row), place = placeWords(places?.[0]?.path ?? ''), sender = senders?.[0];
        return {...row, label: `${inWords(reason)} ${event} ${place}`,
            place: place ? `${place}${places!.length > 1 ? ` +${places!.length - 1}` : ''}` : '',
            sender: sender && senderName(sender) ? `${senderName(sender)}${(count ?? 1) > 1 ? ` +${count! - 1}` : ''}` : ''};
    }) : [], [answer.data]);
    return (
        <Panel title="What is wrong" answer={answer} class="quarantine-groups" definition={
            <Definition report="quarantine" query={query} rows={answer.data}>
                <p>A group has the events of one source with one error. An event with two errors is in two groups, so the groups may add up to
                    more than there are events. The range is about when they were received. Rows are here a second or two after the event.</p>
            </Definition>}>
            {answer.data && <Table label="Groups" columns={columns} rows={rows} main="events" search empty={none(state)}
                keyOf={(row) => JSON.stringify([group(row).reason, group(row).event, group(row).source])}
                onOpen={(row) => onOpen(group(row))} exportTo={(format) => exportLink('quarantine', query, format)} />}
        </Panel>
    );
}
