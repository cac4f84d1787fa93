// SPDX-License-Identifier: Apache-2.0
//
// A moment: how long ago where that says more, the whole of it on hover. `at` is what the API gives: microseconds since
// 1970, or text as DuckDB writes it (UTC).

import {inZone} from '../app/zone';
import {useView} from '../app/view';
import {duration} from './format';

export function toDate(at: unknown): Date | null {
    const date = typeof at === 'number' ? new Date(at / 1000)
        : typeof at === 'string' ? new Date(at.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00').replace(/(T[\d:.]+)$/, '$1Z')) : null;
    return date && !Number.isNaN(date.getTime()) ? date : null;
}

export function Time({at, relative = false}: {at: unknown; relative?: boolean}) {
    const {timeZone} = useView(), date = toDate(at);

    if (!date)
        return <span class="time">–</span>;
    const {day, time} = inZone(date, timeZone), seconds = (Date.now() - date.getTime()) / 1000;
    const words = seconds < 1 ? 'now' : `${duration(Math.floor(seconds)).split(' ').slice(0, 2).join(' ')} ago`;
    return <time class="time" dateTime={date.toISOString()} title={`${day} ${time} ${timeZone}`}>{relative ? words : `${day} ${time}`}</time>;
}
