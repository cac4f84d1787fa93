// SPDX-License-Identifier: Apache-2.0
//
// A filter on a step: a column of the flow, or of the event itself.

import {useState} from 'preact/hooks';

import {Button, Select, TextField} from '../../ui';
import {stepFilter} from './steps';

const ways = [{value: '=', name: 'is'}, {value: '!=', name: 'is not'}, {value: '~', name: 'is like'}, {value: '!~', name: 'is not like'}];

export function StepFilter({columns, onDone}: {columns: string[]; onDone(filter: string): void}) {
    const [column, setColumn] = useState(''), [how, setHow] = useState('='), [value, setValue] = useState('');
    const wrong = /[=!~[\],|]/.test(column) ? 'A name has none of = ! ~ [ ] , |' : '';
    return (
        <form class="popover-form" onSubmit={(event) => {
            event.preventDefault();
            if (column.trim() && !wrong)
                onDone(stepFilter(column, how, value));
        }}>
            <TextField label="Column or property" value={column} list={columns} onInput={setColumn} error={wrong} required autoFocus
                hint="event.name is always the event's own" />
            <Select label="How" value={how} options={ways} onChange={setHow} />
            <TextField label="Value" value={value} onInput={setValue} hint={how.includes('~') ? '* is any text' : 'empty: those without one'} />
            <Button kind="main" type="submit">Use this filter</Button>
        </form>
    );
}
