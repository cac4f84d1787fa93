// SPDX-License-Identifier: Apache-2.0
//
// Events: any events over time, by any of their properties. One request brings chart, table and totals, so that they agree.

import './events.css';

import {useMemo, useState} from 'preact/hooks';

import {useCatalogue} from '../../api/catalogue';
import {type Answer, exportLink, type Rows, useReport} from '../../api/client';
import {changeView, useView} from '../../app/view';
import {asSentence, Button, Chart, Definition, Empty, Export, Num, Page, Panel, Select, Tabs} from '../../ui';
import {useMarks} from '../../app/marks';
import {takeApart, untilNow} from './answer';
import {type Asked, change, type ChartKind, isAdditive, measureName, questionOf, useAsked, wholeOf} from './asked';
import {BreakdownTable} from './BreakdownTable';
import {ByPicker} from './ByPicker';
import {type ColumnChoice, entriesOf, everywhere, isNumeric, propertiesOf} from './columns';
import {EventPicker} from './EventPicker';
import {seriesOf} from './series';
import {SqlDialog} from './SqlDialog';

const kinds = [{id: 'bars', name: 'Bars'}, {id: 'lines', name: 'Lines'}];
const spans = [{value: 'auto', name: 'as fits'}, {value: '15m', name: '15 minutes'}, ...['hour', 'day', 'week', 'month'].map((span) => ({value: span, name: span}))];

function measureOptions(properties: ColumnChoice[], measure: string): {value: string; name: string}[] {
    const of = ['events', 'visitors', 'sessions', 'actors', ...properties.filter(isNumeric).flatMap(({column}) => [`sum:${column}`, `mean:${column}`, `median:${column}`])];
    return [...new Set([...of, measure])].map((value) => ({value, name: measureName(value)}));
}

