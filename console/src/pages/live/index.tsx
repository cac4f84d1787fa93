// SPDX-License-Identifier: Apache-2.0
//
// Live: events as they come, newest on top.

import './live.css';

import {useEffect, useLayoutEffect, useState} from 'preact/hooks';

import {Link, setQuery, usePlace} from '../../app/place';
import {useHidden} from '../../app/seen';
import {Button, Dialog, Empty, Failure, Json, Page, Select, TextField, exact} from '../../ui';
import {type LiveEvent, rowsMax, useFeed} from './feed';
import {Rows} from './Rows';

function useSpace(act: () => void): void {
    useEffect(() => {
        const press = (event: KeyboardEvent) => {
            const target = event.target as HTMLElement;
            if (event.key !== ' ' || event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog[open]') ||
                target.closest('input, select, textarea, button, a, summary'))
                return;
            event.preventDefault();
            act();
        };
        addEventListener('keydown', press);
        return () => removeEventListener('keydown', press);
    }, [act]);
}

// What is being typed stays, however many events come meanwhile.
function Pattern({value, onEnter, ...rest}: {label: string; value: string; placeholder: string; hint?: string; onEnter(text: string): void}) {
    const [text, setText] = useState(value);
    useLayoutEffect(() => setText(value), [value]); // never over what is typed after
    return <TextField {...rest} mono value={text} onInput={setText} onEnter={onEnter} />;
}

function Filters({name, source, verdict}: {name: string; source: string; verdict: string}) {
    return (
        <div class="live-filters">
            <Pattern label="Event" value={name} placeholder="flow.*" hint="* is any text, ? one letter" onEnter={(text) => setQuery({name: text})} />
            <Pattern label="Source" value={source} placeholder="web*" onEnter={(text) => setQuery({source: text})} />
            <Select label="Verdict" value={verdict} options={[{value: '', name: 'All'}, {value: 'accepted', name: 'Accepted'}, {value: 'quarantined', name: 'Quarantined'}]}
                onChange={(value) => setQuery({verdict: value})} />
        </div>
    );
}

export default function LivePage() {
    const {query} = usePlace(), hidden = useHidden();
    const asked = {name: query.get('name') ?? '', source: query.get('source') ?? '', verdict: query.get('verdict') ?? ''};
    const [paused, setPaused] = useState(false), [open, setOpen] = useState<LiveEvent | null>(null);
    const feed = useFeed(asked, paused || hidden) /* a tab that is seen again goes on from where it was */, filtered = asked.name || asked.source || asked.verdict;

    useSpace(() => setPaused((now) => !now));
    return (
        <Page title="Live" bar={<Button icon={paused ? 'play' : 'pause'} shortcut="Space" pressed={paused} onClick={() => setPaused(!paused)}>{paused ? 'Resume' : 'Pause'}</Button>}>
            <Filters {...asked} />
            <p class="live-state">
                <span role="status">{paused ? 'Paused. What comes meanwhile is shown when you resume.' : feed.error ? 'Not connected; trying again.' : feed.state === 'open' ? 'Following the journal.' : 'Connecting.'}</span>
                {!paused && feed.perSecond !== null && <span class="live-rate"> {exact(Math.round(feed.perSecond * 10) / 10)} events a second{filtered ? ' that fit' : ''}.</span>}
                {feed.leftOut > 0 && <span class="live-left"> {exact(feed.leftOut)} left out: more came than is drawn. A filter shows all that fit.</span>}
            </p>
            {feed.error && !paused && <Failure error={feed.error} />}
            {feed.rows.length > 0 ? <Rows rows={feed.rows} onOpen={setOpen} /> : feed.state === 'open' && (
                <Empty title={filtered ? 'Nothing fits so far' : 'No events yet'}>
                    <p>{filtered ? 'Events that fit will stand here as they come. Fewer filters show more.' : 'Send one, and it stands here within a second.'}</p>
                </Empty>
            )}
            {feed.rows.length === rowsMax && <p class="live-foot">The newest {rowsMax} are kept here; Trail and SQL have the rest.</p>}
            {open && <Dialog title={`${open.data.name}, position ${open.position}`} wide onClose={() => setOpen(null)}>
                <Ways event={open} />
                <Json value={open.data} marks={faults(open)} />
            </Dialog>}
        </Page>
    );
}

// From an event to what else there is of it.
function Ways({event: {data, position, quarantined}}: {event: LiveEvent}) {
    const name = encodeURIComponent(String(data.name));
    const trail = ['actor', 'flow_id'].filter((column) => typeof data[column] === 'string');
    return (
        <p class="live-ways">
            {quarantined ? <Link to={`/quarantine?position=${position}`}>What is wrong, and what would mend it</Link> : <Link to={`/events?event=${name}`}>This event over time</Link>}
            {!quarantined && trail.map((column) => <Link key={column} to={`/trail?where=${encodeURIComponent(`${column}=${String(data[column])}`)}`}>
                {column === 'actor' ? 'Trail of its actor' : 'Trail of its flow'}</Link>)}
        </p>
    );
}

// Faults name a place in the event as it was sent; what is not there any more is marked at the whole.
function faults({data}: LiveEvent) {
    return (Array.isArray(data.errors) ? data.errors as {path?: string; message?: string}[] : [])
        .map(({path, message}) => ({path: path ?? '', text: message ?? 'is wrong'}));
}
