// SPDX-License-Identifier: Apache-2.0
//
// The range of time: named ones that move on with the clock, months, and days of one's own.

import {useState} from 'preact/hooks';

import {Button} from '../ui/Button';
import {Popover} from '../ui/Popover';
import {TextField} from '../ui/TextField';
import {bucketName} from '../ui/format';
import {once} from '../ui/once';
import {changeView, type View} from './view';
import {addDays, addMonths, daysBetween, momentOf, today} from './zone';

const named = [
    {id: 'today', name: 'Today'}, {id: 'yesterday', name: 'Yesterday'}, {id: '24h', name: '24 hours'},
    {id: '7d', name: '7 days'}, {id: '30d', name: '30 days'}, {id: '90d', name: '90 days'},
    {id: 'month', name: 'This month'}, {id: 'year', name: 'This year'}, {id: '365d', name: '365 days'},
];

const monthName = once(() => new Intl.DateTimeFormat('en-US', {month: 'long', year: 'numeric', timeZone: 'UTC'}));

function nameOfMonth(month: string): string {
    return monthName().format(new Date(`${month}-01T00:00:00Z`));
}

export function rangeName(view: View): string {
    const known = named.find(({id}) => id === view.range);
    if (known)
        return known.name;
    if (/^\d{4}-\d\d$/.test(view.range))
        return nameOfMonth(view.range);
    const now = today(view.timeZone).slice(0, 4), year = (text: string) => text.slice(0, 4);
    const last = view.to.length === 10 ? addDays(view.to, -1) : view.to;
    const day = (text: string, named = year(view.from) !== year(last) || year(text) !== now) => `${bucketName(text.slice(0, 10))}${named ? ` ${year(text)}` : ''}`;
    const days = /^\d{4}-\d\d-\d\d$/.test(view.from) && /^\d{4}-\d\d-\d\d$/.test(view.to);
    if (/^\d+d$/.test(view.range))
        return `${view.range.slice(0, -1)} days`;
    if (days)
        return daysBetween(view.from, view.to) === 1 ? day(view.from) : `${day(view.from, year(view.from) !== year(last))} – ${day(last)}`;
    const moment = (text: string) => `${day(text)}${text.length > 10 ? ` ${text.slice(11, 16)}` : ''}`;
    return `${moment(view.from)} – ${moment(view.to)}`;
}

// The first day of a year, so many years on.
function yearAfter(day: string, years: number): string {
    return `${String(Number(day.slice(0, 4)) + years).padStart(4, '0')}-01-01`;
}

// The same length, just before or just after.
function shift(view: View, way: 1 | -1): void {
    const isDay = view.from.length === 10 && view.to.length === 10;
    if (isDay && view.from.endsWith('-01') && addMonths(view.from, 1) === view.to.slice(0, 7) && view.to.endsWith('-01')) {
        changeView({range: addMonths(view.from, way)});
    } else if (isDay && view.from.endsWith('-01-01') && view.to === yearAfter(view.from, 1)) {
        changeView({range: 'custom', from: yearAfter(view.from, way), to: yearAfter(view.to, way)});
    } else if (isDay) {
        const days = daysBetween(view.from, view.to) * way;
        changeView({range: 'custom', from: addDays(view.from, days), to: addDays(view.to, days)});
    } else {
        const [from, to] = [view.from, view.to].map((end) => Date.parse(momentOf(end, view.timeZone))) as [number, number];
        const text = (at: number) => new Date(at + (to - from) * way).toISOString().slice(0, 19) + 'Z';
        changeView({range: 'custom', from: text(from), to: text(to)});
    }
}

function Choose({view, close}: {view: View; close(): void}) {
    const day = today(view.timeZone);
    const [first, setFirst] = useState(view.from.slice(0, 10)), [last, setLast] = useState(view.to.length === 10 ? addDays(view.to, -1) : view.to.slice(0, 10));
    const error = first && last && first > last ? 'The last day is before the first.' : '';
    const choose = (range: string) => {
        changeView({range});
        close();
    };
    const months = [1, 2, 3, 4, 5, 6].map((n) => addMonths(day, -n));
    return (
        <div class="popover-form range">
            <div class="range-named" role="group" aria-label="Ranges">
                {named.map(({id, name}) => <Button key={id} kind="quiet" pressed={view.range === id} onClick={() => choose(id)}>{name}</Button>)}
            </div>
            <div class="range-named" role="group" aria-label="Months">
                {months.map((month) => <Button key={month} kind="quiet" pressed={view.range === month} onClick={() => choose(month)}>{nameOfMonth(month)}</Button>)}
            </div>
            <form class="range-own" onSubmit={(event) => {
                event.preventDefault();
                if (error || !first || !last)
                    return;
                changeView({range: 'custom', from: first, to: addDays(last, 1)});
                close();
            }}>
                <TextField label="First day" type="date" value={first} onInput={setFirst} required />
                <TextField label="Last day" type="date" value={last} error={error} onInput={setLast} required />
                <Button kind="main" type="submit">Show these days</Button>
            </form>
        </div>
    );
}

export function RangeMenu({view}: {view: View}) {
    return (
        <div class="top-group">
            <Button icon="left" label="The span before" onClick={() => shift(view, -1)} />
            <Popover label={rangeName(view)} name={`Range: ${rangeName(view)}`} shortcut="t">{(close) => <Choose view={view} close={close} />}</Popover>
            <Button icon="right" label="The span after" onClick={() => shift(view, 1)} />
        </div>
    );
}
