// SPDX-License-Identifier: Apache-2.0
//
// The editor: a plain text area over its own text in colours. Tab indents; Esc, then Tab leaves it. What an error names is selected.
// While names are offered, the arrows choose one, Enter takes what is chosen, Tab that or the first, and Esc ends the offer.

import {useEffect, useId, useLayoutEffect, useRef, useState} from 'preact/hooks';

import {Choices} from './Choices';
import {Colours} from './Colours';
import type {ErrorPlace} from './ask';
import {complete, type Completion} from './complete';
import type {TablesOf} from './schema';

export interface EditorProps {
    value: string;
    tables: TablesOf | null; // whose names are offered
    wrong: ErrorPlace | null;
    onInput(value: string): void;
    onRun(): void;
    insert: {text: string; turn: number} | null; // a name to be put where the cursor is
}

const indent = '    ';

// What is offered, and which of it is chosen (-1: none yet).
function useOffer(tables: TablesOf | null) {
    const [offer, set] = useState<{list: Completion; active: number} | null>(null);
    return {
        offer,
        end: () => set(null),
        look: (field: HTMLTextAreaElement, asked = false) => {
            const list = tables && field.selectionStart === field.selectionEnd ? complete(field.value, field.selectionStart, tables, asked) : null;
            set(list && {list, active: asked ? 0 : -1});
        },
        move: (step: number) => set((now) => now && {...now, active: now.active < 0 && step < 0 ? now.list.choices.length - 1 : (now.active + step + now.list.choices.length) % now.list.choices.length}),
    };
}

export function Editor({value, tables, wrong, onInput, onRun, insert}: EditorProps) {
    const {offer, end, look, move} = useOffer(tables), id = useId();
    const area = useRef<HTMLTextAreaElement>(null), leaves = useRef(false), colours = useRef<HTMLDivElement>(null);
    const follow = () => colours.current?.scrollTo(0, area.current?.scrollTop ?? 0);
    const put = (text: string) => {
        const field = area.current!;
        field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
        onInput(field.value);
    };

    const take = (at: number) => {
        const {list} = offer!;
        area.current!.setSelectionRange(list.from, list.at);
        put(list.choices[at]!.text);
        end();
    };
    // Whether the key was about what is offered.
    const choose = (event: KeyboardEvent): boolean => {
        const active = offer?.active ?? -1, plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
        const act = event.key === ' ' && event.ctrlKey ? () => look(area.current!, true) : !offer || !plain ? undefined
            : event.key === 'ArrowDown' ? () => move(1) : event.key === 'ArrowUp' ? () => move(-1) : event.key === 'Escape' ? () => {
                leaves.current = true;
                end();
            }
            : event.key === 'Tab' ? () => take(Math.max(0, active)) : event.key === 'Enter' && active >= 0 ? () => take(active) : undefined;
        if (!act) {
            if (offer && event.key.length > 1 && !['Shift', 'Control', 'Backspace'].includes(event.key))
                end();
            return false;
        }
        event.preventDefault();
        act();
        return true;
    };

    useLayoutEffect(() => {
        if (!insert)
            return;
        area.current?.focus();
        put(insert.text);
    }, [insert?.turn]);
    useLayoutEffect(() => {
        if (!wrong)
            return;
        area.current?.focus();
        area.current?.setSelectionRange(wrong.from, wrong.to);
    }, [wrong?.from, wrong?.to]);
    useEffect(follow, [value]);
    return (
        <div class="sql-editor mono">
            <Colours sql={value} root={colours} />
            <textarea ref={area} class="sql-typed" aria-label="Question in SQL" aria-describedby="sql-hint" aria-invalid={wrong ? true : undefined}
                aria-autocomplete="list" aria-controls={offer ? id : undefined} aria-activedescendant={offer && offer.active >= 0 ? `${id}-${offer.active}` : undefined}
                value={value} rows={Math.max(6, Math.min(24, value.split('\n').length + 1))} spellcheck={false} autocapitalize="off" autocomplete="off" wrap="soft" onScroll={follow}
                onInput={(event) => {
                    onInput(event.currentTarget.value);
                    look(event.currentTarget);
                }} onPointerDown={end} onKeyDown={(event) => {
                    if (event.isComposing || choose(event))
                        return;
                    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                        event.preventDefault();
                        onRun();
                    } else if (event.key === 'Escape') {
                        leaves.current = true;
                    } else if (event.key === 'Tab' && !event.shiftKey && !leaves.current) {
                        event.preventDefault();
                        put(indent);
                    } else if (event.key !== 'Shift') {
                        leaves.current = false;
                    }
                }} onBlur={() => {
                    leaves.current = false;
                    end();
                }} />
            {offer && <Choices id={id} list={offer.list} active={offer.active} value={value} colours={colours} onTake={take} />}
            <p class="unseen" role="status">{offer ? `${offer.list.choices.length} name${offer.list.choices.length === 1 ? '' : 's'}: the arrows choose, Tab takes the first` : ''}</p>
        </div>
    );
}
