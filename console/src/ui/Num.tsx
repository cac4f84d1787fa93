// SPDX-License-Identifier: Apache-2.0
//
// A number: short to look at, exact on hover and for screen readers.

import {compact, exact, percent, toNumber} from './format';
import {Change} from './Change';

export interface NumProps {
    value: unknown;
    before?: unknown; // the same for the compared range: the change stands beside it
    unit?: string;
}

export function Num({value, before, unit = ''}: NumProps) {
    const number = toNumber(value);

    if (number === null)
        return <span class="num num-none" title="not known, or not additive">–</span>;
    const short = unit === '%' ? percent(number).slice(0, -1) : compact(number), long = exact(number);
    return (
        <span class="num">
            {short === long ? <>{short}{unit}</> : (
                <span title={long + unit}><span aria-hidden="true">{short}{unit}</span><span class="unseen">{long}{unit}</span></span>
            )}
            {before !== undefined && <> <span class="change-slot"><Change value={number} before={toNumber(before)} /></span></>}
        </span>
    );
}
