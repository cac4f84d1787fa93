// SPDX-License-Identifier: Apache-2.0
//
// What the funnel is: presets, steps, who goes through them, how much time they have.

import {Menu, Panel, Select} from '../../ui';
import {Steps} from './Steps';
import type {Preset, StepName} from './presets';
import {changeFunnel, changeSteps, type FunnelState, units} from './state';

const times = ['10m', '30m', '1h', '2h', '6h', '1d', '7d', '30d'];
const names: Record<string, string> = {m: 'minutes', h: 'hours', d: 'days', s: 'seconds'};

function timeName(time: string): string {
    const match = /^(\d+)([smhd])$/.exec(time);
    return match ? `${match[1]} ${match[1] === '1' ? names[match[2]!]!.slice(0, -1) : names[match[2]!]}` : time;
}

function Window({label, value, onChange}: {label: string; value: string; onChange(value: string): void}) {
    const all = !value || times.includes(value) ? times : [value, ...times];
    return <Select label={label} value={value} onChange={onChange}
        options={[{value: '', name: 'any time'}, ...all.map((time) => ({value: time, name: timeName(time)}))]} />;
}

interface BuilderProps {
    state: FunnelState;
    steps: string[];
    presets: Preset[];
    stepNames: StepName[];
    columns: string[];
}

export function Builder({state, steps, presets, stepNames, columns}: BuilderProps) {
    const groups = columns.filter((name) => name !== 'flow_id'); // of which each flow has its own
    return (
        <Panel title="Steps" class="flows-builder" actions={presets.length > 0 && (
            <Menu label="Suggested" name="Suggested: funnels by the roles in the catalogue" icon="flows" side="right"
                items={presets.map(({name, steps: list}) => ({name, checked: list.join('\n') === steps.join('\n'), onChoose: () => changeSteps(list)}))} />
        )}>
            <Steps steps={steps} names={stepNames} columns={columns} />
            <div class="flows-set">
                <Select label="What goes through" value={state.unit.value} options={[...units]} onChange={(per) => changeFunnel({per})} />
                <Window label="All within" value={state.within} onChange={(within) => changeFunnel({within})} />
                <Window label="Each step within" value={state.withinStep} onChange={(time) => changeFunnel({within_step: time})} />
                <Select label="Split by" value={state.by} onChange={(by) => changeFunnel({by})}
                    options={[{value: '', name: 'nothing'}, ...(state.by && !groups.includes(state.by) ? [state.by] : []), ...groups]} />
            </div>
        </Panel>
    );
}
