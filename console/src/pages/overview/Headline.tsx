// SPDX-License-Identifier: Apache-2.0
//
// The numbers of the whole range, each with its change.

import {Num} from '../../ui';
import type {Measure, OverviewRow} from './panels';

const shown: {id: Measure; name: string}[] = [
    {id: 'visitors', name: 'Visitors'}, {id: 'sessions', name: 'Sessions'}, {id: 'pages', name: 'Pages'}, {id: 'events', name: 'Events'},
];

export function Headline({total, compares}: {total: OverviewRow; compares: boolean}) {
    return (
        <dl class="overview-head">{shown.map(({id, name}) => (
            <div key={id}><dt>{name}</dt><dd><Num value={total[id]} {...(compares && {before: total[`before_${id}`]})} /></dd></div>
        ))}</dl>
    );
}
