// SPDX-License-Identifier: Apache-2.0
//
// What lives as long as the tab: in sessionStorage, under the page's domain. Nothing else is ever stored.

import {options} from './options.js';

export function increment(count) {
    return (count | 0) + 1;
}

// Puts what `change` makes of the value called `name` in its place, and returns it; undefined where storing is not
// wanted or the browser forbids it.
export function kept(name, change) {
    const key = `weir.${name}.${location.hostname}`;

    try {
        if (!('noStorage' in options))
            return sessionStorage[key] = change(sessionStorage[key]);
    } catch {
        // forbidden
    }
}
