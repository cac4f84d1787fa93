// SPDX-License-Identifier: Apache-2.0
//
// Which columns events can be broken down by: what the catalogue declares for the chosen ones, then what every event has.

import type {Catalogue, CatalogueEvent, CatalogueProperty} from '../../api/catalogue';

export interface ColumnChoice {
    column: string; // as the reports call it
    name: string; // as people know it
    type: string;
    about: string | null;
}

// What every event has, by the names of the table `events`; those with words are offered.
const fixed: Record<string, string> = {
    position: '', id: '', name: 'Event', source: 'Source', time: '', received: '', actor: '', session: '', visitor: '', device: '',
    session_epoch: '', visitor_epoch: '', request_id: '', flow_id: '', flow_time: '', sequence: '', url: 'Address', host: 'Host', path: 'Page',
    query: '', referrer: 'Referrer, whole', title: 'Title', method: 'Method', status: 'Status', content_type: 'Content type', ip: '', ip_until: '',
    user_agent: '', user_agent_until: '', ua_browser: 'Browser', ua_version: 'Browser version', ua_os: 'System', bot: 'Robot', country: 'Country',
    locale: 'Language', timezone: 'Time zone', platform: 'Platform', screen: 'Screen', utm_source: 'Campaign source',
    utm_medium: 'Campaign medium', utm_campaign: 'Campaign', utm_content: 'Campaign content', utm_term: 'Campaign term',
    environment: 'Environment', app_version: 'Version', dnt: 'Do Not Track', time_given: '', properties: '',
};

export const everywhere: ColumnChoice[] = [
    {column: 'referrer_host', name: 'Referrer', type: '', about: null},
    ...Object.entries(fixed).filter(([, name]) => name).map(([column, name]) => ({column, name, type: '', about: null})),
];

// A property's column, by the rule of the tables.
export function columnOf(property: string): string {
    const plain = property.replace(/[^A-Za-z0-9_]/g, '_');
    return plain.toLowerCase() in fixed ? `p_${plain}` : plain;
}

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
