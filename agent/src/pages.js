// SPDX-License-Identifier: Apache-2.0
//
// Page views: on load, and when a script moves the visitor to another page of its own.

import {place} from './event.js';
import {guarded, on} from './guard.js';
import {mirrored, options} from './options.js';
import {add} from './queue.js';
import {increment, kept} from './session.js';

let shown; // the place of the last view

// The document's first view knows where the visitor came from, unless from this site, and what the server said. Of
// a copy the owner wants to know all.
function aboutDocument() {
    const {referrer, title} = document;
    const status = options.status || document.querySelector('[name="weir:status"]')?.content;

    return {
        ...status == 404 && {event: 'page.not_found'},
        ...status && {status: +status},
        ...mirrored ? {referrer, title}
            : !referrer.startsWith(`${location.origin}/`) && {referrer: referrer.replace(/[?#].*/, '')},
    };
}

export const view = guarded(() => {
    const first = !shown;
    let count; // asked for when it is sent: a browser's first answer about storage takes longer than all else here

    shown = place();
    add(first && aboutDocument(), () => {
        count = count || kept('pages', increment);
        return `,"pages_in_session":${count || null},"load_time_ms":${
            first && performance.getEntriesByType('navigation')[0]?.duration | 0 || null}`; // 0 until it has loaded
    });
});

// A view where the visitor is elsewhere now. What replaces an entry of the history is a correction of the same page
// as long as the path stays.
function moved(replaced) {
    const {page, query} = place();

    if (page !== shown.page || query !== shown.query && !replaced)
        view();
}

export function watchHistory() {
    for (const name of ['pushState', 'replaceState']) {
        const original = history[name];

        history[name] = function () {
            original.apply(this, arguments);
            guarded(moved)(name[0] === 'r');
        };
    }
    on('popstate', () => moved());
    // Back from the browser's cache of whole pages.
    on('pageshow', ({persisted}) => persisted && view());
}
