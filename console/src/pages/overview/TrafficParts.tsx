// SPDX-License-Identifier: Apache-2.0
//
// Whose traffic there is in the range: people, bots and internal, apart. Each shows its own on a click.

import {changeView, type Traffic, useView} from '../../app/view';
import {Num} from '../../ui';
import type {Measure, OverviewRow} from './panels';

const kinds = ['people', 'bots', 'internal']; // however many each has

export function TrafficParts({rows, measure}: {rows: OverviewRow[]; measure: Measure}) {
    const {traffic} = useView();
    if (rows.length === 0)
        return null;
    const inOrder = kinds.flatMap((kind) => rows.filter(({value}) => value === kind));
    return (
        <p class="overview-traffic">
            <span class="quiet">Whose:</span>
            {inOrder.map((row) => (
                <button key={row.value} type="button" class="overview-part" aria-pressed={traffic === row.value}
                    onClick={() => changeView({traffic: row.value as Traffic})}>{row.value!.charAt(0).toUpperCase() + row.value!.slice(1)} <Num value={row[measure]} /></button>
            ))}
        </p>
    );
}
