// SPDX-License-Identifier: Apache-2.0
//
// Overview: one request brings everything on the page, so that its numbers agree with each other.

import './overview.css';

import {useMemo} from 'preact/hooks';

import {objects, useReport} from '../../api/client';
import {useMarks} from '../../app/marks';
import {changeView, isUnfinished, useView} from '../../app/view';
import {daysBetween, hasBegun} from '../../app/zone';
import {bucketMoment, Chart, Definition, Page, Panel} from '../../ui';
import {Headline} from './Headline';
import {Nothing} from './Nothing';
import {LiveCount} from './LiveCount';
import {TrafficParts} from './TrafficParts';
import {ValuePanel} from './ValuePanel';
import {overviewQuery} from './asked';
import {measures, type OverviewRow, panelsShown, useMeasure} from './panels';

export default function Overview() {
    const view = useView(), [measure, setMeasure] = useMeasure();
    const query = overviewQuery(view), answer = useReport('overview', query);
    const first = answer.data !== undefined || answer.error !== undefined, marks = useMarks(view, first); // what is small waits for the page's own
    const rows = useMemo(() => answer.data ? objects<OverviewRow>(answer.data) : [], [answer.data]);
    const of = (panel: string) => rows.filter((row) => row.panel === panel);
    const total = of('total')[0];
    const buckets = of('bucket').filter(({value, events}) => events || hasBegun(value ?? '', view.timeZone)); // what has not come yet is not drawn
    const chart = useMemo(() => ({
        buckets: buckets.map(({value}) => value ?? ''),
        series: [
            {name: measures.find(({id}) => id === measure)!.name, values: buckets.map((row) => row[measure])},
            ...(view.compare === 'none' ? [] : [{name: 'Before', values: buckets.map((row) => row[`before_${measure}`]), before: true}]),
        ],
    }), [rows, measure, view.compare, view.timeZone]);
    const definition = <Definition report="overview" query={query} rows={answer.data} upperBound={daysBetween(view.from, view.to) > (view.timeZone === 'UTC' && view.to.length === 10 ? 1 : 0)}>
        <p>Events in the range that the filters leave; visitors are the different pairs of day and visitor, sessions those of day and session,
            pages the events of kind page. Bots and internal traffic are counted apart.</p>
    </Definition>;

    return (
        <Page title="Overview" bar={first && <LiveCount />}>
            <Panel title="In this range" definition={definition} answer={answer}>
                {total && <Headline total={total} compares={view.compare !== 'none'} measure={measure} onMeasure={setMeasure} />}
                {total && total.events === 0 ? <Nothing view={view} others={of('traffic').some(({events}) => (events ?? 0) > 0)} /> : <Chart label={`${measure} over time`} kind="bars" {...chart} unfinished={isUnfinished(view)} marks={marks}
                    onZoom={(from, to) => changeView({range: 'custom', from: bucketMoment(from), to: to ? bucketMoment(to) : view.to})} />}
                <TrafficParts rows={of('traffic')} measure={measure} />
            </Panel>
            {(answer.data || !answer.error) && <div class="overview-panels">
                {panelsShown.map((panel) => (
                    <ValuePanel key={panel.id} panel={panel} rows={of(panel.id)} total={total} view={view} answer={answer} />
                ))}
            </div>}
        </Page>
    );
}
