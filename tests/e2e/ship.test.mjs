// SPDX-License-Identifier: Apache-2.0
//
// `weir ship`: what access logs become, through rotation, restarts and kills: each line once.

import assert from 'node:assert/strict';
import {copyFileSync, existsSync, appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, truncateSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {makeFolder, residue, root, runWeir, serverKey, startProgram, startWeir} from './lib/weir.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(what, look, seconds = 20) {
    for (const end = Date.now() + seconds * 1000;;) {
        const found = await look();
        if (found)
            return found;
        assert.ok(Date.now() < end, `${typeof what === 'function' ? what() : what}: not within ${seconds} s`);
        await sleep(30);
    }
}

let second = 0;
// A line whose path is its number: what is in the store tells which lines arrived, and how often.
function line(n, {path = `/page/${n}`, agent = 'Mozilla/5.0', status = 200, method = 'GET'} = {}) {
    const time = new Date(Date.UTC(2026, 10, 22, 10, 0, second++)).toISOString();
    return `192.0.2.${n % 250} - - [22/Nov/2026:${time.slice(11, 19)} +0000] "${method} ${path} HTTP/1.1" ${status} 17 "-" "${agent}"\n`;
}
const lines = (from, to) => Array.from({length: to - from + 1}, (_, i) => line(from + i)).join('');
const numbers = (from, to) => Array.from({length: to - from + 1}, (_, i) => `/page/${from + i}`);

// A folder with the service's catalogue, and a place for logs beside it.
function site(t) {
    const dir = makeFolder(t, {
        settings: (s) => ({...s, catalogue: join(root, 'catalogues/service'), sources: [{name: 'pages', kind: 'server', key: serverKey}]}),
        files: {},
    });
    mkdirSync(join(dir, 'log'));
    return {dir, log: join(dir, 'log/access.log'), state: join(dir, 'state')};
}

const shipArgs = (s, url, ...more) => ['ship', s.log, '--url', url, '--key', serverKey, '--state', s.state, ...more];
const once = (s, url, ...more) => runWeir(shipArgs(s, url, '--once', ...more), {cwd: s.dir});

// A program that follows, and a way to end it.
function follow(t, s, url, ...more) {
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
async function rows(s, sql) {
    await residue(s.dir, {delivered: true});
    const answer = await runWeir(['query', '--config', 'weir.yaml', '--format', 'json', sql], {cwd: s.dir});
    assert.equal(answer.code, 0, answer.stderr);
    return JSON.parse(answer.stdout).rows;
}
const pages = async (s) => (await rows(s, `SELECT path FROM events WHERE name = 'page_visited' ORDER BY time, path`)).map(([path]) => path);
const startEngine = (t, s) => startWeir(t, {dir: s.dir, command: 'engine', ready: /console on (\S+):(\d+)/});
const accepted = async (weir) => Number(/^weir_events_accepted_total\{[^}]*\} (\d+)/m.exec(await (await fetch(`${weir.url}/metrics`)).text())?.[1] ?? 0);
const hasAccepted = (weir, count) => until(`${count} accepted`, async () => await accepted(weir) >= count);

test('a log is read once, and again only what is new', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    writeFileSync(s.log, lines(1, 3) + line(0, {path: '/a.css'}) + line(0, {status: 500}) + 'nonsense\n' +
        line(0, {path: '/api/jobs/7', status: 404}) + line(4).trimEnd());
    const first = await once(s, weir.url, '--api', '/api/');
    assert.equal(first.code, 3, first.stderr);
    assert.match(first.stderr, /line 6: not read, unknown_format/);
    assert.match(first.stderr, /4 events in .*: 4 accepted, 0 duplicate/);
    assert.match(first.stderr, /7 lines: 3 pages, 1 API calls, 1 left out by status, 1 left out by asset, 1 unknown_format/);

    appendFileSync(s.log, '\n' + line(5)); // the fourth line had no end
    const second = await once(s, weir.url);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stderr, /2 events in .*: 2 accepted, 0 duplicate/);
    assert.match((await once(s, weir.url)).stderr, /0 lines: 0 pages/);

    // Without its state it begins anew; the ids are the same.
    for (const file of readdirSync(s.state))
        unlinkSync(join(s.state, file));
    assert.match((await once(s, weir.url, '--api', '/api/')).stderr, /6 events in .*: 0 accepted, 6 duplicate/);
    await startEngine(t, s);
    assert.deepEqual(await pages(s), numbers(1, 5));
    assert.deepEqual(await rows(s, `SELECT method, path, status, not_found, query FROM events WHERE name = 'api_queried'`),
        [['GET', '/api/jobs/7', 404, true, null]]);
});

test('rotation by rename, twice while nobody looks, and with a late writer', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    const rotate = () => {
        for (const n of [3, 2, 1, 0]) {
            const from = n ? `${s.log}.${n}` : s.log;
            if (existsSync(from))
                renameSync(from, `${s.log}.${n + 1}`);
        }
    };
    writeFileSync(`${s.log}.1`, lines(900, 909)); // from before the first start: none of ours
    writeFileSync(s.log, lines(1, 10));
    assert.equal((await once(s, weir.url)).code, 0);

    appendFileSync(s.log, lines(11, 20));
    rotate();
    writeFileSync(s.log, lines(21, 30));
    rotate();
    writeFileSync(s.log, lines(31, 40));
    const ship = follow(t, s, weir.url);
    await hasAccepted(weir, 40);

    rotate(); // while it runs, and the old file goes on being written to
    appendFileSync(`${s.log}.1`, lines(41, 42));
    await hasAccepted(weir, 42);
    writeFileSync(s.log, lines(43, 44));
    appendFileSync(`${s.log}.1`, lines(45, 46));
    appendFileSync(`${s.log}.3`, lines(47, 47)); // a child process that hung on to its file
    await hasAccepted(weir, 47);
    const ended = await ship.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.doesNotMatch(ended.stderr, /missing/);
    await startEngine(t, s);
    assert.deepEqual((await pages(s)).sort(), numbers(1, 47).sort());
});

