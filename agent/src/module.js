// SPDX-License-Identifier: Apache-2.0
//
// The ES module: the page's own script gives the options, and imports what it calls. ../agent.d.ts documents it.

import {guarded} from './guard.js';
import {start as begin} from './start.js';

export {view as page} from './pages.js';
export {flush, recordEvent, track} from './queue.js';

let started;

// Options as a tag would have them: as text, and what is off is not there.
const startOnce = guarded((chosen) => {
    const options = {};

    if (started || typeof window === 'undefined')
        return;
    started = true;
    for (const [name, value] of Object.entries(chosen))
        if (value != null && value !== false)
            options[name] = `${value}`;
    begin(options, location.href);
});

export function start(options) {
    startOnce(options);
}
