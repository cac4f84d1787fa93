// SPDX-License-Identifier: Apache-2.0
//
// What a number is: in words, as SQL, with the hash by which another way of counting shows, how fresh, and how exact.

import type {ComponentChildren} from 'preact';

import {useReport, type Query, type Rows} from '../api/client';
import {Bar} from './Bar';
import {Copy} from './Copy';
import {Failure} from './Failure';
import {Popover} from './Popover';
import {exact} from './format';

export interface DefinitionProps {
    report: string;
    query: Query;
    children?: ComponentChildren; // the words; else the report's own
    rows?: Rows; // the answer that is shown: hash and freshness are its own
    estimated?: boolean;
    upperBound?: boolean; // counts of visitors or sessions over days: their pseudonyms change
}

// How far the tables were behind what is loaded.
function freshness(rows: Rows): string {
    if (rows.models_at === undefined || rows.stored_at === undefined)
        return 'as of this answer';
    const behind = rows.stored_at - rows.models_at;
    return behind > 0 ? `up to event ${exact(rows.models_at)}; ${exact(behind)} more are loaded and not yet counted` : `up to event ${exact(rows.models_at)}, all that is loaded`;
}

function Inside({report, query, children, rows, estimated = false, upperBound = false}: DefinitionProps) {
    const answer = useReport(report, {...query, sql: 1, format: 'json'}), said = rows ?? answer.data;
    const sql = answer.data?.sql;
    return (
        <div class="definition">
            <h3>What this is</h3>
            <div>{children ?? <p>The report <code>{report}</code>; <code>weir report {report} --help</code> says what it counts.</p>}</div>
            {upperBound && <p class="definition-warn">A visitor's and a session's pseudonym changes each day, so one person who comes on
                three days counts three times: over more than a day this is an upper bound of people.</p>}
            {said?.note && !(upperBound && /pseudonym/.test(said.note)) && <p class="definition-warn">{said.note}</p>}
            <dl>
                <dt>Counted</dt><dd>{estimated ? 'estimated' : 'exactly'}</dd>
                {said && <><dt>Fresh</dt><dd>{freshness(said)}</dd></>}
                {said?.definition && <><dt>Definition</dt><dd><code>{said.definition}</code> <Copy text={said.definition} label="Copy the hash" /></dd></>}
            </dl>
            <Bar on={answer.slow} />
            {answer.error && <Failure error={answer.error} retry={answer.reload} />}
            {sql && <><h3>As SQL <Copy text={sql} label="Copy the SQL" /></h3><pre class="definition-sql" tabIndex={0}>{sql}</pre></>}
        </div>
    );
}

export function Definition(props: DefinitionProps) {
    return <Popover label="" name="What is counted here" icon="info" kind="quiet" class="definition-root">{() => <Inside {...props} />}</Popover>;
}

