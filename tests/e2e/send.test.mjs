// SPDX-License-Identifier: Apache-2.0
//
// `weir send` against a collector that misbehaves on purpose: what arrives, how often, and what is said.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';

import {until} from './lib/weir.mjs';

const weir = process.env.WEIR ?? 'build/weir';
const key = 'a-key-of-sixteen-or-more';

// A collector that knows ids. `answer` may take a request over: it gets (request number, response, events).
async function collector(answer = () => false) {
    const requests = [];
    const ids = new Set();
    let connections = 0;
    const server = createServer((request, response) => {
        const pieces = [];
        request.on('data', (piece) => pieces.push(piece));
        request.on('end', () => {
            const gzip = request.headers['content-encoding'] === 'gzip';
            const body = gzip ? gunzipSync(Buffer.concat(pieces)) : Buffer.concat(pieces);
            const lines = body.toString().split('\n');
            const said = {method: request.method, url: request.url, headers: request.headers, body: body.toString()};
            requests.push(said);
            if (answer(requests.length, response, lines, said)) return;
            respond(response, verdicts(lines, ids));
        });
    });
    server.keepAliveTimeout = 0; // no connection ends because somebody had to wait for the processor
    server.on('connection', () => connections++);
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const {port} = server.address();
    return {
        url: `http://127.0.0.1:${port}`,
        requests,
        ids,
        connections: () => connections,
        close: () => new Promise((done) => {
            server.close(done);
            server.closeAllConnections?.();
        }),
    };
}

function respond(response, [status, body], headers = {}) {
    response.writeHead(status, {'Content-Type': 'application/json', ...headers});
    response.end(JSON.stringify(body));
}

function verdicts(lines, ids) {
    const events = lines.map((line, position) => {
        const event = JSON.parse(line);
        if (event.name === 'wrong')
            return {id: event.id, verdict: 'quarantined',
                errors: [{code: 'wrong_type', path: '/properties/seats', expected: 'integer', message: 'Not so.'}]};
        if (ids.has(event.id)) return {id: event.id, verdict: 'duplicate', position};
        ids.add(event.id);
        return {id: event.id, verdict: 'accepted', position};
    });
    const wrong = events.filter((e) => e.verdict === 'quarantined').length;
    return [wrong === 0 ? 200 : wrong === events.length ? 422 : 207, {received: events.length, events}];
}

function send(args, input = '') {
    return new Promise((done, fail) => {
        const child = spawn(weir, ['send', ...args]);
        let stderr = '';
        let stdout = '';
        child.stderr.on('data', (text) => (stderr += text));
        child.stdout.on('data', (text) => (stdout += text));
        child.on('error', fail);
        child.on('close', (code) => done({code, stderr, stdout, child}));
        child.stdin.on('error', () => {});
        if (typeof input === 'string') child.stdin.end(input);
        else input(child);
    });
}

const lines = (count, more = {}) => Array.from({length: count}, (_, i) => JSON.stringify({name: 'x', n: i, ...more})).join('\n') + '\n';

