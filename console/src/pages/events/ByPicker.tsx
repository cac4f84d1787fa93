// SPDX-License-Identifier: Apache-2.0
//
// By what: the properties that the chosen events declare come first, then what every event has.

import {useState} from 'preact/hooks';

import {Button, Icon, Popover, TextField} from '../../ui';
import type {ColumnChoice} from './columns';

export interface ByPickerProps {
    label: string; // before the choice
    chosen: string | null;
    properties: ColumnChoice[];
    everywhere: ColumnChoice[];
    taken: string[]; // not offered
    onChange(column: string | null): void;
}

function Group({title, choices, onChoose, chosen}: {title: string; choices: ColumnChoice[]; chosen: string | null; onChoose(column: string): void}) {
    if (choices.length === 0)
        return null;
    return (
        <section class="events-group">
            <h3>{title}</h3>
            <ul class="events-list">{choices.map(({column, name, type, about}) => (
                <li key={column}><button type="button" class="events-choice" aria-pressed={column === chosen} title={about ?? undefined} onClick={() => onChoose(column)}>
                    <span class="events-name">{name}{type && <em class="events-status">{type}</em>}</span>
                    {about && <span class="events-about">{about}</span>}
                </button></li>
            ))}</ul>
        </section>
    );
}

function List({properties, everywhere, taken, chosen, onChange, close}: ByPickerProps & {close(): void}) {
    const [text, setText] = useState('');
    const needle = text.trim().toLowerCase();
    const fit = ({column, name, about}: ColumnChoice) => !taken.includes(column) && `${column} ${name} ${about ?? ''}`.toLowerCase().includes(needle);
    const first = properties.filter(fit), rest = everywhere.filter(fit), own = text.trim();
    const choose = (column: string | null) => {
        onChange(column);
        close();
    };
    return (
        <div class="events-picker">
            <TextField label="Search columns" hideLabel type="search" autoFocus placeholder="Search, or a column" value={text} onInput={setText}
                onEnter={() => own && choose((first[0] ?? rest[0])?.column ?? own)} />
            <Group title="Properties of these events" choices={first} chosen={chosen} onChoose={choose} />
            <Group title="What every event has" choices={rest} chosen={chosen} onChoose={choose} />
            {first.length + rest.length === 0 && own && <Button kind="quiet" onClick={() => choose(own)}>By the column {own}</Button>}
        </div>
    );
}

export function ByPicker(props: ByPickerProps) {
    const {label, chosen, properties, everywhere, onChange} = props;
    const name = [...properties, ...everywhere].find(({column}) => column === chosen)?.name ?? chosen;
    return (
        <div class="events-field">
            <span class="field-name">{label}</span>
            <div class="events-chosen">
                <Popover label={<><span class="events-label" title={name ?? undefined}>{name ?? 'nothing'}</span><Icon name="more" size={12} /></>} name={`${label}: ${name ?? 'nothing'}`}>
                    {(close) => <List {...props} close={close} />}
                </Popover>
                {chosen && <Button kind="quiet" icon="close" label={`Not by ${name}`} onClick={() => onChange(null)} />}
            </div>
        </div>
    );
}
