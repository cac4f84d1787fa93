// SPDX-License-Identifier: Apache-2.0
//
// A table: a quiet bar behind each row's share, click filters, shift-click excludes, the arrow opens the outside page.
// Ten rows, then "more", with a search where there are many; sorted by the main column until another head is clicked.

import type {ComponentChildren} from 'preact';
import {useMemo, useState} from 'preact/hooks';

import {Button} from './Button';
import {Cell} from './Cell';
import {Copy} from './Copy';
import {Export, type Format} from './Export';
import {Icon} from './Icon';
import {TextField} from './TextField';
import {label, toNumber} from './format';
import {once} from './once';

export type Row = Record<string, unknown>;

export interface Column {
    name: string; // of the row's member
    title: string;
    kind: 'text' | 'number' | 'share' | 'time' | 'change' | 'duration' | 'bytes';
    before?: string; // number, change: the member with the compared range's value
    unit?: string;
    mono?: boolean;
    wide?: boolean; // takes the room that is left; else the first text column does
    sortable?: boolean; // true unless said
    render?(row: Row): ComponentChildren; // instead of the kind's own way
}

export interface TableProps {
    label?: string; // for screen readers
    columns: Column[];
    rows: Row[];
    main: string; // the column that sorts, and whose share the bar shows
    total?: number; // of which the bars are shares; else of the largest row
    keyOf?(row: Row): string;
    onFilter?(row: Row): void;
    onExclude?(row: Row): void;
    onOpen?(row: Row): void; // a click opens something instead of filtering
    isFixed?(row: Row): boolean; // rows that cannot be clicked, such as (other); they stay at the end
    isRest?(row: Row): boolean; // further rows that stay at the end, such as (none)
    href?(row: Row): string | null; // an outside page
    search?: boolean | {value: string; onInput(value: string): void}; // own search, or asked of the engine
    more?: boolean | (() => void); // false: all rows at once; a function: the same, and asks for more rows than there are here
    sort?: boolean; // false: rows stay as they come
    exportTo?(format: Format): string;
    empty?: ComponentChildren;
    actions?: ComponentChildren;
}

const firstRows = 10;
const collator = once(() => new Intl.Collator('en', {numeric: true}));

// What is not there comes last, whichever way the rest goes.
function compare(a: unknown, b: unknown, up: boolean): number {
    const none = (value: unknown) => Number(value === null || value === undefined), turn = up ? 1 : -1;
    if (none(a) || none(b))
        return none(a) - none(b);
    const x = toNumber(a), y = toNumber(b);
    if (x !== null && y !== null)
        return turn * (x - y);
    return turn * collator().compare(label(a), label(b));
}

function textOf(rows: Row[], columns: Column[]): string {
    const line = (cells: string[]) => cells.map((cell) => cell.replace(/[\t\n\r]+/g, ' ')
        .replace(/^([=+\-@])(?![\d.])/, '\'$1')).join('\t');
    return [line(columns.map(({title}) => title)), ...rows.map((row) => line(columns.map(({name, kind}) => (row[name] === null || row[name] === undefined) && kind !== 'text' ? '' : label(row[name]))))].join('\n');
}

function Foot({shown, count, props, all, onAll}: {shown: Row[]; count: number; props: TableProps; all: boolean; onAll(all: boolean): void}) {
    const {columns, exportTo, more, actions} = props, fits = count <= firstRows;
    const beyond = typeof more === 'function' ? more : undefined;
    return (
        <div class="table-foot">
            {more !== false && !beyond && !fits && <Button kind="quiet" onClick={() => onAll(!all)}>{all ? 'Fewer' : `More (${count - firstRows})`}</Button>}
            {beyond && <Button kind="quiet" onClick={beyond}>More</Button>}
            {actions}
            <span class="table-space" />
            <Copy label="Copy the table" text={() => textOf(shown, columns)} />
            {exportTo && <Export to={exportTo} />}
        </div>
    );
}

