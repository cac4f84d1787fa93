// SPDX-License-Identifier: Apache-2.0
//
// Names and what stands behind them, side by side.

import type {ComponentChildren} from 'preact';

export function Facts({list}: {list: [string, ComponentChildren][]}) {
    return <dl class="health-facts">{list.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}
