// SPDX-License-Identifier: Apache-2.0
//
// The stream as a hook: the newest events, how many come, how many were left out. It goes on where it was after a pause, a
// hidden tab or a broken connection.

import {useEffect, useRef, useState} from 'preact/hooks';

import {ApiError} from '../../api/client';
import {type LiveMessage, listen} from '../../api/live';

export const rowsMax = 500;
const drawEveryMs = 250, againMs = 2000;

export interface LiveEvent {
    position: number;
    quarantined: boolean;
    data: Record<string, unknown>;
}

export interface Feed {
    rows: LiveEvent[];
    state: 'connecting' | 'open' | 'paused';
    error?: ApiError;
    perSecond: number | null; // of those that fit, as of the last second
    leftOut: number;
}

interface Counts {
    matched: number;
    at: number;
}

const empty: Feed = {rows: [], state: 'connecting', perSecond: null, leftOut: 0};

export function useFeed(query: {name: string; source: string; verdict: string}, paused: boolean): Feed {
    const [feed, set] = useState<Feed>(empty), last = useRef(''), key = JSON.stringify(query), seen = useRef(key);

    useEffect(() => {
        if (seen.current === key)
            return;
        seen.current = key;
        last.current = '';
        set(empty);
    }, [key]);
    useEffect(() => {
        if (paused) {
            set((now) => ({...now, state: 'paused', perSecond: null}));
            return undefined;
        }
        return follow(query, last, set);
    }, [key, paused]);
    return feed;
}

// Until the returned function is called.
function follow(query: Record<string, string>, last: {current: string}, set: (change: (now: Feed) => Feed) => void): () => void {
    const mine = new AbortController();
    let fresh: LiveEvent[] = [], before = 0, leftOut = 0, counts: Counts | null = null, perSecond: number | null = null;
    const take = ({id, event, data}: LiveMessage) => {
        if (id)
            last.current = id;
        if (event === 'skipped') {
            leftOut = Number(data.skipped);
        } else if (event === 'count') {
            const now = {matched: Number(data.matched), at: performance.now()};
            if (counts && now.at > counts.at)
                perSecond = (now.matched - counts.matched) / (now.at - counts.at) * 1000;
            counts = now;
        } else {
            fresh.unshift({position: Number(data.position), quarantined: event === 'quarantined', data});
            fresh.length = Math.min(fresh.length, rowsMax);
        }
    };
    const draw = () => {
        const added = fresh, more = leftOut - before;
        fresh = [];
        before = leftOut;
        if (counts && performance.now() - counts.at > 2000)
            perSecond = 0; // nothing has come since
        set((now) => added.length || more || now.perSecond !== perSecond
            ? {...now, rows: added.length ? [...added, ...now.rows].slice(0, rowsMax) : now.rows, perSecond, leftOut: now.leftOut + more} : now);
    };
    const run = async () => {
        while (!mine.signal.aborted) {
            set((now) => ({...now, state: 'connecting'}));
            try {
                await listen(query, last.current, mine.signal, take, () => set(({error, ...now}) => ({...now, state: 'open'})));
                leftOut = before = 0; // the next stream counts from its own beginning
                counts = null;
            } catch (error) {
                if (!mine.signal.aborted)
                    set((now) => ({...now, error: error instanceof ApiError ? error : new ApiError(0, 'unreachable', 'the stream has broken off')}));
            }
            if (!mine.signal.aborted)
                await new Promise((next) => setTimeout(next, againMs));
        }
    };
    const timer = setInterval(draw, drawEveryMs);
    void run();
    return () => {
        clearInterval(timer);
        mine.abort();
        draw();
    };
}
