// SPDX-License-Identifier: Apache-2.0
//
// A value that names something: a link to its own trail. Pseudonyms and long ids are shortened; hover has the whole.

import {Link} from '../../app/place';
import {label} from '../../ui';
import {trailOf} from './asked';

export function short(text: string): string {
    return /^[0-9a-f-]{32,}$/i.test(text) ? `${text.slice(0, 8)}…` : text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

export function Value({column, value, name}: {column: string; value: unknown; name?: string}) {
    if (value === null || value === undefined || value === '')
        return null;
    const values = Array.isArray(value) ? value : [value];
    return (
        <span class="trail-value">
            {name && <span class="quiet">{name} </span>}
            {values.map((one, i) => (
                <span key={i}>{i > 0 && ', '}{one === null || typeof one === 'object' ? label(one)
                    : <Link class="mono" to={trailOf(column, String(one))} title={`${column} is ${String(one)}: its trail`}>{short(String(one))}</Link>}</span>
            ))}
        </span>
    );
}
