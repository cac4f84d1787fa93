// SPDX-License-Identifier: Apache-2.0
//
// Health: whether all is well, in one line; then the numbers behind it.

import './health.css';

import {useEffect} from 'preact/hooks';

import type {ApiError} from '../../api/client';
import {Button, type Column, Icon, Page, Panel, Table, Time, asSentence, bytes, duration, exact} from '../../ui';
import {Facts} from './Facts';
import {LedgerPanel} from './LedgerPanel';
import {usePolled} from './polling';
import {Rates} from './Rates';
import {type Ledger, type Status, since, troubles} from './status';

const statusEveryS = 10, ledgerEveryS = 60;

const sinkColumns: Column[] = [
    {name: 'name', title: 'Sink', kind: 'text'}, {name: 'pending', title: 'Pending', kind: 'number'}, {name: 'delivered', title: 'Delivered', kind: 'number'},
    {name: 'rejected', title: 'Set aside', kind: 'number'}, {name: 'lost', title: 'Lost', kind: 'number'}, {name: 'errors', title: 'Failed attempts', kind: 'number'},
    {name: 'delivered_us', title: 'Last', kind: 'time', sortable: false, render: ({delivered_us}) => delivered_us ? <Time at={delivered_us} relative /> : 'none yet'},
];

function Verdict({status, ledger, error}: {status?: Status; ledger?: Ledger; error?: ApiError}) {
    const found = [...(error ? [{bad: true, what: 'How it is now is not known: the engine was asked in vain.', todo: `What stands here is its last answer. ${asSentence(error.message)}`}] : []),
        ...troubles(status, ledger)], worst = found[0];
    if (!status || !ledger)
        return <section class="health-verdict" aria-busy="true"><p class="health-line">Looking…</p></section>;
    return (
        <section class={`health-verdict ${worst?.bad ? 'health-bad' : worst ? 'health-warn' : 'health-good'}`} aria-label="Verdict">
            {!worst?.bad && <p class="health-line"><Icon name="check" /> All events are accounted for.</p>}
            {found.map(({bad, what, todo}) => (
                <div key={what}>
                    <p class={bad ? 'health-line' : 'health-watch'}><Icon name="warn" /> {what}</p>
                    <p class="health-todo">{todo}</p>
                </div>
            ))}
        </section>
    );
}

function Storage({s}: {s: Status}) {
    return (
        <Panel title="Journal and disk">
            <Facts list={[
                ['Journal', s.journal ? `${bytes(s.journal.bytes)} in ${exact(s.journal.files)} files` : '–'],
                ['Oldest record kept', s.journal?.oldest_us ? <><Time at={s.journal.oldest_us} /> (position {exact(s.journal.first)})</> : 'none yet'],
                ['Safe on disk up to', s.journal ? `position ${exact(s.journal.durable)}` : '–'],
                ['Disk free', s.disk ? `${bytes(s.disk.free_bytes)} of ${bytes(s.disk.total_bytes)}; ${bytes(s.disk.reserve_bytes)} stay free` : '–'],
                ['Database', `${bytes(s.database.bytes)}, and ${bytes(s.database.log_bytes)} not merged yet`],
            ]} />
        </Panel>
    );
}

function Processes({s}: {s: Status}) {
    const {collector: c, now_us, database: d} = s;
    return (
        <Panel title="Processes">
            <Facts list={[
                ['Collector', c?.up ? `${c.version ?? ''}, up for ${since(c.started_us ?? now_us, now_us)}, ${bytes(c.memory_bytes ?? 0)}, ${exact(c.connections ?? 0)} open connection${c.connections === 1 ? '' : 's'}` : 'does not answer'],
                ['Engine', `${s.version}, up for ${since(s.started_us, now_us)}, ${bytes(s.memory_bytes)}`],
                ['Database memory', `${bytes(d.memory_bytes ?? 0)} of ${bytes(d.memory_limit_bytes)}${d.temporary_bytes ? `, ${bytes(d.temporary_bytes)} on disk` : ''}`],
                ['Questions under way', exact(s.questions_running)],
                ['Catalogue', s.catalogue.failed ? <>could not be read <Time at={s.catalogue.failed_us} relative /></> : <>read <Time at={s.catalogue.read_us} relative /></>],
                ['Derived tables', s.models.remaking ? 'are being made anew' : s.models.pending ? `${exact(s.models.pending)} records behind` : 'up to date'],
                ['Libraries', Object.entries(s.versions).filter(([name]) => name !== 'weir').map(([name, version]) => `${name} ${version ?? '?'}`).join(', ')],
                ...(s.csp?.reports !== undefined ? [['Policy violations reported by browsers', exact(s.csp.reports)] as [string, string]] : []),
            ]} />
        </Panel>
    );
}

export default function HealthPage() {
    const status = usePolled<Status>('/api/status', statusEveryS), ledger = usePolled<Ledger>('/api/ledger', ledgerEveryS);
    const s = status.data, age = Math.max(status.age ?? 0, ledger.age ?? 0);
    useEffect(() => { // the engine is back: the ledger need not wait for its minute
        if (!status.error && ledger.error)
            ledger.reload();
    }, [status.data]);
    const again = () => {
        status.reload();
        ledger.reload();
    };
    return (
        <Page title="Health" bar={<>
            <span class="health-age">{age < 2 ? 'As of now' : `State ${duration(status.age ?? 0)} old, ledger ${duration(ledger.age ?? 0)}`}</span>
            <Button icon="reload" onClick={again}>Look again</Button>
        </>}>
            <Verdict {...((status.error ?? ledger.error) && {error: status.error ?? ledger.error})} {...(s && {status: s})} {...(ledger.data && {ledger: ledger.data})} />
            <div class="health-grid">
                <LedgerPanel answer={ledger} />
                <Rates answer={status} />
                <Panel title="Sinks" class="health-wide" answer={status}>
                    <Table label="Sinks" columns={sinkColumns} rows={(s?.sinks ?? []) as unknown as Record<string, unknown>[]} main="pending" sort={false} />
                </Panel>
                {s && <Storage s={s} />}
                {s && <Processes s={s} />}
            </div>
        </Page>
    );
}
