// SPDX-License-Identifier: Apache-2.0
//
// A panel of numbers by day: those of the last whole day, the lines, and, where users are split, the parts as a table.

import type {ComponentChildren} from 'preact';
import {useMemo} from 'preact/hooks';

import {type Answer, exportLink, objects, type Query, type Rows} from '../../api/client';
import {changeView, type View} from '../../app/view';
import {today} from '../../app/zone';
import {bucketName, Chart, type Column, Definition, Empty, type Mark, Num, Panel, Table, toNumber} from '../../ui';
import {type Asked, factors} from './asked';
import {type DayRow, daysOf, lastWhole, linesOf} from './series';

export interface Measure {
    id: string;
    name: string;
    percent?: boolean;
}

export interface DaysProps {
    title: string;
    report: 'activity' | 'devices';
    answer: Answer<Rows>;
    query: Query;
    asked: Asked;
    view: View;
    marks: Mark[];
    heads: Measure[]; // shown for the last whole day
    lines: Measure[]; // of the chart; with a split the first of them alone
    largest: string; // the measure that orders parts
    parts?: boolean; // a table of the parts
    says: ComponentChildren; // what is counted
    actions?: ComponentChildren;
    children?: ComponentChildren;
}

function scaled(row: DayRow, {id, percent}: Measure, factor: number): number | null {
    const number = toNumber(row[id]);
    return number === null ? null : percent ? number : number * factor;
}

function Head({row, heads, factor}: {row: DayRow; heads: Measure[]; factor: number}) {
    return (
        <dl class="activity-head">{heads.map((measure) => (
            <div key={measure.id}><dt>{measure.name}</dt><dd data-measure={measure.id}><Num value={scaled(row, measure, factor)} unit={measure.percent ? '%' : ''} /></dd></div>
        ))}</dl>
    );
}

export function Days({title, report, answer, query, asked, view, marks, heads, lines, largest, parts = false, says, actions, children}: DaysProps) {
    const rows = useMemo(() => answer.data ? objects(answer.data) as DayRow[] : [], [answer.data]);
    const factor = factors[asked.sample], days = useMemo(() => daysOf(rows), [rows]), now = today(view.timeZone), last = lastWhole(days, now);
    const series = useMemo(() => linesOf(rows, asked.split, largest, lines, lines[0]!.percent ? 1 : factor), [rows, asked.split, largest, lines, factor]);
    const ofLast = rows.filter(({day}) => day === last);
    const columns: Column[] = [{name: asked.split, title: 'Part', kind: 'text'}, ...heads.map(({id, name, percent}): Column => ({name: id, title: name, kind: 'number', unit: percent ? '%' : ''}))];

    return (
        <Panel title={title} answer={answer} actions={actions} definition={
            <Definition report={report} query={query} rows={answer.data} estimated={factor > 1}>
                {says}
                {asked.split && <p>Each part is counted as if there were no other: who is in two parts counts in both, so the parts add up to more than the whole.</p>}
                {factor > 1 && <p>Counted in a sample, 1 of {factor} users, and multiplied by {factor}; ratios stand as they are.</p>}
            </Definition>
        }>
            {answer.data && rows.length === 0 ? (
                <Empty title="Nobody was active in this range"><p>Events of kind activity that have an actor make users active: the catalogue says which they are.</p></Empty>
            ) : <>
                {last && <p class="quiet activity-day">{bucketName(last, true)}{last === now ? ', which is not over' : ', the last whole day'}</p>}
                {last && !asked.split && ofLast[0] && <Head row={ofLast[0]} heads={heads} factor={factor} />}
                <Chart label={title} kind="lines" buckets={days} series={series} unit={lines[0]!.percent ? '%' : ''} unfinished={days.at(-1) === now} marks={marks}
                    onZoom={(from, to) => changeView({range: 'custom', from: from.slice(0, 10), to: (to || view.to).slice(0, 10)})} />
                {children}
                {parts && asked.split && <Table label={`${title} by part`} columns={columns} main={largest} rows={ofLast.map((row) =>
                    ({...row, ...Object.fromEntries(heads.map((measure) => [measure.id, scaled(row, measure, factor)]))}))}
                    exportTo={(format) => exportLink(report, query, format)} />}
            </>}
        </Panel>
    );
}
