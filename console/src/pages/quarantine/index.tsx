// SPDX-License-Identifier: Apache-2.0
//
// Quarantine: what did not fit the catalogue, why, and what to do about it. Group, state and event stand in the address.

import './quarantine.css';

import {useEffect, useMemo, useState} from 'preact/hooks';

import {type Query, objects, useReport} from '../../api/client';
import {setQuery, usePlace} from '../../app/place';
import {splitFilter, useView} from '../../app/view';
import {Button, Empty, Page, Panel, Tabs} from '../../ui';
import {EventView} from './EventView';
import {GroupPanel} from './GroupPanel';
import {GroupsPanel} from './GroupsPanel';
import {type Group, type Kept, type State, inWords, states} from './groups';

const columns = ['name', 'source', 'position', 'id', 'decided_by', 'why']; // of the table; what else one filters by, it does not have
const pausesMs = [1500, 1500, 3000, 6000, 12000, 24000];

// What was decided about a group is in the tables a moment later, or some: the answer is asked for again until the group is gone.
function useDecided(group: string | null, reload: () => void): () => void {
    const [decided, set] = useState<{group: string; turn: number} | null>(null);
    const pause = decided && decided.group === group ? pausesMs[decided.turn] : undefined;

    useEffect(() => {
        if (!decided || pause === undefined)
            return undefined;
        const timer = setTimeout(() => {
            reload();
            set({...decided, turn: decided.turn + 1});
        }, pause);
        return () => clearTimeout(timer);
    }, [decided, pause]);
    return () => group !== null && set({group, turn: 0});
}

// The groups that an event is in: there stands what would mend it.
function Groups({kept}: {kept: Kept}) {
    const {query} = usePlace();
    return (
        <p class="quarantine-ways">{kept.reasons.map((reason) => (
            <Button key={reason} pressed={query.get('reason') === reason && query.get('event') === kept.event && query.get('source') === kept.source} onClick={() =>
                setQuery({reason, event: kept.event, source: kept.source, state: kept.state === 'waiting' ? null : kept.state})}>{`All of its group: ${inWords(reason).toLowerCase()}`}</Button>
        ))}</p>
    );
}

function One({position}: {position: string}) {
    const answer = useReport('quarantined', {position, state: 'all'});
    const kept = useMemo(() => answer.data ? objects<Kept>(answer.data)[0] : undefined, [answer.data]);
    return (
        <Panel title={`Position ${position}`} answer={answer} actions={<Button kind="quiet" icon="close" label="Close the event" onClick={() => setQuery({position: null})} />}>
            {kept ? <><Groups kept={kept} /><EventView kept={kept} /></> : <Empty title="No quarantined event stands there"><p>It may be gone (retention.quarantine), or not in the store yet.</p></Empty>}
        </Panel>
    );
}

export default function Quarantine() {
    const view = useView(), {query: address} = usePlace();
    const state = (states.find(({id}) => id === address.get('state'))?.id ?? 'waiting') as State;
    const filters = view.filters.filter((filter) => columns.includes(splitFilter(filter)?.column ?? ''));
    const query: Query = {from: view.from, to: view.to, time_zone: view.timeZone, state, ...(filters.length && {filter: filters})};
    const answer = useReport('quarantine', query), position = address.get('position');
    const chosen = ['reason', 'event', 'source'].map((name) => address.get(name));
    const groups = useMemo(() => answer.data ? objects<Group>(answer.data) : [], [answer.data]);
    const group = chosen[0] === null ? undefined : groups.find((one) => one.reason === chosen[0] && one.event === (chosen[1] ?? '') && one.source === (chosen[2] ?? ''));
    const onDecided = useDecided(group ? JSON.stringify(chosen) : null, answer.reload);
    const open = (next: Group | null) => setQuery({reason: next?.reason ?? null, event: next?.event ?? null, source: next?.source ?? null});
    return (
        <Page title="Quarantine" bar={<Tabs label="State" tabs={states} value={state} onChange={(id) => setQuery({state: id === 'waiting' ? null : id, reason: null, event: null, source: null})} />}>
            {filters.length < view.filters.length && <p class="quiet">Of the filters, those by <code>name</code> and <code>source</code> count here: what is quarantined has no others.</p>}
            {position && <One position={position} />}
            <GroupsPanel answer={answer} query={query} state={state} onOpen={open} />
            {group && <GroupPanel key={JSON.stringify(chosen)} group={group} view={view} state={state} onClose={() => open(null)} onDecided={onDecided} />}
            {chosen[0] !== null && !group && answer.data && !answer.loading && <Panel title="This group is empty now" actions={
                <Button kind="quiet" icon="close" label="Close the group" onClick={() => open(null)} />}>
                <p class="quiet">Nothing of it is left in this state and range.</p>
            </Panel>}
        </Page>
    );
}
