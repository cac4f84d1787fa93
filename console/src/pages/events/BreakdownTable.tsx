// SPDX-License-Identifier: Apache-2.0
//
// The values of the whole range: a click filters, with shift it excludes.

import {exportLink, type Query} from '../../api/client';
import {changeView, type View} from '../../app/view';
import {Button, type Column, exact, type Row, Table} from '../../ui';
import type {Broken, ValueRow} from './answer';
import {type Asked, change, firstLimit, isAdditive, lastLimit, measureName} from './asked';

export interface BreakdownTableProps {
    broken: Broken;
    asked: Asked;
    view: View;
    query: Query; // without totals
    titles: string[]; // of the columns it is broken down by
}

function isOther(row: Row): boolean {
    return (row as ValueRow).keys.every((key) => key === '(other)');
}

// An absent and an empty value are one: the empty text of filters.
function filterText(column: string, key: string, not: boolean): string {
    return `${column}${not ? '!=' : '='}${key === '(none)' ? '' : key}`;
}

export function BreakdownTable({broken, asked, view, query, titles}: BreakdownTableProps) {
    const rows = broken.values.map((row) => ({...row, ...Object.fromEntries(row.keys.map((key, i) => [`key${i}`, key]))}));
    const average = /^(mean|median):/.test(asked.measure), total = broken.total.value ?? 0;
    const columns: Column[] = [
        ...titles.map((title, i): Column => ({name: `key${i}`, title, kind: 'text'})),
        {name: 'value', title: measureName(asked.measure), kind: 'number', ...(view.compare !== 'none' && {before: 'before'})},
        ...(average ? [] : [{name: 'share', title: 'Share', kind: 'share'} satisfies Column]),
    ];
    const filter = (row: Row, not: boolean) =>
        changeView({filters: [...view.filters, ...(row as ValueRow).keys.map((key, i) => filterText(asked.by[i]!, key, not))]});
    const hasOther = rows.some(isOther), sum = rows.reduce((all, {value}) => all + (value ?? 0), 0);

    return (
        <>
            <Table label={`By ${titles.join(' and ')}`} columns={columns} rows={rows} main="value" {...(!average && {total})} keyOf={(row) => (row as ValueRow).key}
                isFixed={isOther} onFilter={(row) => filter(row, false)} {...(asked.by.length === 1 && {onExclude: (row: Row) => filter(row, true)})}
                search exportTo={(format) => exportLink('breakdown', query, format)}
                actions={hasOther && asked.limit === firstLimit && <Button kind="quiet" onClick={() => change({limit: lastLimit})}>Up to {lastLimit} values</Button>} />
            <p class="events-sum">
                {average ? 'The whole is counted by itself: means and medians of parts do not add up.'
                    : isAdditive(asked.measure) ? `The rows add up to ${exact(sum)}, the total.`
                        : `The rows add up to ${exact(sum)}, the total is ${exact(total)}: who has several values is in each of them.`}
            </p>
        </>
    );
}
