// SPDX-License-Identifier: Apache-2.0
//
// The change against the compared range as a signed percentage; nothing where the base is under 20. Neither green nor
// red: whether more is better is not the console's to say.

import {changeOf, exact, signed} from './format';

export function Change({value, before}: {value: number | null; before: number | null | undefined}) {
    const change = changeOf(value, before);

    if (change === null)
        return null;
    return <span class={`change ${change < 0 ? 'change-down' : 'change-up'}`} title={`before: ${exact(before!)}`}>{signed(change)}</span>;
}
