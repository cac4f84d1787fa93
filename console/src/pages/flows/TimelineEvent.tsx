// SPDX-License-Identifier: Apache-2.0
//
// One event of a flow: its time since the begin, its place in the lanes, and what it said.

import {Link} from '../../app/place';
import {duration, Icon, Json, Time} from '../../ui';
import {faultsOf, type Happened, type Lane, relative} from './timeline';

const pauseMs = 60000; // a longer silence is said

export function TimelineEvent({event, before, lanes}: {event: Happened; before: Happened | undefined; lanes: Lane[]}) {
    const at = lanes.findIndex(({key}) => key === (event.lane ?? '')), silence = before ? event.milliseconds - before.milliseconds : 0;
    const aside = event.kind === 'quarantined', faults = aside ? faultsOf(event.errors) : [];
    const told = event.properties && Object.keys(event.properties).length > 0 ? event.properties : null;
    const more = [event.path, event.country, event.source && `from ${event.source}`].filter(Boolean).join(' · ');
    return (
        <>
            {silence >= pauseMs && <li class="flows-silence"><span>{duration(silence / 1000)} later</span></li>}
            <li class={aside ? 'flows-event flows-event-aside' : `flows-event flows-event-${event.role ?? 'plain'}`}>
                <span class="flows-event-time" title={event.time}>{relative(event.milliseconds, duration)}<span class="unseen">, {lanes[at]?.name}</span></span>
                <span class="flows-event-lanes" aria-hidden="true">
                    {lanes.slice(0, 6).map(({key}, n) => <span key={key} class={n === at ? `flows-lane-at flows-lane-${n % 6 + 1}` : 'flows-lane-line'} />)}
                </span>
                <div class="flows-event-what">
                    <code>{event.name}</code> {event.role && <span class="flows-role">{event.role}</span>}
                    {aside && <span class="flows-warn"><Icon name="quarantine" /> in quarantine: {event.reasons} <Link to={`/quarantine?position=${event.position}`}>show it</Link></span>}
                    {faults.map(({message, path}, n) => <p key={n} class="flows-fault">{path && <code>{path}</code>} {message}</p>)}
                    {(told || more || event.actor) && (
                        <details class="flows-event-more"><summary>{more || 'Properties'}</summary>
                            <p class="flows-quiet"><Time at={event.time} /> · record {event.position}
                                {event.actor && <> · <Link to={`/trail?where=${encodeURIComponent(`actor=${event.actor}`)}`}>trail of its actor</Link></>}</p>
                            {told && <Json value={told} />}
                        </details>
                    )}
                </div>
            </li>
        </>
    );
}
