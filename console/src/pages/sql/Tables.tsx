// SPDX-License-Identifier: Apache-2.0
//
// The tables and their columns, with what the catalogue says of them. A click puts a name where the cursor is.

import {useMemo, useState} from 'preact/hooks';

import {Failure, TextField} from '../../ui';
import {quoted, type Schema, type TableColumn, type TablesOf} from './schema';

function Name({name, title, hint, onInsert}: {name: string; title: string | null; hint: string; onInsert(text: string): void}) {
    return <button type="button" class="sql-name" title={title ?? `Put ${name} into the question`} onClick={() => onInsert(quoted(name))}><span class="mono">{name}</span> <span class="sql-type">{hint}</span></button>;
}

export function Tables({schema: {tables, error, reload}, onInsert}: {schema: Schema; onInsert(text: string): void}) {
    const [text, setText] = useState('');
    const needle = text.trim().toLowerCase();
    const list = useMemo(() => [...(tables ?? new Map() as TablesOf)], [tables]);
    const found = needle ? list.map(([table, columns]) => [table, table.includes(needle) ? columns : columns.filter(({name, description}) =>
        name.toLowerCase().includes(needle) || description?.toLowerCase().includes(needle))] as [string, TableColumn[]]).filter(([table, columns]) => columns.length || table.includes(needle)) : list;
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
