// SPDX-License-Identifier: Apache-2.0
//
// What must be known to read the funnel aright: names that no event has, with the one that was probably meant, and
// filters of the top bar that cannot hold for flows.

import {changeView, splitFilter, type View} from '../../app/view';
import {asSentence, Button, Icon} from '../../ui';
import {changeSteps, type FunnelState} from './state';
import {corrected, readNotes} from './steps';

interface NotesProps {
    note: string | undefined;
    unused: string[];
    view: View;
    state: FunnelState;
    steps: string[];
}

export function Notes({note, unused, view, state, steps}: NotesProps) {
    const notes = readNotes(note);
    if (!notes.length && !unused.length)
        return null;
    return (
        <div role="status"><ul class="flows-notes">
            {notes.map((one) => (
                <li key={one.text}><Icon name="warn" /> <span>{asSentence(one.text)}</span>
                    {one.meant && <Button onClick={() => changeSteps(steps.map((step, i) => (i + 1 === one.step ? corrected(step, one) : step)))}>Use {one.meant}</Button>}
                </li>
            ))}
            {unused.map((filter) => {
                const column = splitFilter(filter)?.column ?? filter;
                return (
                    <li key={filter}><Icon name="warn" /> <span>{state.unit.name} have no column <code>{column}</code>: the filter <code>{filter}</code> is not used here.
                        {state.unit.value === 'flow' && ' A filter on a step can name a column of the event.'}</span>
                        <Button onClick={() => changeView({filters: view.filters.filter((one) => one !== filter)})}>Remove it</Button>
                    </li>
                );
            })}
        </ul></div>
    );
}
