// SPDX-License-Identifier: Apache-2.0
//
// What came: rows as a table, sorted on request, or as a chart of the first column and the numbers beside it.

import {useMemo, useState} from 'preact/hooks';

import type {Rows} from '../../api/client';
import {Chart, Empty, Tabs, exact, label, toNumber} from '../../ui';

const seriesMax = 6, pointsMax = 2000;

function isNumber(type: string): boolean {
    return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/.test(type);
}

function compare(a: unknown, b: unknown): number {
    const x = toNumber(a), y = toNumber(b);
    if (a === null || b === null)
        return a === b ? 0 : a === null ? 1 : -1;
    if (x !== null && y !== null)
        return x - y;
    return label(a) < label(b) ? -1 : label(a) > label(b) ? 1 : 0;
}

function Cell({value, number}: {value: unknown; number: boolean}) {
    if (value === null)
        return <span class="sql-null">NULL</span>;
    const n = number ? toNumber(value) : null;
    return <>{n !== null && Number.isSafeInteger(n) ? exact(n) : typeof value === 'object' ? JSON.stringify(value) : String(value)}</>;
}

function Grid({rows}: {rows: Rows}) {
    const [by, setBy] = useState<{at: number; down: boolean} | null>(null);
    const sorted = useMemo(() => by ? rows.rows.slice().sort((a, b) => compare(a[by.at], b[by.at]) * (by.down ? -1 : 1)) : rows.rows, [rows, by]);
    return (
        <div class="table-scroll sql-scroll" role="region" aria-label="Rows" tabIndex={0}>
            <table class="table sql-grid">
                <thead class={by ? 'head-chosen' : undefined}><tr>{rows.columns.map(({name, type}, i) => (
                    <th key={i} scope="col" class={isNumber(type) ? 'cell cell-number' : 'cell cell-text'} aria-sort={by?.at === i ? (by.down ? 'descending' : 'ascending') : undefined}>
                        <button type="button" class="head-button" title={`${type.toLowerCase()}; click to sort`} onClick={() => setBy(by?.at !== i ? {at: i, down: true} : by.down ? {at: i, down: false} : null)}>{name}</button>
                    </th>
                ))}</tr></thead>
                <tbody>{sorted.map((row, r) => <tr key={r}>{row.map((value, i) => {
                    const number = isNumber(rows.columns[i]!.type);
                    return <td key={i} class={number ? 'cell cell-number' : 'cell sql-cell'}><Cell value={value} number={number} /></td>;
                })}</tr>)}</tbody>
            </table>
        </div>
    );
}

function Plot({rows}: {rows: Rows}) {
    const numbers = rows.columns.map(({type}, i) => ({type, i})).filter(({type, i}) => i > 0 && isNumber(type)).slice(0, seriesMax);
    const shown = rows.rows.slice(0, pointsMax), time = /^(DATE|TIMESTAMP)/.test(rows.columns[0]?.type ?? '');
    const ordered = time ? shown.slice().sort((a, b) => compare(a[0], b[0])) : shown;
    if (numbers.length === 0 || rows.rows.length === 0)
        return <Empty title="Nothing to draw"><p>A chart takes the first column for its axis, and numbers from the second on. For instance: SELECT date_trunc('day', time), count(*) FROM events GROUP BY 1</p></Empty>;
    return (
        <>
            <Chart kind={numbers.length > 1 ? 'lines' : 'bars'} label={`${numbers.map(({i}) => rows.columns[i]!.name).join(', ')} by ${rows.columns[0]!.name}`}
                buckets={ordered.map((row) => label(row[0]))} series={numbers.map(({i}) => ({name: rows.columns[i]!.name, values: ordered.map((row) => toNumber(row[i]))}))} />
            {rows.rows.length > pointsMax && <p class="sql-quiet">The first {exact(pointsMax)} rows are drawn.</p>}
        </>
    );
}

export function Result({rows}: {rows: Rows}) {
    const [view, setView] = useState('table');
    return (
        <>
            <div class="sql-result-head">
                <p role="status" class="sql-quiet">{exact(rows.row_count)} row{rows.row_count === 1 ? '' : 's'}{rows.cut ? ' shown; there are more: the export has them all' : ''}, in {exact(Math.round(rows.took_ms))} ms</p>
                <Tabs label="Show as" tabs={[{id: 'table', name: 'Table'}, {id: 'chart', name: 'Chart'}]} value={view} onChange={setView} />
            </div>
            {rows.rows.length === 0 ? <Empty title="No rows"><p>The question was answered; nothing fits it.</p></Empty> : view === 'table' ? <Grid rows={rows} /> : <Plot rows={rows} />}
        </>
    );
}
