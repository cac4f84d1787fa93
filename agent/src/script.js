// SPDX-License-Identifier: Apache-2.0
//
// The classic script: takes its options from its own tag, and offers window.weir and window.recordEvent.

import {guarded} from './guard.js';
import {view} from './pages.js';
import {flush, recordEvent, track} from './queue.js';
import {start} from './start.js';

guarded(({dataset, src}) => {
    const early = window.weir ? weir.q : []; // calls made before the script was there

    if (!early) // the same tag a second time
        return;
    start(dataset, src);
    window.weir = {track, page: view, flush};
    window.recordEvent = recordEvent;
    early.forEach((args) => track(...args));
})(document.currentScript);
