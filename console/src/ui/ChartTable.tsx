// SPDX-License-Identifier: Apache-2.0
//
// The table behind a chart: a row for each bucket, a column for each series.

import type {Series} from './Chart';
import {Num} from './Num';
import {bucketName} from './format';

export function ChartTable({buckets, series, label}: {buckets: string[]; series: Series[]; label?: string}) {
    return (
        <div class="chart-table" tabIndex={0} role="group" aria-label={label ?? 'Table of the chart'}>
            <table class="table">
                <thead><tr><th scope="col">Begin</th>{series.map(({name}) => <th key={name} scope="col" class="cell-number">{name}</th>)}</tr></thead>
                <tbody>{buckets.map((bucket, i) => (
                    <tr key={bucket}><th scope="row">{bucketName(bucket, true)}</th>
                        {series.map(({name, values}) => <td key={name} class="cell-number"><Num value={values[i]} /></td>)}</tr>
                ))}</tbody>
            </table>
        </div>
    );
}
