// SPDX-License-Identifier: Apache-2.0
//
// Overview: one request brings everything on the page, so that its numbers agree with each other.

import './overview.css';

import {useMemo} from 'preact/hooks';

import {objects, useReport} from '../../api/client';
import {useMarks} from '../../app/marks';
import {changeView, useView, type View, viewQuery} from '../../app/view';
import {today} from '../../app/zone';
import {bucketMoment, Chart, Definition, Page, Panel} from '../../ui';
import {Headline} from './Headline';
import {Nothing} from './Nothing';
import {LiveCount} from './LiveCount';
import {TrafficParts} from './TrafficParts';
import {ValuePanel} from './ValuePanel';
import {measures, type OverviewRow, panelsShown, useMeasure} from './panels';

// Where the range goes on, its last bucket is not over.
function isUnfinished({to, timeZone}: View): boolean {
    return to.length === 10 ? to > today(timeZone) : Date.parse(to) > Date.now();
}

export default function Overview() {
    const view = useView(), [measure, setMeasure] = useMeasure();
    const query = viewQuery(view, ['range', 'filters', 'traffic', 'compare', 'bucket']);
    const answer = useReport('overview', query), marks = useMarks(view);
    const rows = useMemo(() => answer.data ? objects<OverviewRow>(answer.data) : [], [answer.data]);
    const of = (panel: string) => rows.filter((row) => row.panel === panel);
    const total = of('total')[0], buckets = of('bucket');
    const chart = useMemo(() => ({
        buckets: buckets.map(({value}) => value ?? ''),
        series: [
            {name: measures.find(({id}) => id === measure)!.name, values: buckets.map((row) => row[measure])},
            ...(view.compare === 'none' ? [] : [{name: 'Before', values: buckets.map((row) => row[`before_${measure}`]), before: true}]),
        ],
    }), [rows, measure, view.compare]);
    const definition = <Definition report="overview" query={query} rows={answer.data} upperBound={view.from.slice(0, 10) !== view.to.slice(0, 10)}>
        <p>Events in the range that the filters leave; visitors are the different pairs of day and visitor, sessions those of day and session,
            pages the events of kind page. Robots and internal traffic are counted apart.</p>
    </Definition>;

    return (
        <Page title="Overview" bar={<LiveCount />}>
            <Panel title="In this range" definition={definition} answer={answer}>
                {total && <Headline total={total} compares={view.compare !== 'none'} measure={measure} onMeasure={setMeasure} />}
                {total && total.events === 0 && <Nothing view={view} />}
                <Chart label={`${measure} over time`} kind="bars" {...chart} unfinished={isUnfinished(view)} marks={marks}
                    onZoom={(from, to) => changeView({range: 'custom', from: bucketMoment(from), to: to ? bucketMoment(to) : view.to})} />
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
