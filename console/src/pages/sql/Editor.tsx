// SPDX-License-Identifier: Apache-2.0
//
// The editor: a plain text area over its own text in colours. Tab indents; Esc, then Tab leaves it. What an error names is selected.

import {useEffect, useLayoutEffect, useRef} from 'preact/hooks';

import {Colours} from './Colours';
import type {ErrorPlace} from './ask';

export interface EditorProps {
    value: string;
    wrong: ErrorPlace | null;
    onInput(value: string): void;
    onRun(): void;
    insert: {text: string; turn: number} | null; // a name to be put where the cursor is
}

const indent = '    ';

export function Editor({value, wrong, onInput, onRun, insert}: EditorProps) {
    const area = useRef<HTMLTextAreaElement>(null), leaves = useRef(false), colours = useRef<HTMLDivElement>(null);
    const follow = () => colours.current?.scrollTo(0, area.current?.scrollTop ?? 0);
    const put = (text: string) => {
        const field = area.current!;
        field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
        onInput(field.value);
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
                value={value} rows={Math.max(6, Math.min(24, value.split('\n').length + 1))} spellcheck={false} autocapitalize="off" autocomplete="off" wrap="soft" onScroll={follow}
                onInput={(event) => onInput(event.currentTarget.value)} onKeyDown={(event) => {
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
                }} onBlur={() => (leaves.current = false)} />
        </div>
    );
}
