// SPDX-License-Identifier: Apache-2.0
//
// Asks a question in SQL, keeps what came, and offers the whole of it as a file.

import {useCallback, useEffect, useRef, useState} from 'preact/hooks';

import {ApiError, type Rows, postForFile, postJson} from '../../api/client';
import type {Format} from '../../ui';
import {newQuestion, stopQuestion} from '../../api/progress';

export const rowsShown = 1000;

export interface Asked {
    sql: string; // what the rows answer
    rows?: Rows;
    error?: ApiError;
    running: string | null; // the question's name
    run(sql: string): Promise<boolean>;
    stop(): void;
}

// The engine says of every fault what it was about: here there is one thing that it can be.
function plain({status, code, message}: ApiError): ApiError {
    return new ApiError(status, code, message.replace(/^question: /, ''));
}

export function useAsk(): Asked {
    const [state, set] = useState<{sql: string; rows?: Rows; error?: ApiError; running: string | null}>({sql: '', running: null});
    const now = useRef<{name: string; control: AbortController; running: boolean} | null>(null);
    const run = useCallback(async (sql: string) => {
        const mine = {name: newQuestion(), control: new AbortController(), running: true};
        now.current?.control.abort();
        now.current = mine;
        set(({error, ...before}) => ({...before, running: mine.name}));
        try {
            const rows = await postJson<Rows>('/api/query', {sql, max_rows: rowsShown}, mine.control.signal, {'Weir-Question': mine.name});
            if (now.current === mine)
                set({sql, rows, running: null});
            return true;
        } catch (error) {
            if (now.current === mine)
                set((before) => ({...before, running: null, error: error instanceof ApiError ? plain(error) : new ApiError(0, 'stopped', 'the question was stopped')}));
            return false;
        } finally {
            mine.running = false;
        }
    }, []);
    const stop = useCallback(() => {
        const mine = now.current;
        if (!mine)
            return;
        stopQuestion(mine.name).catch(() => mine.control.abort()); // it may not have begun yet
    }, []);
    useEffect(() => () => { // nobody is there any more to read what it would find
        if (now.current?.running)
            stop();
    }, []);
    return {...state, run, stop};
}

export async function exportRows(sql: string, format: Format): Promise<void> {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await postForFile('/api/query', {sql, format}));
    link.download = `answer.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

export interface ErrorPlace {
    line: number; // from 1
    from: number; // in the text
    to: number;
}

// Where DuckDB's message says that it is wrong: it names the line, and the word.
export function placeOf(message: string, sql: string): ErrorPlace | null {
    const found = /LINE (\d+):/.exec(message);
    if (!found)
        return null;
    const line = Number(found[1]), lines = sql.split('\n'), text = lines[line - 1];
    if (text === undefined)
        return null;
    const begin = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const words = [/near "([^"]+)"/, /column "([^"]+)"/, /with name "?([\w.]+)"? does not/, /"([^"]+)"/].map((pattern) => pattern.exec(message)?.[1]);
    const word = words.find((one) => one !== undefined && text.toLowerCase().includes(one.toLowerCase()));
    const at = word === undefined ? 0 : text.toLowerCase().indexOf(word.toLowerCase());
    return {line, from: begin + at, to: begin + (word === undefined ? text.length : at + word.length)};
}