test('rotation by copy and truncate, running and not', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    const rotate = () => {
        if (existsSync(`${s.log}.1`))
            renameSync(`${s.log}.1`, `${s.log}.2`);
        copyFileSync(s.log, `${s.log}.1`);
        truncateSync(s.log);
    };
    writeFileSync(s.log, lines(1, 10));
    assert.equal((await once(s, weir.url)).code, 0);
    appendFileSync(s.log, lines(11, 20)); // only the copy will have these
    rotate();
    appendFileSync(s.log, lines(21, 60)); // longer than it was
    const second = await once(s, weir.url);
    assert.equal(second.code, 0, second.stderr);
    assert.doesNotMatch(second.stderr, /missing/);

    const ship = follow(t, s, weir.url);
    appendFileSync(s.log, lines(61, 65));
    await hasAccepted(weir, 65);
    rotate();
    appendFileSync(s.log, lines(66, 67));
    await hasAccepted(weir, 67);
    truncateSync(s.log); // by hand: there is no copy
    await until('the truncation', () => ship.child.output.stderr.includes('no copy of it is here'));
    appendFileSync(s.log, lines(68, 69));
    await hasAccepted(weir, 69);
    assert.equal((await ship.stop()).code, 0);
    await startEngine(t, s);
    assert.deepEqual(await pages(s), numbers(1, 69));
});

test('a file that is gone is told', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    writeFileSync(s.log, lines(1, 2));
    assert.equal((await once(s, weir.url)).code, 0);
    unlinkSync(s.log);
    writeFileSync(s.log, lines(3, 4));
    const answer = await once(s, weir.url);
    assert.equal(answer.code, 3);
    assert.match(answer.stderr, /read up to byte \d+ \(line 2\) was truncated or is gone/);
    assert.match(answer.stderr, /2 accepted/);
});

test('killed at any moment, and the collector away for a while: every line once', async (t) => {
    const s = site(t);
    let weir = await startWeir(t, {dir: s.dir});
    const url = weir.url, port = weir.port;
    let written = 0;
    const write = (count) => {
        appendFileSync(s.log, lines(written + 1, written + count));
        written += count;
    };
    write(2000);
    assert.equal((await once(s, url)).code, 0);
    for (let kill = 0; kill < 12; kill++) {
        const ship = follow(t, s, url, '--batch', '100');
        if (kill % 3 === 0)
            renameSync(s.log, `${s.log}.${20261100 + kill}`);
        write(300);
        await sleep(20 + kill * 13);
        if (kill === 6)
            await weir.stop();
        if (kill === 8) {
            const settings = readFileSync(join(s.dir, 'weir.yaml'), 'utf8');
            writeFileSync(join(s.dir, 'weir.yaml'), settings.replace(/127\.0\.0\.1:0/, `127.0.0.1:${port}`));
            weir = await startWeir(t, {dir: s.dir});
        }
        await ship.stop('SIGKILL');
    }
    const last = await once(s, url);
    assert.equal(last.code, 0, last.stderr);
    await startEngine(t, s);
    const found = await rows(s, `SELECT count(*)::INTEGER, count(DISTINCT path)::INTEGER FROM events WHERE name = 'page_visited'`);
    assert.deepEqual(found, [[written, written]]);
});

test('what is wrong is said', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    const fails = async (args, code, pattern) => {
        const answer = await runWeir(args, {cwd: s.dir, env: {STATE_DIRECTORY: ''}});
        assert.equal(answer.code, code, answer.stderr);
        assert.match(answer.stderr, pattern);
    };
    await fails(shipArgs(s, weir.url, '--once'), 1, /access\.log: No such file/);
    writeFileSync(s.log, lines(1, 2));
    await fails(shipArgs(s, weir.url, '--exclude-path', '~('), 2, /--exclude-path: the expression/);
    await fails(shipArgs(s, weir.url, '--status', '2x'), 2, /--status takes/);
    await fails(shipArgs(s, weir.url, '--format', 'xml'), 2, /--format is/);
    await fails(['ship', s.log, '--url', weir.url, '--key', serverKey], 2, /--state names the folder/);
    await fails(['ship', '--syslog', '192.0.2.1:514', '--url', weir.url, '--key', serverKey], 2, /not a loopback address/);
    await fails(['ship', s.log, '--url', weir.url, '--key', 'wrong-key-0123456789', '--state', s.state, '--once'], 1, /401/);
    await fails(shipArgs(s, 'http://127.0.0.1:9', '--once', '--retry-for', '1ms'), 1, /given up/);
    const ship = follow(t, s, weir.url);
    await hasAccepted(weir, 2);
    await fails(shipArgs(s, weir.url, '--once'), 1, /is held by another/);
    await ship.stop();
    writeFileSync(join(s.state, readdirSync(s.state).find((name) => name.endsWith('.json'))), '{}');
    await fails(shipArgs(s, weir.url, '--once'), 1, /is not a state of this program/);
});

test('a dry run prints what would be sent', async (t) => {
    const s = site(t);
    writeFileSync(s.log, lines(1, 2));
    const answer = await runWeir(['ship', '--dry-run', s.log], {cwd: s.dir});
    assert.equal(answer.code, 0, answer.stderr);
    const events = answer.stdout.trim().split('\n').map((text) => JSON.parse(text));
    assert.deepEqual(events.map((event) => event.context.path), numbers(1, 2));
    assert.deepEqual(readdirSync(s.dir).sort(), ['log', 'weir.yaml']);
});
