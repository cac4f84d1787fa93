// SPDX-License-Identifier: Apache-2.0
//
// What the trail is asked for. All of it stands in the address: where=column=value (repeated), name, order, at (the position
// behind which the page begins), hidden; or q, a value that is looked for.

import type {Query} from '../../api/client';
import {setQuery, usePlace} from '../../app/place';
import {splitFilter, type View, viewQuery} from '../../app/view';

export interface Asked {
    where: string[];
    names: string[];
    order: 'newest' | 'oldest';
    at: string | null;
    text: string; // looked for; '' where there is a trail
    hidden: boolean;
}

export interface Line {
    position: number;
    id: string;
    time: string;
    received: string;
    state: 'accepted' | 'quarantined';
    name: string;
    source: string;
    actor: string | null;
    session: string | null;
    visitor: string | null;
    device: string | null;
    request_id: string | null;
    flow_id: string | null;
    host: string | null;
    path: string | null;
    ua_browser: string | null;
    ua_version: string | null;
    ua_os: string | null;
    reason: string | null;
    errors: string[] | null;
    entities: Record<string, unknown>;
    properties: Record<string, unknown>;
}

export const pageLines = 100;

export function useAsked(): Asked {
    const {query} = usePlace(), where = query.getAll('where').filter((one) => isWhere(one));
    return {
        where, names: query.getAll('name'), order: query.get('order') === 'oldest' ? 'oldest' : 'newest',
        at: /^\d{1,18}$/.exec(query.get('at') ?? '')?.[0] ?? null, text: where.length ? '' : query.get('q') ?? '', hidden: query.get('hidden') === '1',
    };
}

function isWhere(text: string): boolean {
    const parts = splitFilter(text);
    return parts?.how === '=' && parts.value !== '';
}

// Filters of the bar that say what a value is narrow the trail, too; others cannot.
export function narrowing(view: View): {taken: string[]; left: string[]} {
    const taken = view.filters.filter(isWhere);
    return {taken, left: view.filters.filter((one) => !taken.includes(one))};
}

export function trailQuery(asked: Asked, view: View): Query {
    const {taken} = narrowing(view);
    return {
        ...viewQuery(view, ['range']), where: [...new Set([...asked.where, ...taken])], name: asked.names, order: asked.order,
        limit: pageLines, ...(asked.at && {[asked.order === 'newest' ? 'before' : 'after']: asked.at}), ...(asked.hidden && {hidden: 1}),
    };
}

// A trail begins anew: at its first page, with events of all names.
export function trailOf(column: string, value: string): string {
    return `/trail?where=${encodeURIComponent(`${column}=${value}`)}`;
}

// What was typed: column=value is a trail, everything else is looked for.
export function ask(text: string): void {
    const typed = text.trim(), is = /^[A-Za-z_][\w.-]*=[^]+$/.test(typed);
    setQuery({where: is ? [typed] : null, q: is || !typed ? null : typed, name: null, at: null, order: null});
}
