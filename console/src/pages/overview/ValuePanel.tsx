// SPDX-License-Identifier: Apache-2.0
//
// One of the panels: the values with most events; a click filters the whole page.

import {useState} from 'preact/hooks';

import {type Answer, exportLink, objects, type Rows, useReport} from '../../api/client';
import {addFilter, type View, viewQuery} from '../../app/view';
import {type Column, label, Panel, type Row, Table, useLate} from '../../ui';
import type {OverviewRow, PanelOf} from './panels';

export interface ValuePanelProps {
    panel: PanelOf;
    rows: OverviewRow[];
    total?: OverviewRow;
    view: View;
    answer: Answer<Rows>;
}

const isOther = (row: Row) => row.value === '(other)', isNone = (row: Row) => row.value === '(none)';

const isNoneOf = ({value}: OverviewRow) => value === '(none)';

export function ValuePanel({panel, rows, total, view, answer}: ValuePanelProps) {
    const [more, setMore] = useState(false), [search, setSearch] = useState(''), asked = useLate(search);
    const query = {...viewQuery(view, ['range', 'filters', 'traffic', 'compare']), panel: panel.id, limit: 100, search: asked || null};
    const own = useReport('overview', more ? query : null);
    const shown = more && own.data ? objects<OverviewRow>(own.data).filter((row) => row.panel === panel.id) : rows;
    const columns: Column[] = [
        {name: 'value', title: panel.head, kind: 'text', ...(panel.name && {render: (row: Row) => <span class="cell-words">{panel.name!(label(row.value))}</span>})},
        {name: 'visitors', title: 'Visitors', kind: 'number'},
        {name: 'events', title: 'Events', kind: 'number', ...(view.compare !== 'none' && {before: 'before_events'})},
    ];
    const filter = (row: Row, not: boolean) => addFilter(panel.column, row.value === '(none)' ? null : String(row.value), not);

    return (
        <Panel title={panel.title} answer={more ? {...own, ...(own.data === undefined && !own.error && {data: answer.data})} : {...answer, error: undefined}}>
            <Table label={panel.title} columns={columns} rows={shown as unknown as Row[]} main="events" total={total?.events ?? undefined}
                keyOf={(row) => String(row.value)} isFixed={isOther} isRest={isNone} onFilter={(row) => filter(row, false)} onExclude={(row) => filter(row, true)}
                href={panel.outside} search={more ? {value: search, onInput: setSearch} : false} more={more || !rows.some(({value}) => value === '(other)') ? false : () => setMore(true)}
                exportTo={(format) => exportLink('overview', query, format)} />
            {panel.without && rows.length > 0 && rows.every(isNoneOf) && <p class="overview-without">{panel.without}</p>}
        </Panel>
    );
}
