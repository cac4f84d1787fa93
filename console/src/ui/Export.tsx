// SPDX-License-Identifier: Apache-2.0
//
// The menu of files that something can be had as: links, or what is to be done for one.

import {Menu} from './Menu';

export type Format = 'csv' | 'json' | 'parquet';

const names: Record<Format, string> = {csv: 'CSV', json: 'JSON', parquet: 'Parquet'};

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
        ({name: names[format], ...(to && {href: to(format)}), ...(onChoose && {onChoose: () => onChoose(format)})}))} />;
}
