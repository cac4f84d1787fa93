// SPDX-License-Identifier: Apache-2.0
//
// What the chart draws of an answer: the six largest values, and the rest as (other) where it can be added up.

import type {Series} from '../../ui';
import {type Amount, type Bucket, type Broken, keyOf, nameOf} from './answer';
import {isAdditive, measureName} from './asked';

const seriesMax = 6;

function valueIn(bucket: Bucket, key: string, empty: number | null): number | null {
    const cell: Amount | undefined = bucket.cells.get(key);
    return cell ? cell.value : empty;
}

export function seriesOf(broken: Broken, buckets: Bucket[], measure: string, compares: boolean): Series[] {
    const additive = isAdditive(measure), average = measure.startsWith('mean:') || measure.startsWith('median:');
    const empty = average ? null : 0, other = keyOf(broken.columns.map(() => '(other)'));
    const before: Series[] = compares ? [{name: 'Before', before: true, values: buckets.map((bucket) => bucket.before)}] : [];

    if (broken.columns.length === 0)
        return [{name: measureName(measure), values: buckets.map(({value}) => value)}, ...before];
    const named = broken.values.filter(({key}) => key !== other).slice(0, seriesMax);
    const series: Series[] = named.map(({key, keys}) => ({name: nameOf(keys), values: buckets.map((bucket) => valueIn(bucket, key, empty))}));
    if (additive && broken.values.length > named.length)
        series.push({name: '(other)', values: buckets.map(({value}, i) => (value ?? 0) - series.reduce((all, {values}) => all + (values[i] ?? 0), 0))});
    return [...series, ...before];
}
