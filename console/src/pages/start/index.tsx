// SPDX-License-Identifier: Apache-2.0
//
// The first steps: three ways to send the first event, with one's own keys, and a look each two seconds whether it has
// come. Then it becomes the overview, unless one came here to read.

import {useEffect, useRef} from 'preact/hooks';

import {useCatalogue, useMatches} from '../../api/catalogue';
import {useJson} from '../../api/client';
import type {Start, StartSource} from '../../app/first';
import {go, keepView, Link} from '../../app/place';
import {useHidden} from '../../app/seen';
import {Bar} from '../../ui/Bar';
import {Failure} from '../../ui/Failure';
import {Way} from './Way';
import {curl, exampleFor, program, sourceForPages, tag, takes} from './samples';
import './start.css';

const againMs = 2000;

const pageViewed = 'page.viewed'; // what the tag sends by itself

function Pages({start, source}: {start: Start; source: StartSource | undefined}) {
    const {data: catalogue} = useCatalogue(), {data: match} = useMatches([pageViewed]);
    if (!source)
        return (
            <Way title="A web page" code={sourceForPages(pageViewed)}
                says={<>A page needs a source of its own: put this line under <code>sources</code> of <code>weir.yaml</code>, with the addresses of your pages, and start Weir again.</>} />
        );
    const entry = catalogue?.events.find(({name}) => name === match?.matches[0]?.event);
    return (
        <Way title="A web page" code={tag(start, source)}
            says={<>Put this tag into the pages of {source.origins.map((one, i) => <>{i ? ', ' : ''}<code>{one}</code></>)}; the next visit is the first event.
                Visitors need the public address of the collector in the place of <code>{start.collector}</code>: <code>weir agent --url</code> prints the tag with that, and with a hash of the script.
                {catalogue && match && !takes(source, pageViewed, entry) && <> Before that, describe <code>{pageViewed}</code> in the catalogue in <code>{catalogue.folder}</code> and
                    let the source send it: the tag sends an event of this name.</>}</>} />
    );
}

function Servers({start, source}: {start: Start; source: StartSource | undefined}) {
    const {data: catalogue, error, reload} = useCatalogue();
    if (!source)
        return <Way title="A program" says="A program needs a source of kind server in weir.yaml, with a key of its own." />;
    if (error)
        return <Failure error={error} retry={reload} />;
    if (!catalogue)
        return null;
    const example = exampleFor(source, catalogue, start.sources), key = source.key ?? 'KEY';
    if (!example)
        return <Way title="A program" says={<>The catalogue in <code>{catalogue.folder}</code> has no active event that the source <code>{source.name}</code> may send.
            Describe one there, then <code>weir reload</code>.</>} />;
    const hidden = source.key === null && <> Put its key in the place of <code>KEY</code>: it is shown to those alone who may change things.</>;
    return (
        <>
            <Way title="A shell" code={curl(start.collector, key, example)}
                says={<>One event from the source <code>{source.name}</code>, answered once it is on the disk.{hidden}</>} />
            <Way title="A program in C" code={program(start.collector, key, example)}
                says={<>With <code>libweir</code>: a call returns in less than a microsecond, a thread sends.{hidden}</>} />
        </>
    );
}

export default function StartPage() {
    const answer = useJson<Start>('/api/start'), start = answer.data;
    const waited = useRef(false), hidden = useHidden();

    useEffect(() => {
        document.title = 'First steps · Weir';
    }, []);
    useEffect(() => {
        if (!start)
            return undefined;
        if (start.events && waited.current)
            go(keepView('/overview'), 'replace');
        if (start.events)
            return undefined;
        waited.current = true;
        if (hidden)
            return undefined;
        const timer = setTimeout(() => answer.reload(), againMs);
        return () => clearTimeout(timer);
    }, [start, answer.error, hidden]);
    return (
        <div class="start">
            <header class="start-head">
                <h1>{start?.events ? 'Send events' : 'Send the first event'}</h1>
                <p class="start-state" role="status">
                    {start?.events ? <>Events are coming in. <Link to="/overview">Go to the overview</Link></>
                        : <><span class="start-pulse" aria-hidden="true" />Waiting for the first event. This page becomes the overview when it arrives.</>}
                </p>
            </header>
            <Bar on={answer.slow && !start} />
            {answer.error && <Failure error={answer.error} retry={answer.reload} />}
            {start && (
                <>
                    <Pages start={start} source={start.sources.find(({kind}) => kind === 'browser')} />
                    <Servers start={start} source={start.sources.find(({kind}) => kind === 'server')} />
                    <p class="quiet">What does not fit the catalogue is kept aside, not lost: <code>weir quarantine</code> says why.</p>
                </>
            )}
        </div>
    );
}
