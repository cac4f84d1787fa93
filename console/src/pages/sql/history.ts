// SPDX-License-Identifier: Apache-2.0
//
// The questions that were asked in this browser, newest first; and what is being written. They stay in this browser.

const key = 'weir.sql.history', draftKey = 'weir.sql.draft', most = 50;

export function readHistory(): string[] {
    try {
        const list: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
        return Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string') : [];
    } catch {
        return [];
    }
}

function write(name: string, text: string): void {
    try {
        localStorage.setItem(name, text);
    } catch { // a browser that keeps nothing: then there is no history
    }
}

export function addHistory(sql: string): string[] {
    const list = [sql, ...readHistory().filter((one) => one !== sql)].slice(0, most);
    write(key, JSON.stringify(list));
    return list;
}

export function clearHistory(): void {
    write(key, '[]');
}

export function readDraft(): string {
    try {
        return localStorage.getItem(draftKey) ?? '';
    } catch {
        return '';
    }
}

export function keepDraft(sql: string): void {
    write(draftKey, sql);
}
