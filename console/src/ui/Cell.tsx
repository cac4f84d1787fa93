// SPDX-License-Identifier: Apache-2.0
//
// What stands in a table's cell, by the column's kind.

import {Change} from './Change';
import {Num} from './Num';
import type {Column, Row} from './Table';
import {Time} from './Time';
import {bytes, duration, exact, label, percent, toNumber} from './format';

export function Cell({column, row, share}: {column: Column; row: Row; share: number}) {
    const value = row[column.name], number = toNumber(value);

    if (column.render)
        return <>{column.render(row)}</>;
    switch (column.kind) {
    case 'number':
        return <Num value={value} unit={column.unit} {...(column.before && {before: row[column.before] ?? null})} />;
    case 'share':
        return <>{percent(number ?? share * 100)}</>;
    case 'change':
        return <Change value={number} before={toNumber(row[column.before ?? ''])} />;
    case 'duration':
        return number === null ? <>–</> : <span title={`${exact(number)} s`}>{duration(number)}</span>;
    case 'bytes':
        return number === null ? <>–</> : <span title={`${exact(number)} bytes`}>{bytes(number)}</span>;
    case 'time':
        return <Time at={value} />;
    default: {
        const text = label(value);
        return <span class={value === null || value === undefined || value === '' ? 'cell-words quiet' : 'cell-words'} title={text.length > 24 ? text : undefined}>{text}</span>;
    }
    }
}
