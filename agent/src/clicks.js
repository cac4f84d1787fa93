// SPDX-License-Identifier: Apache-2.0
//
// Events without code: elements that name one, and links that lead elsewhere.

import {options} from './options.js';
import {recordEvent} from './queue.js';

export function clicked({target}) {
    const named = target.closest('[data-weir-event]');
    const link = 'outbound' in options && target.closest('a');

    if (named)
        recordEvent(named.dataset.weirEvent, named.dataset.weirNote);
    if (link && /^http/.test(link.protocol) && link.host !== location.host)
        recordEvent('link.outbound', link.host + link.pathname);
}
