// SPDX-License-Identifier: Apache-2.0
//
// A page's first question, asked while the page's code is still on its way. Whoever asks the same within two seconds of its
// answer gets this answer, once.

import {getJson, type Query, queryText} from './client';

const keptMs = 2000;

interface Ahead {
    answer: Promise<unknown>;
    control: AbortController;
}

const asked = new Map<string, Ahead>();

export function askAhead(path: string, query?: Query): void {
    const key = path + queryText(query), control = new AbortController(), answer = getJson<unknown>(key, undefined, control.signal);
    const forget = () => setTimeout(() => asked.delete(key), keptMs);

    asked.set(key, {answer, control});
    answer.then(forget, forget); // an error is that of whoever takes the answer
}

// Undefined where it was not asked; given up with the signal.
export function takeAhead<T>(key: string, signal: AbortSignal): Promise<T> | undefined {
    const found = asked.get(key);

    asked.delete(key);
    signal.addEventListener('abort', () => found?.control.abort(), {once: true});
    return found?.answer as Promise<T> | undefined;
}
