// SPDX-License-Identifier: Apache-2.0
//
// Answers as hooks. A question is asked anew when its parameters change, and the old one is given up: an answer to old
// parameters is never shown as one to new ones. While the next answer is on its way the last one stays, marked stale.

import {useCallback, useLayoutEffect, useRef, useState} from 'preact/hooks';

import {takeAhead} from './ahead';
import {type Query, type Rows, ApiError, getJson, queryText} from './client';

export interface Answer<T> {
    data?: T;
    error?: ApiError;
    loading: boolean;
    slow: boolean; // loading, for more than 300 ms
    stale: boolean; // data belongs to other parameters, or could not be asked for again
    reload(): void;
    stop(): void;
}

interface State<T> {
    key: string | null; // what data answers
    data?: T;
    error?: ApiError;
    loading: boolean;
    slow: boolean;
}

const slowMs = 300;

export function useJson<T>(path: string | null, query?: Query): Answer<T> {
    const key = path === null ? null : path + queryText(query);
    const [state, set] = useState<State<T>>({key: null, loading: key !== null, slow: false});
    const [turn, setTurn] = useState(0);
    const control = useRef<AbortController | null>(null);

    useLayoutEffect(() => { // before the frame is drawn: an answer that was asked for ahead may be there
        if (key === null) {
            set({key: null, loading: false, slow: false});
            return undefined;
        }
        const mine = new AbortController();
        const timer = setTimeout(() => set((now) => ({...now, slow: true})), slowMs);

        control.current = mine;
        set((now) => ({key: now.key, ...(now.data !== undefined && {data: now.data}), loading: true, slow: false}));
        (takeAhead<T>(key, mine.signal) ?? getJson<T>(key, undefined, mine.signal)).then(
            (data) => {
                if (!mine.signal.aborted)
                    set({key, data, loading: false, slow: false});
            },
            (error) => {
                if (!mine.signal.aborted)
                    set((now) => ({...now, loading: false, slow: false, error: asError(error)}));
            }).finally(() => clearTimeout(timer));
        return () => {
            clearTimeout(timer);
            mine.abort();
        };
    }, [key, turn]);

    const reload = useCallback(() => setTurn((n) => n + 1), []);
    const stop = useCallback(() => {
        control.current?.abort();
        set((now) => ({...now, loading: false, slow: false, error: new ApiError(0, 'stopped', 'the question was stopped')}));
    }, []);
    const stale = state.data !== undefined && (state.key !== key || state.error !== undefined);
    return {
        ...(state.data !== undefined && {data: state.data}), ...(state.error && {error: state.error}),
        loading: state.loading || (key !== null && state.key !== key && !state.error), slow: state.slow, stale, reload, stop,
    };
}

export function useReport(name: string, query: Query | null): Answer<Rows> {
    return useJson<Rows>(query === null ? null : `/api/report/${encodeURIComponent(name)}`, query ?? undefined);
}

// For what is drawn from several: data is there once all of them have theirs.
export function together(...answers: Answer<unknown>[]): Answer<unknown> {
    const failed = answers.find(({error}) => error);
    return {
        ...(answers.every(({data}) => data !== undefined) && {data: true}), ...(failed?.error && {error: failed.error}),
        loading: answers.some(({loading}) => loading), slow: answers.some(({slow}) => slow), stale: answers.some(({stale}) => stale),
        reload: () => answers.forEach((one) => one.reload()), stop: () => answers.forEach((one) => one.stop()),
    };
}

function asError(error: unknown): ApiError {
    return error instanceof ApiError ? error : new ApiError(0, 'unreadable', `the answer cannot be read: ${String(error)}`);
}
