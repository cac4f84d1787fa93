// SPDX-License-Identifier: Apache-2.0
//
// The events of a group one after another, the newest first.

import {useEffect, useState} from 'preact/hooks';

import {Button, exact} from '../../ui';
import {EventView} from './EventView';
import type {Kept} from './groups';

export function EventPager({events, total}: {events: Kept[]; total: number}) {
    const [at, setAt] = useState(0), kept = events[Math.min(at, events.length - 1)];

    useEffect(() => setAt(0), [events]);
    if (!kept)
        return null;
    return (
        <div class="quarantine-pager">
            <div class="quarantine-pager-bar">
                <Button icon="left" label="Newer event" disabled={at === 0} onClick={() => setAt(at - 1)} />
                <span>{exact(at + 1)} of {exact(total)}{total > events.length ? `, of which the newest ${events.length} are here` : ''}</span>
                <Button icon="right" label="Older event" disabled={at >= events.length - 1} onClick={() => setAt(at + 1)} />
            </div>
            <EventView key={kept.position} kept={kept} />
        </div>
    );
}
