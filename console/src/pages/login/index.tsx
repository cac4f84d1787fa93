// SPDX-License-Identifier: Apache-2.0
//
// Signing in by the password, and back to where one wanted to go. What was typed stays where it was wrong.

import {useEffect, useRef, useState} from 'preact/hooks';

import {ApiError, getJson, postJson} from '../../api/client';
import {type Session, setSession} from '../../api/session';
import {currentPlace, go} from '../../app/place';
import {Button} from '../../ui/Button';
import {TextField} from '../../ui/TextField';
import {asSentence} from '../../ui/format';
import './login.css';

// A path of this console and nothing else: the address may come from anywhere.
function wanted(): string {
    const to = currentPlace().query.get('to') ?? '/';
    return /^\/(?![/\\])/.test(to) && !to.startsWith('/login') ? to : '/';
}

function explain(error: ApiError): string {
    if (error.code === 'wrong_password')
        return 'That is not the password.';
    if (error.code === 'wait')
        return 'Too many wrong passwords. This one was not tried.';
    return asSentence(error.message);
}

// Seconds that are left; counts down by itself.
function useCountdown(): [number, (seconds: number) => void] {
    const [until, setUntil] = useState(0), [left, setLeft] = useState(0);

    useEffect(() => {
        if (!until)
            return undefined;
        const show = () => setLeft(Math.max(0, Math.ceil((until - performance.now()) / 1000)));
        const timer = setInterval(show, 250);
        show();
        return () => clearInterval(timer);
    }, [until]);
    return [left, (seconds) => setUntil(seconds > 0 ? performance.now() + 1000 * seconds : 0)];
}

export default function Login() {
    const [password, setPassword] = useState(''), [error, setError] = useState(''), [busy, setBusy] = useState(false);
    const [left, wait] = useCountdown(), field = useRef<HTMLInputElement>(null);

    useEffect(() => {
        document.title = 'Sign in · Weir';
        field.current?.focus();
    }, []);
    const signIn = async () => {
        if (busy || left > 0)
            return;
        if (!password) {
            setError('Type the password.');
            field.current?.focus();
            return;
        }
        setBusy(true);
        try {
            setSession(await postJson<Session>('/api/session', {password}));
            go(wanted(), 'replace');
            return;
        } catch (failed) {
            setError(explain(failed as ApiError));
            wait((failed as ApiError).waitS);
        }
        setBusy(false);
        field.current?.select();
    };
    const throughProxy = async () => {
        try {
            setSession(await getJson<Session>('/api/session'));
            go(wanted(), 'replace');
        } catch (failed) {
            setError(explain(failed as ApiError));
        }
    };
    return (
        <form class="login" onSubmit={(event) => {
            event.preventDefault();
            void signIn();
        }}>
            <h1>Weir</h1>
            {currentPlace().query.get('over') === '1' && <p class="login-over" role="status">Your session is over. Sign in, and go on where you were.</p>}
            <input class="unseen" type="text" name="username" autocomplete="username" value="admin" readOnly tabIndex={-1} aria-hidden="true" />
            <TextField label="Password" type="password" value={password} autoComplete="current-password" inputRef={field}
                error={error} onInput={setPassword} onEnter={() => void signIn()} />
            <p class="login-wait" role="status">{left > 0 ? `Try again in ${left} ${left === 1 ? 'second' : 'seconds'}.` : ''}</p>
            <Button kind="main" type="submit" disabled={busy || left > 0}>{busy ? 'One moment…' : 'Sign in'}</Button>
            <details class="login-help">
                <summary>Where is the password?</summary>
                <p>The first start of <code>weir serve</code> printed it. <code>weir password</code>, in the folder of <code>weir.yaml</code>, sets another.</p>
                <p>Behind a proxy that knows who you are, <button type="button" class="login-link" onClick={() => void throughProxy()}>look again</button>.</p>
            </details>
        </form>
    );
}
