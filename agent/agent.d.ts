// SPDX-License-Identifier: Apache-2.0

/** What a tag says in data-* attributes. Lists may also be texts with commas. */
export interface Options {
    /** The key of a browser source; without one the collector takes the source that its settings name for pages. */
    key?: string;
    /** Where events go, as seen from the page: https://events.example.org/e */
    to: string;
    /** Parameters of the query that may be sent, or all of them. Default: none. */
    query?: 'all' | string | string[];
    /** What stands behind # is part of the page. */
    hash?: boolean;
    /** A random id, for as long as the tab is open. */
    session?: boolean;
    /** Nothing goes to sessionStorage: neither that id nor the count of pages. */
    noStorage?: boolean;
    /** Clicks on links to other sites are events. */
    outbound?: boolean;
    /** Also where the page is a file, or on this machine. */
    local?: boolean;
    /** The status with which the server sent the page; 404 makes the first view a page.not_found. */
    status?: number | string;
    /** The hosts that the page belongs on; *.example.org for all below one. */
    domains?: string | string[];
}

/** Begins, once a page, with its first page view; on a server it does nothing. */
export function start(options: Options): void;
/** An event with properties. */
export function track(name: string, properties?: Record<string, unknown>): void;
/** An event with a note. */
export function recordEvent(name: string, note?: string): void;
/** A page view, of where the visitor is now. */
export function page(): void;
/** Sends what waits at once. */
export function flush(): void;
