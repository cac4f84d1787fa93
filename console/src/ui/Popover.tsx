// SPDX-License-Identifier: Apache-2.0
//
// A button with something below it, which ends with Esc, a click elsewhere, or the focus going elsewhere.

import type {ComponentChildren} from 'preact';
import {useId, useLayoutEffect, useRef, useState} from 'preact/hooks';

import {Button} from './Button';
import type {IconName} from './Icon';

export interface PopoverProps {
    label: ComponentChildren; // the button's words
    name?: string; // for screen readers, where the words do not say it
    icon?: IconName;
    kind?: 'plain' | 'quiet';
    class?: string;
    shortcut?: string;
    side?: 'left' | 'right'; // which edge stands below the button's
    children(close: () => void): ComponentChildren;
}

export function Popover({label, name, icon, kind = 'plain', class: more = '', shortcut, side = 'left', children}: PopoverProps) {
    const [open, setOpen] = useState(false), root = useRef<HTMLDivElement>(null), id = useId();
    const button = useRef<HTMLButtonElement>(null);

    useLayoutEffect(() => { // before the next key, which is meant for what is inside
        if (!open)
            return undefined;
        const elsewhere = (event: Event) => {
            if (!root.current?.contains(event.target as Node))
                setOpen(false);
        };
        const inside = root.current?.querySelector<HTMLElement>(
            '.popover [autofocus], .popover [aria-checked="true"], .popover button:not(:disabled), .popover a, .popover input, .popover select');
        inside?.focus();
        document.addEventListener('pointerdown', elsewhere);
        document.addEventListener('focusin', elsewhere);
        return () => {
            document.removeEventListener('pointerdown', elsewhere);
            document.removeEventListener('focusin', elsewhere);
        };
    }, [open]);
    const close = () => {
        setOpen(false);
        button.current?.focus();
    };
    return (
        <div class={`popover-root ${more}`} ref={root} onKeyDown={(event) => {
            if (event.key === 'Escape' && open) {
                event.stopPropagation();
                close();
            }
        }}>
            <Button buttonRef={button} icon={icon} label={name} kind={kind} expanded={open} controls={open ? id : undefined}
                shortcut={shortcut} onClick={() => setOpen(!open)}>{label}</Button>
            {open && <div class={`popover popover-${side}`} id={id}>{children(close)}</div>}
        </div>
    );
}
