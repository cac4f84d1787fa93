// SPDX-License-Identifier: Apache-2.0
//
// What would have to change in the catalogue for a group's events to be accepted, as lines to put there. Types are
// guessed from the events that wait; whether the sender is at fault instead, people know.

import type {CatalogueEvent, CatalogueProperty, Match} from '../../api/catalogue';
import {type Group, type Kept, propertyOf} from './groups';

export interface Suggestion {
    say: string; // what to do
    lines?: string; // to be copied
    place?: {file: string; line: number};
    entry?: string; // the whole entry with the change, to be tried
    meant?: string; // what the sender may have meant
}

const withheld = /^\((hidden|withheld: (\w+))\)$/;
const kinds: Record<string, string> = {text: 'string', integer: 'integer', number: 'number', boolean: 'boolean', list: 'array<string>', object: 'object'};

// The type of one value in the catalogue's words; '' where it cannot be seen, null for a null.
function typeOf(value: unknown): string | null {
    if (value === null || value === undefined)
        return null;
    if (typeof value === 'string') {
        const masked = withheld.exec(value);
        if (masked)
            return kinds[masked[2] ?? ''] ?? '';
        if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value))
            return 'uuid';
        if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value))
            return 'datetime';
        return /^https?:\/\/[^\s/]+\S*$/.test(value) ? 'url' : 'string';
    }
    if (Array.isArray(value)) {
        const item = guess(value).replace('|null', '');
        return `array<${item && item !== 'object' && !item.startsWith('array') ? item : 'string'}>`;
    }
    return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value === 'boolean' ? 'boolean' : 'object';
}

// One type that takes all of them; '' where none of them can be seen.
export function guess(values: unknown[]): string {
    const types = values.map(typeOf), seen = [...new Set(types.filter((type): type is string => !!type))];
    const one = seen.length === 0 ? (types.every((type) => type === null) && types.length ? 'string' : '')
        : seen.length === 1 ? seen[0]! : seen.every((type) => type === 'integer' || type === 'number') ? 'number' : 'string';
    return one && types.includes(null) ? `${one}|null` : one;
}

// As YAML takes it; quoted where it would be read as something else.
export function yamlText(text: string): string {
    return /^[A-Za-z_][\w.-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text) ? text : JSON.stringify(text);
}

function declare(name: string, type: string): string {
    const known = type || 'string';
    const shown = /[|<]/.test(known) ? `"${known}"` : known;
    return `${yamlText(name)}: {type: ${shown}${known.startsWith('object') ? ', privacy: hidden' : ''}}${type ? '' : ' # its values are hidden from you'}`;
}

function propertiesOf(kept: Kept): Record<string, unknown> {
    try {
        return JSON.parse(kept.contents ?? '{}').properties ?? {};
    } catch {
        return {};
    }
}

function valuesOf(events: Kept[], name: string): unknown[] {
    return events.map(propertiesOf).filter((properties) => name in properties).map((properties) => properties[name]);
}

function newEntry(group: Group, events: Kept[]): string {
    const names = [...new Set(events.flatMap((kept) => Object.keys(propertiesOf(kept))))].filter((name) => name !== '(withheld)');
    const properties = names.map((name) => `      ${declare(name, guess(valuesOf(events, name)))}`);
    return [`  - name: ${yamlText(group.event)}`, '    description: What has happened.', '    trigger: When exactly it is sent', '    kind: product',
        ...(properties.length ? ['    properties:', ...properties] : [])].join('\n');
}

// The entry's lines with one more below `properties:`; null where they are not laid out so.
function withProperty(entry: CatalogueEvent, line: string): string | null {
    if (!entry.text)
        return null;
    const lines = entry.text.split('\n'), at = lines.findIndex((one) => /^\s*properties:\s*$/.test(one));
    const own = /^\s*/.exec(lines[at + 1] ?? '')![0], dash = lines[0]!.indexOf('-');
    if (at >= 0)
        return [...lines.slice(0, at + 1), own + line, ...lines.slice(at + 1)].join('\n');
    if (/^\s*-\s+\w/.test(lines[0]!) && !lines.some((one) => /^\s*(- )?properties:/.test(one))) {
        const indent = ' '.repeat(dash + 2);
        return [...lines, `${indent}properties:`, `${indent}  ${line}`].join('\n');
    }
    return null;
}

