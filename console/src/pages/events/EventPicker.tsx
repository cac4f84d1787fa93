// SPDX-License-Identifier: Apache-2.0
//
// Which events: those of the catalogue with what it says of them, other names that came in the range, any other, or a template.

import {useState} from 'preact/hooks';

import type {CatalogueEvent} from '../../api/catalogue';
import {useSeenNames} from '../../api/names';
import {useView} from '../../app/view';
import {Button, Icon, Popover, TextField, exact} from '../../ui';

const shownMax = 60;

export interface EventPickerProps {
    entries: CatalogueEvent[]; // all that there are
    chosen: string[];
    onChange(events: string[]): void;
}

interface Choice {
    name: string;
    status: string;
    about: string | null;
}

function matches(entry: CatalogueEvent, text: string): boolean {
    return `${entry.name} ${entry.description ?? ''} ${entry.owner ?? ''}`.toLowerCase().includes(text);
}

// What is declared, then what came under names that a template stands for, or that nobody declared.
function useChoices(entries: CatalogueEvent[], needle: string): Choice[] {
    const seen = useSeenNames(useView());
    return [...entries.filter((entry) => matches(entry, needle)).map(({name, status, description}) => ({name, status, about: description})),
        ...seen.filter(({name}) => name.toLowerCase().includes(needle) && !entries.some((entry) => entry.name === name))
            .map(({name, events}) => ({name, status: 'active', about: `${exact(events)} in this range`}))];
}

function List({entries, chosen, onChange, close}: EventPickerProps & {close(): void}) {
    const [text, setText] = useState('');
    const found = useChoices(entries, text.trim().toLowerCase());
    const own = text.trim(), isNew = own !== '' && !found.some(({name}) => name === own);
    const toggle = (name: string) => onChange(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
    const only = (name: string) => {
        onChange([name]);
        close();
    };
    return (
        <div class="events-picker">
            <TextField label="Search events" hideLabel type="search" autoFocus placeholder="Search, or a name or template: page.*" value={text}
                onInput={setText} onEnter={() => (own && (!isNew || !found.length || own.includes('*')) ? only(own) : found[0] && only(found[0].name))} />
            <ul class="events-list">
                {isNew && <li><button type="button" class="events-choice" onClick={() => only(own)}>
                    <span class="events-name">{own}</span><span class="events-about">{own.includes('*') ? 'all events whose name fits' : 'just this name'}</span>
                </button></li>}
                {found.slice(0, shownMax).map((entry) => (
                    <li key={entry.name} class="events-option">
                        <button type="button" class="events-choice" title={entry.about ?? undefined} onClick={() => only(entry.name)}>
                            <span class="events-name">{entry.name}{entry.status !== 'active' && <em class="events-status">{entry.status}</em>}</span>
                            <span class="events-about">{entry.about}</span>
                        </button>
                        <Button kind="quiet" icon={chosen.includes(entry.name) ? 'check' : 'plus'} pressed={chosen.includes(entry.name)}
                            label={chosen.includes(entry.name) ? `Without ${entry.name}` : `Also ${entry.name}`} onClick={() => toggle(entry.name)} />
                    </li>
                ))}
            </ul>
            {found.length > shownMax && <p class="events-more">{found.length - shownMax} more: search for them.</p>}
            {found.length === 0 && !isNew && <p class="events-more">The catalogue has no events.</p>}
        </div>
    );
}

export function EventPicker(props: EventPickerProps) {
    const {chosen, onChange} = props;
    const label = chosen.length === 0 ? 'All events' : chosen.length === 1 ? chosen[0]! : `${chosen.length} events`;
    return (
        <div class="events-field">
            <span class="field-name">Events</span>
            <div class="events-chosen">
                <Popover label={<><span class="events-label" title={label}>{label}</span><Icon name="more" size={12} /></>} name={`Events: ${label}`} icon="events">
                    {(close) => <List {...props} close={close} />}
                </Popover>
                {chosen.length > 1 && chosen.map((name) => (
                    <span key={name} class="events-chip"><span class="events-chip-name" title={name}>{name}</span>
                        <Button kind="quiet" icon="close" label={`Without ${name}`} onClick={() => onChange(chosen.filter((one) => one !== name))} /></span>
                ))}
                {chosen.length === 1 && <Button kind="quiet" icon="close" label="All events" onClick={() => onChange([])} />}
            </div>
        </div>
    );
}
