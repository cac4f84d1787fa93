// SPDX-License-Identifier: Apache-2.0
//
// Who is behind a number of the funnel: as many rows as it says, page by page; a flow opens as its timeline.

import {useEffect, useRef, useState} from 'preact/hooks';

import {ApiError, exportLink, getJson, objects, type Query, type Rows, useReport} from '../../api/client';
import {go, keepView} from '../../app/place';
import {Button, type Column, Failure, Panel, Table} from '../../ui';
import {numberName} from './reasons';
import type {FunnelState} from './state';

interface UnitRow extends Record<string, unknown> {
    unit: string;
    after: string;
}

const pageRows = 50;

const columns: Column[] = [
    {name: 'unit', title: 'Flow', kind: 'text', mono: true, render: ({unit}) => <code title={String(unit)}>{String(unit).slice(0, 8)}…</code>},
    {name: 'first_time', title: 'Step 1', kind: 'time'},
    {name: 'step', title: 'Last step', kind: 'number'},
    {name: 'seconds', title: 'Took', kind: 'duration'},
    {name: 'last_event', title: 'Ended with', kind: 'text', mono: true},
    {name: 'detail', title: 'Why', kind: 'text'},
    {name: 'events', title: 'Events', kind: 'number'},
    {name: 'ua_browser', title: 'Browser', kind: 'text', render: ({ua_browser, ua_os}) => <>{[ua_browser, ua_os].filter(Boolean).join(' on ') || '–'}</>},
];

// The pages behind the first one; they are of one question, and go with it.
function useMore(query: Query, key: string) {
    const [pages, setPages] = useState<{key: string; rows: UnitRow[]; error?: ApiError; loading: boolean}>({key, rows: [], loading: false});
    const mine = pages.key === key ? pages : {key, rows: [], loading: false};
    const alive = useRef(key);

    alive.current = key;
    const more = (after: string) => {
        setPages({...mine, loading: true});
        getJson<Rows>('/api/report/funnel-list', {...query, after}).then(
            (rows) => alive.current === key && setPages({key, rows: [...mine.rows, ...objects<UnitRow>(rows)], loading: false}),
            (error: unknown) => alive.current === key && setPages({...mine, loading: false,
                error: error instanceof ApiError ? error : new ApiError(0, 'unreadable', String(error))}));
    };
    return {...mine, more};
}

function Errors({query, at}: {query: Query; at: number}) {
    const answer = useReport('funnel-errors', query);
    const rows = answer.data ? objects<{step: number; error: string; units: number}>(answer.data).filter(({step}) => step === at) : [];
    return (
        <Panel title="Last error after the step" answer={answer} class="flows-errors">
            <Table label="Errors" main="units" rows={rows as unknown as Record<string, unknown>[]} isFixed={({error}) => error === '(other)'}
                columns={[{name: 'error', title: 'Error', kind: 'text', mono: true}, {name: 'units', title: 'Count', kind: 'number'}]}
                exportTo={(format) => exportLink('funnel-errors', query, format)} />
        </Panel>
    );
}

interface UnitListProps {
    state: FunnelState;
    query: Query; // the funnel's
    count: number; // as the funnel says
    onClose(): void;
}

export function UnitList({state, query, count, onClose}: UnitListProps) {
    const {at, which} = state.show!, asked = {...query, at, which, limit: pageRows}, key = JSON.stringify(asked);
    const answer = useReport('funnel-list', asked), pages = useMore(asked, key), root = useRef<HTMLDivElement>(null);
    const first = answer.data && !answer.stale ? objects<UnitRow>(answer.data) : [], rows = [...first, ...pages.rows];
    const isFlow = state.unit.value === 'flow', last = rows.at(-1);

    useEffect(() => {
        root.current?.focus({preventScroll: true});
        root.current?.scrollIntoView({block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'});
    }, [key]);
    return (
        <div class="flows-list" ref={root} tabIndex={-1}>
            <Panel title={`${numberName(at, which)} · ${count} ${count === 1 ? state.unit.one : state.unit.many}`} answer={answer}
                actions={<Button kind="quiet" icon="close" label="Close the list" onClick={onClose} />}>
                <Table label={numberName(at, which)} columns={columns.filter(({name}) => name === 'detail' ? rows.some(({detail}) => detail !== null)
                    : name === 'seconds' ? rows.some((row) => row.seconds !== 0) : name === 'step' ? which === 'came' || which === 'went_on' : name !== 'last_event' || rows.some(({detail, last_event: event}) => detail !== event))
                    .map((column) => (column.name === 'unit' ? {...column, title: state.unit.name.slice(0, -1)} : column))}
                    main="first_time" sort={false} more={false} rows={rows} total={Infinity} keyOf={({unit}) => String(unit)}
                    onOpen={({unit}) => go(keepView(isFlow ? `/flows/flow/${encodeURIComponent(String(unit))}`
                        : `/trail?where=${encodeURIComponent(`${state.unit.value}=${String(unit)}`)}`))}
                    exportTo={(format) => exportLink('funnel-list', {...asked, limit: 10000}, format)}
                    empty={<p class="flows-quiet">{count ? 'They are being looked up.' : 'Nobody is behind this number.'}</p>} />
                {pages.error && <Failure error={pages.error} />}
                {last && rows.length < count && (
                    <p><Button disabled={pages.loading} onClick={() => pages.more(last.after)}>{`More (${rows.length} of ${count} are here)`}</Button></p>
                )}
            </Panel>
            {which === 'error' && <Errors query={query} at={at} />}
        </div>
    );
}
