// SPDX-License-Identifier: Apache-2.0
//
// What became of events, or would: one number first, then the rest of them by what they are.

import {exact} from '../../ui';
import type {Outcome as Counts, What} from './decide';
import {inWords} from './groups';

const rests: [keyof Counts & ('duplicate' | 'gone' | 'damaged' | 'other'), string][] = [
    ['duplicate', 'accepted before, under the same id'], ['gone', 'not in the journal any more (retention.journal): only their sender can send them again'],
    ['damaged', 'do not verify in the journal: weir verify says where'], ['other', 'are no quarantined events of this journal'],
];

export function headline(what: What, sum: Counts, total: number): string {
    if (what === 'drop')
        return `${exact(sum.dropped)} of ${exact(total)} dropped`;
    return what === 'try' ? `Would be accepted now: ${exact(sum.accepted)} of ${exact(total)}` : `Accepted: ${exact(sum.accepted)} of ${exact(total)}`;
}

export function Outcome({what, sum, total, under}: {what: What; sum: Counts; total: number; under?: string}) {
    const codes = Object.entries(sum.codes).sort((a, b) => b[1] - a[1]);
    return (
        <div class="quarantine-outcome" role="status">
            <p class="quarantine-outcome-head">{under ? headline(what, sum, total).replace('now', under) : headline(what, sum, total)}</p>
            {(sum.faulty > 0 || rests.some(([name]) => sum[name] > 0)) && <ul>
                {sum.faulty > 0 && <li>{exact(sum.faulty)} fail{what === 'try' ? '' : ' still'}: {codes.map(([code, n]) => `${inWords(code).toLowerCase()} (${exact(n)})`).join(', ')}</li>}
                {rests.map(([name, words]) => sum[name] > 0 && <li key={name}>{exact(sum[name])} {words}</li>)}
            </ul>}
            {sum.behind > 0 && <p class="quiet">The store is {exact(sum.behind)} records behind the journal: what came last was not looked at.</p>}
        </div>
    );
}
