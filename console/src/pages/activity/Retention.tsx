// SPDX-License-Identifier: Apache-2.0
//
// Who comes back: cohorts by when users began, with what they begin by chosen from the catalogue.

import {useMemo} from 'preact/hooks';

import {useCatalogue} from '../../api/catalogue';
import {exportLink, objects, useReport} from '../../api/client';
import {setQuery, usePlace} from '../../app/place';
import type {View} from '../../app/view';
import {today} from '../../app/zone';
import {Button, Definition, Empty, Export, label, Panel, Select, Tabs} from '../../ui';
import {type Asked, factors, periods, usersQuery} from './asked';
import {Parts, partsMax} from './Parts';
import {Triangle} from './Triangle';
import {partsOf, type RetentionRow, triangleOf} from './cohorts';

export function Retention({asked, view}: {asked: Asked; view: View}) {
    const query = {...usersQuery(asked, view), period: asked.period, periods: periods[asked.period], ...(asked.start && {start: asked.start}), ...(asked.rolling && {rolling: 1})};
    const answer = useReport('retention', query), {data: catalogue} = useCatalogue();
    const chosen = usePlace().query.get('part') ?? '', factor = factors[asked.sample], now = today(view.timeZone);
    const all = useMemo(() => answer.data ? objects(answer.data) as RetentionRow[] : [], [answer.data]);
    const parts = asked.split ? partsOf(all, asked.split) : [], part = parts.includes(chosen) ? chosen : parts[0];
    const ofPart = (name: string) => all.filter((row) => label(row[asked.split]) === name);
    const shown = useMemo(() => parts.slice(0, partsMax).map((name) => ({name, cohorts: triangleOf(ofPart(name), asked.period, now)})), [all, asked.split, asked.period, now]);
    const rows = asked.split && part !== undefined ? ofPart(part) : all;
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
                <Button pressed={asked.rolling} onClick={() => setQuery({rolling: asked.rolling ? null : '1'})} title={`Count who was active in the ${span} or in a later one`}>Or later</Button>
            </div>
            {answer.data?.note && <p class="activity-note">{answer.data.note}</p>}
            {part !== undefined && <>
                <Parts parts={shown} chosen={part} span={span} factor={factor} onChoose={(name) => setQuery({part: name === parts[0] ? null : name})} />
                {parts.length > partsMax && <p class="quiet activity-day">The {partsMax} with most users, of {parts.length}.</p>}
                <h3 class="activity-of">Cohorts of {part}</h3>
            </>}
            {answer.data && rows.length === 0 ? <Empty title="Nobody began in this range"><p>Choose a longer range, or another event to begin with.</p></Empty>
                : <Triangle cohorts={triangleOf(rows, span, now)} span={span} factor={factor} />}
        </Panel>
    );
}
