// SPDX-License-Identifier: Apache-2.0
//
// All flows of the range over time, whatever the steps above: begun and completed, how long they lasted, and how long
// it took to connect a device.

import {useMemo} from 'preact/hooks';

import {objects, useReport} from '../../api/client';
import {changeView, isUnfinished, type View, viewQuery} from '../../app/view';
import {Chart, Definition, Panel, type Series, Tabs} from '../../ui';
import {bucketsOf, over, spanOf} from './buckets';
import {changeFunnel, type FunnelState} from './state';

interface FlowsRow {
    bucket: string;
    begun: number;
    completed: number;
}

interface ConnectRow {
    bucket: string;
    account: 'new' | 'existing';
}

const tabs = [{id: 'completion', name: 'Completion'}, {id: 'begun', name: 'Begun'}, {id: 'duration', name: 'Duration'}, {id: 'connect', name: 'Time to connect'}];

const words: Record<string, string> = {
    completion: 'Of the flows that began in each bucket, how many percent were completed, whenever that was.',
    begun: 'Flows by the bucket in which they began: completed ones, and the others.',
    duration: 'How long flows lasted, from their begin to their last event, in seconds: a quarter was shorter than the first line, half than the second, three quarters than the third.',
    connect: 'Seconds from the begin of a flow to its first completion: half of the completed flows were quicker. New: the flow made an account.',
};

function seriesOf(what: string, buckets: string[], rows: FlowsRow[], connected: ConnectRow[]): Series[] {
    const of = (account: string) => over(buckets, connected.filter((row) => row.account === account), 'seconds_50');
    switch (what) {
    case 'begun': return [
        {name: 'Completed', values: over(buckets, rows, 'completed', 0)},
        {name: 'Not completed', values: over(buckets, rows.map((row) => ({...row, open: row.begun - row.completed})), 'open', 0)},
    ];
    case 'duration': return [['A quarter', 'seconds_25'], ['Half (median)', 'seconds_50'], ['Three quarters', 'seconds_75']]
        .map(([name, column]) => ({name: name!, values: over(buckets, rows, column!)}));
    case 'connect': return [{name: 'New accounts (median)', values: of('new')}, {name: 'Existing accounts (median)', values: of('existing')}];
    default: return [{name: 'Completed', values: over(buckets, rows, 'completion_rate')}];
    }
}

export function OverTime({view, filters, state}: {view: View; filters: string[]; state: FunnelState}) {
    const what = tabs.some(({id}) => id === state.over) ? state.over : 'completion', connects = what === 'connect', span = spanOf(view);
    const query = {...viewQuery(view, ['range']), ...(filters.length && {filter: filters}), bucket: span, ...(connects && {service: '*'})};
    const flows = useReport('flows', connects ? null : query), connect = useReport('connect', connects ? query : null);
    const answer = connects ? connect : flows;
    const chart = useMemo(() => {
        const rows = answer.data ? objects<FlowsRow & ConnectRow>(answer.data) : [];
        const buckets = bucketsOf(view, span, rows.map(({bucket}) => bucket));
        return {buckets, series: seriesOf(what, buckets, connects ? [] : rows, connects ? rows : []), empty: rows.length === 0};
    }, [answer.data, what, view.from, view.to, view.timeZone]);
    return (
        <Panel title="Flows over time" answer={answer} actions={
            <Tabs label="What is shown over time" tabs={tabs} value={what} onChange={(id) => changeFunnel({over: id})} />
        } definition={<Definition report={connects ? 'connect' : 'flows'} query={query} rows={answer.data}><p>{words[what]} All flows of the range and
            the filters count, whatever the steps above say; bots too.</p></Definition>}>
            {chart.empty ? <p class="flows-quiet">{connects ? 'No flow that began in this range was completed.' : 'No flow began in this range.'}</p> : (
                <Chart label={tabs.find(({id}) => id === what)!.name} kind={what === 'begun' ? 'bars' : 'lines'} buckets={chart.buckets} series={chart.series}
                    unit={what === 'completion' ? '%' : what === 'begun' ? '' : ' s'} unfinished={isUnfinished(view)}
                    onZoom={(from, to) => changeView({range: 'custom', from: from.slice(0, 10), to: (to || view.to).slice(0, 10)})} />
            )}
        </Panel>
    );
}
