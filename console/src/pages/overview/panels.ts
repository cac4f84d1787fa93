// SPDX-License-Identifier: Apache-2.0
//
// The panels of Overview: which column a row filters by, and what the chart counts.

import {setQuery, usePlace} from '../../app/place';
import type {Row} from '../../ui';
import {once} from '../../ui/once';

export type Measure = 'visitors' | 'sessions' | 'pages' | 'events';

export const measures: {id: Measure; name: string}[] = [
    {id: 'visitors', name: 'Visitors'}, {id: 'sessions', name: 'Sessions'}, {id: 'pages', name: 'Pages'}, {id: 'events', name: 'Events'},
];

export interface OverviewRow extends Record<Measure | `before_${Measure}`, number | null> {
    panel: string;
    value: string | null;
}

export interface PanelOf {
    id: string;
    title: string;
    column: string;
    head: string;
    name?(value: string): string; // where people say it in another way
    outside?(row: Row): string | null;
    without?: string; // what to do where no event has one
}

function referrerLink(row: Row): string | null {
    const host = String(row.value ?? '');
    return /^[a-z0-9.-]+(:\d+)?$/i.test(host) ? `https://${host}/` : null;
}

const countryNames = once(() => new Intl.DisplayNames(['en'], {type: 'region', fallback: 'code'}));

function countryName(code: string): string {
    return /^[A-Z]{2}$/.test(code) ? countryNames().of(code) ?? code : code;
}

export const panelsShown: PanelOf[] = [
    {id: 'page', title: 'Pages', column: 'path', head: 'Path'},
    {id: 'referrer', title: 'Referrers', column: 'referrer_host', head: 'Host', outside: referrerLink},
    {id: 'event', title: 'Events', column: 'name', head: 'Event'},
    {id: 'source', title: 'Sources', column: 'source', head: 'Source'},
    {id: 'country', title: 'Countries', column: 'country', head: 'Country', name: countryName,
        without: 'Events get a country where the setting place names a file of places (MaxMind DB).'},
    {id: 'campaign', title: 'Campaigns', column: 'utm_campaign', head: 'Campaign'},
    {id: 'browser', title: 'Browsers', column: 'ua_browser', head: 'Browser'},
    {id: 'system', title: 'Systems', column: 'ua_os', head: 'System'},
];

// What the chart counts, in the address as `count`.
export function useMeasure(): [Measure, (measure: Measure) => void] {
    const {query} = usePlace(), said = query.get('count');
    const measure = said === 'sessions' || said === 'pages' || said === 'events' ? said : 'visitors';
    return [measure, (next) => setQuery({count: next === 'visitors' ? null : next})];
}
