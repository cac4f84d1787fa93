// SPDX-License-Identifier: Apache-2.0
//
// One group: what would become of it now, its events with their errors, the lines of the catalogue that they failed, and
// what would have to change there.

import {useEffect, useMemo, useRef, useState} from 'preact/hooks';

import {type CatalogueEvent, type Match, useCatalogue, useMatches} from '../../api/catalogue';
import {type Answer, type Query, ApiError, objects, together, useReport} from '../../api/client';
import {hasRight, useSession} from '../../api/session';
import {Link} from '../../app/place';
import type {View} from '../../app/view';
import {momentOf} from '../../app/zone';
import {Button, Copy, Failure, Panel, Time, exact} from '../../ui';
import {DecideDialog} from './DecideDialog';
import {EntryLines, placeName} from './EntryLines';
import {EventPager} from './EventPager';
import {Outcome} from './Outcome';
import {Trial} from './Trial';
import {type Outcome as Counts, type Which, decide} from './decide';
import {type Group, type Kept, type State, inWords, propertyOf, senderName} from './groups';
import {suggest} from './suggest';

const pieces = 5; // of a thousand events: what is looked at without being asked

function useTrial(which: Which, on: boolean, turn: number) {
    const [sum, setSum] = useState<Counts | null>(null), [error, setError] = useState<ApiError | null>(null);
    useEffect(() => {
        const control = new AbortController();
        setSum(null);
        setError(null);
        if (on)
            decide('try', which, {signal: control.signal, pieces}).then(
                (found) => control.signal.aborted || setSum(found),
                (problem) => control.signal.aborted || setError(problem instanceof ApiError ? problem : new ApiError(0, 'unreadable', String(problem))));
        return () => control.abort();
    }, [JSON.stringify(which), on, turn]);
    return {sum, error};
}

function Senders({group}: {group: Group}) {
    return (
        <ul class="quarantine-senders">{(group.senders ?? []).map((sender, i) =>
            <li key={i}><span>{senderName(sender) || 'unknown'}</span> <span class="quiet">{exact(sender.events)}</span></li>)}
        {(group.sender_count ?? 0) > (group.senders?.length ?? 0) && <li class="quiet">and {exact(group.sender_count! - group.senders!.length)} more</li>}</ul>
    );
}

function Fix({group, events, entry, match, which, answer}: {group: Group; events: Kept[]; entry?: CatalogueEvent; match?: Match; which: Which; answer: Answer<unknown>}) {
    const found = useMemo(() => suggest(group, events, entry, match), [group, events, entry, match]);
    const isAdmin = hasRight(useSession(), 'admin'), name = propertyOf(group.places?.[0]?.path ?? '');
    const property = entry?.properties.find((one) => one.name === name);
    return (
        <Panel title="The catalogue" answer={answer}>
            {entry && <EntryLines entry={entry} marked={[property?.line ?? entry.line]} />}
            {!entry && <p class="quiet">No entry takes the name <span class="mono">{group.event}</span>.</p>}
            {found ? <>
                <p class="quarantine-fix">{found.say}{found.place && <> It stands at <span class="mono">{placeName(found.place.file, found.place.line)}</span>.</>}
                    {found.meant && <> Or was <b class="mono">{found.meant}</b> meant? Then mend the sender.</>}</p>
                {found.lines && <div class="quarantine-lines"><pre tabIndex={0} aria-label="Lines for the catalogue">{found.lines}</pre><Copy text={found.lines} label="Copy the lines" /></div>}
                {isAdmin && found.entry && <Trial entry={found.entry} which={which} total={group.events} />}
            </> : <p class="quarantine-fix">No change of the catalogue can make this fit: the sender has to be mended. It may send the same events again, with the same ids;
                what it does not send again can be dropped.</p>}
        </Panel>
    );
}

export function GroupPanel({group, view, state, onClose, onDecided}: {group: Group; view: View; state: State; onClose(): void; onDecided(): void}) {
    const session = useSession(), maySee = hasRight(session, 'hidden'), isAdmin = hasRight(session, 'admin');
    const [dialog, setDialog] = useState<'replay' | 'drop' | null>(null), [turn, setTurn] = useState(0);
    const known = group.reason !== '(none)';
    const which: Which = {where: {...(known && {reason: group.reason}), event: group.event, source: group.source,
        since: momentOf(view.from, view.timeZone), until: momentOf(view.to, view.timeZone)}};
    const query: Query = {from: view.from, to: view.to, time_zone: view.timeZone, state, ...(known && {reason: group.reason}),
        filter: [`name=${group.event}`, `source=${group.source}`], limit: 50, ...(maySee && {hidden: 1})};
    const answer = useReport('quarantined', query), catalogue = useCatalogue();
    const matches = useMatches([group.event], propertyOf(group.places?.[0]?.path ?? '') ?? undefined), match = matches.data?.matches[0];
    const events = useMemo(() => answer.data ? objects<Kept>(answer.data) : [], [answer.data]);
    const entry = catalogue.data?.events.find(({name}) => name === match?.event);
    const waits = state === 'waiting' && known, trial = useTrial(which, waits, turn), root = useRef<HTMLDivElement>(null);

    useEffect(() => root.current?.focus({preventScroll: true}), []);
    useEffect(() => { // below a table that may fill the screen; once more when it has grown
        root.current?.scrollIntoView({block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'});
    }, [answer.data !== undefined]);
    return (
        <div class="quarantine-open" ref={root} tabIndex={-1}>
            <Panel title={`${inWords(group.reason)}: ${group.event}`} answer={answer} class="quarantine-group" actions={<>
                {waits && isAdmin && <Button kind="main" onClick={() => setDialog('replay')}>Replay…</Button>}
                {waits && isAdmin && <Button kind="danger" onClick={() => setDialog('drop')}>Drop…</Button>}
                <Button kind="quiet" icon="close" label="Close the group" onClick={onClose} />
            </>}>
                <div class="quarantine-facts">
                    <div>
                        {waits && !trial.sum && !trial.error && <p class="quarantine-outcome-head quiet">Asking the collector what would be accepted now</p>}
                        {trial.sum && <Outcome what="try" sum={trial.sum} total={trial.sum.looked} />}
                        {trial.sum && trial.sum.left > 0 && <p class="quiet">Of the first {exact(trial.sum.looked)}; {exact(trial.sum.left)} more wait.</p>}
                        {trial.error && <Failure error={trial.error} retry={() => setTurn(turn + 1)} />}
                    </div>
                    <dl class="quarantine-about">
                        <dt>Events</dt><dd>{exact(group.events)} from {group.source}</dd>
                        <dt>Received</dt><dd><Time at={group.first_received} /> to <Time at={group.last_received} /></dd>
                        {group.senders && <><dt>Senders</dt><dd><Senders group={group} /></dd></>}
                        {match?.event && <><dt>More of it</dt><dd><Link to={`/catalogue/${encodeURIComponent(match.event)}`}>In the catalogue</Link></dd></>}
                    </dl>
                </div>
                <EventPager events={events} total={group.events} />
            </Panel>
            <Fix group={group} events={events} entry={entry} match={match} which={which} answer={together(matches, catalogue, answer)} />
            {dialog && <DecideDialog what={dialog} which={which} total={group.events}
                title={`${dialog === 'drop' ? 'Drop' : 'Replay'}: ${inWords(group.reason)}, ${group.event}`}
                onClose={(decided) => {
                    setDialog(null);
                    if (decided) {
                        setTurn(turn + 1);
                        onDecided();
                    }
                }} />}
        </div>
    );
}
