// SPDX-License-Identifier: Apache-2.0
//
// The funnel: one bar a step; under what was lost, its reasons as segments that add up to it. Each number is a button
// that lists who is behind it; what the segments show is said in words beside them, too.

import {exact, duration, Num, percent} from '../../ui';
import {reasons, type StepRow} from './reasons';
import {sized} from './sized';
import type {FunnelState} from './state';
import {Times, type TimeSpan} from './Times';

interface FunnelBarsProps {
    rows: StepRow[];
    state: FunnelState;
    spans: TimeSpan[];
    onShow(at: number, which: string): void;
}

function Reasons({row, state, onShow}: {row: StepRow; state: FunnelState; onShow(which: string): void}) {
    const is = (which: string) => state.show?.at === row.step && state.show.which === which;
    const {one, many} = state.unit, found = reasons.filter(({id}) => row[id] > 0);
    return (
        <div class="flows-reasons">
            <button type="button" data-row class="flows-number" aria-pressed={is('dropped')} onClick={() => onShow('dropped')}>
                <b><Num value={row.dropped} /></b> {row.dropped === 1 ? one : many} did not go on</button>
            <ul class="flows-reason-list">
                {found.map(({id, name, text}) => (
                    <li key={id}><button type="button" data-row class="flows-reason" title={text} aria-pressed={is(id)} onClick={() => onShow(id)}>
                        <span class={`flows-dot flows-${id}`} aria-hidden="true" /> <b><Num value={row[id]} /></b> {name}
                    </button></li>
                ))}
            </ul>
        </div>
    );
}

function Between({row, next, spans, unit}: {row: StepRow; next: StepRow; spans: TimeSpan[]; unit: string}) {
    const spread = spans[0];
    if (next.median_seconds === null)
        return <p class="flows-between">nobody reached step {next.step}</p>;
    const long = spread && spread.seconds_75 > spread.seconds_25 ? `; half of them took ${duration(spread.seconds_25)} to ${duration(spread.seconds_75)}` : '';
    return <div class="flows-between"><b>{duration(next.median_seconds)}</b> from step {row.step} to step {next.step} (median{long})
        {spans.length > 0 && <> <Times spans={spans} unit={unit} /></>}</div>;
}

function Rate({value, of}: {value: number | null; of: number}) {
    return <span class="flows-rate">{value !== null && <>{percent(value)} <span class="flows-quiet">of step {of}</span></>}</span>;
}

export function FunnelBars({rows, state, spans, onShow}: FunnelBarsProps) {
    const first = rows[0]?.came ?? 0, of = (units: number) => (first ? units / first : 0);
    return (
        <ol class="flows-funnel">
            {rows.map((row, k) => {
                const on = row.went_on ?? row.came;
                let at = on;
                return (
                    <li key={row.step} class="flows-step">
                        <div class="flows-step-head">
                            <span class="flows-step-number" aria-hidden="true">{row.step}</span>
                            <code class="flows-step-name">{row.event}</code>
                            <button type="button" data-row class="flows-number flows-came" aria-pressed={state.show?.at === row.step && state.show.which === 'came'}
                                aria-label={`${exact(row.came)} ${state.unit.many} reached step ${row.step}: list them`} onClick={() => onShow(row.step, 'came')}>
                                <b><Num value={row.came} /></b></button>
                            <Rate value={row.rate} of={row.step - 1} />
                            <Rate value={k > 1 ? row.rate_of_first : null} of={1} />
                        </div>
                        <div class="flows-track" aria-hidden="true">
                            <div class="flows-bar" ref={sized({'--width': of(row.came)})} />
                            <div class="flows-on" ref={sized({'--width': of(on)})} />
                            {row.dropped > 0 && reasons.map(({id, name}) => {
                                const from = at;
                                at += row[id];
                                return row[id] > 0 && <div key={id} class={`flows-segment flows-${id}`} data-reason={id} title={`${exact(row[id])} ${name}`}
                                    ref={sized({'--from': of(from), '--width': of(row[id])})} onClick={() => onShow(row.step, id)} />;
                            })}
                        </div>
                        {row.dropped > 0 && <Reasons row={row} state={state} onShow={(which) => onShow(row.step, which)} />}
                        {rows[k + 1] && <Between row={row} next={rows[k + 1]!} unit={state.unit.many} spans={spans.filter(({step}) => step === row.step + 1)} />}
                    </li>
                );
            })}
        </ol>
    );
}

// What the colours mean, of those that are seen.
export function Legend({rows}: {rows: StepRow[]}) {
    const seen = reasons.filter(({id}) => rows.some((row) => row[id] > 0));
    if (!seen.length)
        return null;
    return (
        <dl class="flows-legend">{seen.map(({id, name, text}) => (
            <div key={id}><dt><span class={`flows-dot flows-${id}`} aria-hidden="true" /> {name}</dt><dd>{text}</dd></div>
        ))}</dl>
    );
}