test('events without an id get one each, in batches, over one connection', async () => {
    const c = await collector();
    const {code, stderr} = await send(['--url', c.url, '--key', key, '--batch', '100', '-'], lines(250));
    await c.close();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /250 events in .*: 250 accepted, 0 duplicate, 0 quarantined, 0 refused/);
    assert.equal(c.requests.length, 3);
    assert.equal(c.connections(), 1);
    assert.equal(c.ids.size, 250);
    assert.equal(c.requests[0].headers.authorization, `Bearer ${key}`);
    assert.equal(c.requests[0].headers['content-type'], 'application/x-ndjson');
    assert.equal(c.requests[0].url, '/v1/events');
    for (const id of c.ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('an id of the caller stays, blank lines and a missing last newline are fine', async () => {
    const c = await collector();
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    const {code} = await send(['--url', `${c.url}/`, '--key', key, '-'], `\n{"id":"${id}","name":"x"}\r\n\n  {}`);
    await c.close();
    assert.equal(code, 0);
    assert.equal(c.ids.size, 2);
    assert.ok(c.ids.has(id));
});

test('a lost answer is asked for again with the same ids, and counted once', async () => {
    const c = await collector((number, response, body, said) => {
        if (number !== 1) return false;
        for (const line of body) c.ids.add(JSON.parse(line).id); // kept, but the answer gets lost
        response.destroy();
        return true;
    });
    const {code, stderr} = await send(['--url', c.url, '--key', key, '-'], lines(20));
    await c.close();
    assert.equal(code, 0, stderr);
    assert.equal(c.requests.length, 2);
    assert.equal(c.requests[0].body, c.requests[1].body);
    assert.match(stderr, /0 accepted, 20 duplicate/);
    assert.match(stderr, /again in \d/);
});

for (const status of [429, 503, 507])
    test(`${status} is waited out for as long as Retry-After says`, async () => {
        let first;
        const c = await collector((number, response) => {
            if (number !== 1) return false;
            first = Date.now();
            respond(response, [status, {error: {code: 'later', message: 'Later.'}}], {'Retry-After': '1'});
            return true;
        });
        const {code, stderr} = await send(['--url', c.url, '--key', key, '-'], lines(3));
        const waited = Date.now() - first;
        await c.close();
        assert.equal(code, 0, stderr);
        assert.ok(waited >= 1000, `${waited} ms`);
        assert.match(stderr, /3 accepted/);
    });

test('what is quarantined is named by line, and exit code 3 says so', async () => {
    const c = await collector();
    const dir = mkdtempSync(join(tmpdir(), 'weir-send-'));
    const errors = join(dir, 'errors.ndjson');
    const input = '{"name":"x"}\n{"name":"wrong"}\n'.repeat(30);
    const {code, stderr} = await send(['--url', c.url, '--key', key, '--errors', errors, '-'], input);
    await c.close();
    const written = readFileSync(errors, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    rmSync(dir, {recursive: true});
    assert.equal(code, 3);
    assert.match(stderr, /^line 2: quarantined, wrong_type at \/properties\/seats, expected integer$/m);
    assert.equal(stderr.match(/^line \d+:/gm).length, 20);
    assert.match(stderr, /^ +30 +wrong_type$/m);
    assert.equal(written.length, 30);
    assert.equal(written[29].line, 60);
    assert.equal(written[29].code, 'wrong_type');
});

test('a line that is no JSON, no object or too long is refused here, the rest goes on', async () => {
    const c = await collector();
    const input = `{"name":"x"}\n{"name":\n[1]\n{"a":"${'y'.repeat(1100000)}"}\n{"name":"x"}\n${"z".repeat(2000000)}`;
    const {code, stderr} = await send(['--url', c.url, '--key', key, '-'], input);
    await c.close();
    assert.equal(code, 3);
    assert.match(stderr, /^line 2: refused, invalid_json/m);
    assert.match(stderr, /^line 3: refused, not_an_object/m);
    assert.match(stderr, /^line 4: refused, line_too_long/m);
    assert.match(stderr, /^line 6: refused, line_too_long/m);
    assert.match(stderr, /2 accepted, 0 duplicate, 0 quarantined, 4 refused/);
});

test('a line that spoils its batch is taken out by the offset, the rest is sent again', async () => {
    const c = await collector((number, response, body, said) => {
        const at = said.body.indexOf('"twice"');
        if (at < 0) return false;
        respond(response, [400, {error: {code: 'invalid_json', message: 'A key twice.', offset: at}}]);
        return true;
    });
    const input = lines(4) + '{"name":"x","twice":1,"twice":2}\n' + lines(3);
    const {code, stderr} = await send(['--url', c.url, '--key', key, '-'], input);
    await c.close();
    assert.equal(code, 3, stderr);
    assert.match(stderr, /^line 5: refused, invalid_json: A key twice\.$/m);
    assert.match(stderr, /7 accepted, 0 duplicate, 0 quarantined, 1 refused/);
});

test('a body that is too large is halved until it fits', async () => {
    const c = await collector((number, response, body) => {
        if (body.length <= 10) return false;
        respond(response, [413, {error: {code: 'body_too_large', message: 'Fewer.'}}]);
        return true;
    });
    const {code, stderr} = await send(['--url', c.url, '--key', key, '-'], lines(64));
    await c.close();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /64 accepted/);
});

test('a wrong key ends it at once with what the collector says', async () => {
    const c = await collector((number, response) => {
        respond(response, [401, {error: {code: 'unknown_key', message: 'No source has this key.'}}]);
        return true;
    });
    const {code, stderr} = await send(['--url', c.url, '--key', key, '-'], lines(3));
    await c.close();
    assert.equal(code, 1);
    assert.equal(c.requests.length, 1);
    assert.match(stderr, /401, unknown_key: No source has this key\./);
    assert.match(stderr, /3 events got no answer/);
});

test('something else than a collector is told apart', async () => {
    const c = await collector((number, response) => {
        response.end('<html>hello</html>');
        return true;
    });
    const {code, stderr} = await send(['--url', c.url, '--key', key, '-'], lines(1));
    await c.close();
    assert.equal(code, 1);
    assert.match(stderr, /not as a collector does/);
});

test('nobody there: given up after --retry-for, exit code 1', async () => {
    const started = Date.now();
    const {code, stderr} = await send(['--url', 'http://127.0.0.1:9', '--key', key, '--retry-for', '1s', '-'], lines(1));
    assert.equal(code, 1);
    assert.ok(Date.now() - started < 20000);
    assert.match(stderr, /given up after \d+ attempts/);
});

test('compressed bodies arrive as they were', async () => {
    const c = await collector();
    const {code, stderr} = await send(['--url', c.url, '--key', key, '--gzip', '-'], lines(500));
    await c.close();
    assert.equal(code, 0, stderr);
    assert.equal(c.requests[0].headers['content-encoding'], 'gzip');
    assert.equal(c.ids.size, 500);
});

test('a slow pipe is not held back until a batch is full', async () => {
    const c = await collector();
    const {code} = await send(['--url', c.url, '--key', key, '-'], async (child) => {
        child.stdin.write('{"name":"x"}\n');
        await until('the first one', () => c.requests.length);
        child.stdin.end('{"name":"x"}\n');
    });
    await c.close();
    assert.equal(code, 0);
    assert.equal(c.requests.length, 2);
});

test('Ctrl-C ends it with a sum, even while it waits', async () => {
    const c = await collector((number, response) => {
        respond(response, [503, {error: {code: 'closing', message: 'Later.'}}], {'Retry-After': '60'});
        return true;
    });
    const {code, stderr} = await send(['--url', c.url, '--key', key, '-'], async (child) => {
        child.stdin.end('{"name":"x"}\n');
        await until('a request', () => c.requests.length);
        child.kill('SIGINT');
    });
    await c.close();
    assert.equal(code, 1);
    assert.match(stderr, /1 events got no answer/);
});

test('the key may come from a file or the environment, and settings name source and address', async () => {
    const c = await collector();
    const dir = mkdtempSync(join(tmpdir(), 'weir-send-'));
    const port = new URL(c.url).port;
    writeFileSync(join(dir, 'k'), `${key}\n`);
    writeFileSync(join(dir, 'events'), lines(2));
    writeFileSync(join(dir, 'weir.yaml'), `collector: {listen: "127.0.0.1:${port}"}\nsources:\n` +
        '  - {name: one, kind: server, key: file:k}\n' +
        '  - {name: two, kind: server, key: another-key-of-sixteen}\n' +
        '  - {name: page, kind: browser, key: web_1, origins: ["https://www.example.org"], events: [x]}\n');
    process.env.WEIR_TEST_KEY = key;
    const config = ['--config', join(dir, 'weir.yaml')];
    const results = [
        await send(['--url', c.url, '--key', `file:${join(dir, 'k')}`, join(dir, 'events')]),
        await send(['--url', c.url, '--key', 'env:WEIR_TEST_KEY', join(dir, 'events')]),
        await send([...config, '--source', 'one', join(dir, 'events')]),
    ];
    const misused = [
        await send([...config, join(dir, 'events')]),
        await send([...config, '--source', 'three', join(dir, 'events')]),
        await send([...config, '--source', 'page', join(dir, 'events')]),
        await send(['--url', c.url, join(dir, 'events')]),
        await send(['--url', c.url, '--key', 'env:WEIR_TEST_NO_KEY', join(dir, 'events')]),
        await send(['--url', c.url, '--key', key, '--batch', '0', join(dir, 'events')]),
        await send(['--url', c.url, '--key', key]),
    ];
    const missing = await send(['--url', c.url, '--key', key, join(dir, 'nothing')]);
    await c.close();
    rmSync(dir, {recursive: true});
    assert.deepEqual(results.map((r) => r.code), [0, 0, 0], results.map((r) => r.stderr).join(''));
    assert.ok(c.requests.every((r) => r.headers.authorization === `Bearer ${key}`));
    assert.deepEqual(misused.map((r) => r.code), [2, 2, 2, 2, 2, 2, 2], misused.map((r) => r.stderr).join(''));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /No such file/);
});

test('text of an answer cannot steer the terminal', async () => {
    const c = await collector((number, response, body) => {
        respond(response, [422, {events: body.map(() => ({verdict: 'quarantined',
            errors: [{code: 'bad\u001b[31m', path: '/x', expected: 'y\u009b1m'}]}))}]);
        return true;
    });
    const {code, stderr} = await send(['--url', c.url, '--key', key, '-'], lines(1));
    await c.close();
    assert.equal(code, 3);
    assert.doesNotMatch(stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
