// SPDX-License-Identifier: Apache-2.0
//
// What a change of the catalogue would do for a group, before any file is changed: the collector holds the group's events
// to the files with this entry in its place. The entry is written here, and nowhere else.

import {useId, useLayoutEffect, useState} from 'preact/hooks';

import {ApiError} from '../../api/client';
import {Button, Copy, Failure} from '../../ui';
import {decide, type Outcome as Counts, type Which} from './decide';
import {Outcome} from './Outcome';

const pieces = 5; // of a thousand events

export function Trial({entry, which, total}: {entry: string; which: Which; total: number}) {
    const [text, setText] = useState(entry), [sum, setSum] = useState<Counts | null>(null);
    const [error, setError] = useState<ApiError | null>(null), [busy, setBusy] = useState(false);
    const id = useId(), rows = Math.min(20, text.split('\n').length + 1);

    useLayoutEffect(() => setText(entry), [entry]);
    const run = async () => {
        setBusy(true);
        setError(null);
        try {
            setSum(await decide('try', {...which, entry: text}, {pieces}));
        } catch (problem) {
            setSum(null);
            setError(problem instanceof ApiError ? problem : new ApiError(0, 'unreadable', String(problem)));
        }
        setBusy(false);
    };
    return (
        <div class="quarantine-trial">
            <label class="field-name" for={id}>Try a change before you make it</label>
            <textarea id={id} class="mono" rows={rows} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
            <div class="quarantine-trial-bar">
                <Button onClick={run} disabled={busy || !text.trim()}>{busy ? 'Trying' : 'What would pass?'}</Button>
                <Copy text={text} label="Copy the entry" words />
                {text !== entry && <Button kind="quiet" onClick={() => setText(entry)}>As it was</Button>}
            </div>
            {sum && <Outcome what="try" sum={sum} total={sum.looked} under={sum.looked < total ? `with this entry, of the first ${sum.looked}` : 'with this entry'} />}
            {error && <Failure error={error} />}
            <p class="quiet">Nothing is changed by trying. To make it so, put it into the file, then: <code>weir check</code> and <code>weir reload</code>.</p>
        </div>
    );
}
