// SPDX-License-Identifier: Apache-2.0
//
// Questions that eat memory, never end or are not wanted any more do not disturb loading: what is posted shows in the
// store as before, the engine lives, and each gets a clear answer. Prints how long an event took to show, before and with them.
// On the build as shipped alone: most of the work is DuckDB's; the code around it has its unit tests.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {goodEvent, makeFolder, post, sleep, startWeir, until} from './lib/weir.mjs';

const engineReady = /console on (\S+):(\d+)/;

async function startBoth(t) {
    const dir = makeFolder(t, {settings: (s) => ({...s, store: {memory: '512MiB'}})});
    const collector = await startWeir(t, {dir});
    const engine = await startWeir(t, {dir, command: 'engine', ready: engineReady});
    engine.token = readFileSync(join(dir, 'data/console.token'), 'utf8').trim();
    return {dir, collector, engine};
}

function headers(engine) {
    return {'authorization': `Bearer ${engine.token}`, 'content-type': 'application/json'};
}

async function ask(engine, sql, more = {}) {
    const answer = await fetch(`${engine.url}/api/query`,
        {method: 'POST', headers: headers(engine), body: JSON.stringify({sql, format: 'csv', ...more})});
    return {status: answer.status, text: await answer.text()};
}

async function status(engine) {
    return (await fetch(`${engine.url}/api/status`, {headers: headers(engine)})).json();
}

// Posts one event after another for so long; how many milliseconds each took to be in the store, sorted.
async function lags({collector, engine}, ms) {
    const found = [];
    for (const ends = Date.now() + ms; Date.now() < ends;) {
        const {body} = await post(collector, goodEvent());
        const began = Date.now(), position = body.events[0].position;
        for (let sinks; !(sinks?.[0].position >= position); await sleep(10)) {
            ({sinks} = await status(engine));
            assert.ok(Date.now() - began < 60000, `not in the store after a minute: ${JSON.stringify(sinks)}`);
        }
        found.push(Date.now() - began);
    }
    return found.sort((a, b) => a - b);
}

const hostile = [
    // a join that makes ever more groups
    'SELECT count(DISTINCT a.range * b.range) FROM range(100000) a, range(100000) b',
    'WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT max(x) FROM t',
    'SELECT a.range, b.range FROM range(10000000) a, range(10000000) b ORDER BY 2 DESC, 1',
    'SELECT count(*) FROM range(1000000000000)',
    // text that doubles
    "WITH RECURSIVE t(s) AS (SELECT 'xxxxxxxxxx' UNION ALL SELECT s || s FROM t WHERE length(s) < 3000000000) SELECT max(length(s)) FROM t",
    "SELECT string_agg(repeat('x', 1000000), '') FROM range(100000)",
];

// Each ended the engine when it could be asked, or would: by its memory, its time or what it falls over.
const deadly = [
    [422, "SELECT length(list_resize([1], 4000000000))"],
    [422, 'SELECT length(range(4000000000))'],
    [422, "SELECT levenshtein(repeat('ab', 2000000), repeat('ba', 2000000))"],
    [422, "SELECT max(damerau_levenshtein(repeat('ab' || i, 500), repeat('ba', 1000))) FROM range(2000000) t(i)"],
    [422, "SELECT max(repeat('a', 1000000) LIKE '%' || repeat('a', 10000) || i) FROM range(2000000) t(i)"],
    [200, "SELECT repeat('a', 300) ILIKE '%a%a%a%a%a%a%a%a%a%a%a%a%b'"],
    [403, "SELECT 'a' GLOB '*a*b'"],
    [403, "SELECT json_contains((repeat('[', 100000) || repeat(']', 100000))::JSON, repeat('[', 99999) || repeat(']', 99999))"],
    [400, "SELECT jaro_similarity(repeat('ab', 500000), repeat('ba', 500000))"],
];

