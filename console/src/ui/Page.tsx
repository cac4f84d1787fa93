// SPDX-License-Identifier: Apache-2.0
//
// A page: its name as heading and as the window's title, what can be done beside it, and what it shows.

import type {ComponentChildren} from 'preact';
import {useEffect} from 'preact/hooks';

export function Page({title, bar, children}: {title: string; bar?: ComponentChildren; children: ComponentChildren}) {
    useEffect(() => {
        document.title = `${title} · Weir`;
    }, [title]);
    return (
        <div class="page">
            <header class="page-head">
                <h1>{title}</h1>
                {bar && <div class="page-bar">{bar}</div>}
            </header>
            {children}
        </div>
    );
}
