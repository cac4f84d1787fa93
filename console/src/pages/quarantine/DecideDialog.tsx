// SPDX-License-Identifier: Apache-2.0
//
// Replays or drops a group once that was confirmed, a piece at a time: one sees how far it is, and may stop.

import {useEffect, useRef, useState} from 'preact/hooks';

import {ApiError} from '../../api/client';
import {Button, Dialog, Failure, TextField, exact} from '../../ui';
import {decide, nothing, type Outcome as Counts, type Which} from './decide';
import {Outcome} from './Outcome';

export interface DecideDialogProps {
    what: 'replay' | 'drop';
    which: Which;
    total: number;
    title: string; // what is decided about
    onClose(decided: boolean): void;
}

const reasonMax = 1000;

function Words({what, total}: {what: 'replay' | 'drop'; total: number}) {
    return what === 'replay'
        ? <p>Holds {exact(total)} {total === 1 ? 'event' : 'events'} to the catalogue that the collector has now. What passes is accepted, with the id, time and
            receipt that it had; the rest stays here. Asking twice does nothing twice.</p>
        : <p>Gives up {exact(total)} {total === 1 ? 'event' : 'events'} for good: the contents leave the tables at once, and the journal when its retention ends.
            What was wrong, when, by whom and why it was dropped stays until retention.quarantine ends.</p>;
}

export function DecideDialog({what, which, total, title, onClose}: DecideDialogProps) {
    const [reason, setReason] = useState(''), [sum, setSum] = useState<Counts | null>(null);
    const [state, setState] = useState<'ask' | 'run' | 'done'>('ask'), [error, setError] = useState<ApiError | null>(null);
    const control = useRef(new AbortController());
    const wanting = what === 'drop' && !reason.trim();

    useEffect(() => () => control.current.abort(), []);
    const run = async () => {
        control.current = new AbortController();
        setState('run');
        setError(null);
        setSum(nothing());
        try {
            setSum(await decide(what, {...which, ...(what === 'drop' && {reason: reason.trim()})}, {signal: control.current.signal, told: setSum}));
        } catch (problem) {
            setError(problem instanceof ApiError ? problem : new ApiError(0, 'unreadable', String(problem)));
        }
        setState('done');
    };
    const looked = sum?.looked ?? 0;
    return (
        <Dialog title={title} onClose={() => onClose(sum !== null)} actions={
            state === 'ask' ? <>
                <Button onClick={() => onClose(false)}>Cancel</Button>
                <Button kind={what === 'drop' ? 'danger' : 'main'} disabled={wanting} onClick={run}>{what === 'drop' ? 'Drop them' : 'Replay them'}</Button>
            </> : state === 'run' ? <Button onClick={() => control.current.abort()}>Stop</Button>
            : <Button kind="main" onClick={() => onClose(true)}>Close</Button>}>
            {state === 'ask' && <>
                <Words what={what} total={total} />
                {what === 'drop' && <TextField label="Why" hint="It is kept with each of them." required value={reason} autoFocus
                    onInput={(text) => setReason(text.slice(0, reasonMax))} onEnter={() => !wanting && run()} />}
            </>}
            {state !== 'ask' && <>
                <progress class="quarantine-progress" max={Math.max(total, looked)} value={looked} aria-label="How far it is" />
                <p class="quiet" role="status">{exact(looked)} of {exact(Math.max(total, looked))}{state === 'done' && control.current.signal.aborted ? ', then stopped: what was decided until then stays so' : ''}</p>
                {state === 'done' && sum && <Outcome what={what} sum={sum} total={looked} />}
                {error && <Failure error={error} retry={run} />}
            </>}
        </Dialog>
    );
}
