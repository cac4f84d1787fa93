// SPDX-License-Identifier: Apache-2.0
//
// SQL: any question that reads, its answer as a table or a chart, and as a file.

import './sql.css';

import {useEffect, useMemo, useRef, useState} from 'preact/hooks';

import type {ApiError} from '../../api/client';
import {setQuery, usePlace} from '../../app/place';
import {Button, Export, Failure, Menu, Page} from '../../ui';
import {Editor} from './Editor';
import {Result} from './Result';
import {Running} from './Running';
import {Tables} from './Tables';
import {exportRows, placeOf, useAsk} from './ask';
import {examples} from './examples';
import {useSchema} from './schema';
import {addHistory, clearHistory, keepDraft, readDraft, readHistory} from './history';

const addressMax = 8192; // bytes of a question that stands in the address

function oneLine(sql: string): string {
    const text = sql.replace(/\s+/g, ' ').trim();
    return text.length > 72 ? `${text.slice(0, 72)}…` : text;
}

export default function SqlPage() {
    const {query} = usePlace(), q = query.get('q');
    const [text, setText] = useState(q ?? (readDraft() || examples[0]!.sql)), [history, setHistory] = useState(readHistory);
    const [insert, setInsert] = useState<{text: string; turn: number} | null>(null), [failed, setFailed] = useState<ApiError | null>(null), [long, setLong] = useState(false);
    const asked = useAsk(), schema = useSchema(), shown = useRef<string | null>(null);
    const wrong = useMemo(() => asked.error?.code === 'bad_query' ? placeOf(asked.error.message, shown.current ?? '') : null, [asked.error]);

    const run = (sql: string) => {
        if (sql.trim() === '')
            return;
        const fits = new TextEncoder().encode(encodeURIComponent(sql)).length <= addressMax;
        shown.current = sql;
        setFailed(null);
        setLong(!fits);
        setQuery({q: fits ? sql : null});
        void asked.run(sql).then((answered) => answered && setHistory(addHistory(sql)));
    };
    const change = (sql: string) => {
        setText(sql);
        keepDraft(sql);
    };
    useEffect(() => { // a link, or back: asked again, since it stands in the address
        if (q !== null && q !== shown.current) {
            setText(q);
            run(q);
        }
    }, [q]);
    return (
        <Page title="SQL" bar={<>
            <Menu label="Examples" side="right" items={examples.map(({name, sql}) => ({name, onChoose: () => change(sql)}))} />
            <Menu label="History" side="right" items={history.length ? [...history.slice(0, 20).map((sql) => ({name: oneLine(sql), onChoose: () => change(sql)})),
                {name: 'Forget the history', onChoose: () => {
                    clearHistory();
                    setHistory([]);
                }}] : [{name: 'Nothing asked in this browser yet', onChoose: () => undefined}]} />
        </>}>
            <div class="sql-layout">
                <div class="sql-main">
                    <Editor value={text} tables={schema.tables} wrong={wrong} onInput={change} onRun={() => run(text)} insert={insert} />
                    <div class="sql-actions">
                        <Button kind="main" icon="play" disabled={asked.running !== null} onClick={() => run(text)}>Run</Button>
                        {asked.rows && asked.running === null && <Export words kind="plain" side="left" onChoose={(format) => {
                            setFailed(null);
                            exportRows(asked.sql, format).catch(setFailed);
                        }} />}
                        <p id="sql-hint" class="sql-quiet">Ctrl+Enter runs it. Questions only read, and are stopped after the time of console.query_timeout. Names are offered as you type, or by Ctrl+Space: Tab takes one. Esc, then Tab leaves the editor.</p>
                    </div>
                    {long && <p class="sql-quiet">This question is too long for the address: a link to this page does not have it.</p>}
                    {asked.running && <Running name={asked.running} onStop={asked.stop} />}
                    {asked.error && <Failure error={asked.error} todo={wrong ? `Line ${wrong.line} is marked in the editor.` : asked.error.code === 'bad_query' ? '' : undefined} />}
                    {failed && <Failure error={failed} />}
                    {asked.rows && <div class={asked.running || asked.error ? 'panel sql-old' : 'panel'} aria-busy={asked.running ? true : undefined}>
                        {asked.error && <p class="panel-stale">What stands here is the last answer that came.</p>}
                        <Result rows={asked.rows} />
                    </div>}
                </div>
                <Tables schema={schema} onInsert={(name) => setInsert({text: name, turn: (insert?.turn ?? 0) + 1})} />
            </div>
        </Page>
    );
}
