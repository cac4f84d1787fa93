// SPDX-License-Identifier: Apache-2.0
//
// One event of a trail: when, who, what, on what, why, from where; what changed; and, opened, the record itself.

import {useState} from 'preact/hooks';

import {columnOf} from '../../api/columns';
import {inZone} from '../../app/zone';
import {Copy, exact, Icon, Json, label, Time, toDate} from '../../ui';
import type {Line} from './asked';
import type {Change} from './changes';
import {short, Value} from './Value';

function Changes({changes}: {changes: Change[]}) {
    return (
        <p class="trail-changes"><span class="quiet">Changed:</span> {changes.map(({property, from, to}, i) => (
            <span key={property} class="trail-change">{i > 0 && '; '}{property} <del title={label(from)}>{short(label(from))}</del> <span aria-hidden="true">→</span> <ins title={label(to)}>{short(label(to))}</ins></span>
        ))}</p>
    );
}

function Record({line}: {line: Line}) {
    const browser = [line.ua_browser, line.ua_version, line.ua_os].filter(Boolean).join(' '), page = `${line.host ?? ''}${line.path ?? ''}`;
    return (
        <div class="trail-record">
            <dl>
                <dt>Position</dt><dd>{exact(line.position)} in the journal</dd>
                <dt>Received</dt><dd><Time at={line.received} /></dd>
                <dt>Id</dt><dd class="mono trail-id">{line.id} <Copy text={line.id} label="Copy the id" /></dd>
                {line.request_id && <><dt>Request</dt><dd><Value column="request_id" value={line.request_id} /></dd></>}
                {line.flow_id && <><dt>Flow</dt><dd><Value column="flow_id" value={line.flow_id} /></dd></>}
                {line.session && <><dt>Session</dt><dd><Value column="session" value={line.session} /></dd></>}
                {line.visitor && <><dt>Visitor</dt><dd><Value column="visitor" value={line.visitor} /></dd></>}
                {line.device && <><dt>Device</dt><dd><Value column="device" value={line.device} /></dd></>}
                {browser && <><dt>Browser</dt><dd>{browser}</dd></>}
                {page && <><dt>Page</dt><dd class="trail-page">{page}</dd></>}
            </dl>
            <Json value={line.properties} />
        </div>
    );
}

export function Entry({line, changes, timeZone, where}: {line: Line; changes?: Change[]; timeZone: string; where: string[]}) {
    const [open, setOpen] = useState(false), at = toDate(line.time), aside = line.state === 'quarantined';
    const ids = Object.entries(line.entities).filter(([name, value]) =>
        value !== line.actor && value !== line.device && !where.includes(`${columnOf(name)}=${String(value)}`));
    return (
        <li class={aside ? 'trail-entry trail-aside' : 'trail-entry'}>
            <div class="trail-main">
                <button type="button" data-row class="trail-open" aria-expanded={open} onClick={() => setOpen(!open)}>
                    <Icon name={open ? 'more' : 'right'} size={12} /> <time dateTime={at?.toISOString()}>{at ? inZone(at, timeZone).time : '–'}</time>
                    <span class="unseen">{open ? 'Hide' : 'Show'} the record {line.position}</span>
                </button>
                <span class="trail-who">{line.actor ? <Value column="actor" value={line.actor} /> : <span class="quiet">no actor</span>}</span>
                <span class="trail-what">
                    <b>{line.name}</b>
                    {aside && <span class="trail-mark"><Icon name="warn" size={12} /> in quarantine: {line.errors?.join(', ')}</span>}
                </span>
                <span class="trail-on">{ids.map(([name, value]) => <Value key={name} column={columnOf(name)} value={value} name={name} />)}</span>
                <span class="trail-why">{line.reason}</span>
                <span class="trail-from quiet">{line.source}</span>
                <span class="trail-position quiet" title="Its position in the journal">#{line.position}</span>
            </div>
            {changes && <Changes changes={changes} />}
            {open && <Record line={line} />}
        </li>
    );
}
