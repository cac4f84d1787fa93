// SPDX-License-Identifier: Apache-2.0
//
// Who comes back: cohorts by when users began, with what they begin by chosen from the catalogue.

import {useMemo, useState} from 'preact/hooks';

import {useCatalogue} from '../../api/catalogue';
import {exportLink, objects, useReport} from '../../api/client';
import {setQuery} from '../../app/place';
import type {View} from '../../app/view';
import {today} from '../../app/zone';
import {Button, Definition, Empty, Export, label, Panel, Select, Tabs} from '../../ui';
import {type Asked, factors, periods, usersQuery} from './asked';
import {Triangle} from './Triangle';
import {partsOf, type RetentionRow, triangleOf} from './cohorts';

export function Retention({asked, view}: {asked: Asked; view: View}) {
    const query = {...usersQuery(asked, view), period: asked.period, periods: periods[asked.period], ...(asked.start && {start: asked.start}), ...(asked.rolling && {rolling: 1})};
    const answer = useReport('retention', query), {data: catalogue} = useCatalogue();
    const [chosen, setPart] = useState('');
    const all = useMemo(() => answer.data ? objects(answer.data) as RetentionRow[] : [], [answer.data]);
    const parts = asked.split ? partsOf(all, asked.split) : [], part = parts.includes(chosen) ? chosen : parts[0];
    const rows = asked.split ? all.filter((row) => label(row[asked.split]) === part) : all;
    const starts = (catalogue?.events ?? []).filter(({kinds}) => kinds.includes('activity')).map(({name}) => name).sort();
    const span = asked.period;

    return (
        <Panel title="Retention" answer={answer} class="activity-retention" definition={
            <Definition report="retention" query={query} rows={answer.data} estimated={asked.sample !== 'whole'}>
                <p>Users belong to the {span} in which they had their first {asked.start ? <code>{asked.start}</code> : 'activity'}, out of all that there is; the range chooses cohorts by that day.
                    {' '}{asked.rolling ? `A user counts in a ${span} who was active in it or in a later one.` : `A user counts in a ${span} who was active in it.`}
                    {' '}{span === 'week' ? 'Weeks begin on Monday.' : ''} Actors keep their pseudonyms, so nobody counts twice. Cells with a dashed edge are of {span}s that are not over.</p>
            </Definition>
        } actions={
            <Export to={(format) => exportLink('retention', query, format)} />
        }>
            <div class="activity-choices">
                <Tabs label="Period" value={span} tabs={[{id: 'day', name: 'Days'}, {id: 'week', name: 'Weeks'}, {id: 'month', name: 'Months'}]}
                    onChange={(period) => setQuery({period: period === 'week' ? null : period})} />
                <Select label="Users begin with" value={asked.start} options={[{value: '', name: 'any activity'}, ...new Set([...starts, ...(asked.start ? [asked.start] : [])])]}
                    onChange={(start) => setQuery({start: start || null})} />
                {parts.length > 0 && <Select label="Part" value={part ?? ''} options={parts} onChange={setPart} />}
                <Button pressed={asked.rolling} onClick={() => setQuery({rolling: asked.rolling ? null : '1'})} title={`Count who was active in the ${span} or in a later one`}>Or later</Button>
            </div>
            {answer.data?.note && <p class="activity-note">{answer.data.note}</p>}
            {answer.data && rows.length === 0 ? <Empty title="Nobody began in this range"><p>Choose a longer range, or another event to begin with.</p></Empty>
                : <Triangle cohorts={triangleOf(rows, span, today(view.timeZone))} span={span} factor={factors[asked.sample]} />}
        </Panel>
    );
}
