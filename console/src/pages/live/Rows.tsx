// SPDX-License-Identifier: Apache-2.0
//
// The events, a line each: when, what, from where, who, and the beginning of what it says. Screen readers find a table that
// changes in silence; nobody wants each event read out.

import {inZone} from '../../app/zone';
import {useView} from '../../app/view';
import {Icon, label, toDate} from '../../ui';
import type {LiveEvent} from './feed';

const partsMax = 4, textMax = 60;

function short(value: unknown): string {
    const text = label(value);
    return text.length > textMax ? `${text.slice(0, textMax)}…` : text;
}

function Summary({data, quarantined}: LiveEvent) {
    const properties = Object.entries((data.properties ?? {}) as Record<string, unknown>);
    if (quarantined) {
        const errors = Array.isArray(data.errors) ? data.errors as {message?: string; path?: string}[] : [];
        return <span class="live-fault">{errors.map(({path, message}) => `${path ?? ''} ${message ?? ''}`.trim()).join(' · ')}</span>;
    }
    return (
        <>
            {typeof data.path === 'string' && <span class="live-page mono">{short(data.path)}</span>}
            {properties.slice(0, partsMax).map(([name, value]) => <span key={name} class="live-part"><span class="live-key">{name}</span> {short(value)}</span>)}
            {properties.length > partsMax && <span class="live-key">and {properties.length - partsMax} more</span>}
        </>
    );
}

// The day is today, as a rule; the whole moment is a hover away.
function Moment({at}: {at: unknown}) {
    const {timeZone} = useView(), date = toDate(at);
    if (!date)
        return <>–</>;
    const {day, time} = inZone(date, timeZone);
    return <time dateTime={date.toISOString()} title={`${day} ${time} ${timeZone}`}>{time}</time>;
}

export function Rows({rows, onOpen}: {rows: LiveEvent[]; onOpen(event: LiveEvent): void}) {
    return (
        <div class="table-scroll live-scroll" role="region" aria-label="Events, newest first" tabIndex={0}>
            <table class="table live-table">
                <thead><tr>{['Received', 'Event', 'Source', 'Actor', 'What it says'].map((title) => <th key={title} scope="col" class="cell">{title}</th>)}</tr></thead>
                <tbody aria-live="off">
                    {rows.map((event) => {
                        const {data, position, quarantined} = event;
                        return (
                            <tr key={position} class={quarantined ? 'row row-acts live-bad' : 'row row-acts'} onClick={(click) => {
                                if (!(click.target as HTMLElement).closest('button') && !getSelection()?.toString())
                                    onOpen(event);
                            }}>
                                <td class="cell live-time"><Moment at={data.received ?? data.time} /></td>
                                <td class="cell"><button type="button" class="row-button mono" title={`${label(data.name)}: show the whole event`} onClick={() => onOpen(event)}>
                                    {quarantined && <><Icon name="warn" /><span class="unseen">Quarantined: </span></>}{label(data.name)}</button></td>
                                <td class="cell">{label(data.source)}</td>
                                <td class="cell mono">{typeof data.actor === 'string' ? <span title={data.actor}>{data.actor.slice(0, 8)}</span> : '–'}</td>
                                <td class="cell live-says"><Summary {...event} /></td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
        </div>
    );
}
