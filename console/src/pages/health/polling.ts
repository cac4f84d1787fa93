// SPDX-License-Identifier: Apache-2.0
//
// Asking again from time to time while the page is seen, and how old the last answer is.

import {useEffect, useState} from 'preact/hooks';

import {type Answer, useJson} from '../../api/client';

export function usePolled<T>(path: string, everyS: number): Answer<T> & {age: number | null} {
    const answer = useJson<T>(path), {reload, data} = answer;
    const [came, setCame] = useState<number | null>(null), [now, setNow] = useState(Date.now());

    useEffect(() => {
        if (data !== undefined)
            setCame(Date.now());
    }, [data]);
    useEffect(() => {
        let asked = Date.now();
        const look = () => {
            if (document.hidden)
                return;
            setNow(Date.now());
            if (Date.now() - asked >= everyS * 1000) {
                asked = Date.now();
                reload();
            }
        };
        const timer = setInterval(look, 1000);
        document.addEventListener('visibilitychange', look);
        return () => {
            clearInterval(timer);
            document.removeEventListener('visibilitychange', look);
        };
    }, [everyS, reload]);
    return {...answer, age: came === null ? null : Math.max(0, Math.round((now - came) / 1000))};
}
