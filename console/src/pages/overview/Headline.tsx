// SPDX-License-Identifier: Apache-2.0
//
// The numbers of the whole range, each with its change. One of them is what the chart shows.

import {Num} from '../../ui';
import {type Measure, measures, type OverviewRow} from './panels';

export interface HeadlineProps {
    total: OverviewRow;
    compares: boolean;
    measure: Measure;
    onMeasure(measure: Measure): void;
}

export function Headline({total, compares, measure, onMeasure}: HeadlineProps) {
    return (
        <div class="overview-head" role="group" aria-label="What the chart shows">{measures.map(({id, name}) => (
            <button key={id} type="button" class="overview-number" aria-pressed={measure === id} onClick={() => onMeasure(id)}>
                <span class="overview-name">{name}</span>
                <span class="overview-value"><Num value={total[id]} {...(compares && {before: total[`before_${id}`]})} /></span>
            </button>
        ))}</div>
    );
}
