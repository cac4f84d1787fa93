// SPDX-License-Identifier: Apache-2.0
//
// Funnels that the catalogue suggests by the roles of its events, and the names that may be steps.

import type {CatalogueEvent} from '../../api/catalogue';
import {stepsMax} from './state';

export interface Preset {
    name: string;
    steps: string[];
}

export interface StepName {
    name: string; // as a step has it
    role: string | null;
    description: string | null;
    event: CatalogueEvent;
}

const valuesMax = 12;

// The values of a name's only parameter, where its pattern lists them: address|payment.
function listed(event: CatalogueEvent): {parameter: string; values: string[]} | null {
    const parameters = event.properties.filter(({parameter}) => parameter), only = parameters[0];
    if (parameters.length !== 1 || !only)
        return null;
    const values = only.values?.map(String) ?? (/^[\w-]+(\|[\w-]+)*$/.test(only.pattern ?? '') ? only.pattern!.split('|') : []);
    return values.length && values.length <= valuesMax ? {parameter: only.name, values} : null;
}

function filled(event: CatalogueEvent, value: string): string {
    return event.name.replace(/\{\w+\}/, value);
}

export function stepNames(events: CatalogueEvent[], flowsOnly: boolean): StepName[] {
    return events.filter(({kinds, status}) => (!flowsOnly || kinds.includes('flow')) && status !== 'retired').flatMap((event) =>
        [event.name, ...(listed(event)?.values.map((value) => filled(event, value)) ?? [])]
            .map((name) => ({name, role: event.flow_role, description: event.description, event})));
}

// What lies between begin and end: templates with the same values take turns, so that address.view, address.submit and
// payment.view come in the order in which a journey has them.
function between(events: CatalogueEvent[]): string[] {
    const steps: string[] = [], done = new Set<string>();
    for (const event of events) {
        const own = listed(event), key = own && `${own.parameter}:${own.values.join('|')}`;
        if (!key || !own)
            steps.push(event.name);
        else if (!done.has(key))
            steps.push(...own.values.flatMap((value) => events.filter((other) => {
                const theirs = listed(other);
                return theirs && `${theirs.parameter}:${theirs.values.join('|')}` === key;
            }).map((other) => filled(other, value))));
        if (key)
            done.add(key);
    }
    return steps;
}

// Events of the same file belong together, else those of the same folder.
function nearest(begin: CatalogueEvent, flows: CatalogueEvent[]): CatalogueEvent[] {
    const folder = (file: string) => file.slice(0, file.lastIndexOf('/') + 1), ends = (of: CatalogueEvent[]) => of.some(({flow_role}) => flow_role === 'complete');
    const file = flows.filter((event) => event.file === begin.file), near = flows.filter((event) => folder(event.file) === folder(begin.file));
    return ends(file) ? file : ends(near) ? near : flows;
}

// For each event that begins flows: to its end, and step by step.
export function presetsOf(events: CatalogueEvent[]): Preset[] {
    const flows = events.filter(({kinds, status}) => kinds.includes('flow') && status !== 'retired');
    const role = (of: CatalogueEvent[], ...names: string[]) => of.filter(({flow_role}) => names.includes(flow_role ?? ''));

    return role(flows, 'begin').flatMap((begin) => {
        const near = nearest(begin, flows);
        const ends = role(near, 'complete'), end = ends.slice(0, 8).map(({name}) => name).join('|');
        const steps = between(role(near, 'step')), all = between(role(near, 'view', 'step'));
        const account = role(near, 'new_account')[0];
        const list: Preset[] = [];
        if (end && steps.length && steps.length <= stepsMax - 2)
            list.push({name: `${begin.name}: step by step`, steps: [begin.name, ...steps, end]});
        if (end && all.length > steps.length && all.length <= stepsMax - 2)
            list.push({name: `${begin.name}: views and steps`, steps: [begin.name, ...all, end]});
        if (end)
            list.push({name: `${begin.name} to ${ends.length === 1 ? end : 'any completion'}`, steps: [begin.name, end]});
        if (account)
            list.push({name: `${begin.name} to ${account.name}`, steps: [begin.name, account.name]});
        return list;
    });
}
