// SPDX-License-Identifier: Apache-2.0
//
// Nothing that goes wrong in here may reach the page, and nothing happens where the visitor does not want it: every
// way in leads through this.

import {silent} from './options.js';

export function guarded(work) {
    return (...args) => {
        try {
            silent || work(...args);
        } catch {
            // the page goes on as if there were no agent
        }
    };
}

// Listens before the page does, which may stop an event.
export function on(name, work) {
    addEventListener(name, guarded(work), true);
}
