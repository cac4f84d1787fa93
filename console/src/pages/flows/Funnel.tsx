// SPDX-License-Identifier: Apache-2.0
//
// The funnel itself: bars or table, what the colours mean, who is behind a number, splits.

import {useMemo, useState} from 'preact/hooks';

import {exportLink, objects, type Query, useReport} from '../../api/client';
import {setQuery} from '../../app/place';
import type {View} from '../../app/view';
import {Button, type Column, Definition, Empty, Panel, Table} from '../../ui';
import {FunnelBars, Legend} from './FunnelBars';
import {Notes} from './Notes';
import {Splits, splitsMax} from './Splits';
import type {TimeSpan} from './Times';
import {UnitList} from './UnitList';
import {reasons, type ReasonId, type StepRow} from './reasons';
import {changeFunnel, type FunnelState, showList} from './state';

const columns: Column[] = [
    {name: 'event', title: 'Step', kind: 'text', mono: true}, {name: 'came', title: 'Reached it', kind: 'number'},
    {name: 'rate', title: 'Of the step before, %', kind: 'number'}, {name: 'rate_of_first', title: 'Of step 1, %', kind: 'number'},
    {name: 'median_seconds', title: 'Median time', kind: 'duration'}, {name: 'dropped', title: 'Did not go on', kind: 'number'},
    ...reasons.map(({id, name}) => ({name: id, title: name, kind: 'number' as const})),
];

export function countOf(rows: StepRow[], {at, which}: {at: number; which: string}): number {
    const row = rows.find(({step}) => step === at);
    return !row ? 0 : which === 'came' ? row.came : which === 'went_on' ? row.went_on ?? 0 : which === 'dropped' ? row.dropped : row[which as ReasonId] ?? 0;
}

interface FunnelProps {
    state: FunnelState;
    steps: string[];
    query: Query;
    unused: string[];
    view: View;
}

export function Funnel({state, steps, query, unused, view}: FunnelProps) {
    const [table, setTable] = useState(false);
    const answer = useReport('funnel', query), split = useReport('funnel', state.by ? {...query, by: state.by, limit: splitsMax} : null);
    const times = useReport('funnel-times', steps.length > 1 ? query : null);
    const rows = useMemo(() => (answer.data ? objects<StepRow>(answer.data) : []), [answer.data]);
    const spans = useMemo(() => (times.data && !times.stale ? objects<TimeSpan>(times.data) : []), [times.data, times.stale]);
    const first = rows[0]?.came ?? 0;
    const show = state.show && state.show.at <= steps.length ? state.show : null;
    const definition = <Definition report="funnel" query={query} rows={answer.data} upperBound={['visitor', 'session'].includes(state.unit.value)}>
        <p>Each of the {state.unit.many} is followed from its first event of step 1 in the range: the next step is the first event that fits it and
            comes later. Who does not go on is counted under one reason, the first of the six that holds; so they add up. Bots count, too: flows do not know them.</p>
    </Definition>;
    return (
        <>
            <Panel title="Funnel" definition={definition} answer={answer} class="flows-panel" actions={
                <>
                    {answer.slow && <Button onClick={answer.stop}>Stop</Button>}
                    <Button icon="table" kind="quiet" pressed={table} label={table ? 'Show the bars' : 'Show as table'} onClick={() => setTable(!table)} />
                </>
            }>
                <Notes note={answer.data?.note} unused={unused} view={view} state={state} steps={steps} />
                {answer.data && !first && !answer.stale && (
                    <Empty title={`None of the ${state.unit.many} came to step 1 in this range.`}>
                        <p>Choose a longer range, another first step, or fewer filters.{state.unit.value !== 'flow' && ` Events of step 1 may have no ${state.unit.one}: then flows still go through.`}</p>
                        {state.unit.value !== 'flow' && <p><Button onClick={() => changeFunnel({per: ''})}>Let flows go through</Button></p>}
                    </Empty>
                )}
                {first > 0 && (table ? (
                    <Table label="Funnel" main="came" columns={columns} rows={rows} sort={false} more={false} exportTo={(format) => exportLink('funnel', query, format)} />
                ) : (
                    <>
                        <FunnelBars rows={rows} state={state} spans={spans} onShow={showList} />
                        <Legend rows={rows} />
                    </>
                ))}
            </Panel>
            {show && <UnitList state={state} query={query} count={countOf(rows, show)} onClose={() => setQuery({show: null})} />}
            {state.by && <Splits answer={split} state={state} />}
        </>
    );
}