describe('questions', {concurrency: true, timeout: 400000}, () => {
    test('loading goes on beside questions that eat memory and time', async (t) => {
        const both = await startBoth(t);
        const before = await lags(both, 1500);
        const answers = [];
        let asking = true;
        const asked = Promise.all([0, 1, 2, 3].map(async (k) => {
            for (let i = k; asking; i++)
                answers.push(await ask(both.engine, hostile[i % hostile.length], {timeout_ms: 1200}));
        }));
        const during = await lags(both, 4000);
        asking = false;
        await asked;

        const at = (list, part) => list[Math.min(list.length - 1, Math.floor(part * list.length))];
        t.diagnostic(`an event shows after ${at(before, 0.5)} ms (p99 ${at(before, 0.99)}), beside hostile questions after ` +
            `${at(during, 0.5)} ms (p99 ${at(during, 0.99)}); ${answers.length} questions`);
        assert.ok(at(during, 0.99) < 40000, `p99 is ${at(during, 0.99)} ms`); // of one machine's own: half a second
        for (const {status: code, text} of answers) {
            assert.ok([422, 503, 507].includes(code), `${code}: ${text}`);
            assert.match(text, /stopped|[Mm]emory|max_temp_directory_size|running; ask again/);
        }
        // Memory is the questions' and the loading's: an attempt may fail for want of it, and is made again.
        const {sinks} = await until('that loading does not fail', async () => {
            const all = await status(both.engine);
            return !all.sinks[0].failing && all;
        });
        assert.ok(sinks[0].errors <= 5, JSON.stringify(sinks[0]));
        assert.equal(sinks[0].rejected, 0);
        assert.deepEqual((await ask(both.engine, 'SELECT count(*) FROM events')).text.split('\r\n').length > 1, true);
    });

    test('a question whose client is gone ends', async (t) => {
        const {engine} = await startBoth(t);
        const body = JSON.stringify({sql: 'SELECT count(*) FROM range(1000000000000)'});
        const socket = connect({port: engine.port, host: engine.host});
        socket.write(`POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n` +
            Object.entries(headers(engine)).map(([key, value]) => `${key}: ${value}\r\n`).join('') + `\r\n${body}`);
        while ((await status(engine)).questions_running === 0)
            await sleep(20);
        socket.destroy();
        const began = Date.now();
        while ((await status(engine)).questions_running > 0) {
            assert.ok(Date.now() - began < 40000, 'it still runs');
            await sleep(20);
        }
        t.diagnostic(`ended ${Date.now() - began} ms after its client`);
    });

    test('a question that nothing stops ends with the engine, and costs nothing', async (t) => {
        const both = await startBoth(t);
        const lost = ask(both.engine, "SELECT levenshtein(repeat('ab', 200000), repeat('ba', 200000))", {timeout_ms: 5000})
            .catch((error) => error);
        assert.equal((await post(both.collector, [goodEvent(), goodEvent()])).status, 200);
        assert.equal((await both.engine.exited).code, 75);
        assert.match(both.engine.stderr(), /a question goes on long after it was told to end/);
        await lost;
        const again = await startWeir(t, {dir: both.dir, command: 'engine', ready: engineReady});
        again.token = both.engine.token;
        while ((await status(again)).sinks[0].position < 2)
            await sleep(20);
        assert.match((await ask(again, 'SELECT count(*) AS n, count(DISTINCT position) AS d FROM events')).text, /2,2/);
    });
});

// After the others, whose loading needs what these would take of the machine.
describe('questions that would end the engine', {timeout: 400000}, () => {
    test('who may only read does not end the engine', async (t) => {
        const dir = makeFolder(t, {settings: (s) => ({...s, store: {memory: '512MiB'},
            console: {...s.console, tokens: [{name: 'reader', key: 'only-reads-0123456789', rights: ['read']}]}})});
        const engine = await startWeir(t, {dir, command: 'engine', ready: engineReady});
        engine.token = 'only-reads-0123456789';
        let ended = null;
        engine.exited.then((how) => ended = how);
        for (const [code, sql] of deadly) {
            const {status: answered, text} = await ask(engine, sql, code === 422 ? {timeout_ms: 300} : {});
            assert.equal(answered, code, `${sql}: ${text}`);
            assert.equal((await ask(engine, 'SELECT 1 AS n')).text, 'n\r\n1\r\n');
        }
        assert.equal(ended, null);
    });
});
