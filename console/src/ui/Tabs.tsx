// SPDX-License-Identifier: Apache-2.0
//
// A row of names of which one is chosen; arrows move between them.

import type {ComponentChildren} from 'preact';

export interface TabsProps {
    label: string;
    tabs: {id: string; name: ComponentChildren}[];
    value: string;
    onChange(id: string): void;
}

export function Tabs({label, tabs, value, onChange}: TabsProps) {
    return (
        <div class="tabs" role="radiogroup" aria-label={label} onKeyDown={(event) => {
            const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
            const at = tabs.findIndex(({id}) => id === value), next = step ? tabs[(at + step + tabs.length) % tabs.length] : undefined;
            if (!next)
                return;
            event.preventDefault();
            onChange(next.id);
            (event.currentTarget.children[tabs.indexOf(next)] as HTMLElement).focus();
        }}>
            {tabs.map(({id, name}) => (
                <button key={id} type="button" class="tab" role="radio" aria-checked={id === value} tabIndex={id === value ? 0 : -1}
                    onClick={() => onChange(id)}>{name}</button>
            ))}
        </div>
    );
}
