// SPDX-License-Identifier: Apache-2.0
//
// The range of the view as moments: decisions know no time zone.

import {inZone} from '../../app/zone';

// A day's first moment in the zone, in UTC; a moment is itself.
export function momentOf(text: string, zone: string): string {
    if (text.length !== 10)
        return text;
    const wanted = Date.parse(`${text}T00:00:00Z`);
    let at = wanted;
    for (let i = 0; i < 2; i++) { // where the clock changes on that day, the first step lands on its other side
        const {day, time} = inZone(new Date(at), zone);
        at -= Date.parse(`${day}T${time}Z`) - wanted;
    }
    return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
