// SPDX-License-Identifier: Apache-2.0
//
// The menu of files that something can be had as: links, or what is to be done for one.

import {Menu} from './Menu';

export type Format = 'csv' | 'json' | 'parquet';

const names: Record<Format, string> = {csv: 'CSV', json: 'JSON', parquet: 'Parquet'};

// What is saved says what it is, and of which days: overview-source-2026-11-17-2026-11-24.csv.
function fileName(address: string, format: Format): string {
    const {pathname, searchParams: query} = new URL(address, location.href);
    const parts = [pathname.split('/').at(-1), query.get('panel'), query.get('from')?.slice(0, 10), query.get('to')?.slice(0, 10)];
    return `${parts.filter(Boolean).join('-')}.${format}`;
}

export interface ExportProps {
    to?(format: Format): string; // the address of the file
    onChoose?(format: Format): void;
    formats?: Format[];
    words?: boolean; // else the icon alone
    kind?: 'plain' | 'quiet';
    side?: 'left' | 'right';
}

export function Export({to, onChoose, formats = ['csv', 'json', 'parquet'], words = false, kind = 'quiet', side = 'right'}: ExportProps) {
    return <Menu label={words ? 'Export' : ''} name="Export" icon="download" kind={kind} side={side} items={formats.map((format) =>
        ({name: names[format], ...(to && {href: to(format), saveAs: fileName(to(format), format)}), ...(onChoose && {onChoose: () => onChoose(format)})}))} />;
}
