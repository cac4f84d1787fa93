// SPDX-License-Identifier: Apache-2.0
//
// The funnel of each value of a column, all on one scale: shares of who reached the first step, or counts.

import {addFilter} from '../../app/view';
import {type Answer, objects, type Rows} from '../../api/client';
import {Button, Num, Panel, percent, Tabs} from '../../ui';
import type {StepRow} from './reasons';
import {sized} from './sized';
import {changeFunnel, type FunnelState} from './state';

export const splitsMax = 8;

const isRest = (value: string) => value === '(other)';

function Split({value, rows, top, state}: {value: string; rows: StepRow[]; top: number; state: FunnelState}) {
    const first = rows[0]?.came ?? 0, scale = state.scale === 'count' ? top : first;
    return (
        <section class="flows-split" aria-label={value}>
            <h3>{isRest(value) ? value : <button type="button" class="flows-number" title="Click: only these. Shift-click: without these."
                onClick={(event) => addFilter(state.by, value === '(none)' ? '' : value, event.shiftKey)}>{value}</button>}</h3>
            <ol class="flows-split-steps">{rows.map((row) => (
                <li key={row.step} title={`Step ${row.step}: ${row.event}`}>
                    <span class="flows-split-step" aria-hidden="true">{row.step}</span>
                    <span class="flows-split-track" aria-hidden="true"><span class="flows-on" ref={sized({'--width': scale ? row.came / scale : 0})} /></span>
                    <span class="flows-split-number"><span class="unseen">step {row.step}, {row.event}: </span><Num value={row.came} /></span>
                    <span class="flows-split-rate">{row.rate_of_first === null ? '' : percent(row.rate_of_first)}</span>
                </li>
            ))}</ol>
        </section>
    );
}

export function Splits({answer, state}: {answer: Answer<Rows>; state: FunnelState}) {
    const rows = answer.data && answer.data.columns[0]?.name.toLowerCase() === state.by.toLowerCase() ? objects<StepRow>(answer.data) : [];
    const values = new Map<string, StepRow[]>();
    rows.forEach((row, i) => {
        const value = String(answer.data!.rows[i]![0]);
        values.set(value, [...values.get(value) ?? [], row]);
    });
    const came = (list: StepRow[]) => list[0]?.came ?? 0;
    const order = [...values].sort(([a, x], [b, y]) => Number(isRest(a)) - Number(isRest(b)) || came(y) - came(x));
    const top = Math.max(0, ...order.map(([, list]) => came(list)));
    return (
        <Panel title={`By ${state.by}`} answer={answer} actions={
            <>
                <Tabs label="Scale" value={state.scale} tabs={[{id: 'share', name: 'Shares'}, {id: 'count', name: 'Counts'}]} onChange={(scale) => changeFunnel({scale})} />
                <Button kind="quiet" icon="close" label="Close the split" onClick={() => changeFunnel({by: ''})} />
            </>
        }>
            <div class="flows-splits">{order.map(([value, list]) => <Split key={value} value={value} rows={list} top={top} state={state} />)}</div>
            {answer.data && !order.length && <p class="flows-quiet">Nobody reached the first step in this range.</p>}
            {order.length > 0 && <p class="flows-quiet">{state.scale === 'share' ? 'A full bar is everybody of that value who reached step 1.' : 'A full bar is the value that most have.'}</p>}
        </Panel>
    );
}
