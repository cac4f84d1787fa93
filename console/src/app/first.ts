// SPDX-License-Identifier: Apache-2.0
//
// Where the console opens: the first steps while no event has come, the overview from then on.

import {getJson} from '../api/client';
import {go, keepView} from './place';

export interface StartSource {
    name: string;
    kind: 'browser' | 'server';
    key: string | null; // null: a secret that the asker may not see
    events: string[]; // names and templates that it may send; none: all
    origins: string[];
}

export interface Start {
    events: boolean; // one has come
    collector: string;
    agent: string; // paths of the collector: the script, and where it sends
    page_events: string;
    sources: StartSource[];
}

export async function openFirst(): Promise<void> {
    try {
        const {events} = await getJson<Start>('/api/start');
        go(keepView(events ? '/overview' : '/start'), 'replace');
    } catch {
        if (location.pathname === '/') // else the sign-in page is there already
            go(keepView('/overview'), 'replace'); // which says what is wrong
    }
}
