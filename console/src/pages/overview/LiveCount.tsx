// SPDX-License-Identifier: Apache-2.0
//
// How many were here in the last five minutes. Asked twice a minute, and only while the page is looked at.

import {useEffect, useState} from 'preact/hooks';

import {getJson, objects, type Rows} from '../../api/client';
import {useView, viewQuery} from '../../app/view';
import {Num} from '../../ui';
import type {OverviewRow} from './panels';

const everyMs = 30000, spanMs = 5 * 60000;

export function LiveCount() {
    const view = useView(), [count, setCount] = useState<number | null>(null);
    const filters = JSON.stringify(viewQuery(view, ['filters', 'traffic']));

    useEffect(() => {
        const control = new AbortController();
        const ask = () => {
            if (document.hidden)
                return;
            const now = Date.now(), moment = (at: number) => new Date(at).toISOString().slice(0, 19) + 'Z';
            getJson<Rows>('/api/report/overview', {...JSON.parse(filters), panel: 'total', from: moment(now - spanMs), to: moment(now + 1000)}, control.signal)
                .then((rows) => setCount(objects<OverviewRow>(rows)[0]?.visitors ?? null), () => {
                    if (!control.signal.aborted)
                        setCount(null); // the page says what is wrong; this one line just does not know
                });
        };
        const timer = setInterval(ask, everyMs);
        ask();
        document.addEventListener('visibilitychange', ask);
        return () => {
            clearInterval(timer);
            control.abort();
            document.removeEventListener('visibilitychange', ask);
        };
    }, [filters]);
    if (count === null)
        return null;
    return <span class="overview-live" title="Different visitors with an event in the last five minutes"><span class={count > 0 ? 'overview-dot overview-dot-on' : 'overview-dot'} /><Num value={count} /> {count === 1 ? 'visitor' : 'visitors'} in the last 5 minutes</span>;
}
