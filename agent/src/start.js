// SPDX-License-Identifier: Apache-2.0
//
// Begins: one agent a page.

import {clicked} from './clicks.js';
import {guarded, on} from './guard.js';
import {choose} from './options.js';
import {view, watchHistory} from './pages.js';
import {leave, schedule} from './queue.js';

function begin() {
    view();
    watchHistory();
    on('click', clicked);
    on('auxclick', clicked); // the middle button
    on('load', schedule);
    on('pagehide', leave);
    on('visibilitychange', () => document.hidden && leave());
}

export function start(options, base) {
    choose(options, base);
    if (document.prerendering) // nobody has seen it yet
        on('prerenderingchange', begin);
    else
        guarded(begin)();
}
