// SPDX-License-Identifier: Apache-2.0
//
// A chart over buckets: bars from zero for counts (several series are stacked), lines for rates. Buckets are drawn in a
// row, one step each, so that no zone or summer time bends them. A drag zooms; all charts of a page with the same
// buckets share the crosshair; the table behind is a button away.

import {useEffect, useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import {Button} from './Button';
import {ChartTable} from './ChartTable';
import {type Mark, markPlace, paintBars, paintMarks, readLook} from './chart_paint';
import {bucketMonth, bucketName, compact, exact} from './format';
import {onTheme} from '../app/theme';

export type {Mark} from './chart_paint';

export interface Series {
    name: string;
    values: (number | null)[];
    before?: boolean; // the compared range: a thin dashed line
}

export interface ChartProps {
    label?: string; // what it shows, for screen readers
    buckets: string[];
    series: Series[];
    kind: 'bars' | 'lines';
    unfinished?: boolean; // the last bucket is not over
    unit?: string;
    marks?: Mark[];
    height?: number;
    onZoom?(from: string, to: string): void; // begins of the first bucket chosen and of the one behind the last; '' where there is none
}

const seriesMax = 6;

// Counts have no halves.
const wholeSteps = Array.from({length: 16}, (_, n) => [1, 2, 5].map((step) => step * 10 ** n)).flat();

// Short enough to stand beside its neighbours: what is no time may be any text.
function axisName(bucket: string, years: boolean): string {
    const name = years ? bucketMonth(bucket) : bucketName(bucket);
    return name.length > 10 ? `${name.slice(0, 9)}…` : name;
}

// Days and months alone would come again.
function spansYears(buckets: string[]): boolean {
    const at = (bucket = '') => Date.parse(bucket.slice(0, 10));
    return at(buckets.at(-1)) - at(buckets[0]) > 366 * 86400000;
}

// The way to what is not known for good yet, apart from the line that it goes on from.
function tailOf({values}: Series): (number | null)[] {
    return values.map((value, i) => (i < values.length - 2 ? null : value));
}

// At most six, the largest; the rest is added up where that makes sense.
function fold(series: Series[], kind: 'bars' | 'lines'): Series[] {
    const main = series.filter(({before}) => !before), before = series.filter((one) => one.before);
    if (main.length <= seriesMax)
        return [...main, ...before];
    const sum = ({values}: Series) => values.reduce<number>((all, value) => all + (value ?? 0), 0);
    const order = main.slice().sort((a, b) => Number(a.name === '(other)') - Number(b.name === '(other)') || sum(b) - sum(a));
    const kept = order.slice(0, seriesMax), rest = order.slice(seriesMax);
    if (kind === 'bars')
        kept.push({name: '(other)', values: kept[0]!.values.map((_, i) => rest.reduce((all, {values}) => all + (values[i] ?? 0), 0))});
    return [...kept, ...before];
}

interface Hover {
    at: number;
    left: number;
    right: boolean; // in the right half
}

function draw(root: HTMLElement, props: ChartProps, series: Series[], marksNow: () => Mark[], setHover: (hover: Hover | null) => void): uPlot {
    const {buckets, kind, unfinished = false, height = 220, unit = ''} = props, look = readLook();
    const bars = series.filter(({before}) => !before || kind === 'lines'), lines = kind === 'lines' ? series : series.filter(({before}) => before);
    const colors = look.series, years = spansYears(buckets), numbers = series.flatMap(({values}) => values.map((value) => value ?? 0));
    const tails = kind === 'lines' && unfinished && buckets.length > 1 ? lines.map((line, n) => ({line, n})).filter(({line}) => !line.before) : [];
    const most = Math.max(0, ...buckets.map((_, i) => kind === 'bars'
        ? bars.reduce((all, {values}) => all + Math.max(0, values[i] ?? 0), 0) : 0), ...lines.flatMap(({values}) => values.map((value) => value ?? 0)));
    const top = most > 0 ? most : 1;
    const places = () => marksNow().map((mark) => markPlace(mark, buckets)).filter((place) => place !== null);
    const font = '12px system-ui, sans-serif';
    const axis = {stroke: look.quiet, font, ticks: {show: false}, grid: {stroke: look.line, width: 1}};

    return new uPlot({
        width: Math.max(120, root.clientWidth), height,
        legend: {show: false},
        padding: [8, 24, 0, 0], // the last label stands below the last bucket's middle, and is as wide as two bars
        cursor: {
            drag: {x: props.onZoom !== undefined, y: false, setScale: false},
            sync: {key: `${buckets.length}:${buckets[0]}:${buckets.at(-1)}`, setSeries: false},
            points: {show: kind === 'lines'},
            y: false,
        },
        scales: {x: {time: false, range: [-0.5, Math.max(0.5, buckets.length - 0.5)]}, y: {range: [0, top * 1.05]}},
        axes: [
            {...axis, grid: {show: false}, values: (_, at) => at.map((i) => Number.isInteger(i) && buckets[i] ? axisName(buckets[i]!, years) : ''), incrs: [1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 30, 60, 90, 180, 365], space: 64, size: 28},
            {...axis, values: (_, at) => at.map((value) => compact(value) + unit), size: 48, space: 40, ...(numbers.every(Number.isInteger) && (kind === 'bars' || top < 10) && {incrs: wholeSteps})},
        ],
        series: [{}, ...lines.map(({before}, n) => ({
            stroke: before ? look.quiet : colors[n % colors.length]!, width: before ? 1 : 2,
            ...(before && {dash: [4, 4]}), points: {show: buckets.length === 1},
        })), ...tails.map(({n}) => ({stroke: colors[n % colors.length]!, width: 2, dash: [3, 5], points: {show: false}}))],
        hooks: {
            drawAxes: kind === 'bars' ? [(u: uPlot) => paintBars(u, bars.map(({values}) => values), colors, unfinished, look.ground)] : [],
            draw: [(u: uPlot) => paintMarks(u, places(), look.quiet)],
            setCursor: [(u: uPlot) => {
                const {left = -1} = u.cursor;
                setHover(left < 0 || buckets.length === 0 ? null : {at: Math.max(0, Math.min(buckets.length - 1, Math.round(u.posToVal(left, 'x')))), left: left + u.bbox.left / devicePixelRatio, right: left > u.bbox.width / devicePixelRatio / 2});
            }],
            setSelect: [(u: uPlot) => {
                const {left, width} = u.select;
                if (width < 4)
                    return;
                const first = Math.max(0, Math.round(u.posToVal(left, 'x'))), last = Math.min(buckets.length - 1, Math.round(u.posToVal(left + width, 'x')));
                u.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
                props.onZoom?.(buckets[first]!, buckets[last + 1] ?? '');
            }],
        },
    }, [buckets.map((_, i) => i), ...lines.map(({values, before}) => (tails.length && !before ? values.slice(0, -1).concat(null) : values)), ...tails.map(({line}) => tailOf(line))] as uPlot.AlignedData, root);
}

function Tip({hover, props, series}: {hover: Hover; props: ChartProps; series: Series[]}) {
    const {buckets, marks = [], unit = '', unfinished} = props, here = marks.filter((mark) => markPlace(mark, buckets) === hover.at);
    return (
        <div class={hover.right ? 'chart-tip chart-tip-left' : 'chart-tip'} aria-hidden="true" ref={(tip) => tip?.style.setProperty('inset-inline-start', `${hover.left}px`)}>
            <strong>{bucketName(buckets[hover.at]!, true)}{unfinished && hover.at === buckets.length - 1 ? ' (not over)' : ''}</strong>
            {series.map(({name, values, before}, n) => (
                <div key={name} class="chart-tip-row"><span class={`chart-key ${before ? 'chart-key-before' : `chart-key-${n + 1}`}`} /><span class="chart-name">{name}</span><b>{values[hover.at] === null || values[hover.at] === undefined ? '–' : exact(values[hover.at]!) + unit}</b></div>
            ))}
            {here.map(({text}, n) => <div key={n} class="chart-tip-mark">{text}</div>)}
        </div>
    );
}

export function Chart(props: ChartProps) {
    const {buckets, kind, marks, height = 220, unfinished, unit} = props;
    const root = useRef<HTMLDivElement>(null), [hover, setHover] = useState<Hover | null>(null), [table, setTable] = useState(false);
    const series = useMemo(() => fold(props.series, kind), [props.series, kind]);
    const latest = useRef(props), drawn = useRef<uPlot | null>(null), marked = useRef(marks);

    latest.current = props;
    useLayoutEffect(() => { // in the frame that has the numbers
        const node = root.current;
        if (!node || table)
            return undefined;
        let plot: uPlot | null = null, width = 0;
        const again = () => {
            plot?.destroy();
            plot = draw(node, latest.current, series, () => latest.current.marks ?? [], setHover);
            drawn.current = plot;
            marked.current = latest.current.marks;
            width = node.clientWidth;
        };
        const watch = new ResizeObserver(() => {
            if (node.clientWidth !== width)
                again();
        });
        again();
        watch.observe(node);
        const off = onTheme(again);
        return () => {
            watch.disconnect();
            off();
            plot?.destroy();
            drawn.current = null;
            setHover(null);
        };
    }, [buckets, series, kind, height, unfinished, unit, table, props.onZoom !== undefined]);
    useEffect(() => { // they come after the numbers, perhaps while somebody drags
        if (marked.current !== marks)
            drawn.current?.redraw(false);
        marked.current = marks;
    }, [marks]);
    return (
        <div class="chart">
            <div class="chart-head">
                {series.length > 1 && <ul class="chart-legend">{series.map(({name, before}, n) =>
                    <li key={name} title={name}><span class={`chart-key ${before ? 'chart-key-before' : `chart-key-${n + 1}`}`} />{name}</li>)}</ul>}
                <Button icon="table" kind="quiet" label={table ? 'Show the chart' : 'Show as table'} class="chart-switch" pressed={table} onClick={() => setTable(!table)} />
            </div>
            {table ? <ChartTable buckets={buckets} series={series} label={props.label} /> : (
                <div class="chart-plot" ref={root} role="img" aria-label={`${props.label ?? 'Chart'}: ${series.map(({name}) => name).join(', ')}, ${buckets.length} steps. The button before it shows it as a table.`} />
            )}
            {hover && !table && buckets[hover.at] !== undefined && <Tip hover={hover} props={props} series={series} />}
        </div>
    );
}
