// SPDX-License-Identifier: Apache-2.0
//
// Columns that name things: ids and pseudonyms, of every event and of the catalogue's properties.

import type {Catalogue} from '../../api/catalogue';
import {columnOf} from '../../api/columns';

export interface Suggestion {
    column: string;
    says: string;
}

const ofAll: Suggestion[] = [
    {column: 'actor', says: 'who did it, as a pseudonym'},
    {column: 'flow_id', says: 'one journey from its begin on'},
    {column: 'device', says: 'a device, as a pseudonym'},
    {column: 'session', says: 'a session, of one day'},
    {column: 'request_id', says: 'the events of one request'},
];

export function suggestions(catalogue: Catalogue | undefined, hidden: boolean): Suggestion[] {
    const found = new Map<string, Suggestion & {events: number}>();

    for (const event of catalogue?.events ?? [])
        for (const property of event.properties) {
            const names = property.privacy === 'pseudonym' || property.type.startsWith('uuid') || /_id$/i.test(property.name);
            if (property.parameter || !names || property.privacy === 'drop' || (property.privacy === 'hidden' && !hidden))
                continue;
            const column = columnOf(property.name), known = found.get(column);
            found.set(column, {column, says: known?.says ?? property.description ?? 'an id', events: (known?.events ?? 0) + 1});
        }
    const properties = [...found.values()].sort((a, b) => b.events - a.events || (a.column < b.column ? -1 : 1));
    return [...properties.map(({column, says}) => ({column, says})), ...ofAll];
}
