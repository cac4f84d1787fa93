// SPDX-License-Identifier: Apache-2.0
//
// Events on their way: at most 100 wait, and each stays until an answer says what became of it. One batch is under
// way at a time. An event keeps its id however often it is sent, so that the collector counts it once.

import {sharedText, toText} from './event.js';
import {guarded} from './guard.js';
import {address, options} from './options.js';
import {increment, kept} from './session.js';

let sequence;
let waiting = []; // oldest first
let flying = []; // those that await an answer; they are among the waiting
let timer;
let failures = 0; // in a row

// `late` gives what is only known, or should only be asked for, when the event is sent: more of its JSON. An event
// that finds no room, or is larger than a batch, uses up a number, too: the gap tells that it is missing.
export function add(members, late) {
    // Of a session where there is one: the collector's count of what never arrived goes by sessions.
    sequence = 'session' in options ? kept('events', increment) : increment(sequence);
    const text = toText({sequence, ...members});

    if (waiting.length < 100 && text.length < 2e4)
        waiting.push({text, late, at: Date.now()});
    schedule();
}

export const recordEvent = guarded((name, note) => {
    if (name)
        add({event: `${name}`, note: `${note ?? ''}`});
});

export const track = guarded((name, properties) => {
    if (name)
        add({event: `${name}`, properties});
});

// Sends a second later, or after failures up to five minutes, when the page has nothing else to do; never before it
// has loaded.
export function schedule() {
    if (timer || flying[0] || !waiting[0] || document.readyState !== 'complete')
        return;
    timer = setTimeout(() => {
        (window.requestIdleCallback || setTimeout)(flush, {timeout: 1e3});
    }, Math.min(1e3 * 2 ** failures, 3e5));
}

// As many from the front as go into one batch: 20,000 characters are below the 64 KiB that browsers take from a page
// that is leaving, whatever they are.
function fitting(events) {
    let left = 2e4;

    return events.filter((event) => (left -= event.text.length) > 0);
}

// Ages are those of the moment of sending.
function toBody(events) {
    return `${sharedText()},"events":[${events.map((event) =>
        `${event.text},"age":${Math.max(0, Date.now() - event.at)}${event.late ? event.late() : ''}}`)}]}`;
}

// No answer (an error has no status), or one that says later: the same again. Everything else is final.
function settle(answer) {
    if (/429|503|507|undefined/.test(answer?.status)) {
        failures++;
        waiting.forEach((event) => event.handed = 0);
    } else {
        failures = 0;
        waiting = waiting.filter((event) => !flying.includes(event));
    }
    flying = [];
    schedule();
}

export const flush = guarded(() => {
    timer = clearTimeout(timer);
    if (flying[0] || !waiting[0] || document.prerendering)
        return;
    const batch = fitting(waiting);

    fetch(address, {method: 'POST', body: toBody(batch), keepalive: true}).then(settle, settle);
    flying = batch; // not before: a page's own fetch may throw
});

// The page is hidden, and may not come back: all goes to the browser, which sends it without us. What is under way
// goes once more, as its answer may never come. While the collector is failing, nothing is forgotten.
export function leave() {
    const batch = fitting(waiting.filter((event) => !event.handed));

    if (!batch[0])
        return;
    if (!navigator.sendBeacon(address, toBody(batch)))
        return flush();
    batch.forEach((event) => event.handed = 1);
    waiting = waiting.filter((event) => !event.handed || failures || flying.includes(event));
    leave();
}
