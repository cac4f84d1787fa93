// SPDX-License-Identifier: Apache-2.0
//
// One flow, from its begin to its end: when what happened, on which device, what waits in quarantine, and which other
// flows belong to it.

import {useMemo} from 'preact/hooks';

import {objects, useReport} from '../../api/client';
import {goBack, Link} from '../../app/place';
import {Button, Copy, Definition, duration, Empty, Page, Panel, Time} from '../../ui';
import {TimelineEvent} from './TimelineEvent';
import {type Happened, lanesOf, type Related} from './timeline';

const kin = {from: 'Goes on from', into: 'Goes on in', same_person: 'Of the same actor'} as const;

function RelatedFlows({flows}: {flows: Related[]}) {
    const groups = (Object.keys(kin) as (keyof typeof kin)[]).map((kind) => ({kind, list: flows.filter((flow) => flow.kind === kind)})).filter(({list}) => list.length);
    if (!groups.length)
        return null;
    return (
        <Panel title="Other flows">
            {groups.map(({kind, list}) => (
                <section key={kind}><h3 class="flows-kin">{kin[kind]}</h3>
                    <ul class="flows-kin-list">{list.map((flow) => (
                        <li key={flow.flow_id}>
                            <Link to={`/flows/flow/${encodeURIComponent(flow.flow_id)}`} title={flow.flow_id}><code>{flow.flow_id.slice(0, 12)}…</code></Link>
                            {flow.time === null ? <span class="flows-quiet">nothing is known of it</span> : <>
                                <span>{flow.milliseconds! < 0 ? `${duration(-flow.milliseconds! / 1000)} before` : `${duration(flow.milliseconds! / 1000)} after`}</span>
                                <span class="flows-quiet">{flow.completed ? 'completed' : 'not completed'}</span>
                            </>}
                        </li>
                    ))}</ul>
                </section>
            ))}
        </Panel>
    );
}

function Facts({id, events}: {id: string; events: Happened[]}) {
    const told = events.filter(({kind}) => kind === 'event'), first = told[0], last = told.at(-1);
    const aside = events.length - told.length, done = told.some(({role}) => role === 'complete');
    return (
        <dl class="flows-facts">
            <div><dt>Flow</dt><dd><code class="flows-id">{id}</code> <Copy text={id} label="Copy the id" /></dd></div>
            {first && <div><dt>Began</dt><dd><Time at={first.time} />{first.role !== 'begin' && <span class="flows-quiet"> (its begin never came)</span>}</dd></div>}
            {last && <div><dt>Lasted</dt><dd>{duration(last.milliseconds / 1000)}</dd></div>}
            <div><dt>Events</dt><dd>{told.length}{aside > 0 && <span class="flows-warn"> and {aside} in quarantine</span>}</dd></div>
            <div><dt>Completed</dt><dd>{done ? 'yes' : 'no'}</dd></div>
        </dl>
    );
}

export function Flow({id}: {id: string}) {
    const query = {id}, answer = useReport('flow', query);
    const rows = useMemo(() => (answer.data && !answer.stale ? objects<Happened | Related>(answer.data) : []), [answer.data, answer.stale]);
    const events = rows.filter((row): row is Happened => row.kind === 'event' || row.kind === 'quarantined');
    const related = rows.filter((row): row is Related => row.kind !== 'event' && row.kind !== 'quarantined');
    const lanes = lanesOf(events);
    return (
        <Page title="Flow" bar={<Button icon="left" onClick={() => goBack('/flows')}>Back</Button>}>
            <Panel title="What happened" answer={answer} definition={
                <Definition report="flow" query={query} rows={answer.data}><p>Every event of the flow in the order of its time, and what of it waits in quarantine.
                    Values that only some may see are in none of them.</p></Definition>
            }>
                {answer.data && !answer.stale && !events.length && (
                    <Empty title="Nothing is known of this flow.">Its id may be cut off, its events may not have come yet, or they were deleted as <code>flows.samples</code> says.</Empty>
                )}
                {events.length > 0 && <>
                    <Facts id={id} events={events} />
                    <ul class="flows-lanes" aria-label="Devices">{lanes.map(({key, name, hint}, n) => (
                        <li key={key} title={hint}><span class={`flows-lane-dot flows-lane-${n % 6 + 1}`} aria-hidden="true" /> {name}</li>
                    ))}</ul>
                    <ol class="flows-timeline">
                        {events.map((event, i) => <TimelineEvent key={`${event.kind}${event.position}`} event={event} before={events[i - 1]} lanes={lanes} />)}
                    </ol>
                </>}
            </Panel>
            <RelatedFlows flows={related} />
        </Page>
    );
}
