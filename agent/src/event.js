// SPDX-License-Identifier: Apache-2.0
//
// Events as text. One becomes JSON the moment it happens, so that what the page does to its objects afterwards
// changes nothing; what all events of a page share is said once a batch.

import {options, words} from './options.js';
import {kept} from './session.js';

// Version 4, by getRandomValues: crypto.randomUUID does not exist on plain http.
function newId() {
    const random = crypto.getRandomValues(new Uint8Array(36));

    return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit, at) =>
        (digit ^ random[at] & 15 >> digit / 4).toString(16));
}

// Where the visitor is: the path, and of the query what the owner allows.
export function place() {
    const allowed = [...new URLSearchParams(options.query && location.search)].filter(([name]) =>
        options.query === 'all' || words(options.query).includes(name));

    return {
        // Routes behind a # become part of the path: /app/#!/users?id=7 is /app/users.
        page: (location.pathname + ('hash' in options ? location.hash : '')).replace(/\/?#!?\/?/, '/').replace(/[?#].*/, ''),
        query: `${new URLSearchParams(allowed)}` || undefined,
    };
}

// An object's JSON without its closing brace. Any parser takes it, whatever the page did to arrays (Prototype.js
// gives them a toJSON that makes text of them) and wherever it cut its texts (half a surrogate pair is left out).
function toOpenJson(value) {
    return JSON.stringify(value, function (name, made) {
        return Array.isArray(this[name]) ? this[name] : made;
    }).replace(/(\\\\)|\\ud[89a-f]../g, '$1').slice(0, -1);
}

export function toText(members) {
    return toOpenJson({id: newId(), ...place(), ...members});
}

// What the events of a batch share, up to the list of them. Of the screen a class, no size.
export function sharedText() {
    const {width} = screen;

    return toOpenJson({
        domain: location.hostname,
        timezone: new Date().getTimezoneOffset(),
        platform: navigator.platform,
        screen: width < 480 ? 'xs' : width < 768 ? 's' : width < 1200 ? 'm' : width < 1920 ? 'l' : 'xl',
        ...'session' in options && {sess_id: kept('session', (known) => known || newId().slice(0, 13))},
    });
}
