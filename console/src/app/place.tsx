// SPDX-License-Identifier: Apache-2.0
//
// Where the console is: the address, and nothing beside it, so that every view can be shared, reloaded and gone back from.

import type {ComponentChildren} from 'preact';
import {useEffect, useState} from 'preact/hooks';

export interface Place {
    path: string;
    query: URLSearchParams;
}

// What a link to another page keeps of the address.
const kept = ['range', 'from', 'to', 'zone', 'compare', 'traffic', 'filter'];

const inside = 'inside'; // the state of what was reached from within the console

let place = read();
const listeners = new Set<(place: Place) => void>();

function read(): Place {
    return {path: location.pathname, query: new URLSearchParams(location.search)};
}

function changed(): void {
    place = read();
    for (const listener of [...listeners])
        listener(place);
}

addEventListener('popstate', changed);

export function currentPlace(): Place {
    return place;
}

export function usePlace(): Place {
    const [now, set] = useState(place);
    useEffect(() => {
        listeners.add(set);
        set(place);
        return () => {
            listeners.delete(set);
        };
    }, []);
    return now;
}

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
    if (to === location.pathname + location.search)
        return;
    if (how === 'push')
        history.pushState(inside, '', to);
    else
        history.replaceState(history.state, '', to);
    changed();
}

// To where one came from; who came by a link from elsewhere goes to `otherwise`.
export function goBack(otherwise: string): void {
    if (history.state === inside)
        history.back();
    else
        go(keepView(otherwise));
}

// As people read it: colons, slashes and commas need no escaping in a query.
function write(query: URLSearchParams): string {
    const text = query.toString().replace(/%3A/g, ':').replace(/%2F/g, '/').replace(/%2C/g, ',');
    return text ? `?${text}` : '';
}

// Changes some parameters and keeps the rest; null, '' and [] remove one.
export function setQuery(change: Record<string, string | string[] | null>, how: 'push' | 'replace' = 'push'): void {
    const query = new URLSearchParams(place.query);
    for (const [name, value] of Object.entries(change)) {
        query.delete(name);
        for (const one of [value ?? []].flat())
            if (one !== '')
                query.append(name, one);
    }
    go(place.path + write(query), how);
}

// An address with the range, zone and filters of the present one; what `to` says itself holds.
export function keepView(to: string): string {
    const [path = '/', own = ''] = to.split('?', 2);
    const query = new URLSearchParams(own);
    for (const name of kept)
        if (!query.has(name))
            for (const value of place.query.getAll(name))
                query.append(name, value);
    return path + write(query);
}

export interface LinkProps {
    to: string;
    class?: string;
    title?: string;
    current?: boolean;
    children?: ComponentChildren;
}

export function Link({to, current, children, ...rest}: LinkProps) {
    usePlace();
    const href = keepView(to);
    return (
        <a href={href} aria-current={current ? 'page' : undefined} {...rest} onClick={(event) => {
            if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
                return;
            event.preventDefault();
            go(keepView(to));
            scrollTo(0, 0);
        }}>{children}</a>
    );
}
