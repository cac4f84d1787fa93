// SPDX-License-Identifier: Apache-2.0
//
// The names that may go on from what is typed, below the cursor. The keys stay with the editor: it says which one is chosen.

import {type RefObject} from 'preact';
import {useLayoutEffect, useRef} from 'preact/hooks';

import type {Completion} from './complete';

export interface ChoicesProps {
    id: string;
    list: Completion;
    active: number; // -1: none is chosen yet
    value: string;
    colours: RefObject<HTMLElement>; // the same text as it is laid out
    onTake(at: number): void;
}

// The rectangle of the place in the text, in the window.
function rectAt(root: HTMLElement, value: string, at: number): DOMRect | undefined {
    const lines = value.slice(0, at).split('\n'), line = root.children[lines.length - 1];
    if (!line)
        return undefined;
    const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT), range = document.createRange();
    for (let rest = lines.at(-1)!.length, node = walk.nextNode() as Text | null; node; node = walk.nextNode() as Text | null) {
        if (rest <= node.length) {
            range.setStart(node, rest);
            return range.getBoundingClientRect();
        }
        rest -= node.length;
    }
    return line.getBoundingClientRect();
}

export function Choices({id, list, active, value, colours, onTake}: ChoicesProps) {
    const root = useRef<HTMLUListElement>(null);

    useLayoutEffect(() => {
        const own = root.current!, editor = own.parentElement!.getBoundingClientRect();
        const place = colours.current ? rectAt(colours.current, value, list.from) : undefined; // none where the colours are not drawn
        const below = place?.height ? place.bottom - editor.top : editor.height;
        own.style.setProperty('inset-block-start', `${Math.min(below, editor.height)}px`);
        own.style.setProperty('inset-inline-start', `${Math.max(0, Math.min(place?.height ? place.left - editor.left : 0, editor.width - own.offsetWidth))}px`);
    }, [list, value]);
    return (
        <ul ref={root} id={id} class="sql-choices" role="listbox" aria-label="Names">{list.choices.map(({text, about}, n) => (
            <li key={text} id={`${id}-${n}`} class="sql-choice" role="option" aria-selected={n === active} onPointerDown={(event) => event.preventDefault()}
                onClick={() => onTake(n)}><span class="mono">{text}</span> <span class="sql-type">{about}</span></li>
        ))}</ul>
    );
}