function TableRow({row, props, top}: {row: Row; props: TableProps; top: number}) {
    const {columns, main, onFilter, onExclude, onOpen, isFixed, isRest, href} = props;
    const share = top > 0 ? Math.max(0, Math.min(1, (toNumber(row[main]) ?? 0) / top)) : 0, out = href?.(row) ?? null;
    const acts = (onFilter || onOpen) && !isFixed?.(row);
    const act = (event: MouseEvent | KeyboardEvent) => {
        if (event.shiftKey && onExclude)
            onExclude(row);
        else
            (onOpen ?? onFilter)?.(row);
    };
    const hint = onOpen ? undefined : onExclude ? 'Click: only these. Shift-click: without these.' : 'Click: only these.';
    const first = columns.findIndex(({kind}) => kind === 'text');
    return (
        <tr class={acts ? 'row row-acts' : 'row'} onClick={acts ? (event) => {
            if (!(event.target as HTMLElement).closest('a, button, input') && !getSelection()?.toString())
                act(event);
        } : undefined}>
            {columns.map((column, i) => (
                <td key={column.name} class={`cell cell-${column.kind}${column.mono ? ' mono' : ''}${i === first ? ' cell-first' : ''}`}>
                    {i === first && <span class={isFixed?.(row) || isRest?.(row) ? 'share-bar share-rest' : 'share-bar'} ref={(bar) => bar?.style.setProperty('inline-size', `${share * 100}%`)} />}
                    {i === first && acts
                        ? <button type="button" class="row-button" title={hint} onClick={act}><Cell column={column} row={row} share={share} /></button>
                        : <Cell column={column} row={row} share={share} />}
                    {i === first && out && <a class="row-out" href={out} target="_blank" rel="noopener noreferrer nofollow"
                        aria-label={`Open ${out} in a new tab`} title={`Open ${out}`}><Icon name="out" size={12} /></a>}
                </td>
            ))}
        </tr>
    );
}

function Head({columns, by, chosen, onSort}: {columns: Column[]; by: {name: string; up: boolean} | null; chosen: boolean; onSort?: (name: string, up: boolean) => void}) {
    return (
        <thead class={chosen ? 'head-chosen' : undefined}><tr>{columns.map(({name, title, kind, sortable = true}) => (
            <th key={name} scope="col" class={`cell cell-${kind}`} aria-sort={by?.name === name ? (by.up ? 'ascending' : 'descending') : undefined}>
                {sortable && onSort ? <button type="button" class="head-button" onClick={() => onSort(name, kind === 'text')}>{title}</button> : title}
            </th>
        ))}</tr></thead>
    );
}

export function Table(props: TableProps) {
    const {columns, rows, main, total, search, more, sort = true, isFixed, isRest, empty} = props;
    const [all, setAll] = useState(false), [text, setText] = useState('');
    const [by, setBy] = useState<{name: string; up: boolean} | null>(null);
    const own = typeof search === 'object' ? search : null;
    const needle = own ? '' : text.trim().toLowerCase();
    const order = useMemo(() => by ?? (sort ? {name: main, up: false} : null), [by, sort, main]);
    const sorted = useMemo(() => {
        const found = needle ? rows.filter((row) => columns.some(({name, kind}) => kind === 'text' && label(row[name]).toLowerCase().includes(needle))) : rows;
        if (!order)
            return found;
        const last = (row: Row) => isRest?.(row) ? 2 : isFixed?.(row) ? 1 : 0;
        return found.slice().sort((a, b) => last(a) - last(b) || compare(a[order.name], b[order.name], order.up));
    }, [rows, columns, needle, order]);
    const top = total ?? rows.reduce((most, row) => Math.max(most, toNumber(row[main]) ?? 0), 0);
    const shown = more === false || typeof more === 'function' || all ? sorted : sorted.slice(0, firstRows);
    const searches = own || (search && (rows.length > firstRows || needle));

    if (rows.length === 0 && !own?.value)
        return <>{empty ?? <p class="table-none">Nothing in this range.</p>}</>;
    return (
        <div class="table-root">
            {searches && <TextField label="Search" hideLabel type="search" placeholder="Search" value={own?.value ?? text} onInput={own?.onInput ?? setText} />}
            <div class="table-scroll">
                <table class="table" aria-label={props.label}>
                    <Head columns={columns} by={order} chosen={by !== null} onSort={sort ? (name, first) => setBy({name, up: order?.name === name ? !order.up : first}) : undefined} />
                    <tbody>{shown.map((row, i) => <TableRow key={props.keyOf?.(row) ?? i} row={row} props={props} top={top} />)}</tbody>
                </table>
            </div>
            {sorted.length === 0 && <p class="table-none">Nothing has this text.</p>}
            <Foot shown={sorted} count={sorted.length} props={props} all={all} onAll={setAll} />
        </div>
    );
}
