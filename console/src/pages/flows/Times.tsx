// SPDX-License-Identifier: Apache-2.0
//
// How long it took from one step to the next: how many took how long.

import {duration, Num, Popover} from '../../ui';
import {sized} from './sized';

export interface TimeSpan {
    step: number;
    seconds_25: number;
    seconds_50: number;
    seconds_75: number;
    at_least: number;
    below: number | null;
    units: number;
}

function spanName({at_least, below}: TimeSpan): string {
    return below === null ? `${duration(at_least)} and more` : at_least === 0 ? `under ${duration(below)}` : `${duration(at_least)} to ${duration(below)}`;
}

export function Times({spans, unit}: {spans: TimeSpan[]; unit: string}) {
    const top = Math.max(...spans.map(({units}) => units));
    return (
        <Popover label="how many took how long" name={`how many took how long to step ${spans[0]!.step}`} kind="quiet" class="flows-times">{() => (
            <table class="flows-times-table">
                <thead><tr><th scope="col">time</th><th scope="col">{unit}</th></tr></thead>
                <tbody>{spans.map((span) => (
                    <tr key={span.at_least}>
                        <th scope="row">{spanName(span)}</th>
                        <td><span class="flows-split-track" aria-hidden="true"><span class="flows-on" ref={sized({'--width': span.units / top})} /></span> <Num value={span.units} /></td>
                    </tr>
                ))}</tbody>
            </table>
        )}</Popover>
    );
}
