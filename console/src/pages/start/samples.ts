// SPDX-License-Identifier: Apache-2.0
//
// A first event, made of the catalogue's own words, as three languages send it. What stands in the catalogue and the
// settings is written as text of that language: a quote in a name ends nothing.

import type {Catalogue, CatalogueEvent, CatalogueProperty} from '../../api/catalogue';
import type {Start, StartSource} from '../../app/first';

export type Value = string | number | boolean | Value[] | {[name: string]: Value};

export interface Example {
    name: string;
    properties: [string, Value][];
}

// As the settings write it: * is any text.
function allows(templates: string[], name: string): boolean {
    return !templates.length || templates.some((one) =>
        new RegExp(`^${one.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 'i').test(name));
}

function sampleOf(type: string): Value {
    switch (type) {
    case 'integer': return 3;
    case 'number': return 0.5;
    case 'boolean': return true;
    case 'datetime': return '2026-01-02T03:04:05Z';
    case 'uuid': return '0190a5f0-7a6b-7c3d-8e2f-102030405060';
    case 'url': return 'https://www.example.org/';
    case 'object': return {};
    default: return 'first';
    }
}

function valueOf({type, values, pattern, min}: CatalogueProperty): Value {
    const item = /^array<(.*)>$/.exec(type)?.[1];
    const one = values?.[0] ?? (min !== null && typeof sampleOf(item ?? type) === 'number' ? min : pattern ? 'a' : sampleOf(item ?? type));
    return item ? [one] : one;
}

function needed(event: CatalogueEvent): CatalogueProperty[] {
    return event.properties.filter(({required, parameter}) => required && !parameter);
}

// Whether an event of this name, which is of this entry, is accepted from this source if its properties fit.
export function takes(source: StartSource, name: string, entry: CatalogueEvent | undefined): boolean {
    return allows(source.events, name) && !!entry && entry.status !== 'draft' && entry.status !== 'retired' && (!entry.sources || entry.sources.includes(source.name));
}

// What pages send by themselves: of kind page, or named by the list of a source for browsers.
function isOfPages({name, kinds}: CatalogueEvent, all: StartSource[]): boolean {
    return kinds.includes('page') || all.some(({kind, events}) => kind === 'browser' && events.length > 0 && allows(events, name));
}

// The event of which a program has to know least: active, with a whole name, one that this source may send, and, while there
// is another, none of those that pages send.
export function exampleFor(source: StartSource, catalogue: Catalogue, all: StartSource[]): Example | null {
    const cost = (event: CatalogueEvent) => [Number(isOfPages(event, all)), needed(event).filter(({pattern}) => pattern).length, needed(event).length];
    const [best] = catalogue.events
        .filter((event) => event.status === 'active' && !event.name.includes('{') && takes(source, event.name, event))
        .sort((a, b) => cost(a).map((one, i) => one - cost(b)[i]!).find((one) => one !== 0) ?? 0);
    return best ? {name: best.name, properties: needed(best).map((one) => [one.name, valueOf(one)])} : null;
}

function attribute(text: string): string {
    return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}

// The script finds where to send as `e` beside itself; everywhere else it has to be told. On pages of this machine it is
// silent unless it is told otherwise, too.
export function tag({collector, agent, page_events: events}: Start, {key, origins}: StartSource): string {
    const local = origins.some((one) => /^https?:\/\/(([^/]+\.)?localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(one)) ? ' data-local' : '';
    const to = events === `${agent.slice(0, agent.lastIndexOf('/') + 1)}e` ? '' : ` data-to="${attribute(collector + events)}"`;
    return `<script defer src="${attribute(collector + agent)}" data-key="${attribute(key ?? '')}"${to}${local}></script>`;
}

// A key of one's own, the same while the page is open: it is public, but no other source may have it.
const newKey = `web_${[...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

export function sourceForPages(event: string): string {
    return `  - {name: website, kind: browser, key: ${newKey}, origins: ["https://www.example.org"], events: [${event}]}`;
}

function shell(text: string): string {
    return `'${text.replace(/'/g, `'\\''`)}'`;
}

export function curl(collector: string, key: string, {name, properties}: Example): string {
    const body = JSON.stringify({name, properties: Object.fromEntries(properties)});
    return [`curl ${shell(`${collector}/v1/events`)} \\`, `  -H ${shell(`Authorization: Bearer ${key}`)} \\`,
        `  -H 'Content-Type: application/json' \\`, `  -d ${shell(body)}`].join('\n');
}

function literal(text: string): string {
    return `"${text.replace(/[\\"?]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')}"`;
}

function argument([name, value]: [string, Value]): string {
    if (typeof value === 'number')
        return Number.isInteger(value) ? `WEIR_INT(${literal(name)}, ${value})` : `WEIR_NUMBER(${literal(name)}, ${value})`;
    if (typeof value === 'boolean')
        return `WEIR_BOOL(${literal(name)}, ${value})`;
    if (Array.isArray(value) && typeof value[0] === 'string')
        return `WEIR_TEXTS(${literal(name)}, (const char *const[]){${literal(value[0])}}, 1)`;
    return `WEIR_TEXT(${literal(name)}, ${literal(typeof value === 'string' ? value : JSON.stringify(value))})`;
}

export function program(collector: string, key: string, {name, properties}: Example): string {
    return `/* first.c: cc first.c -o first $(pkg-config --cflags --libs weir) && ./first */
#include <stdbool.h>
#include <weir/weir.h>

int main(void)
{
    struct weir_options options = {0};
    struct weir_client *client;

    options.url = ${literal(collector)};
    options.key = ${literal(key)};
    client = weir_client_new(&options);
    weir_trigger(client, ${[literal(name), ...properties.map(argument), 'WEIR_END'].join(', ')});
    weir_client_free(client, 2000); /* at most 2 s to send it */
    return 0;
}`;
}
