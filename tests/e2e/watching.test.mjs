// SPDX-License-Identifier: Apache-2.0
//
// What goes on, as the engine's console tells it: events as they come, questions under way, the ledger, the state of
// both processes.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {goodEvent, makeFolder, metrics, post, runWeir, sleep, startWeir, until, untilAfter} from './lib/weir.mjs';

const reader = 'key-of-one-who-only-reads';
const hiddenCatalogue = `defaults: {owner: team@example.org, naming: resource.action, status: active, kind: activity}
events:
  - name: project.created
    description: A project was set up.
    trigger: When somebody adds a project
    since: 2025-01-01
    properties:
      user_id: {type: string, privacy: pseudonym, description: Who}
      project_id: {type: string, max_length: 8000, required: true, description: Which}
      seats: {type: integer, description: How many}
      salary: {type: string, privacy: hidden, description: For few eyes}
`;

describe('watching', {timeout: 600000}, () => {
    const t = untilAfter(after);
    let dir, collector, engine, bearer;

    const get = async (path, headers = {}) => {
        const answer = await fetch(engine.url + path, {headers: {...bearer, ...headers}});
        return {status: answer.status, body: await answer.json()};
    };

    // A stream, read until it is told to end: its messages as {id, event, data}.
    async function watch(query = '', headers = {}) {
        const ending = new AbortController();
        const answer = await fetch(`${engine.url}/api/live${query}`, {headers: {...bearer, ...headers}, signal: ending.signal});
        const stream = {status: answer.status, type: answer.headers.get('content-type'), messages: [], ended: false};
        const read = async () => {
            let text = '';
            for await (const bytes of answer.body) {
                text += Buffer.from(bytes).toString();
                for (let at; (at = text.indexOf('\n\n')) >= 0; text = text.slice(at + 2)) {
                    const message = Object.fromEntries(text.slice(0, at).split('\n').filter((line) => !line.startsWith(':'))
                        .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]));
                    if (message.data)
                        stream.messages.push({...message, data: JSON.parse(message.data)});
                }
            }
            stream.ended = true;
        };
        stream.reading = read().catch((error) => (stream.error = error));
        stream.events = () => stream.messages.filter((m) => m.event === 'accepted' || m.event === 'quarantined');
        stream.stop = () => ending.abort();
        return stream;
    }

    before(async () => {
        dir = makeFolder(t, {files: {'catalogue/events.yaml': hiddenCatalogue},
            settings: (s) => ({...s, console: {...s.console, tokens: [{name: 'reader', key: reader, rights: ['read']}]}})});
        collector = await startWeir(t, {dir});
        engine = await startWeir(t, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
        bearer = {authorization: `Bearer ${readFileSync(join(dir, 'data/console.token'), 'utf8').trim()}`};
    });

    test('events are streamed as they come, quarantined ones with their faults', async () => {
        const stream = await watch('?last=0'), quarantined = await watch('?last=0&verdict=quarantined');
        assert.equal(stream.status, 200);
        assert.equal(stream.type, 'text/event-stream');
        const began = Date.now();
        const {body} = await post(collector, [goodEvent(), {name: 'no.such', properties: {}}]);
        await until('both', () => stream.events().length === 2 && quarantined.events().length === 1);
        assert.ok(Date.now() - began < 30000, `${Date.now() - began} ms`);
        const [good, bad] = stream.events();
        assert.deepEqual([good.event, bad.event], ['accepted', 'quarantined']);
        assert.equal(good.data.name, 'project.created');
        assert.equal(good.data.properties.seats, 3);
        assert.equal(bad.data.errors[0].code, 'unknown_event');
        assert.deepEqual([good.id, bad.id], body.events.map((e) => `${e.position}`));
        const line = (await runWeir(['tail', '--config', 'weir.yaml', '--once', '--lines', '2', '--hidden'], {cwd: dir})).stdout;
        assert.deepEqual(line.trim().split('\n').map((text) => JSON.parse(text)), [good.data, bad.data]);
        stream.stop();
        quarantined.stop();
    });

    test('a stream goes on where another has ended', async () => {
        const first = await watch('?last=0');
        await post(collector, [goodEvent(), goodEvent()]);
        await until('two', () => first.events().length === 2);
        first.stop();
        await post(collector, [goodEvent(), goodEvent(), goodEvent()]);
        const second = await watch('', {'last-event-id': first.events()[1].id});
        await until('three more', () => second.events().length === 3);
        assert.equal(Number(second.events()[0].id), Number(first.events()[1].id) + 1);
        second.stop();
    });

    test('what a client does not read is left out, and disturbs nobody', async () => {
        const port = Number(new URL(engine.url).port);
        const socket = connect({port, host: '127.0.0.1'}); // takes the headers and then nothing more
        socket.write(`GET /api/live?last=0&rate=200 HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\n\r\n`);
        await new Promise((done) => socket.once('readable', done));
        socket.pause();
        const quick = await watch('?last=0&rate=200');
        const long = 'x'.repeat(8000);
        for (let round = 0; round < 16; round++) {
            const {status} = await post(collector, Array.from({length: 75}, () => goodEvent({properties: {project_id: long, seats: 1}})));
            assert.equal(status, 200);
            await sleep(200);
        }
        const heard = await until('all of them', () => {
            const left = quick.messages.findLast((m) => m.event === 'skipped')?.data.skipped ?? 0;
            return quick.events().length + left === 1200 && {sent: quick.events().length, left};
        });
        assert.ok(heard.sent >= 200, JSON.stringify(heard));
        let text = '';
        socket.on('data', (bytes) => (text += bytes));
        socket.resume();
        await until('that it was slow', () => /"slow":[1-9]/.test(text));
        socket.destroy();
        quick.stop();
    });

    test('who has only the right to read sees no hidden values, and nobody else\'s questions', async () => {
        const reading = {authorization: `Bearer ${reader}`};
        const few = await watch('?last=0', reading), all = await watch('?last=0');
        await post(collector, goodEvent({properties: {project_id: 'p-1', salary: 'a-lot'}}));
        await until('both', () => few.events().length === 1 && all.events().length === 1);
        assert.equal(few.events()[0].data.properties.salary, '(hidden)');
        assert.equal(all.events()[0].data.properties.salary, 'a-lot');
        few.stop();
        all.stop();
        const asked = fetch(`${engine.url}/api/query`, {method: 'POST', body: JSON.stringify({sql: 'SELECT count(*) FROM range(1000000000000)'}),
            headers: {...bearer, 'content-type': 'application/json', 'weir-question': 'not-the-readers'}});
        await until('that it is under way', async () => (await get('/api/questions')).body.questions.some((q) => q.name === 'not-the-readers'));
        assert.deepEqual((await get('/api/questions', reading)).body, {questions: []});
        const stop = (headers) => fetch(`${engine.url}/api/questions/not-the-readers`, {method: 'DELETE', headers});
        assert.equal((await stop(reading)).status, 404);
        assert.equal((await stop(bearer)).status, 200);
        assert.equal((await asked).status, 409);
    });

    test('signing out ends the streams of a session', async () => {
        const password = /with the password (\S+)/.exec(engine.stdout())[1];
        const signIn = await fetch(`${engine.url}/api/session`, {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({password})});
        assert.equal(signIn.status, 200);
        const cookie = signIn.headers.get('set-cookie').split(';')[0];
        const session = await (await fetch(`${engine.url}/api/session`, {headers: {cookie}})).json();
        const stream = await watch('?last=1', {cookie, authorization: ''});
        await until('that it runs', () => stream.events().length === 1);
        const out = await fetch(`${engine.url}/api/session`, {method: 'DELETE', headers: {cookie, 'weir-csrf': session.csrf}});
        assert.equal(out.status, 200);
        await until('its end', () => stream.ended, 30);
    });

    test('places are bounded, and come back', async () => {
        const streams = [];
        await until('sixteen places', async () => { // those of the tests before become free within a second
            const stream = await watch('?last=0');
            return stream.status === 200 && streams.push(stream) === 16;
        });
        const {status, body} = await get('/api/live');
        assert.deepEqual([status, body.error.code], [503, 'busy']);
        streams.forEach((s) => s.stop());
        const again = await until('a place', async () => {
            const stream = await watch('?last=0');
            return stream.status === 200 && stream;
        });
        again.stop();
    });

    test('parameters are checked', async () => {
        for (const query of ['verdict=perhaps', 'last=501', 'rate=0', 'rate=201', 'sample=0', 'sample=x', `name=${'a'.repeat(129)}`])
            assert.equal((await get(`/api/live?${query}`)).status, 400, query);
        assert.equal((await get('/api/live', {'last-event-id': 'x'})).status, 400);
        assert.equal((await fetch(`${engine.url}/api/live`)).status, 401);
    });

    test('a question under way is seen, says how far it is, and can be stopped', async () => {
        const sql = 'SELECT sum(n) FROM (SELECT count(*) AS n FROM events x, events y, events z WHERE hash(x.position, y.position, z.position) % 7 = 1 GROUP BY x.position % 10)';
        const asked = fetch(`${engine.url}/api/query`, {method: 'POST', body: JSON.stringify({sql}),
            headers: {...bearer, 'content-type': 'application/json', 'weir-question': 'the-long-one'}});
        const seen = await until('its progress', async () => {
            const {body} = await get('/api/questions');
            return body.questions.find((q) => q.name === 'the-long-one' && q.progress !== null);
        });
        assert.equal(seen.sql, sql);
        assert.ok(seen.progress >= 0 && seen.progress < 1 && seen.rows_total >= 3000, JSON.stringify(seen));
        assert.equal(seen.limit_ms, 30000);
        const stop = (id) => fetch(`${engine.url}/api/questions/${id}`, {method: 'DELETE', headers: bearer});
        assert.equal((await stop('another-one')).status, 404);
        const began = Date.now();
        assert.equal((await stop('the-long-one')).status, 200);
        const answer = await asked;
        assert.equal(answer.status, 409);
        assert.equal((await answer.json()).error.code, 'stopped');
        assert.ok(Date.now() - began < 30000, `${Date.now() - began} ms`);
        assert.deepEqual((await get('/api/questions')).body, {questions: []});
        assert.equal((await stop('the-long-one')).status, 404);
    });

    test('the ledger is that of the command', async () => {
        const numbers = (rows) => rows.map(({source, received, accepted, quarantined, refused, residue, reasons}) =>
            ({source, received, accepted, quarantined, refused, residue, reasons}));
        await until('everything loaded', async () => (await get('/api/status')).body.sinks[0].pending === 0);
        const {body} = await get('/api/ledger');
        const command = JSON.parse((await runWeir(['ledger', '--config', 'weir.yaml', '--format', 'json'], {cwd: dir})).stdout);
        assert.deepEqual(numbers(body.ledger.rows), numbers(command.rows));
        assert.deepEqual(body.ledger.sinks, command.sinks);
        assert.equal(body.ledger.residue.events, 0);
        assert.equal(body.stands, false);
        const hours = (await get('/api/ledger?by=hour&since=24h')).body.ledger.rows;
        assert.equal(hours.reduce((sum, row) => sum + row.received, 0), command.rows.reduce((sum, row) => sum + row.received, 0));
        assert.match(hours[0].hour, /^\d{4}-\d\d-\d\dT\d\d:00Z$/);
        for (const query of ['by=week', 'since=never'])
            assert.equal((await get(`/api/ledger?${query}`)).status, 400, query);
    });

    test('what never arrived is looked for once a minute, however many ask', async () => {
        const load = async (sequences) => {
            const {body} = await post(collector, sequences.map((sequence) => goodEvent({session: 'with-gaps', context: {sequence}})));
            await until('that they are loaded', async () => (await get('/api/status')).body.sinks[0].position >= body.events.at(-1).position);
        };
        await load([1, 2, 5]);
        const since = new Date(Date.now() - 3600000).toISOString(), path = `/api/ledger?since=${since}`; // a question of its own
        const {body} = await get(path), row = body.ledger.rows.find(({never_arrived}) => never_arrived > 0);
        assert.deepEqual([row?.sessions, row?.never_arrived], [1, 2], JSON.stringify(body.ledger.rows));
        await load([4]);
        const again = (await get(path)).body, sameRow = again.ledger.rows.find(({source}) => source === row.source);
        assert.equal(again.gaps_as_of_us, body.gaps_as_of_us);
        assert.ok(again.as_of_us > body.as_of_us && sameRow.received === row.received + 1);
        assert.equal(sameRow.never_arrived, 2); // as of then
        const now = (await get(`/api/ledger?since=${new Date(Date.now() - 3601000).toISOString()}`)).body;
        assert.equal(now.ledger.rows.find(({source}) => source === row.source).never_arrived, 1);
    });

    test('a collector that hangs holds nobody up', async () => {
        const replay = (name, signal) => fetch(`${engine.url}/api/quarantine/replay`, {method: 'POST', body: '{"where": {}}', signal,
            headers: {...bearer, 'content-type': 'application/json', 'weir-question': name}});
        const named = async (name) => (await get('/api/questions')).body.questions.some((q) => q.name === name);
        process.kill(collector.pid, 'SIGSTOP');
        try {
            const stopped = replay('stopped-by-name');
            await until('that it waits', () => named('stopped-by-name'));
            assert.equal((await fetch(`${engine.url}/api/questions/stopped-by-name`, {method: 'DELETE', headers: bearer})).status, 200);
            const answer = await stopped;
            assert.deepEqual([answer.status, (await answer.json()).error.code], [409, 'stopped']);
            const leaving = new AbortController(), gone = replay('client-goes-away', leaving.signal).catch((error) => error.name);
            await until('that it waits', () => named('client-goes-away'));
            leaving.abort();
            assert.equal(await gone, 'AbortError');
            await until('its end', async () => !await named('client-goes-away'), 30);
        } finally {
            process.kill(collector.pid, 'SIGCONT');
        }
        assert.equal((await replay('one-more-try')).status, 200);
    });

    test('methods that a path does not take are named', async () => {
        const allowed = async (method, path) => {
            const answer = await fetch(engine.url + path, {method, headers: bearer});
            return [answer.status, answer.headers.get('allow')];
        };
        assert.deepEqual(await allowed('POST', '/api/report'), [405, 'GET, HEAD']);
        for (const path of ['/api/settings', '/api/marks', '/api/ledger', '/api/report/overview']) // would cost a question
            for (const method of ['POST', 'HEAD'])
                assert.deepEqual(await allowed(method, path), [405, 'GET']);
        assert.deepEqual(await allowed('GET', '/api/query'), [405, 'POST']);
        assert.deepEqual(await allowed('GET', '/api/questions/some-name'), [405, 'DELETE']);
        assert.deepEqual(await allowed('DELETE', '/api/questions'), [405, 'GET, HEAD']);
        assert.deepEqual(await allowed('PUT', '/api/session'), [405, 'GET, HEAD, POST, DELETE']);
        assert.deepEqual(await allowed('POST', '/api/nothing'), [404, null]);
        assert.deepEqual(await allowed('HEAD', '/healthz'), [200, null]);
        assert.deepEqual(await allowed('HEAD', '/api/live'), [200, null]);
        assert.deepEqual(await allowed('HEAD', '/api/status'), [200, null]);
    });

    test('the first page is answered while as many questions run as may', async () => {
        await post(collector, goodEvent());
        await until('an event', async () => (await get('/api/start')).body.events);
        const names = ['first-of-four', 'second-of-four', 'third-of-four', 'fourth-of-four'];
        const asked = names.map((name) => fetch(engine.url + '/api/query', {method: 'POST',
            headers: {...bearer, 'content-type': 'application/json', 'weir-question': name}, body: JSON.stringify({sql: 'SELECT count(*) FROM range(1000000000000)'})}));
        await until('four questions', async () => (await get('/api/status')).body.questions_running === 4);
        assert.equal((await get('/api/settings')).status, 503);
        assert.equal((await get('/api/start')).status, 200);
        for (const name of names)
            assert.equal((await fetch(`${engine.url}/api/questions/${name}`, {method: 'DELETE', headers: bearer})).status, 200);
        for (const answer of await Promise.all(asked))
            assert.equal(answer.status, 409);
    });

    // Resolves to true once the health has been answered over `socket`, and to false where that is closed.
    const asksHealth = (socket) => new Promise((resolve) => {
        let text = '';
        const read = (piece) => {
            text += piece;
            if (!/^HTTP\/1\.1 200 .*\r\n\r\n\{"status":"ok"\}\n$/s.test(text))
                return;
            socket.off('data', read);
            resolve(true);
        };
        socket.setEncoding('latin1').on('data', read).once('close', () => resolve(false));
        socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost:${engine.port}\r\n\r\n`);
    });

    test('who is connected and asks nothing shuts nobody out', async () => {
        const stream = await watch();
        const page = connect(engine.port, engine.host).on('error', () => {});
        assert.equal(await asksHealth(page), true);
        const silent = Array.from({length: 100}, () => connect(engine.port, engine.host).on('error', () => {}).resume());
        await until('that the first ones are closed', () => silent.slice(0, 60).every((socket) => socket.closed));
        assert.equal(await asksHealth(page), true);
        for (let i = 0; i < 5; i++) {
            const another = connect(engine.port, engine.host).on('error', () => {});
            assert.equal(await asksHealth(another), true);
            another.destroy();
        }
        assert.equal(stream.ended, false);
        for (const socket of silent)
            socket.destroy();
        page.destroy();
        stream.stop();
    });

    test('several pages and parts of them come over one connection', async () => {
        const page = await (await fetch(engine.url + '/overview', {headers: {accept: 'text/html'}})).text();
        const asset = /\/assets\/[^"]+\.js/.exec(page)[0];
        const socket = connect(engine.port, engine.host);
        let text = '';
        socket.setEncoding('latin1').on('data', (piece) => (text += piece));
        for (const [i, path] of ['/overview', asset, '/healthz', asset, '/api/status'].entries()) {
            socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${engine.port}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\nAuthorization: ${bearer.authorization}\r\n\r\n`);
            await until(`the answer to ${path}`, () => text.split('HTTP/1.1 200').length === i + 2);
        }
        socket.destroy();
    });

    test('acknowledgements are timed apart from other answers', async () => {
        const before = await metrics(collector);
        await post(collector, goodEvent());
        await post(collector, '{'); // an answer, but nothing is kept
        const now = await metrics(collector);
        assert.equal(now.weir_acknowledgement_seconds_count - before.weir_acknowledgement_seconds_count, 1);
        assert.ok(now.weir_http_answer_seconds_count - before.weir_http_answer_seconds_count >= 2);
        assert.equal(now['weir_acknowledgement_seconds_bucket{le="+Inf"}'], now.weir_acknowledgement_seconds_count);
    });

    test('the state has the collector, the journal, disk, memory and versions; and says when the collector is down', async () => {
        const {body} = await until('a sample', async () => {
            const answer = await get('/api/status');
            return answer.body.collector?.acknowledged.answers > 0 && answer.body.journal?.first > 0 && answer;
        });
        assert.equal(body.collector.up, true);
        assert.ok(body.collector.acknowledged.p50_ms > 0 && body.collector.acknowledged.p99_ms >= body.collector.acknowledged.p50_ms);
        assert.ok(body.memory_bytes > 1e6 && body.collector.memory_bytes > 1e6 && body.database.memory_bytes > 0);
        assert.ok(body.disk.free_bytes > 0 && body.disk.reserve_bytes === 268435456 && body.journal.bytes > 0);
        assert.match(body.versions.duckdb, /^v\d/);
        assert.equal(body.catalogue.failed, false);
        assert.equal(body.rates.received.length, body.rates.until_us.length);
        await collector.stop();
        const down = await until('that it is down', async () => {
            const answer = await get('/api/status');
            return answer.body.collector.up === false && answer.body;
        });
        assert.ok(down.collector.down_since_us > body.collector.asked_us && down.collector.error);
    });

    test('streams end with the engine, at once', async () => {
        const stream = await watch('?last=0');
        const began = Date.now();
        await engine.stop();
        assert.ok(Date.now() - began < 30000, `${Date.now() - began} ms`);
        await stream.reading;
        assert.ok(stream.ended, String(stream.error));
    });
});
