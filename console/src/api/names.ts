// SPDX-License-Identifier: Apache-2.0
//
// Which names events really have: a catalogue's template, flow.{view}.submit, says nothing of the views that there are.

import {useMemo} from 'preact/hooks';

import {type View, viewQuery} from '../app/view';
import {objects, useReport} from './client';

export interface SeenName {
    name: string;
    events: number;
}

const namesMax = 100; // as many as the report has

// Of the range, whoever sent them, the most frequent first; asked for once it is needed.
export function useSeenNames(view: View, needed = true): SeenName[] {
    const answer = useReport('overview', needed ? {...viewQuery(view, ['range']), traffic: 'all', panel: 'event', limit: namesMax} : null);
    return useMemo(() => (answer.data ? objects<{panel: string; value: string; events: number}>(answer.data) : [])
        .filter(({panel, value}) => panel === 'event' && value !== '(other)' && value !== '(none)')
        .map(({value, events}) => ({name: value, events})), [answer.data]);
}

// Whether a name of the catalogue takes this one: a parameter is any text without a dot.
export function takes(template: string, name: string): boolean {
    return template.includes('{') && new RegExp(`^${template.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^$()|[\]\\/{}]/g, '\\$&')).join('[^.]+')}$`).test(name);
}
