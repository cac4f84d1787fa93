// SPDX-License-Identifier: Apache-2.0
//
// The tables and their columns, with what the catalogue says of them: asked once a visit.

import {useEffect, useState} from 'preact/hooks';

import {type ApiError, type Rows, postJson} from '../../api/client';

const columnsSql = `SELECT c.table_name, c.column_name, c.data_type, d.description
FROM information_schema.columns c
LEFT JOIN (SELECT column_name, any_value(description) AS description FROM columns GROUP BY 1) d
ON d.column_name = c.column_name AND c.table_name IN ('events', 'service_events')
WHERE c.table_schema = 'main'
ORDER BY c.table_name, c.ordinal_position`;

const first = ['events', 'quarantine', 'event_names', 'flows', 'activity_events', 'columns']; // what most ask about

export interface TableColumn {
    name: string;
    type: string;
    description: string | null;
}

export type TablesOf = Map<string, TableColumn[]>;

export interface Schema {
    tables: TablesOf | null;
    error: ApiError | null;
    reload(): void;
}

function inOrder([a]: [string, unknown], [b]: [string, unknown]): number {
    const place = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
    return place(a) - place(b) || (a < b ? -1 : 1);
}

export function useSchema(): Schema {
    const [tables, set] = useState<TablesOf | null>(null), [error, setError] = useState<ApiError | null>(null), [turn, setTurn] = useState(0);
    useEffect(() => {
        const mine = new AbortController();
        setError(null);
        postJson<Rows>('/api/query', {sql: columnsSql}, mine.signal).then(({rows}) => {
            const found: TablesOf = new Map();
            for (const [table, name, type, description] of rows as string[][])
                found.set(table!, [...(found.get(table!) ?? []), {name: name!, type: type!, description: description ?? null}]);
            set(new Map([...found].sort(inOrder)));
        }, (failed) => !mine.signal.aborted && setError(failed));
        return () => mine.abort();
    }, [turn]);
    return {tables, error, reload: () => setTurn((n) => n + 1)};
}

// As SQL wants it: in quotes where it is no plain word.
export function quoted(name: string): string {
    return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replace(/"/g, '""')}"`;
}
