// SPDX-License-Identifier: Apache-2.0
//
// The triangle as a table. Shades say what the numbers say: text on each of them stays readable.

import {bucketName, exact, Num, percent} from '../../ui';
import type {Period} from './asked';
import {averages, type CellOf, type Cohort} from './cohorts';

export function shade(value: number): string {
    return `activity-shade-${Math.round(Math.max(0, Math.min(100, value)) / 10)}`;
}

function Value({cell, factor, period, span}: {cell: CellOf | null; factor: number; period: number; span: Period}) {
    if (!cell)
        return <td class="activity-cell" />;
    const says = `${exact(cell.active * factor)} of ${exact(cell.users * factor)} users, ${span} ${period}${cell.over ? '' : ', which is not over'}`;
    return (
        <td class={`activity-cell ${shade(cell.percent)}${cell.over ? '' : ' activity-open'}`} title={says}>
            {percent(cell.percent)}<small><Num value={cell.active * factor} />{cell.over ? '' : <span class="unseen">, not over</span>}</small>
        </td>
    );
}

export function Triangle({cohorts, span, factor}: {cohorts: Cohort[]; span: Period; factor: number}) {
    const means = averages(cohorts), name = {day: 'Day', week: 'Week', month: 'Month'}[span];
    return (
        <div class="activity-scroll" tabIndex={0} role="group" aria-label="Retention by cohort">
            <table class="activity-triangle" aria-label="Retention by cohort">
                <thead><tr>
                    <th scope="col">Began in the {span} of</th><th scope="col" class="activity-users">Users</th>
                    {means.map((_, period) => <th key={period} scope="col" class="activity-cell">{name} {period}</th>)}
                </tr></thead>
                <tbody>
                    {cohorts.map((cohort) => (
                        <tr key={cohort.begin}>
                            <th scope="row">{bucketName(cohort.begin, true)}</th><td class="activity-users"><Num value={cohort.users * factor} /></td>
                            {cohort.cells.map((cell, period) => <Value key={period} cell={cell} factor={factor} period={period} span={span} />)}
                        </tr>
                    ))}
                </tbody>
                <tfoot><tr>
                    <th scope="row">All, where the {span} is over</th><td class="activity-users"><Num value={cohorts.reduce((all, {users}) => all + users, 0) * factor} /></td>
                    {means.map((mean, period) => <td key={period} class="activity-cell">{mean === null ? '–' : percent(mean)}</td>)}
                </tr></tfoot>
            </table>
        </div>
    );
}
