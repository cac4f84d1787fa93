// SPDX-License-Identifier: Apache-2.0
//
// The collector's HTTP interface: verdicts, statuses, keys, origins, bodies, what is counted.
// Also on the build as shipped: it is the interface that clients see.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import zlib from 'node:zlib';

import {browserKey, goodEvent, makeFolder, metrics, origin, post, serverKey, shellFirst, startWeir, untilAfter} from './lib/weir.mjs';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const wrong = (more = {}) => goodEvent({properties: {project_id: 'p-1', seats: 'planted-value'}, ...more});

function expectError(answer, status, code) {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.equal(answer.body.error.code, code);
    assert.ok(answer.body.error.message.length > 20, 'says what to do');
}

describe('events', () => {
    const all = untilAfter(after);
    let weir;
    before(async () => {
        weir = await startWeir(all);
    });

    test('one event is accepted, with its id and position', async () => {
        const id = '0190a5f0-7a6b-7c3d-8e2f-102030405060';
        const answer = await post(weir, goodEvent({id}));

        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), 'application/json');
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
        assert.equal(answer.headers.get('server'), null);
        const {events, ...sums} = answer.body;
        assert.deepEqual(sums, {received: 1, accepted: 1, duplicate: 0, quarantined: 0, refused: 0});
        assert.equal(events[0].id, id);
        assert.equal(events[0].verdict, 'accepted');
        assert.ok(events[0].position > 0);
    });

    test('an event without id gets one, and positions grow', async () => {
        const {body} = await post(weir, [goodEvent(), goodEvent()]);

        assert.equal(body.accepted, 2);
        assert.match(body.events[0].id, uuid);
        assert.notEqual(body.events[0].id, body.events[1].id);
        assert.equal(body.events[1].position, body.events[0].position + 1);
    });

    test('the same id again is a duplicate with the first position', async () => {
        const id = '0190a5f0-7a6b-7c3d-8e2f-aaaaaaaaaaaa';
        const first = await post(weir, goodEvent({id}));
        const again = await post(weir, [goodEvent({id}), goodEvent({id})]);

        assert.equal(again.status, 200);
        assert.equal(again.body.duplicate, 2);
        assert.deepEqual(again.body.events.map((e) => e.verdict), ['duplicate', 'duplicate']);
        assert.equal(again.body.events[0].position, first.body.events[0].position);
    });

    test('NDJSON is a line an event', async () => {
        for (const type of ['application/x-ndjson', 'application/ndjson; charset=utf-8']) {
            const lines = `${JSON.stringify(goodEvent())}\n\n${JSON.stringify(goodEvent())}\n`;
            const {status, body} = await post(weir, lines, {headers: {'content-type': type}});

            assert.equal(status, 200);
            assert.equal(body.accepted, 2);
        }
    });

    for (const type of ['text/plain;charset=UTF-8', 'application/x-www-form-urlencoded'])
        test(`a body sent as ${type} is JSON, or lines of it`, async () => {
        const headers = {'content-type': type};
        const one = await post(weir, JSON.stringify(goodEvent(), null, 2), {headers});
        const list = await post(weir, JSON.stringify([goodEvent(), goodEvent()]), {headers});
        const lines = await post(weir, `\n${JSON.stringify(goodEvent())} \r\n ${JSON.stringify(goodEvent())}`, {headers});

        assert.deepEqual([one.body.accepted, list.body.accepted, lines.body.accepted], [1, 2, 2]);
    });

    test('a body without a type is JSON', async () => {
        const {status} = await post(weir, new TextEncoder().encode(JSON.stringify(goodEvent())),
            {headers: {'content-type': ''}});

        assert.equal(status, 200);
    });

    test('gzip bodies are inflated', async () => {
        const bytes = zlib.gzipSync(JSON.stringify(Array.from({length: 500}, () => goodEvent())));
        const {status, body} = await post(weir, bytes, {headers: {'content-encoding': 'gzip'}});

        assert.equal(status, 200);
        assert.equal(body.accepted, 500);
    });

    test('identical requests in a row keep their own answers', async () => {
        const answers = await Promise.all(Array.from({length: 200}, () => post(weir, goodEvent())));
        const positions = new Set(answers.map((a) => a.body.events[0].position));

        assert.ok(answers.every((a) => a.status === 200));
        assert.equal(positions.size, 200);
    });

    test('no events at all are no error', async () => {
        const {status, body} = await post(weir, []);

        assert.equal(status, 200);
        assert.deepEqual(body, {received: 0, accepted: 0, duplicate: 0, quarantined: 0, refused: 0, events: []});
    });

    test('a wrong type is 422 with pointer and expectation, and no value', async () => {
        const answer = await post(weir, wrong());
        const [event] = answer.body.events;

        assert.equal(answer.status, 422);
        assert.equal(event.verdict, 'quarantined');
        assert.ok(event.position > 0);
        assert.equal(event.errors[0].code, 'wrong_type');
        assert.equal(event.errors[0].path, '/properties/seats');
        assert.equal(event.errors[0].expected, 'integer');
        assert.ok(event.errors[0].message);
        assert.ok(!JSON.stringify(answer.body).includes('planted-value'));
    });

    test('good and bad together are 207', async () => {
        const {status, body} = await post(weir, [goodEvent(), wrong()]);

        assert.equal(status, 207);
        assert.deepEqual([body.accepted, body.quarantined], [1, 1]);
        assert.equal(body.events[0].errors, undefined);
    });

    test('a quarantined event sent again keeps its verdict and first position', async () => {
        const id = '0190a5f0-7a6b-7c3d-8e2f-bbbbbbbbbbbb';
        const first = await post(weir, wrong({id}));
        const again = await post(weir, wrong({id}));

        assert.equal(again.status, 422);
        assert.equal(again.body.events[0].verdict, 'quarantined');
        assert.equal(again.body.events[0].position, first.body.events[0].position);
    });

    test('JSON that breaks fails the body as a whole, with the offset', async () => {
        const text = `[${JSON.stringify(goodEvent())}, {"name": nope}]`;
        const answer = await post(weir, text);

        expectError({...answer, body: {error: {...answer.body.error}}}, 400, 'invalid_json');
        assert.ok(answer.body.error.offset >= text.indexOf('nope') - 1 && answer.body.error.offset <= text.length);
    });

    for (const [what, text] of [
        ['two equal keys', '{"name":"page.viewed","name":"page.viewed"}'],
        ['nesting over 32', `{"name":"page.viewed","properties":{"a":${'['.repeat(40)}${']'.repeat(40)}}}`],
        ['100,000 brackets', '['.repeat(100000)],
        ['a raw NUL', '{"name":"page.\0viewed"}'],
        ['bytes behind the end', '{"name":"page.viewed"} x'],
    ])
        test(`${what} is invalid_json`, async () => {
            const {status, body} = await post(weir, text);

            assert.equal(status, 400, JSON.stringify(body));
            assert.equal(body.error.code, 'invalid_json');
            assert.equal(typeof body.error.offset, 'number');
        });

    test('bad UTF-8 is invalid_json', async () => {
        for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
            const text = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(bytes), Buffer.from('"}')]);
            expectError(await post(weir, text), 400, 'invalid_json');
        }
    });

    test('an empty body says so', async () => {
        expectError(await post(weir, ''), 400, 'empty_body');
    });

    test('other types and encodings are 415', async () => {
        expectError(await post(weir, '<a/>', {headers: {'content-type': 'text/xml'}}), 415, 'unsupported_type');
        for (const encoding of ['br', 'gzip, gzip', 'deflate'])
            expectError(await post(weir, '{}', {headers: {'content-encoding': encoding}}), 415, 'unsupported_encoding');
    });

    test('a stream that is broken, cut or doubled is 400', async () => {
        const gzip = zlib.gzipSync(JSON.stringify(goodEvent()));
        const headers = {'content-encoding': 'gzip'};

        for (const bytes of [Buffer.from('no gzip at all'), gzip.subarray(0, gzip.length - 5), Buffer.concat([gzip, gzip])])
            expectError(await post(weir, bytes, {headers}), 400, 'broken_encoding');
    });

    test('a bomb ends at the cap, and memory stays where it was', async () => {
        const bomb = zlib.gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '), {level: 9});
        const answers = await Promise.all(Array.from({length: 20}, () =>
            post(weir, bomb, {headers: {'content-encoding': 'gzip'}})));

        for (const answer of answers)
            assert.ok([413, 503].includes(answer.status), String(answer.status));
        assert.ok(answers.some((a) => a.body.error.code === 'inflated_too_large'));
        const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${weir.pid}/status`, 'utf8'))[1]);
        assert.ok(process.env.WEIR?.includes('asan') || rss < 200 * 1024, `${rss} kB`);
    });

    test('more events than one request may have is 413, and none is kept', async () => {
        const before = await metrics(weir);
        const lines = '{"name":"page.viewed"}\n'.repeat(10001);
        expectError(await post(weir, lines, {headers: {'content-type': 'application/x-ndjson'}}), 413, 'too_many_events');
        const after = await metrics(weir);
        assert.equal(after.weir_journal_records_total, before.weir_journal_records_total);
    });

    test('keys: none, wrong, in the query', async () => {
        const missing = await post(weir, goodEvent(), {key: null});
        expectError(missing, 401, 'missing_key');
        assert.equal(missing.headers.get('www-authenticate'), 'Bearer');
        expectError(await post(weir, goodEvent(), {key: 'not-a-key-of-this-server'}), 401, 'unknown_key');
        expectError(await post(weir, goodEvent(), {key: null, headers: {authorization: 'Basic YTpi'}}), 401, 'missing_key');
        assert.equal((await post(weir, goodEvent(), {key: null, path: `/v1/events?key=${serverKey}`})).status, 200);
    });

    test('paths and methods', async () => {
        expectError(await post(weir, goodEvent(), {path: '/v1/event'}), 404, 'not_found');
        for (const path of ['/v1/flows', '/agent.jsx', '/', '/v1/events/'])
            assert.equal((await fetch(weir.url + path)).status, 404, path);
        const got = await fetch(`${weir.url}/v1/events`);
        assert.equal(got.status, 405);
        assert.equal(got.headers.get('allow'), 'POST, OPTIONS');
        const posted = await fetch(`${weir.url}/healthz`, {method: 'POST', body: '{}'});
        assert.equal(posted.status, 405);
        assert.equal(posted.headers.get('allow'), 'GET, HEAD');
    });

    test('health', async () => {
        const answer = await fetch(`${weir.url}/healthz`);

        assert.equal(answer.status, 200);
        assert.equal((await answer.json()).status, 'ok');
        assert.equal((await fetch(`${weir.url}/healthz`, {method: 'HEAD'})).status, 200);
    });

    test('metrics keep the law: received = accepted + duplicate + quarantined + refused', async () => {
        const m = await metrics(weir);

        for (const source of ['backend', 'website']) {
            const of = (what) => m[`weir_events_${what}_total{source="${source}"}`];
            assert.equal(of('received'), of('accepted') + of('duplicate') + of('quarantined') + of('refused'));
            const reasons = Object.keys(m).filter((k) => k.startsWith(`weir_refusals_total{source="${source}"`));
            assert.equal(of('refused'), reasons.reduce((sum, k) => sum + m[k], 0));
        }
        assert.ok(m['weir_events_accepted_total{source="backend"}'] > 700);
        assert.equal(m['weir_http_answer_seconds_bucket{le="+Inf"}'], m.weir_http_answer_seconds_count);
        assert.ok(m['weir_http_answers_total{status="422"}'] >= 3);
        assert.ok(m['weir_refusals_total{source="(unknown)",reason="missing_key"}'] >= 2);
        assert.ok(m.process_resident_memory_bytes > 1e6);
    });

    test('metrics are for the machine itself, not for what a proxy passes on', async () => {
        for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip']) {
            const answer = await fetch(`${weir.url}/metrics`, {headers: {[header]: '127.0.0.1'}});
            assert.equal(answer.status, 403, header);
        }
    });

    test('nothing that was refused or dropped is in the log or on disk', async () => {
        await post(weir, goodEvent({properties: {project_id: 'p', note: 'planted-note', seats: 1}}));
        await weir.stop();
        for (const file of readdirSync(join(weir.dir, 'data/journal'))) {
            const bytes = readFileSync(join(weir.dir, 'data/journal', file));
            assert.ok(!bytes.includes('planted-note'), file);
        }
        assert.ok(!weir.stderr().includes('planted'));
    });
});

describe('browsers', () => {
    const all = untilAfter(after);
    let weir;
    const page = {name: 'page.viewed'};
    const preflight = (headers, path = '/v1/events') => fetch(weir.url + path, {method: 'OPTIONS', headers});

    before(async () => {
        weir = await startWeir(all);
    });

    test('a listed origin may send, and read the answer', async () => {
        const answer = await post(weir, page, {key: browserKey, headers: {origin}});

        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('access-control-allow-origin'), origin);
        assert.equal(answer.headers.get('vary'), 'Origin');
        assert.equal(answer.headers.get('access-control-allow-credentials'), null);
    });

    test('a beacon with its key in the query may, too', async () => {
        const answer = await post(weir, JSON.stringify(page), {key: null, path: `/v1/events?key=${browserKey}`,
            headers: {origin, 'content-type': 'text/plain'}});

        assert.equal(answer.status, 200);
    });

    for (const other of ['null', 'https://www.example.org.evil.test', 'https://evilwww.example.org',
        'http://www.example.org', 'https://www.example.org:8443', 'https://WWW.example.org',
        'https://www.example.org/', 'https://example.org', '*', 'https://www.example.org, https://evil.test'])
        test(`origin ${other} is refused and not named`, async () => {
            const answer = await post(weir, page, {key: browserKey, headers: {origin: other}});

            expectError(answer, 403, 'origin_not_allowed');
            assert.equal(answer.headers.get('access-control-allow-origin'), null);
            const asked = await preflight({origin: other, 'access-control-request-method': 'POST'});
            assert.equal(asked.status, 403);
            assert.equal(asked.headers.get('access-control-allow-origin'), null);
            await asked.text();
        });

    test('a browser key without an origin is refused', async () => {
        expectError(await post(weir, page, {key: browserKey}), 403, 'missing_origin');
    });

    test('a server key from a page gets no CORS fields', async () => {
        const answer = await post(weir, goodEvent(), {headers: {origin}});

        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
    });

    test('a preflight is answered with what is needed', async () => {
        for (const path of ['/v1/events', `/v1/events?key=${browserKey}`]) {
            const answer = await preflight({origin, 'access-control-request-method': 'POST',
                'access-control-request-headers': 'authorization,content-type'}, path);

            assert.equal(answer.status, 204);
            assert.equal(answer.headers.get('access-control-allow-origin'), origin);
            assert.equal(answer.headers.get('access-control-allow-methods'), 'POST');
            assert.match(answer.headers.get('access-control-allow-headers'), /Authorization/);
            assert.ok(Number(answer.headers.get('access-control-max-age')) > 0);
            assert.equal(answer.headers.get('vary'), 'Origin');
        }
    });

    test('a preflight with a server\'s or a wrong key is refused', async () => {
        for (const key of [serverKey, 'none'])
            assert.equal((await preflight({origin}, `/v1/events?key=${key}`)).status, 403);
    });

    test('an event that the source may not send is 403, refused and not kept', async () => {
        const answer = await post(weir, goodEvent(), {key: browserKey, headers: {origin}});

        assert.equal(answer.status, 403);
        assert.equal(answer.headers.get('access-control-allow-origin'), origin);
        assert.deepEqual([answer.body.received, answer.body.refused], [1, 1]);
        assert.equal(answer.body.events[0].verdict, 'refused');
        assert.equal(answer.body.events[0].position, undefined);
        assert.equal(answer.body.events[0].errors[0].code, 'event_not_allowed');
    });

    test('allowed and refused together are 207', async () => {
        const {status, body} = await post(weir, [goodEvent(), page], {key: browserKey, headers: {origin}});

        assert.equal(status, 207);
        assert.deepEqual([body.accepted, body.refused], [1, 1]);
        const m = await metrics(weir);
        assert.ok(m['weir_refusals_total{source="website",reason="event_not_allowed"}'] >= 2);
    });

    test('an error of the body can be read by the page', async () => {
        const answer = await post(weir, '{', {key: browserKey, headers: {origin}});

        expectError(answer, 400, 'invalid_json');
        assert.equal(answer.headers.get('access-control-allow-origin'), origin);
    });
    test('stops', async () => {
        assert.deepEqual(await weir.stop(), {code: 0, signal: null});
    });
});

test('a rate is held, with the time to wait', async (t) => {
    const weir = await startWeir(t, {settings: (s) => {
        s.sources[0].rate = '5/m'; // no more come by while these are sent, however slowly
    }});
    const answers = [];

    for (let i = 0; i < 150; i++) // over the burst that is allowed
        answers.push(await post(weir, goodEvent()));
    const late = answers.filter((a) => a.status === 429);
    assert.ok(late.length > 0);
    expectError(late[0], 429, 'rate_limited');
    assert.ok(Number(late[0].headers.get('retry-after')) >= 1);
    const m = await metrics(weir);
    assert.equal(m['weir_refusals_total{source="backend",reason="rate_limited"}'], late.length);
    assert.equal(m['weir_events_received_total{source="backend"}'], 150);
});

test('a second collector on the same address is an error', async (t) => {
    const first = await startWeir(t);

    await assert.rejects(startWeir(t, {settings: (s) => {
        s.collector.listen = `127.0.0.1:${first.port}`;
    }}), /in use/);
});

test('SIGTERM answers what waits and ends with 0', async (t) => {
    const weir = await startWeir(t);
    const answers = Promise.allSettled(Array.from({length: 100}, () => post(weir, goodEvent())));

    await new Promise((next) => setTimeout(next, 30));
    assert.deepEqual(await weir.stop(), {code: 0, signal: null});
    for (const {status, value} of await answers)
        assert.ok(status === 'rejected' || value.status === 200);
});

test('what was accepted is there after kill -9', async (t) => {
    const weir = await startWeir(t);
    const id = '0190a5f0-7a6b-7c3d-8e2f-cccccccccccc';
    const first = await post(weir, goodEvent({id}));

    await weir.stop('SIGKILL');
    const again = await post(await startWeir(t, {dir: weir.dir}), goodEvent({id}));
    assert.equal(again.body.events[0].verdict, 'duplicate');
    assert.equal(again.body.events[0].position, first.body.events[0].position);
});

// A disk of its own, in a name space of its own.
test('a disk past its mark is 507, and health says so', async (t) => {
    const dir = makeFolder(t, {settings: (s) => {
        s.journal = {segment: '1MiB', reserve: '8MiB'};
    }});
    const wrap = ['unshare', '-rm', ...shellFirst(`mkdir "${dir}/data" && mount -t tmpfs -o size=24m none "${dir}/data"`)];
    let weir, answer;

    if (spawnSync('unshare', ['-rm', 'true']).status !== 0) {
        t.skip('no name spaces here');
        return;
    }
    weir = await startWeir(t, {dir, wrap});
    for (let i = 0; i < 400; i++) {
        answer = await post(weir, Array.from({length: 500}, () => goodEvent()));
        if (answer.status !== 200)
            break;
    }
    expectError(answer, 507, 'disk_full');
    assert.ok(Number(answer.headers.get('retry-after')) >= 1);
    assert.equal((await fetch(`${weir.url}/healthz`)).status, 503);
    const m = await metrics(weir);
    assert.equal(m['weir_refusals_total{source="backend",reason="disk_full"}'], 500);
    assert.equal(m['weir_events_received_total{source="backend"}'], m['weir_events_accepted_total{source="backend"}'] + 500);
});
