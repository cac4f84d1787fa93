// SPDX-License-Identifier: Apache-2.0
//
// The pages, in the order of the navigation.

import type {ComponentType} from 'preact';

import type {Query} from '../api/client';
import type {View} from '../app/view';
import type {IconName} from '../ui/Icon';
import {readAsked, wholeOf} from './events/asked';
import {overviewQuery} from './overview/asked';

export interface PageEntry {
    path: string; // and all below it
    name: string;
    key: string; // after g; '' for none
    icon: IconName;
    bare?: boolean; // without navigation and top bar, and not in the navigation: login, start
    plain?: boolean; // without the top bar: what it shows does not follow range and filters
    without?: ('filters' | 'compare' | 'traffic')[]; // of the top bar: what changes nothing here
    load(): Promise<{default: ComponentType}>;
    report?(view: View, query: URLSearchParams): {name: string; query: Query}; // what it is drawn from; query: the address's
}

export const pages: PageEntry[] = [
    {path: '/login', name: 'Sign in', key: '', icon: 'user', bare: true, load: () => import('./login')},
    {path: '/start', name: 'First steps', key: '', icon: 'play', bare: true, load: () => import('./start')},
    {path: '/overview', name: 'Overview', key: 'o', icon: 'overview', load: () => import('./overview'), report: (view) => ({name: 'overview', query: overviewQuery(view)})},
    {path: '/events', name: 'Events', key: 'e', icon: 'events', load: () => import('./events'), report: (view, query) => ({name: 'breakdown', query: wholeOf(view, readAsked(query))})},
    {path: '/flows', name: 'Flows', key: 'f', icon: 'flows', without: ['compare', 'traffic'], load: () => import('./flows')},
    {path: '/activity', name: 'Activity', key: 'a', icon: 'activity', without: ['compare', 'traffic'], load: () => import('./activity')},
    {path: '/trail', name: 'Trail', key: 't', icon: 'trail', without: ['compare', 'traffic'], load: () => import('./trail')},
    {path: '/catalogue', name: 'Catalogue', key: 'c', icon: 'catalogue', without: ['filters', 'compare', 'traffic'], load: () => import('./catalogue')},
    {path: '/quarantine', name: 'Quarantine', key: 'q', icon: 'quarantine', without: ['compare', 'traffic'], load: () => import('./quarantine')},
    {path: '/live', name: 'Live', key: 'l', icon: 'live', plain: true, load: () => import('./live')},
    {path: '/health', name: 'Health', key: 'h', icon: 'health', plain: true, load: () => import('./health')},
    {path: '/sql', name: 'SQL', key: 's', icon: 'sql', plain: true, load: () => import('./sql')},
];

export function findPage(path: string): PageEntry | undefined {
    return pages.find((page) => path === page.path || path.startsWith(`${page.path}/`));
}
