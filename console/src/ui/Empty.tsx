// SPDX-License-Identifier: Apache-2.0
//
// Where there is nothing: that this is so, and how it comes to be filled.

import type {ComponentChildren} from 'preact';

export function Empty({title, children}: {title: string; children?: ComponentChildren}) {
    return (
        <div class="empty">
            <p class="empty-title">{title}</p>
            {children && <div class="empty-more">{children}</div>}
        </div>
    );
}
