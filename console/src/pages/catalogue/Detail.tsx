// SPDX-License-Identifier: Apache-2.0
//
// One entry: what it means, what it carries, how it fares, and where it stands.

import type {Catalogue} from '../../api/catalogue';
import {Link} from '../../app/place';
import {Panel, Time, exact, percent} from '../../ui';
import {EntryLines} from '../quarantine/EntryLines';
import {inWords} from '../quarantine/groups';
import {Spark} from '../quarantine/Spark';
import {Properties} from './Properties';
import {type Entry, lifeCycle} from './entries';

function SourcesOf({entry, catalogue}: {entry: Entry['entry']; catalogue: Catalogue}) {
    const named = entry.sources ?? catalogue.sources.map(({name}) => name);
    return <>{entry.sources === null && 'every source: '}{named.map((name, i) => {
        const source = catalogue.sources.find((one) => one.name === name);
        return <span key={name}>{i > 0 && ', '}{name}{source && !source.strict && ' (lenient: what is undeclared is dropped)'}{!source && ' (not in the settings)'}</span>;
    })}</>;
}

function Violations({one}: {one: Entry}) {
    const {seen, entry} = one, name = seen.names > 1 || entry.name.includes('{') ? `name~${entry.name.replace(/\{[^}]*\}/g, '*')}` : `name=${entry.name}`;
    if (seen.quarantined === 0)
        return null;
    return (
        <ul class="catalogue-reasons">{(seen.reasons ?? []).map(({reason, events}) => (
            <li key={reason}><Link to={`/quarantine?filter=${encodeURIComponent(name)}`}>{inWords(reason)}</Link> <span class="quiet">{exact(events)}</span></li>
        ))}</ul>
    );
}

export function Detail({one, catalogue}: {one: Entry; catalogue: Catalogue}) {
    const {entry, seen, share} = one, event = encodeURIComponent(entry.name);
    const keeps = [entry.keep_ip_s > 0 && `the address for ${entry.keep_ip_s / 86400} days`, entry.keep_user_agent_s > 0 && `the user agent for ${entry.keep_user_agent_s / 86400} days`].filter(Boolean);
    return (
        <>
            <Panel title={entry.name} class="catalogue-detail" actions={<>
                <Link to={`/events?event=${event}`} class="button">Over time</Link>
                {entry.kinds.includes('flow') && <Link to="/flows" class="button">Flows</Link>}
                {seen.quarantined > 0 && <Link to={`/quarantine?filter=${encodeURIComponent(`name=${entry.name}`)}`} class="button">Quarantine</Link>}
            </>}>
                <p class="catalogue-description">{entry.description ?? 'It has no description.'}</p>
                <div class="catalogue-facts">
                    <dl class="quarantine-about">
                        <dt>Sent</dt><dd>{entry.trigger ?? <span class="quiet">nobody has said when</span>}</dd>
                        <dt>Owner</dt><dd>{entry.owner ?? <span class="quiet">nobody</span>}</dd>
                        <dt>Kind</dt><dd>{entry.kinds.join(', ')}{entry.flow_role && `, in flows: ${entry.flow_role.replace('_', ' ')}`}</dd>
                        <dt>Life</dt><dd>{lifeCycle(one)}{entry.replaced_by && <>; instead: <Link to={`/catalogue/${encodeURIComponent(entry.replaced_by)}`} class="mono">{entry.replaced_by}</Link></>}</dd>
                        <dt>Sent by</dt><dd><SourcesOf entry={entry} catalogue={catalogue} /></dd>
                        {entry.dimensions.length > 0 && <><dt>Counted by</dt><dd class="mono">{entry.dimensions.map(({name}) => name).join(', ')}</dd></>}
                        {Object.keys(entry.roles).length > 0 && <><dt>Stands for</dt><dd>{Object.entries(entry.roles).map(([role, property]) => `${property} for the ${role.replace('_', ' ')}`).join(', ')}</dd></>}
                        {keeps.length > 0 && <><dt>Keeps</dt><dd>{keeps.join(' and ')}</dd></>}
                    </dl>
                    <dl class="quarantine-about">
                        <dt>In the range</dt><dd>{exact(seen.events)} {seen.events === 1 ? 'event' : 'events'} <Spark parts={seen.parts} label={`${seen.events} events over the range`} /></dd>
                        <dt>Ever</dt><dd>{exact(seen.events_ever)}{seen.names > 1 && `, under ${exact(seen.names)} names`}</dd>
                        <dt>Last seen</dt><dd>{seen.last_seen ? <><Time at={seen.last_seen} /> or within the quarter of an hour after</> : 'never'}</dd>
                        <dt>Did not fit</dt><dd>{seen.quarantined === 0 ? (share === null ? '–' : 'nothing: everything that came in this range fitted') : `${percent(share!)}: ${exact(seen.quarantined)} quarantined, of which ${exact(seen.waiting)} wait`}<Violations one={one} /></dd>
                    </dl>
                </div>
            </Panel>
            <Panel title="Properties"><Properties properties={entry.properties} /></Panel>
            <Panel title="Where it stands"><EntryLines entry={entry} marked={[]} /></Panel>
        </>
    );
}
