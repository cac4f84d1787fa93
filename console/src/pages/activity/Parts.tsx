// SPDX-License-Identifier: Apache-2.0
//
// Retention of all parts on one scale: of each, its cohorts together. A click on one shows its cohorts below.

import {Num, percent} from '../../ui';
import type {Period} from './asked';
import {averages, type Cohort} from './cohorts';
import {shade} from './Triangle';

export const partsMax = 20;

export interface Part {
    name: string;
    cohorts: Cohort[];
}

export function Parts({parts, chosen, span, factor, onChoose}: {parts: Part[]; chosen: string; span: Period; factor: number; onChoose(name: string): void}) {
    const name = {day: 'Day', week: 'Week', month: 'Month'}[span], means = parts.map(({cohorts}) => averages(cohorts));
    const width = Math.max(0, ...means.map(({length}) => length));
    return (
        <div class="activity-scroll" tabIndex={0} role="group" aria-label="Retention by part">
            <table class="activity-triangle activity-parts" aria-label="Retention by part">
                <thead><tr>
                    <th scope="col">All that began in the range</th><th scope="col" class="activity-users">Users</th>
                    {Array.from({length: width}, (_, period) => <th key={period} scope="col" class="activity-cell">{name} {period}</th>)}
                </tr></thead>
                <tbody>{parts.map(({name: part, cohorts}, n) => (
                    <tr key={part}>
                        <th scope="row"><button type="button" data-row class="activity-part" aria-pressed={part === chosen} title="Show its cohorts" onClick={() => onChoose(part)}>{part}</button></th>
                        <td class="activity-users"><Num value={cohorts.reduce((all, {users}) => all + users, 0) * factor} /></td>
                        {Array.from({length: width}, (_, period) => {
                            const mean = means[n]![period] ?? null;
                            return <td key={period} class={`activity-cell ${mean === null ? '' : shade(mean)}`}>{mean === null ? '–' : percent(mean)}</td>;
                        })}
                    </tr>
                ))}</tbody>
            </table>
        </div>
    );
}
