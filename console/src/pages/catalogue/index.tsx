// SPDX-License-Identifier: Apache-2.0
//
// Catalogue: what may be sent, and how that fares: /catalogue lists it, /catalogue/NAME is one entry.

import '../quarantine/quarantine.css';
import './catalogue.css';

import {useMemo} from 'preact/hooks';

import {useCatalogue, useMatches} from '../../api/catalogue';
import {objects, useReport} from '../../api/client';
import {Link, setQuery, usePlace} from '../../app/place';
import {useView} from '../../app/view';
import {Definition, Empty, Page, Panel, Tabs, exact} from '../../ui';
import {Detail} from './Detail';
import {EntryTable} from './EntryTable';
import {UndeclaredPanel} from './UndeclaredPanel';
import {type Seen, type Show, hasText, join, shows, undeclaredMax} from './entries';

function nameOf(path: string): string | null {
    const rest = path.slice('/catalogue/'.length);
    if (!rest)
        return null;
    try {
        return decodeURIComponent(rest);
    } catch { // an address that somebody made up
        return rest;
    }
}

export default function CataloguePage() {
    const view = useView(), {path, query: address} = usePlace(), name = nameOf(path);
    const query = {from: view.from, to: view.to, time_zone: view.timeZone};
    const catalogue = useCatalogue(), report = useReport('catalogue', query);
    const rows = useMemo(() => report.data ? objects<Seen>(report.data) : [], [report.data]);
    const strangers = useMemo(() => rows.filter(({declared}) => !declared).map(({event}) => event).slice(0, undeclaredMax), [rows]);
    const matches = useMatches(strangers);
    const {entries, undeclared} = useMemo(() => catalogue.data ? join(catalogue.data, rows, matches.data?.matches ?? []) : {entries: [], undeclared: []},
        [catalogue.data, rows, matches.data]);
    const show = shows.find(({id}) => id === address.get('show')) ?? shows[0]!, text = address.get('search') ?? '';
    const parts = [catalogue, report, matches];
    const answer = {...catalogue, loading: parts.some(({loading}) => loading), slow: parts.some(({slow}) => slow),
        ...((report.error ?? matches.error) && {error: report.error ?? matches.error}),
        data: catalogue.data && report.data && (strangers.length === 0 || matches.data), reload: () => parts.forEach((one) => one.reload())};

    if (name !== null) {
        const one = entries.find(({entry}) => entry.name === name);
        return (
            <Page title="Catalogue" bar={<Link to="/catalogue">All events</Link>}>
                {one && catalogue.data && answer.data ? <Detail one={one} catalogue={catalogue.data} />
                    : <Panel title={name} answer={answer}><Empty title="The catalogue has no entry of this name">
                        <p>See <Link to="/catalogue">all entries</Link>, or declare it: a name that comes undeclared waits in <Link to="/quarantine">quarantine</Link>.</p></Empty></Panel>}
            </Page>
        );
    }
    return (
        <Page title="Catalogue" bar={<Tabs label="Which entries" value={show.id} onChange={(id) => setQuery({show: id === 'all' ? null : id})}
            tabs={shows.map(({id, name: words, fits}) => ({id, name: <>{words} <span class="quiet">{exact(entries.filter(fits).length)}</span></>}))} />}>
            <Panel title={show.name === 'All' ? 'Declared events' : show.name} answer={answer} class="catalogue-list" definition={
                <Definition report="catalogue" query={query} rows={report.data}>
                    <p>Entries of the catalogue as the engine has it{catalogue.data && <>, from <code>{catalogue.data.folder}</code></>}. Events are counted by quarters of an hour, by their
                        time; what was quarantined by when it was received, as long as it is kept (retention.quarantine). “Did not fit” is its share of both.</p>
                </Definition>}>
                <EntryTable entries={entries.filter((one) => show.fits(one) && hasText(one, text))} text={text} onText={(value) => setQuery({search: value || null}, 'replace')} />
            </Panel>
            {show.id === ('all' satisfies Show) && answer.data && <UndeclaredPanel undeclared={undeclared} />}
        </Page>
    );
}
