// SPDX-License-Identifier: Apache-2.0
//
// A button that copies a text, and says that it did.

import {useEffect, useState} from 'preact/hooks';

import {Button} from './Button';

// Where the page is not served over TLS or from this machine, browsers have no clipboard but the selection's.
async function copy(text: string): Promise<boolean> {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        const area = document.createElement('textarea');
        area.value = text;
        area.className = 'unseen';
        document.body.append(area);
        area.select();
        const done = document.execCommand('copy');
        area.remove();
        return done;
    }
}

export function Copy({text, label = 'Copy', words = false}: {text: string | (() => string); label?: string; words?: boolean}) {
    const [state, set] = useState<'ready' | 'done' | 'failed'>('ready');

    useEffect(() => {
        if (state === 'ready')
            return undefined;
        const timer = setTimeout(() => set('ready'), 2000);
        return () => clearTimeout(timer);
    }, [state]);
    const says = state === 'done' ? 'Copied' : state === 'failed' ? 'Select it and copy by hand' : label;
    return (
        <Button icon={state === 'done' ? 'check' : 'copy'} kind="quiet" label={says} onClick={async () =>
            set(await copy(typeof text === 'string' ? text : text()) ? 'done' : 'failed')}>{words || state === 'failed' ? says : undefined}</Button>
    );
}
