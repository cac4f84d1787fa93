// SPDX-License-Identifier: Apache-2.0
//
// Questions that take their time: how far the engine says they are, and a way to stop them. Whoever asks names the question by
// newQuestion() in the header Weir-Question; useProgress(name) then knows it.

import {useEffect, useState} from 'preact/hooks';

import {deleteJson, getJson} from './client';

const firstLookMs = 1000, lookEveryMs = 500;

export interface Progress {
    seconds: number;
    share: number | null; // 0 to 1; null: not known
    rows: number;
    rowsTotal: number;
}

interface Running {
    name: string | null;
    running_ms: number;
    progress: number | null;
    rows?: number;
    rows_total?: number;
}

export function newQuestion(): string {
    return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function stopQuestion(name: string): Promise<void> {
    await deleteJson(`/api/questions/${name}`);
}

// Null while there is nothing to show: no question, or one that is under way for less than a second.
export function useProgress(name: string | null): Progress | null {
    const [progress, set] = useState<Progress | null>(null);
    useEffect(() => {
        set(null);
        if (!name)
            return undefined;
        const mine = new AbortController();
        const look = async () => {
            try {
                const {questions} = await getJson<{questions: Running[]}>('/api/questions', undefined, mine.signal);
                const found = questions.find((one) => one.name === name);
                if (found && !mine.signal.aborted)
                    set({seconds: found.running_ms / 1000, share: found.progress, rows: found.rows ?? 0, rowsTotal: found.rows_total ?? 0});
            } catch { // the question's own answer says what is wrong
            }
            if (!mine.signal.aborted)
                timer = setTimeout(look, lookEveryMs);
        };
        let timer = setTimeout(look, firstLookMs);
        return () => {
            clearTimeout(timer);
            mine.abort();
        };
    }, [name]);
    return progress;
}
