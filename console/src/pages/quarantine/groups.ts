// SPDX-License-Identifier: Apache-2.0
//
// What the pages about the quarantine get from the engine, and the words for it.

export type State = 'waiting' | 'replayed' | 'dropped' | 'all';

export const states: {id: State; name: string}[] = [
    {id: 'waiting', name: 'Waiting'}, {id: 'replayed', name: 'Replayed'}, {id: 'dropped', name: 'Dropped'}, {id: 'all', name: 'All'},
];

export interface Group {
    reason: string;
    event: string;
    source: string;
    events: number;
    first_received: string;
    last_received: string;
    example: number;
    parts: number[];
    places: {path: string; expected: string | null; events: number}[] | null;
    senders: {app_version: string | null; browser: string | null; system: string | null; events: number}[] | null;
    sender_count: number | null;
}

export interface Fault {
    code: string;
    path: string;
    expected?: string;
    message: string;
}

export interface Kept {
    position: number;
    id: string;
    received: string;
    time: string;
    source: string;
    event: string;
    state: Exclude<State, 'all'>;
    reasons: string[];
    errors: Fault[];
    hidden: string[];
    contents: string | null; // JSON
    decided: string | null;
    decided_by: string | null;
    why: string | null;
    replayed_as: number | null;
}

const words: Record<string, string> = {
    unknown_event: 'Event is not in the catalogue',
    bad_parameter: 'Part of the name does not fit its pattern',
    event_draft: 'Event is still a draft',
    event_retired: 'Event is retired',
    event_expired: 'Event is past its last day',
    source_not_allowed: 'Source may not send it',
    event_not_allowed: 'Source may not send it',
    domain_not_permitted: 'Host is not permitted',
    missing_property: 'Required property is missing',
    undeclared_property: 'Property is not declared',
    wrong_type: 'Value has another type',
    not_in_values: 'Value is none of those listed',
    pattern_mismatch: 'Text does not fit the pattern',
    too_small: 'Number is too small',
    too_large: 'Number is too large',
    too_long: 'Text is too long',
    too_many_items: 'List is too long',
    too_many_properties: 'Too many properties',
    unknown_field: 'Field does not exist',
    missing_field: 'Field is missing',
    wrong_field: 'Field is wrong',
    time_out_of_range: 'Time is in no calendar',
};

// The code in plain words.
export function inWords(reason: string): string {
    return words[reason] ?? reason.replace(/_/g, ' ');
}

export function senderName({app_version, browser, system}: {app_version: string | null; browser: string | null; system: string | null}): string {
    return [app_version && `version ${app_version}`, browser, system].filter(Boolean).join(', ') || '';
}

// A place as people call it; a name says for itself where it stands.
export function placeWords(path: string): string {
    return path === '/name' || path === '' ? '' : propertyOf(path) ?? path;
}

// The property of a JSON pointer such as /properties/seats/3; null where it is about something else.
export function propertyOf(path: string): string | null {
    const match = /^\/properties\/([^/]+)/.exec(path);
    return match ? match[1]!.replace(/~1/g, '/').replace(/~0/g, '~') : null;
}