// A line of the entry with a change in it.
function withLine(entry: CatalogueEvent, line: number, change: (text: string) => string): string | null {
    const lines = entry.text?.split('\n'), at = line - entry.text_line;
    if (!lines || lines[at] === undefined)
        return null;
    lines[at] = change(lines[at]!);
    return lines.join('\n');
}

function ofProperty(group: Group, events: Kept[], entry: CatalogueEvent, property: CatalogueProperty): Suggestion {
    const place = {file: entry.file, line: property.line};
    const change = (text: (line: string) => string) => withLine(entry, property.line, text) ?? entry.text ?? undefined;
    switch (group.reason) {
    case 'missing_property':
        return {say: `Let ${property.name} be absent: take “required: true” out.`, place, entry: change((line) => line.replace(/required:\s*true,?\s*/, ''))};
    case 'wrong_type': {
        const type = guess([...valuesOf(events, property.name), ...(property.type.endsWith('|null') ? [null] : [])]);
        const shown = /[|<]/.test(type) ? `"${type}"` : type;
        return type && type !== property.type
            ? {say: `Declare the type that comes: ${type} instead of ${property.type}. What is stored stays as it is.`, lines: `type: ${shown}`, place,
                entry: change((line) => line.replace(/type:\s*("[^"]*"|'[^']*'|[^,}\s]+)/, `type: ${shown}`))}
            : {say: `The sender has to send ${property.type}, or the type has to change.`, place, entry: entry.text ?? undefined};
    }
    case 'not_in_values':
        return {say: `Add the value to the “values” of ${property.name}.`, place, entry: entry.text ?? undefined};
    case 'pattern_mismatch':
        return {say: `Widen the “pattern” of ${property.name}.`, place, entry: entry.text ?? undefined};
    default:
        return {say: `Widen the bound of ${property.name}.`, place, entry: entry.text ?? undefined};
    }
}

// `entry`: the one that takes the event's name. null: no catalogue can help.
export function suggest(group: Group, events: Kept[], entry: CatalogueEvent | undefined, match: Match | undefined): Suggestion | null {
    const name = propertyOf(group.places?.[0]?.path ?? ''), at = entry && {file: entry.file, line: entry.line};
    switch (group.reason) {
    case 'unknown_event': {
        const lines = newEntry(group, events);
        return {say: 'Declare the event.', lines, entry: lines, ...(match?.nearest && {meant: match.nearest})};
    }
    case 'bad_parameter':
        return {say: `Widen the pattern of the parameter in ${entry?.name ?? 'the entry'}.`, ...(at && {place: at}), ...(entry?.text && {entry: entry.text})};
    case 'event_draft': case 'event_retired': case 'event_expired': case 'source_not_allowed': case 'undeclared_property': break;
    default: {
        const property = entry?.properties.find((one) => one.name === name);
        return entry && property ? ofProperty(group, events, entry, property) : null;
    }
    }
    if (!entry || !at)
        return null;
    if (group.reason === 'undeclared_property') {
        if (!name)
            return null;
        const lines = declare(name, guess(valuesOf(events, name))), whole = withProperty(entry, lines);
        return {say: `Declare ${name} under the “properties” of ${entry.name}.`, lines, place: at, entry: whole ?? entry.text ?? undefined,
            ...(match?.nearest_property && {meant: match.nearest_property})};
    }
    if (group.reason === 'source_not_allowed')
        return {say: `Add ${group.source} to the “sources” of ${entry.name}.`, place: at, ...(entry.text && {entry: entry.text})};
    const change = group.reason === 'event_expired' ? 'Move “expires”, if it shall be collected still.' : 'Set “status: active”, if it shall be collected.';
    return {say: change, place: at, ...(entry.text && {entry: entry.text.replace(/status:\s*(draft|retired)/, 'status: active')})};
}
