// SPDX-License-Identifier: Apache-2.0
//
// A dialog: the browser's own, which holds the focus, ends with Esc and gives the focus back to where it was.

import type {ComponentChildren} from 'preact';
import {useId, useLayoutEffect, useRef} from 'preact/hooks';

import {Button} from './Button';

export interface DialogProps {
    title: string;
    onClose(): void;
    children: ComponentChildren;
    actions?: ComponentChildren; // buttons at the end
    wide?: boolean;
}

export function Dialog({title, onClose, children, actions, wide = false}: DialogProps) {
    const dialog = useRef<HTMLDialogElement>(null), id = useId();

    useLayoutEffect(() => {
        const from = document.activeElement;
        dialog.current?.showModal();
        return () => {
            if (from instanceof HTMLElement)
                from.focus();
        };
    }, []);
    return (
        <dialog ref={dialog} class={wide ? 'dialog dialog-wide' : 'dialog'} aria-labelledby={id} onCancel={(event) => {
            event.preventDefault();
            onClose();
        }} onClick={(event) => {
            if (event.target === dialog.current)
                onClose();
        }}>
            <div class="dialog-inside">
                <header class="dialog-head">
                    <h2 id={id}>{title}</h2>
                    <Button icon="close" label="Close" kind="quiet" onClick={onClose} />
                </header>
                {children}
                {actions && <footer class="dialog-actions">{actions}</footer>}
            </div>
        </dialog>
    );
}
