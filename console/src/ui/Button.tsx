// SPDX-License-Identifier: Apache-2.0
//
// A button: words, or an icon with a name for screen readers.

import type {ComponentChildren, Ref} from 'preact';

import {Icon, type IconName} from './Icon';

export interface ButtonProps {
    children?: ComponentChildren;
    icon?: IconName;
    label?: string; // needed where there are no words
    kind?: 'plain' | 'main' | 'danger' | 'quiet';
    type?: 'button' | 'submit';
    disabled?: boolean;
    pressed?: boolean;
    expanded?: boolean;
    controls?: string;
    class?: string;
    title?: string;
    shortcut?: string;
    autoFocus?: boolean;
    buttonRef?: Ref<HTMLButtonElement>;
    onClick?(event: MouseEvent): void;
}

export function Button({children, icon, label, kind = 'plain', type = 'button', pressed, expanded, controls, shortcut,
    buttonRef, title, autoFocus, class: more = '', ...rest}: ButtonProps) {
    return (
        <button ref={buttonRef} type={type} class={`button button-${kind}${children ? '' : ' button-bare'} ${more}`}
            aria-label={label} aria-pressed={pressed} aria-expanded={expanded} aria-controls={controls}
            aria-keyshortcuts={shortcut} title={title ?? (children ? undefined : label)} autofocus={autoFocus} {...rest}>
            {icon && <Icon name={icon} />}
            {children}
        </button>
    );
}
