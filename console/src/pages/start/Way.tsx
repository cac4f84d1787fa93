// SPDX-License-Identifier: Apache-2.0
//
// One way to send an event: what it is, and the text to copy.

import type {ComponentChildren} from 'preact';

import {Copy} from '../../ui/Copy';

export function Way({title, says, code}: {title: string; says: ComponentChildren; code?: string}) {
    return (
        <section class="start-way" aria-label={title}>
            <div class="start-title">
                <h2>{title}</h2>
                {code !== undefined && <Copy text={code} label={`Copy: ${title}`} />}
            </div>
            <p>{says}</p>
            {code !== undefined && <pre class="start-code" tabIndex={0}><code>{code}</code></pre>}
        </section>
    );
}