// What the report says of a name that no event has, and of a measure that cannot be.
function Advice({answer, asked}: {answer: Answer<Rows>; asked: Asked}) {
    const column = /^(?:sum|mean|median):(.*)$/s.exec(asked.measure)?.[1], meant = /did you mean `([^`]+)`/.exec(answer.data?.note ?? '')?.[1];

    if (answer.error && column && /holds no numbers/.test(answer.error.message))
        return <Button onClick={() => change({measure: 'events', by: [column]})}>Count events by {column}</Button>;
    if (meant && !answer.error)
        return <Button onClick={() => change({events: [meant]})}>Show {meant}</Button>;
    return null;
}

function None({answer, asked}: {answer: Answer<Rows>; asked: Asked}) {
    const absent = (answer.data?.note ?? '').split('\n').filter((line) => line.startsWith('--event')).map((line) => line.slice('--event: '.length));
    return (
        <Empty title={absent.length ? 'Nobody has sent this' : 'No such events in this range'}>
            {absent.map((line) => <p key={line}>{asSentence(line)}</p>)}
            {absent.length === 0 && <p>Choose a longer range, remove a filter above, or look at the traffic of all.</p>}
            <Advice answer={answer} asked={asked} />
        </Empty>
    );
}

export default function Events() {
    const view = useView(), asked = useAsked(), catalogue = useCatalogue();
    const [sql, setSql] = useState(false);
    const query = questionOf(view, asked), whole = wholeOf(view, asked);
    const answer = useReport('breakdown', whole), marks = useMarks(view);
    const broken = useMemo(() => answer.data && takeApart(answer.data), [answer.data]);
    const properties = useMemo(() => propertiesOf(entriesOf(catalogue.data, asked.events)), [catalogue.data, asked.events.join('\0')]);
    const compares = view.compare !== 'none';
    const drawn = useMemo(() => {
        const {shown, unfinished} = untilNow(broken?.buckets ?? [], view.timeZone);
        return {buckets: shown, names: shown.map(({name}) => name), unfinished, series: broken ? seriesOf(broken, shown, asked.measure, compares) : []};
    }, [broken, view.timeZone, asked.measure, compares]);
    const titleOf = (column: string) => [...properties, ...everywhere].find((one) => one.column === column)?.name ?? column;
    const pickBy = (index: number) => (column: string | null) => change({by: [0, 1].map((i) => i === index ? column : asked.by[i] ?? null).filter((one) => one !== null)});
    const isEmpty = broken !== undefined && !broken.total.value && broken.values.length === 0;
    const definition = <Definition report="breakdown" query={whole} rows={answer.data}>
        <p>{measureName(asked.measure)} of the chosen events in the range, of those that filters and traffic leave. Which values have rows of their own the whole
            range decides; (other) are the rest, (none) events without a value.</p>
    </Definition>;

    return (
        <Page title="Events" bar={<>
            <Button icon="sql" kind="quiet" onClick={() => setSql(true)}>Show SQL</Button>
            <Export words to={(format) => exportLink('breakdown', query, format)} />
        </>}>
            <div class="events-asked">
                <EventPicker entries={catalogue.data?.events ?? []} chosen={asked.events} onChange={(events) => change({events})} />
                <Select label="Count" value={asked.measure} options={measureOptions(properties, asked.measure)} onChange={(measure) => change({measure})} />
                <ByPicker label="By" chosen={asked.by[0] ?? null} properties={properties} everywhere={everywhere} taken={asked.by.slice(1)} onChange={pickBy(0)} />
                {asked.by.length > 0 && <ByPicker label="and by" chosen={asked.by[1] ?? null} properties={properties} everywhere={everywhere} taken={asked.by.slice(0, 1)} onChange={pickBy(1)} />}
                <Select label="Each" value={view.bucket} options={spans} onChange={(bucket) => changeView({bucket})} />
            </div>
            <Panel title={`${measureName(asked.measure)} over time`} definition={definition} answer={answer} actions={
                <Tabs label="How it is drawn" tabs={kinds} value={asked.chart} onChange={(chart) => change({chart: chart as ChartKind})} />
            }>
                {broken && !isEmpty && <p class="events-total"><Num value={broken.total.value} {...(compares && {before: broken.total.before})} /></p>}
                {isEmpty ? <None answer={answer} asked={asked} /> : (
                    <Chart label={`${measureName(asked.measure)} over time`} kind={asked.chart} buckets={drawn.names} series={drawn.series} unfinished={drawn.unfinished} marks={marks}
                        onZoom={(from, to) => {
                            const first = drawn.buckets.find(({name}) => name === from), last = drawn.buckets.find(({name}) => name === to);
                            if (first)
                                changeView({from: first.moment, to: last?.moment ?? (first.moment.length === 10 || drawn.buckets.at(-1)!.next === '' ? view.to : drawn.buckets.at(-1)!.next)});
                        }} />
                )}
                {asked.chart === 'bars' && asked.by.length > 0 && !isAdditive(asked.measure) && <p class="events-sum">Stacked, parts may add up to more than the total: lines compare them better.</p>}
            </Panel>
            {answer.error && <div class="events-offers"><Advice answer={answer} asked={asked} /></div>}
            {broken && broken.columns.length > 0 && !isEmpty && (
                <Panel title={`By ${broken.columns.map((_, i) => titleOf(asked.by[i] ?? '')).join(' and ')}`}>
                    <BreakdownTable broken={broken} asked={asked} view={view} query={query} titles={broken.columns.map((column, i) => titleOf(asked.by[i] ?? column))} />
                </Panel>
            )}
            {asked.by.length === 0 && properties.length > 0 && !isEmpty && (
                <Panel title="Break down by">
                    <div class="events-offers">{properties.slice(0, 12).map(({column, name, about}) =>
                        <Button key={column} title={about ?? undefined} onClick={() => change({by: [column]})}>{name}</Button>)}</div>
                </Panel>
            )}
            {sql && <SqlDialog query={whole} onClose={() => setSql(false)} />}
        </Page>
    );
}
