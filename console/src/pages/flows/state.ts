// SPDX-License-Identifier: Apache-2.0
//
// What the page is set to. All of it stands in the address; what is at its default does not.

import {setQuery, usePlace} from '../../app/place';
import {splitFilter, type View, viewQuery} from '../../app/view';
import type {Query} from '../../api/client';

export const units = [
    {value: 'flow', name: 'Flows', one: 'flow', many: 'flows'},
    {value: 'actor', name: 'Actors', one: 'actor', many: 'actors'},
    {value: 'session', name: 'Sessions', one: 'session', many: 'sessions'},
    {value: 'device', name: 'Devices', one: 'device', many: 'devices'},
    {value: 'visitor', name: 'Visitors', one: 'visitor', many: 'visitors'},
] as const;

export type Unit = (typeof units)[number];

export interface FunnelState {
    steps: string[]; // empty: none were chosen yet
    unit: Unit;
    within: string;
    withinStep: string;
    by: string;
    scale: 'share' | 'count';
    show: {at: number; which: string} | null; // whose units are listed
    over: string; // what is shown over time
}

export const stepsMax = 16;

export function useFunnel(): FunnelState {
    const {query} = usePlace(), show = /^(\d{1,2}):([a-z_]+)$/.exec(query.get('show') ?? '');
    return {
        steps: query.getAll('step').slice(0, stepsMax),
        unit: units.find(({value}) => value === query.get('per')) ?? units[0],
        within: query.get('within') ?? '', withinStep: query.get('within_step') ?? '', by: query.get('by') ?? '',
        scale: query.get('scale') === 'count' ? 'count' : 'share',
        show: show ? {at: Number(show[1]), which: show[2]!} : null,
        over: query.get('over') ?? 'completion',
    };
}

// A list belongs to one funnel: with another one it is closed.
export function changeSteps(steps: string[]): void {
    setQuery({step: steps, show: null});
}

export function changeFunnel(change: Partial<Record<'per' | 'within' | 'within_step' | 'by' | 'scale' | 'over', string>>): void {
    setQuery({...change, ...(change.per !== undefined && {by: null}), ...(change.scale === 'share' && {scale: null}),
        ...(change.over === 'completion' && {over: null}), ...(!change.over && !change.scale && !change.by && {show: null})});
}

export function showList(at: number, which: string): void {
    setQuery({show: `${at}:${which}`});
}

// Filters name columns; of those that flows (or the unit's events) lack, none can hold.
export function splitFilters(filters: string[], columns: string[] | undefined): {used: string[]; unused: string[]} {
    const known = columns && new Set(columns.map((name) => name.toLowerCase()));
    const fits = (filter: string) => !known || known.has(splitFilter(filter)?.column.trim().toLowerCase() ?? '');
    return {used: filters.filter(fits), unused: filters.filter((filter) => !fits(filter))};
}

export function funnelQuery(state: FunnelState, steps: string[], view: View, filters: string[]): Query {
    return {
        step: steps, per: state.unit.value, ...(state.within && {within: state.within}), ...(state.withinStep && {within_step: state.withinStep}),
        ...viewQuery(view, ['range']), ...(filters.length && {filter: filters}),
    };
}
