// SPDX-License-Identifier: Apache-2.0
//
// Events a second over the last half hour, by the minute, and how long acknowledgements took.

import type {Answer} from '../../api/client';
import {Chart, Panel, exact} from '../../ui';
import {Facts} from './Facts';
import type {Latency, Status} from './status';

type Values = (number | null)[];

// Samples become minutes: the mean of those there are.
function minutes(until: number[], values: Values): {buckets: string[]; values: Values} {
    const sums = new Map<string, {sum: number; n: number}>();
    until.forEach((us, i) => {
        const minute = new Date(us / 1000).toISOString().slice(0, 16).replace('T', ' '), value = values[i];
        const at = sums.get(minute) ?? {sum: 0, n: 0};
        sums.set(minute, value === null || value === undefined ? at : {sum: at.sum + value, n: at.n + 1});
    });
    return {buckets: [...sums.keys()], values: [...sums.values()].map(({sum, n}) => n ? Math.round(sum / n * 100) / 100 : null)};
}

function ms(value: number | null): string {
    return value === null ? '–' : `${exact(Number(value.toPrecision(3)))} ms`;
}

function quantiles(latency: Latency | undefined): string {
    return latency && latency.answers > 0 ? `half within ${ms(latency.p50_ms)}, 95% within ${ms(latency.p95_ms)}, 99% within ${ms(latency.p99_ms)}` : 'none came';
}

export function Rates({answer}: {answer: Answer<Status>}) {
    const rates = answer.data?.rates, collector = answer.data?.collector;
    const series = rates ? (['received', 'quarantined', 'refused'] as const).map((name) => ({name, ...minutes(rates.until_us, rates[name])})) : [];
    return (
        <Panel title="Events a second" class="health-wide" answer={answer}>
            {series[0] && series[0].buckets.length > 1
                ? <Chart kind="lines" label="Events a second, by minute (UTC)" buckets={series[0].buckets} series={series.map(({name, values}) => ({name, values}))} unfinished />
                : <p class="table-none">Rates appear once the engine has watched the collector for a minute or two.</p>}
            <Facts list={[
                ['Acknowledged, last minute', <span title="Of the answers that say that events are on disk">{quantiles(collector?.acknowledged_lately)}</span>],
                ['Acknowledged, last half hour', `${quantiles(collector?.acknowledged)}${collector?.acknowledged?.answers ? `, of ${exact(collector.acknowledged.answers)} answers` : ''}`],
            ]} />
        </Panel>
    );
}
