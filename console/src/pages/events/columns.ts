// SPDX-License-Identifier: Apache-2.0
//
// Which columns events can be broken down by: what the catalogue declares for the chosen ones, then what every event has.

import type {Catalogue, CatalogueEvent, CatalogueProperty} from '../../api/catalogue';
import {columnOf, eventColumns} from '../../api/columns';

export interface ColumnChoice {
    column: string; // as the reports call it
    name: string; // as people know it
    type: string;
    about: string | null;
}

export const everywhere: ColumnChoice[] = [
    {column: 'referrer_host', name: 'Referrer', type: '', about: null},
    ...Object.entries(eventColumns).filter(([, name]) => name).map(([column, name]) => ({column, name, type: '', about: null})),
];

// A name with * for any text and {word} for any without a dot.
function fits(template: string, name: string): boolean {
    const parts = template.split(/(\*|\{[^{}]*\})/).map((part, i) => i % 2 === 0 ? part.replace(/[^A-Za-z0-9]/g, '\\$&') : part === '*' ? '.*' : '[^.]*');
    return new RegExp(`^${parts.join('')}$`, 'is').test(name);
}

// The entries that a chosen name or template may mean; none chosen: none.
export function entriesOf(catalogue: Catalogue | undefined, events: string[]): CatalogueEvent[] {
    return (catalogue?.events ?? []).filter(({name}) => events.some((event) => fits(event, name) || fits(name, event)));
}

function isShown(property: CatalogueProperty): boolean {
    return !property.parameter && property.privacy !== 'drop' && property.privacy !== 'hidden';
}

// Each property once, those that most of the events have first.
export function propertiesOf(entries: CatalogueEvent[]): ColumnChoice[] {
    const found = new Map<string, {choice: ColumnChoice; count: number}>();

    for (const {properties} of entries)
        for (const property of properties.filter(isShown)) {
            const column = columnOf(property.name), known = found.get(column);
            if (known)
                known.count++;
            else
                found.set(column, {count: 1, choice: {column, name: property.name, type: property.privacy === 'pseudonym' ? 'pseudonym' : property.type, about: property.description}});
        }
    return [...found.values()].sort((a, b) => b.count - a.count).map(({choice}) => choice);
}

export function isNumeric({type}: ColumnChoice): boolean {
    return type === 'integer' || type === 'number';
}
