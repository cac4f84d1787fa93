// SPDX-License-Identifier: Apache-2.0
//
// Where a value was found: each column that holds it leads to its trail.

import {exportLink, objects, useReport} from '../../api/client';
import {changeView, useView, viewQuery} from '../../app/view';
import {addDays, today} from '../../app/zone';
import {go, keepView} from '../../app/place';
import {Button, type Column, Definition, Empty, Panel, Table} from '../../ui';
import {type Asked, trailOf} from './asked';

const columns: Column[] = [
    {name: 'column', title: 'Column', kind: 'text', render: (row) => <span class="trail-found"><b>{String(row.column)}</b> <span class="mono">{String(row.value)}</span></span>},
    {name: 'events', title: 'Events', kind: 'number'},
    {name: 'first', title: 'First', kind: 'time'},
    {name: 'last', title: 'Last', kind: 'time'},
];

export function AllTime() {
    const {timeZone} = useView();
    return <Button onClick={() => changeView({range: 'custom', from: '2000-01-01', to: addDays(today(timeZone), 2)})}>Look in all time</Button>;
}

export function Found({asked}: {asked: Asked}) {
    const view = useView(), query = {...viewQuery(view, ['range']), value: asked.text, limit: 200, ...(asked.hidden && {hidden: 1})};
    const answer = useReport('search', query), rows = answer.data ? objects(answer.data) : [];

    return (
        <Panel title={`Where ${asked.text} is found`} answer={answer} definition={
            <Definition report="search" query={query} rows={answer.data}>
                <p>Accepted events of the range that have exactly this value in a column or property; with a * at the end, all values that begin so.
                    Case matters. Lists count where one of their values is it.</p>
            </Definition>
        }>
            {rows.length === 0 ? (
                <Empty title="No event of this range has this value">
                    <p>Upper and lower case matter. People are stored as pseudonyms: look for the 32 digits that an event of theirs shows, not for a name or an address.</p>
                    <p><AllTime /></p>
                </Empty>
            ) : <Table label="Where it is found" columns={columns} rows={rows} main="events" search more={true}
                keyOf={(row) => `${String(row.column)}=${String(row.value)}`} onOpen={(row) => go(keepView(trailOf(String(row.column), String(row.value))))}
                exportTo={(format) => exportLink('search', query, format)} />}
        </Panel>
    );
}
