// SPDX-License-Identifier: Apache-2.0
//
// A part of a page with a heading. With an answer it draws the bar while that loads, what went wrong, and how stale it
// is; the last answer stays, dimmed, until the next is there.

import type {ComponentChildren} from 'preact';
import {useId} from 'preact/hooks';

import type {Answer} from '../api/client';
import {Bar} from './Bar';
import {Failure} from './Failure';

export interface PanelProps {
    title: string;
    definition?: ComponentChildren; // a <Definition>
    actions?: ComponentChildren;
    answer?: Answer<unknown>;
    class?: string;
    children?: ComponentChildren;
}

export function Panel({title, definition, actions, answer, class: more = '', children}: PanelProps) {
    const id = useId(), none = answer !== undefined && answer.data === undefined;
    return (
        <section class={`panel ${more}`} aria-labelledby={id} aria-busy={answer?.loading ? true : undefined}>
            <header class="panel-head">
                <h2 id={id}>{title}</h2>
                {definition}
                {actions && <div class="panel-actions">{actions}</div>}
            </header>
            {answer && <Bar on={answer.slow} />}
            {answer?.error && <Failure error={answer.error} retry={answer.reload} />}
            {answer?.error && answer.stale && <p class="panel-stale">What stands below is the last answer that came.</p>}
            <div class={answer?.stale ? 'panel-body panel-dim' : 'panel-body'}>
                {!none ? children : answer.error ? null : <div class="panel-wait" />}
            </div>
        </section>
    );
}
