// SPDX-License-Identifier: Apache-2.0
//
// One event, as a compiler shows an error: the JSON with a mark at each place, and what was expected there.

import {useState} from 'preact/hooks';

import {hasRight, useSession} from '../../api/session';
import {Button, Icon, Json, Time, type JsonMark} from '../../ui';
import type {Fault, Kept} from './groups';

// The contents have what the sender calls context beside the other fields.
function marksOf(errors: Fault[]): JsonMark[] {
    return errors.map(({code, path, expected, message}) => ({
        path: path.replace(/^\/context\//, '/'),
        text: `${code}: ${message}${expected && !message.includes(expected) ? ` Expected: ${expected}.` : ''}`,
    }));
}

function masked(contents: Record<string, unknown>, hidden: string[]): Record<string, unknown> {
    const properties = {...(contents.properties as Record<string, unknown> | undefined)};
    for (const name of hidden)
        if (name in properties && !String(properties[name]).startsWith('(withheld: '))
            properties[name] = '(hidden)';
    return {...contents, properties};
}

function Decided({kept}: {kept: Kept}) {
    if (kept.state === 'waiting')
        return null;
    return (
        <p class="quarantine-decided">
            {kept.state === 'dropped' ? 'Dropped' : 'Replayed'} {kept.decided && <Time at={kept.decided} />}{kept.decided_by && <> by {kept.decided_by}</>}
            {kept.why && <>: “{kept.why}”</>}{kept.replayed_as !== null && <>, and accepted as position {kept.replayed_as}</>}.
        </p>
    );
}

export function EventView({kept}: {kept: Kept}) {
    const [open, setOpen] = useState(false), maySee = hasRight(useSession(), 'hidden');
    const contents = kept.contents === null ? null : JSON.parse(kept.contents) as Record<string, unknown>;
    return (
        <div class="quarantine-event">
            <p class="quarantine-event-head">
                <span>Position <span class="mono">{kept.position}</span>, received <Time at={kept.received} /> from <b>{kept.source}</b></span>
                {kept.hidden.length > 0 && contents && <Button kind="quiet" pressed={open} disabled={!maySee} onClick={() => setOpen(!open)}
                    title={maySee ? undefined : 'This needs the right to see hidden values'}>Hidden values</Button>}
            </p>
            <Decided kept={kept} />
            {contents
                ? <Json value={open ? contents : masked(contents, kept.hidden)} marks={marksOf(kept.errors)} />
                : <>
                    <p class="quiet">Its contents left the tables with the decision.</p>
                    <ul class="quarantine-faults">{kept.errors.map((fault, i) =>
                        <li key={i}><Icon name="warn" /> <span class="mono">{fault.path}</span> {fault.code}: {fault.message}</li>)}</ul>
                </>}
        </div>
    );
}
