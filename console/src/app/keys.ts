// SPDX-License-Identifier: Apache-2.0
//
// Keys for the whole console. A key counts only where nobody types, and not together with Ctrl, Alt or Meta.

import {pages} from '../pages/list';
import {go, keepView} from './place';

export interface Key {
    keys: string;
    what: string;
}

export const keyList: Key[] = [
    {keys: 'j', what: 'the next row'},
    {keys: 'k', what: 'the row before'},
    {keys: 'Enter', what: 'only this row; with Shift: without it'},
    {keys: 'f', what: 'add a filter'},
    {keys: 't', what: 'choose the range of time'},
    {keys: '/', what: 'search'},
    {keys: 'v', what: 'charts as tables, and back'},
    {keys: 'Esc', what: 'leave a field, so that keys count again; close what is open'},
    {keys: '?', what: 'these keys'},
];

function isTyping(target: EventTarget | null): boolean {
    return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function isSeen(element: HTMLElement): boolean {
    return element.offsetParent !== null;
}

function moveRow(step: number): void {
    const rows = [...document.querySelectorAll<HTMLElement>('main .row-button, main [data-row]')].filter(isSeen);
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + step))];
    next?.focus();
    next?.scrollIntoView({block: 'nearest'});
}

function press(selector: string): void {
    [...document.querySelectorAll<HTMLElement>(selector)].find(isSeen)?.click();
}

// What was typed stays. In the editor of SQL, and where something is open, Esc has a meaning of its own.
function leaveField(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.isComposing || !(event.target instanceof HTMLInputElement) || event.target.closest('dialog, .popover'))
        return;
    event.preventDefault();
    event.target.blur();
}

let wentG = 0;

export function handleKey(event: KeyboardEvent, showKeys: () => void): void {
    leaveField(event);
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || isTyping(event.target) || document.querySelector('dialog[open]'))
        return;
    const page = event.timeStamp - wentG < 1500 ? pages.find(({key}) => key === event.key) : undefined;
    wentG = 0;
    const actions: Record<string, () => void> = {
        g: () => (wentG = event.timeStamp),
        j: () => moveRow(1),
        k: () => moveRow(-1),
        f: () => press('[aria-keyshortcuts="f"]'),
        t: () => press('[aria-keyshortcuts="t"]'),
        v: () => document.querySelectorAll<HTMLElement>('main .chart-switch').forEach((button) => button.click()),
        '/': () => [...document.querySelectorAll<HTMLElement>('main input[type="search"]')].find(isSeen)?.focus(),
        '?': showKeys,
    };
    const action = page ? () => {
        go(keepView(page.path));
        scrollTo(0, 0);
    } : actions[event.key];
    if (!action)
        return;
    event.preventDefault();
    action();
}
