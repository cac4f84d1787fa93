// SPDX-License-Identifier: Apache-2.0
//
// A menu: a button that opens a list of things to do or to choose; arrows move, Esc ends.

import type {ComponentChildren} from 'preact';

import {Icon, type IconName} from './Icon';
import {Popover} from './Popover';

export interface MenuItem {
    name: string;
    hint?: string;
    icon?: IconName;
    checked?: boolean; // given: one of several to choose from
    href?: string; // a download
    saveAs?: string; // its name
    disabled?: boolean;
    onChoose?(): void;
}

export interface MenuProps {
    label: ComponentChildren;
    name?: string;
    icon?: IconName;
    kind?: 'plain' | 'quiet';
    class?: string;
    shortcut?: string;
    side?: 'left' | 'right';
    items: MenuItem[];
}

function move(event: KeyboardEvent): void {
    const list = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role^=menuitem]:not(:disabled)')];
    const step = {ArrowDown: 1, ArrowUp: -1, Home: -list.length, End: list.length}[event.key];
    if (!step)
        return;
    event.preventDefault();
    const next = list.indexOf(document.activeElement as HTMLElement) + step;
    list[Math.max(0, Math.min(list.length - 1, next))]?.focus();
}

function Item({item, close}: {item: MenuItem; close(): void}) {
    const role = item.checked === undefined ? 'menuitem' : 'menuitemradio';
    const inside = (
        <>
            <span class="menu-mark">{item.checked ? <Icon name="check" /> : item.icon ? <Icon name={item.icon} /> : null}</span>
            <span>{item.name}</span>
            {item.hint && <span class="menu-hint">{item.hint}</span>}
        </>
    );
    if (item.href)
        return <a class="menu-item" role={role} href={item.href} download={item.saveAs ?? ''} onClick={close}>{inside}</a>;
    return (
        <button type="button" class="menu-item" role={role} aria-checked={item.checked} disabled={item.disabled} onClick={() => {
            close();
            item.onChoose?.();
        }}>{inside}</button>
    );
}

export function Menu({items, ...rest}: MenuProps) {
    return (
        <Popover {...rest}>{(close) => (
            <div class="menu" role="menu" onKeyDown={move}>
                {items.map((item, n) => <Item key={n} item={item} close={close} />)}
            </div>
        )}</Popover>
    );
}
