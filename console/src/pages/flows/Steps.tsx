// SPDX-License-Identifier: Apache-2.0
//
// The steps of the funnel as a list that is edited: add, choose another event, filter, move (buttons, or Alt and the
// arrows), remove. Every change is one of the address.

import {useLayoutEffect, useRef, useState} from 'preact/hooks';

import {Button, Popover} from '../../ui';
import {StepChoice} from './StepChoice';
import {StepFilter} from './StepFilter';
import type {StepName} from './presets';
import {changeSteps, stepsMax} from './state';
import {joinStep, moved, plainFilter, splitStep} from './steps';

interface StepsProps {
    steps: string[];
    names: StepName[];
    columns: string[];
}

function ownColumns(name: string, names: StepName[], columns: string[]): string[] {
    const event = names.find((one) => one.name === name)?.event;
    return [...columns, ...(event?.properties.filter(({privacy}) => privacy === 'keep').map((property) => `event.${property.name}`) ?? [])];
}

function Step({step, at, props, onMove}: {step: string; at: number; props: StepsProps; onMove(to: number): void}) {
    const {steps, names, columns} = props, parts = splitStep(step), known = names.find(({name}) => name === parts.name);
    const change = (to: string) => changeSteps(steps.map((one, i) => (i === at ? to : one)));
    return (
        <li class="flows-edit" onKeyDown={(event) => {
            const to = event.altKey && event.key === 'ArrowUp' ? at - 1 : event.altKey && event.key === 'ArrowDown' ? at + 1 : -1;
            if (to < 0 || to >= steps.length)
                return;
            event.preventDefault();
            onMove(to);
        }}>
            <span class="flows-edit-number" aria-hidden="true">{at + 1}</span>
            <Popover class="flows-edit-name" kind="quiet" name={`${parts.name}${known?.role ? ` ${known.role}` : ''}: step ${at + 1}, choose another event`} label={
                <><code>{parts.name}</code> {known?.role && <span class="flows-role">{known.role}</span>}</>
            }>{(close) => <StepChoice names={names} value={parts.name} onChoose={(name) => {
                close();
                change(parts.single && splitStep(name).single && !name.includes('[') ? joinStep(name, parts.filters) : name);
            }} />}</Popover>
            {parts.filters.map((filter, n) => (
                <span key={n} class="flows-edit-filter">{plainFilter(filter)}
                    <Button icon="close" kind="quiet" label={`Remove the filter ${plainFilter(filter)} of step ${at + 1}`}
                        onClick={() => change(joinStep(parts.name, parts.filters.filter((_, i) => i !== n)))} />
                </span>
            ))}
            <span class="flows-edit-acts">
                {parts.single && parts.filters.length < 8 && (
                    <Popover label="" icon="filter" kind="quiet" side="right" name={`Filter step ${at + 1}`}>{(close) => (
                        <StepFilter columns={ownColumns(parts.name, names, columns)} onDone={(filter) => {
                            close();
                            change(joinStep(parts.name, [...parts.filters, filter]));
                        }} />
                    )}</Popover>
                )}
                <Button class="flows-up" icon="more" kind="quiet" label={`Move step ${at + 1} up`} title="Up (Alt and arrow up)" disabled={at === 0} onClick={() => onMove(at - 1)} />
                <Button icon="more" kind="quiet" label={`Move step ${at + 1} down`} title="Down (Alt and arrow down)" disabled={at === steps.length - 1} onClick={() => onMove(at + 1)} />
                <Button icon="close" kind="quiet" label={`Remove step ${at + 1}`} disabled={steps.length === 1} onClick={() => changeSteps(steps.filter((_, i) => i !== at))} />
            </span>
        </li>
    );
}

export function Steps(props: StepsProps) {
    const {steps, names} = props, list = useRef<HTMLOListElement>(null);
    const [last, setLast] = useState<{to: number; turn: number} | null>(null);

    // Whoever moves a step goes with it, and may move it on at once.
    useLayoutEffect(() => {
        if (last)
            list.current?.children[last.to]?.querySelector('button')?.focus();
    }, [last]);
    return (
        <>
            <ol ref={list} class="flows-edits" aria-label="Steps. Alt and the arrows move a step.">
                {steps.map((step, at) => (
                    <Step key={at} step={step} at={at} props={props} onMove={(to) => {
                        changeSteps(moved(steps, at, to));
                        setLast({to, turn: (last?.turn ?? 0) + 1});
                    }} />
                ))}
            </ol>
            {steps.length < stepsMax && (
                <Popover label="Add a step" icon="plus" kind="quiet">{(close) => (
                    <StepChoice names={names} onChoose={(step) => {
                        close();
                        changeSteps([...steps, step]);
                    }} />
                )}</Popover>
            )}
            <p class="unseen" role="status">{last && steps[last.to] ? `${steps[last.to]} is step ${last.to + 1} now` : ''}</p>
        </>
    );
}
