// SPDX-License-Identifier: Apache-2.0
//
// For tests of `weir ship`: logs whose lines can be told apart in the store, and the program in its ways.

import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {makeFolder, metrics, residue, root, runWeir, serverKey, startProgram, startWeir, until} from './weir.mjs';

let second = 0;
// A line whose path is its number: what is in the store tells which lines arrived, and how often.
export function line(n, {path = `/page/${n}`, agent = 'Mozilla/5.0', status = 200, method = 'GET'} = {}) {
    const time = new Date(Date.UTC(2026, 10, 22, 10, 0, second++)).toISOString();
    return `192.0.2.${n % 250} - - [22/Nov/2026:${time.slice(11, 19)} +0000] "${method} ${path} HTTP/1.1" ${status} 17 "-" "${agent}"\n`;
}
export const lines = (from, to) => Array.from({length: to - from + 1}, (_, i) => line(from + i)).join('');
export const numbers = (from, to) => Array.from({length: to - from + 1}, (_, i) => `/page/${from + i}`);

// A folder with the service's catalogue, and a place for logs beside it. Its collector listens on `port` at each start.
export function site(t, {port = 0} = {}) {
    const dir = makeFolder(t, {
        settings: (s) => ({...s, collector: {listen: `127.0.0.1:${port}`}, catalogue: join(root, 'catalogues/service'), sources: [{name: 'pages', kind: 'server', key: serverKey}]}),
        files: {},
    });
    mkdirSync(join(dir, 'log'));
    return {dir, log: join(dir, 'log/access.log'), state: join(dir, 'state')};
}

export const shipArgs = (s, url, ...more) => ['ship', s.log, '--url', url, '--key', serverKey, '--state', s.state, ...more];
export const once = (s, url, ...more) => runWeir(shipArgs(s, url, '--once', ...more), {cwd: s.dir});

// A program that follows, and a way to end it.
export function follow(t, s, url, ...more) {
    const child = startProgram(shipArgs(s, url, ...more), {cwd: s.dir});
    const stop = async (signal = 'SIGTERM') => {
        if (child.exitCode === null && child.signalCode === null)
            child.kill(signal);
        return {...await child.exited, ...child.output};
    };
    t.after(() => stop('SIGKILL'));
    return {child, stop};
}

// Rows of the store, once it has all that the journal has.
export async function rows(s, sql) {
    await residue(s.dir, {delivered: true});
    const answer = await runWeir(['query', '--config', 'weir.yaml', '--format', 'json', sql], {cwd: s.dir});
    assert.equal(answer.code, 0, answer.stderr);
    return JSON.parse(answer.stdout).rows;
}
export const pages = async (s) => (await rows(s, `SELECT path FROM events WHERE name = 'page_visited' ORDER BY time, path`)).map(([path]) => path);
export const startEngine = (t, s) => startWeir(t, {dir: s.dir, command: 'engine', ready: /console on (\S+):(\d+)/});
export const accepted = async (weir) => (await metrics(weir))['weir_events_accepted_total{source="pages"}'] ?? 0;
export const hasAccepted = (weir, count) => until(`${count} accepted`, async () => await accepted(weir) >= count);
