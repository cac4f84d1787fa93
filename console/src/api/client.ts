// SPDX-License-Identifier: Apache-2.0
//
// The one way to the engine: JSON in and out, errors that say what the engine said, the token against forged requests.

import type {Format} from '../ui/Export';
import {csrfToken, type Session, setSession, signedOut} from './session';
import {inTurn} from './turn';

export type Query = Record<string, string | number | boolean | string[] | null | undefined>;

export class ApiError extends Error {
    constructor(readonly status: number, readonly code: string, message: string, readonly waitS = 0) {
        super(message);
    }
}

export interface Rows {
    columns: {name: string; type: string}[];
    rows: unknown[][];
    row_count: number;
    cut: boolean;
    took_ms: number;
    definition?: string;
    models_at?: number;
    stored_at?: number;
    notes?: string;
    note?: string;
    sql?: string;
}

export function queryText(query?: Query): string {
    const text = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {}))
        for (const one of Array.isArray(value) ? value : [value])
            if (one !== null && one !== undefined)
                text.append(name, String(one));
    return text.size ? `?${text}` : '';
}

async function failure(answer: Response): Promise<ApiError> {
    try {
        const {error} = await answer.json();
        return new ApiError(answer.status, String(error.code), String(error.message), Number(error.wait_s ?? 0));
    } catch { // not from the engine: a proxy in between, say
        return new ApiError(answer.status, 'unreadable', `the engine's answer has status ${answer.status} and says no more`);
    }
}

const retriesMax = 5;

function pause(ms: number, signal?: AbortSignal | null): Promise<void> {
    return new Promise((done, failed) => {
        const timer = setTimeout(done, ms);
        signal?.addEventListener('abort', () => {
            clearTimeout(timer);
            failed(signal.reason);
        }, {once: true});
    });
}

async function fetchOnce(path: string, init: RequestInit): Promise<Response> {
    init.signal?.throwIfAborted();
    try {
        return await fetch(path, {...init, credentials: 'same-origin', cache: 'no-cache', redirect: 'error'}); // what has an ETag is asked for by it
    } catch (error) {
        if (init.signal?.aborted)
            throw error;
        throw new ApiError(0, 'unreachable', 'the engine does not answer; is it running?');
    }
}

// A question that was turned away for want of room is asked again; what changes something is not.
async function fetchFor(path: string, init: RequestInit): Promise<Response> {
    for (let again = 0; ; again++) {
        const answer = await fetchOnce(path, init);
        if (answer.status !== 503 || again >= retriesMax || (init.method ?? 'GET') !== 'GET')
            return answer;
        await pause(250 * (again + 1), init.signal);
    }
}

async function ask(path: string, init: RequestInit): Promise<Response> {
    const answer = await inTurn(() => fetchFor(path, init), init.signal);
    if (answer.ok)
        return answer;
    if (answer.status === 401 && path !== '/api/session')
        signedOut();
    throw await failure(answer);
}

export async function getJson<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
    return (await ask(path + queryText(query), {signal: signal ?? null, headers: {Accept: 'application/json'}})).json();
}

// What a change has to bring, by the session as it is known here.
function changeHeaders(more?: Record<string, string>): Record<string, string> {
    const token = csrfToken();
    return {'Content-Type': 'application/json', ...more, ...(token && {'Weir-CSRF': token})};
}

let asking: Promise<void> = Promise.resolve();

// Who is asking. What changes something waits for the answer, since it has to bring the session's token.
export function askSession(): void {
    asking = getJson<Session>('/api/session').then(setSession, () => setSession(null));
}

// The token against forged requests is another one once the engine was started anew: then it is fetched, and the change,
// of which nothing was done, is asked for again.
async function askChange(path: string, init: RequestInit, more?: Record<string, string>): Promise<Response> {
    await asking;
    try {
        return await ask(path, {...init, headers: changeHeaders(more)});
    } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'csrf')
            throw error;
        setSession(await getJson<Session>('/api/session', undefined, init.signal ?? undefined));
        return ask(path, {...init, headers: changeHeaders(more)});
    }
}

async function change<T>(method: string, path: string, body: unknown, signal?: AbortSignal, more?: Record<string, string>): Promise<T> {
    const answer = await askChange(path, {method, signal: signal ?? null, body: body === undefined ? null : JSON.stringify(body)}, {Accept: 'application/json', ...more});
    const text = await answer.text();
    return (text ? JSON.parse(text) : null) as T;
}

// The answer as a file, as it is.
export async function postForFile(path: string, body: unknown): Promise<Blob> {
    return (await askChange(path, {method: 'POST', body: JSON.stringify(body)})).blob();
}

export function postJson<T>(path: string, body: unknown, signal?: AbortSignal, headers?: Record<string, string>): Promise<T> {
    return change<T>('POST', path, body, signal, headers);
}

export function deleteJson<T = unknown>(path: string): Promise<T> {
    return change<T>('DELETE', path, undefined);
}

// Rows as objects, by the names of their columns.
export function objects<T = Record<string, unknown>>(rows: Rows): T[] {
    return rows.rows.map((row) => {
        const one: Record<string, unknown> = {};
        rows.columns.forEach(({name}, i) => (one[name] = row[i]));
        return one as T;
    });
}

export function exportLink(name: string, query: Query, format: Format): string {
    return `/api/report/${encodeURIComponent(name)}${queryText({...query, format})}`;
}

export {together, useJson, useReport} from './answer';
export type {Answer} from './answer';
