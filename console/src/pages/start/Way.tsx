// SPDX-License-Identifier: Apache-2.0
//
// One way to send an event: what it is, and the text to copy.

import type {ComponentChildren} from 'preact';

import {Copy} from '../../ui/Copy';

export function Way({title, says, code}: {title: string; says: ComponentChildren; code?: string}) {
    return (
        <section class="start-way" aria-label={title}>
            <h2>{title}</h2>
            <p>{says}</p>
            {code !== undefined && (
                <div class="start-code">
                    <pre tabIndex={0}><code>{code}</code></pre>
                    <Copy text={code} label={`Copy: ${title}`} />
                </div>
            )}
        </section>
    );
}
