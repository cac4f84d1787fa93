// SPDX-License-Identifier: Apache-2.0
//
// A line of text, with its name and, where it is wrong, what is wrong.

import type {Ref} from 'preact';
import {useId} from 'preact/hooks';

export interface TextFieldProps {
    label: string;
    hideLabel?: boolean;
    value: string;
    type?: 'text' | 'search' | 'password' | 'number' | 'date' | 'datetime-local';
    placeholder?: string;
    error?: string;
    hint?: string;
    list?: string[]; // suggestions
    autoFocus?: boolean;
    autoComplete?: string;
    disabled?: boolean;
    required?: boolean;
    mono?: boolean;
    inputRef?: Ref<HTMLInputElement>;
    onInput?(value: string): void;
    onEnter?(value: string): void;
}

export function TextField({label, hideLabel = false, value, type = 'text', error, hint, list, mono, autoFocus, autoComplete,
    inputRef, onInput, onEnter, ...rest}: TextFieldProps) {
    const id = useId();
    return (
        <div class="field">
            <label class={hideLabel ? 'unseen' : 'field-name'} for={id}>{label}</label>
            <input id={id} ref={inputRef} type={type} value={value} class={mono ? 'mono' : undefined} spellcheck={false}
                autocomplete={autoComplete ?? 'off'} autofocus={autoFocus} list={list ? `${id}-list` : undefined}
                aria-invalid={error ? true : undefined} aria-describedby={error || hint ? `${id}-more` : undefined} {...rest}
                onInput={(event) => onInput?.(event.currentTarget.value)}
                onKeyDown={(event) => {
                    if (event.key === 'Enter' && onEnter && !event.isComposing) {
                        event.preventDefault();
                        onEnter(event.currentTarget.value);
                    }
                }} />
            {list && <datalist id={`${id}-list`}>{list.map((one) => <option key={one} value={one} />)}</datalist>}
            {(error || hint) && <span id={`${id}-more`} class={error ? 'field-error' : 'field-hint'}>{error ?? hint}</span>}
        </div>
    );
}
