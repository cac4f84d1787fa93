// SPDX-License-Identifier: Apache-2.0
//
// The moments to mark on the chart: where the catalogue, a definition or Weir changed, and gaps.

import {useMemo} from 'preact/hooks';

import {useJson} from '../api/client';
import type {View} from './view';
import {inZone} from './zone';
import type {Mark} from '../ui/chart_paint';

// The moment as the buckets are written: in the zone of the view.
function inView(at: string, zone: string): string {
    const {day, time} = inZone(new Date(at), zone);
    return `${day} ${time}`;
}

export function useMarks(view: View, on = true): Mark[] {
    const {data} = useJson<{marks: Mark[]}>(on ? '/api/marks' : null, {from: view.from, to: view.to, time_zone: view.timeZone});
    return useMemo(() => (data?.marks ?? []).map((mark) => ({...mark, at: inView(mark.at, view.timeZone)})), [data, view.timeZone]);
}
