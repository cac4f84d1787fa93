// SPDX-License-Identifier: Apache-2.0
//
// What the page is asked, as its address says it: events, columns to break down by, the measure, how it is drawn.

import type {Query} from '../../api/client';
import {setQuery, usePlace} from '../../app/place';
import {type View, viewQuery} from '../../app/view';

export type ChartKind = 'bars' | 'lines';

export interface Asked {
    events: string[]; // names or templates; none: all
    by: string[]; // at most two columns
    measure: string; // as the report takes it
    chart: ChartKind;
    limit: number;
}

export const firstLimit = 20, lastLimit = 100;

const counted = ['events', 'visitors', 'sessions', 'actors'];

export function isMeasure(text: string): boolean {
    return counted.includes(text) || /^(sum|mean|median):./.test(text);
}

// Whether buckets and values can be added up.
export function isAdditive(measure: string): boolean {
    return measure === 'events' || measure.startsWith('sum:');
}

export function measureName(measure: string): string {
    const [how = '', column = ''] = measure.split(/:(.*)/, 2);
    const names: Record<string, string> = {events: 'Events', visitors: 'Visitors', sessions: 'Sessions', actors: 'Actors', sum: 'Sum of', mean: 'Mean of', median: 'Median of'};
    return column ? `${names[how]} ${column}` : names[how] ?? measure;
}

export function readAsked(query: URLSearchParams): Asked {
    const said = query.get('measure') ?? 'events', measure = isMeasure(said) ? said : 'events', chart = query.get('chart');
    return {
        events: [...new Set(query.getAll('event').filter((name) => name !== ''))].slice(0, 32),
        by: [...new Set(query.getAll('by').filter((name) => name !== ''))].slice(0, 2),
        measure,
        chart: chart === 'bars' || chart === 'lines' ? chart : isAdditive(measure) ? 'bars' : 'lines',
        limit: query.get('limit') === String(lastLimit) ? lastLimit : firstLimit,
    };
}

export function useAsked(): Asked {
    return readAsked(usePlace().query);
}

export function change(asked: Partial<Asked>): void {
    const query: Record<string, string | string[] | null> = {};

    if (asked.events)
        query.event = asked.events;
    if (asked.by)
        query.by = asked.by;
    if (asked.measure !== undefined)
        Object.assign(query, {measure: asked.measure === 'events' ? null : asked.measure, chart: null});
    if (asked.chart)
        query.chart = asked.chart;
    if (asked.limit)
        query.limit = asked.limit === firstLimit ? null : String(asked.limit);
    setQuery(query);
}

// The question without its totals: what exports have.
export function questionOf(view: View, asked: Asked): Query {
    return {
        ...viewQuery(view, ['range', 'filters', 'traffic', 'compare', 'bucket']),
        event: asked.events, by: asked.by, measure: asked.measure, limit: asked.limit,
    };
}

// With its totals: the one question that the page is drawn from.
export function wholeOf(view: View, asked: Asked): Query {
    return {...questionOf(view, asked), totals: 1};
}
