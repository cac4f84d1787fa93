// SPDX-License-Identifier: Apache-2.0
//
// The panels of Overview: which column a row filters by, and what the chart counts.

import {setQuery, usePlace} from '../../app/place';
import type {Row} from '../../ui';

export type Measure = 'visitors' | 'sessions' | 'pages' | 'events';

export interface OverviewRow extends Record<Measure | `before_${Measure}`, number | null> {
    panel: string;
    value: string | null;
}

export interface PanelOf {
    id: string;
    title: string;
    column: string;
    outside?(row: Row): string | null;
}

function referrerLink(row: Row): string | null {
    const host = String(row.value ?? '');
    return /^[a-z0-9.-]+(:\d+)?$/i.test(host) ? `https://${host}/` : null;
}

export const panelsShown: PanelOf[] = [
    {id: 'page', title: 'Pages', column: 'path'},
    {id: 'referrer', title: 'Referrers', column: 'referrer_host', outside: referrerLink},
    {id: 'event', title: 'Events', column: 'name'},
    {id: 'source', title: 'Sources', column: 'source'},
    {id: 'country', title: 'Countries', column: 'country'},
    {id: 'campaign', title: 'Campaigns', column: 'utm_campaign'},
    {id: 'browser', title: 'Browsers', column: 'ua_browser'},
    {id: 'system', title: 'Systems', column: 'ua_os'},
];

// What the chart counts, in the address as `count`.
export function useMeasure(): [Measure, (measure: Measure) => void] {
    const {query} = usePlace(), said = query.get('count');
    const measure = said === 'sessions' || said === 'pages' || said === 'events' ? said : 'visitors';
    return [measure, (next) => setQuery({count: next === 'visitors' ? null : next})];
}
