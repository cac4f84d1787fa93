// SPDX-License-Identifier: Apache-2.0
//
// The tables and their columns, with what the catalogue says of them. A click puts a name where the cursor is.

import {useEffect, useMemo, useState} from 'preact/hooks';

import {type ApiError, type Rows, postJson} from '../../api/client';
import {Failure, TextField} from '../../ui';

const columnsSql = `SELECT c.table_name, c.column_name, c.data_type, d.description
FROM information_schema.columns c
LEFT JOIN (SELECT column_name, any_value(description) AS description FROM columns GROUP BY 1) d
ON d.column_name = c.column_name AND c.table_name IN ('events', 'service_events')
WHERE c.table_schema = 'main'
ORDER BY c.table_name, c.ordinal_position`;

interface Column {
    name: string;
    type: string;
    description: string | null;
}

const first = ['events', 'quarantine', 'event_names', 'flows', 'activity_events', 'columns'];

function useTables() {
    const [tables, set] = useState<Map<string, Column[]> | null>(null), [error, setError] = useState<ApiError | null>(null), [turn, setTurn] = useState(0);
    useEffect(() => {
        const mine = new AbortController();
        setError(null);
        postJson<Rows>('/api/query', {sql: columnsSql}, mine.signal).then(({rows}) => {
            const found = new Map<string, Column[]>();
            for (const [table, name, type, description] of rows as string[][])
                found.set(table!, [...(found.get(table!) ?? []), {name: name!, type: type!, description: description ?? null}]);
            set(found);
        }, (failed) => !mine.signal.aborted && setError(failed));
        return () => mine.abort();
    }, [turn]);
    return {tables, error, reload: () => setTurn((n) => n + 1)};
}

// As SQL wants it: in quotes where it is no plain word.
export function quoted(name: string): string {
    return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replace(/"/g, '""')}"`;
}

function Name({name, title, hint, onInsert}: {name: string; title: string | null; hint: string; onInsert(text: string): void}) {
    return <button type="button" class="sql-name" title={title ?? `Put ${name} into the question`} onClick={() => onInsert(quoted(name))}><span class="mono">{name}</span> <span class="sql-type">{hint}</span></button>;
}

export function Tables({onInsert}: {onInsert(text: string): void}) {
    const {tables, error, reload} = useTables(), [text, setText] = useState('');
    const needle = text.trim().toLowerCase();
    const list = useMemo(() => [...(tables ?? new Map<string, Column[]>())].sort(([a], [b]) => {
        const place = (name: string) => (first.indexOf(name) + first.length + 1) % (first.length + 1);
        return first.includes(a) || first.includes(b) ? (first.includes(a) ? place(a) : 99) - (first.includes(b) ? place(b) : 99) : a < b ? -1 : 1;
    }), [tables]);
    const found = needle ? list.map(([table, columns]) => [table, table.includes(needle) ? columns : columns.filter(({name, description}) =>
        name.toLowerCase().includes(needle) || description?.toLowerCase().includes(needle))] as [string, Column[]]).filter(([table, columns]) => columns.length || table.includes(needle)) : list;
    return (
        <aside class="panel sql-tables" aria-label="Tables">
            {error && <Failure error={error} retry={reload} />}
            <TextField label="Tables and columns" type="search" value={text} placeholder="Search" onInput={setText} />
            {found.map(([table, columns]) => (
                <details key={`${table} ${needle !== ''}`} open={needle !== ''}>
                    <summary><span class="mono">{table}</span> <span class="sql-type">{columns.length}</span></summary>
                    <Name name={table} title={null} hint="the table" onInsert={onInsert} />
                    {columns.map(({name, type, description}) => (
                        <div key={name}>
                            <Name name={name} title={description} hint={type.length > 24 ? `${type.slice(0, 24)}…` : type.toLowerCase()} onInsert={onInsert} />
                            {description && <p class="sql-described">{description}</p>}
                        </div>
                    ))}
                </details>
            ))}
            {tables && found.length === 0 && <p class="table-none">No table or column is called so.</p>}
        </aside>
    );
}
