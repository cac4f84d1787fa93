// SPDX-License-Identifier: Apache-2.0
//
// The filters as chips: "country is NL". Each can be negated, edited and removed; f adds one.

import {useState} from 'preact/hooks';

import {Button} from '../ui/Button';
import {Popover} from '../ui/Popover';
import {Select} from '../ui/Select';
import {TextField} from '../ui/TextField';
import {changeView, type FilterParts, splitFilter, type View} from './view';

const words: Record<FilterParts['how'], string> = {'=': 'is', '!=': 'is not', '~': 'is like', '!~': 'is not like'};
const opposite: Record<FilterParts['how'], FilterParts['how']> = {'=': '!=', '!=': '=', '~': '!~', '!~': '~'};

// Columns that most have; any other column or property may be written.
const columns = ['name', 'source', 'host', 'path', 'referrer', 'country', 'ua_browser', 'ua_os', 'utm_campaign', 'utm_source', 'environment', 'locale', 'bot'];

function Edit({parts, onDone, close}: {parts: FilterParts; onDone(filter: string): void; close(): void}) {
    const [column, setColumn] = useState(parts.column), [how, setHow] = useState(parts.how), [value, setValue] = useState(parts.value);
    const wrong = /[=!~]/.test(column) ? 'A name has none of = ! ~' : '';
    const done = () => {
        if (!column.trim() || wrong)
            return;
        onDone(`${column.trim()}${how}${value}`);
        close();
    };
    return (
        <form class="popover-form" onSubmit={(event) => {
            event.preventDefault();
            done();
        }}>
            <TextField label="Column or property" value={column} list={columns} onInput={setColumn} onEnter={done} required
                error={wrong} />
            <Select label="How" value={how} options={Object.entries(words).map(([id, name]) => ({value: id, name}))} onChange={(next) => setHow(next as FilterParts['how'])} />
            <TextField label="Value" value={value} onInput={setValue} onEnter={done} hint={how.includes('~') ? '* is any text' : 'empty: rows without one'} />
            <Button kind="main" type="submit">Use this filter</Button>
        </form>
    );
}

// Where the focus goes from a chip that is no more.
function focusAdd(): void {
    document.querySelector<HTMLElement>('.top [aria-keyshortcuts="f"]')?.focus();
}

function Chip({at, view}: {at: number; view: View}) {
    const filter = view.filters[at]!, parts = splitFilter(filter);
    const change = (to: string | null) => changeView({filters: view.filters.flatMap((one, i) => i !== at ? [one] : to === null ? [] : [to])});
    const shown = parts ? `${parts.column} ${words[parts.how]} ${parts.value === '' ? '(none)' : parts.value}` : filter;
    return (
        <span class="chip">
            {parts && <Popover class="chip-edit" kind="quiet" name={`Edit the filter: ${shown}`} label={
                <><span class="quiet">{parts.column}</span> {words[parts.how]} <b>{parts.value === '' ? '(none)' : parts.value}</b></>
            }>{(close) => (
                <>
                    <div class="popover-row"><Button onClick={() => {
                        change(`${parts.column}${opposite[parts.how]}${parts.value}`);
                        close();
                    }}>{words[opposite[parts.how]]} instead</Button></div>
                    <Edit parts={parts} close={close} onDone={change} />
                </>
            )}</Popover>}
            {!parts && <span class="chip-wrong" title="This is no filter">{filter}</span>}
            <Button icon="close" kind="quiet" label={`Remove the filter: ${shown}`} onClick={() => {
                change(null);
                focusAdd();
            }} />
        </span>
    );
}

export function Filters({view}: {view: View}) {
    return (
        <>
            {view.filters.map((_, at) => <Chip key={at} at={at} view={view} />)}{/* by place: an edited one is the same chip */}
            <Popover label="Filter" icon="filter" kind="quiet" shortcut="f">{(close) => (
                <Edit parts={{column: '', how: '=', value: ''}} close={close} onDone={(filter) => changeView({filters: [...view.filters, filter]})} />
            )}</Popover>
            {view.filters.length > 1 && <Button kind="quiet" onClick={() => {
                changeView({filters: []});
                focusAdd();
            }}>Remove all</Button>}
        </>
    );
}
