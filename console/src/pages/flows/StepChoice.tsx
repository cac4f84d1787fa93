// SPDX-License-Identifier: Apache-2.0
//
// Choosing an event for a step: search in the catalogue's names and descriptions, or a name or template as typed.

import {useRef, useState} from 'preact/hooks';

import {takes, useSeenNames} from '../../api/names';
import {useView} from '../../app/view';
import {TextField, exact} from '../../ui';
import type {StepName} from './presets';

const shownMax = 50;

function found(names: StepName[], text: string): StepName[] {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const place = ({name, description}: StepName) => {
        const own = name.toLowerCase(), all = `${own} ${(description ?? '').toLowerCase()}`;
        return !words.every((word) => all.includes(word)) ? -1 : own.startsWith(words[0] ?? '') ? 0 : words.every((word) => own.includes(word)) ? 1 : 2;
    };
    return names.map((name) => ({name, at: place(name)})).filter(({at}) => at >= 0).sort((a, b) => a.at - b.at).map(({name}) => name);
}

// With the names that came in the range, where a template of these stands for them.
function useNames(names: StepName[]): StepName[] {
    const seen = useSeenNames(useView());
    return [...names, ...seen.flatMap(({name, events}) => {
        const of = names.some((one) => one.name === name) ? undefined : names.find((one) => takes(one.name, name));
        return of ? [{...of, name, description: `${exact(events)} in this range`}] : [];
    })];
}

export function StepChoice({names: declared, value = '', onChoose}: {names: StepName[]; value?: string; onChoose(step: string): void}) {
    const [text, setText] = useState(value), list = useRef<HTMLUListElement>(null), names = useNames(declared);
    const typed = text.trim(), fits = found(names, typed === value ? '' : typed), exact = names.some(({name}) => name === typed);
    const move = (event: KeyboardEvent) => {
        const buttons = [...list.current?.querySelectorAll('button') ?? []], at = buttons.indexOf(document.activeElement as HTMLButtonElement);
        const to = event.key === 'ArrowDown' ? at + 1 : event.key === 'ArrowUp' ? at - 1 : NaN;
        if (Number.isNaN(to) || !buttons[to])
            return;
        event.preventDefault();
        buttons[to].focus();
    };
    return (
        <div class="flows-choice" onKeyDown={move}>
            <TextField label="Search events, or type a name or a template with *" value={text} onInput={setText} autoFocus mono
                onEnter={() => typed && onChoose(exact || !fits.length || /[*|[{]/.test(typed) ? typed : fits[0]!.name)} />
            <ul ref={list} class="flows-choice-list">
                {typed && !exact && typed !== value && (
                    <li><button type="button" class="flows-choice-item" onClick={() => onChoose(typed)}>
                        <span>Use <code>{typed}</code> as typed</span>
                        <span class="flows-choice-more">* is any text, {'{word}'} any text without a dot, | parts names of which each counts</span>
                    </button></li>
                )}
                {fits.slice(0, shownMax).map(({name, role, description}) => (
                    <li key={name}><button type="button" class="flows-choice-item" onClick={() => onChoose(name)}>
                        <span><code>{name}</code> {role && <span class="flows-role">{role}</span>}</span>
                        {description && <span class="flows-choice-more">{description}</span>}
                    </button></li>
                ))}
            </ul>
            {fits.length > shownMax && <p class="flows-choice-more">{fits.length - shownMax} more: type to find them.</p>}
        </div>
    );
}
