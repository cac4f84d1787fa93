// SPDX-License-Identifier: Apache-2.0
//
// Who may ask at the console: passwords, sessions and their cookie, tokens and their rights, users of a proxy, other sites.

import assert from 'node:assert/strict';
import {readFileSync, statSync} from 'node:fs';
import {request} from 'node:http';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {makeFolder, runWeir, startWeir} from './lib/weir.mjs';

const ready = /console on (\S+):(\d+)/;
const json = {'content-type': 'application/json'};

async function startEngine(t, dir) {
    const engine = await startWeir(t, {dir, command: 'engine', ready});
    engine.token = readFileSync(join(dir, 'data/console.token'), 'utf8').trim();
    return engine;
}

const passwordOf = (engine) => /sign in at \S+ with the password (\S+)\n/.exec(engine.stdout())?.[1];

// A request as a program makes it: fetch() lets nobody choose Host and Sec-Fetch-Site.
function ask(engine, path, {method = 'GET', headers = {}, body} = {}) {
    return new Promise((done, failed) => {
        const asked = request(engine.url + path, {method, headers: {...body && json, ...headers}}, (answer) => {
            let text = '';
            answer.on('data', (part) => (text += part));
            answer.on('end', () => done({status: answer.statusCode, headers: answer.headers, text,
                code: text.startsWith('{"error"') ? JSON.parse(text).error.code : null}));
        });
        asked.on('error', failed);
        asked.end(body);
    });
}

function signIn(engine, password, headers = {}) {
    return ask(engine, '/api/session', {method: 'POST', body: JSON.stringify({password}), headers});
}

async function session(engine, password) {
    const answer = await signIn(engine, password);
    assert.equal(answer.status, 200, answer.text);
    return {cookie: answer.headers['set-cookie'][0].split(';')[0], ...JSON.parse(answer.text)};
}

const question = {method: 'POST', body: '{"sql":"SELECT 1"}'};

describe('the password', () => {
    test('is printed once, opens, lives over a restart, and is no secret of a log', async (t) => {
        const dir = makeFolder(t);
        let engine = await startEngine(t, dir);
        const password = passwordOf(engine);
        assert.match(password, /^([a-z2-9]{5}-){4}[a-z2-9]{5}$/);
        assert.equal(statSync(join(dir, 'data/console.password')).mode & 0o777, 0o600);
        assert.ok(!engine.stderr().includes(password));
        assert.equal((await ask(engine, '/api/session')).status, 401);
        const {cookie, csrf, ...rest} = await session(engine, password);
        assert.deepEqual({user: rest.user, by: rest.by, rights: rest.rights}, {user: 'admin', by: 'password', rights: ['read', 'hidden', 'admin']});
        assert.equal(statSync(join(dir, 'data/console.sessions')).mode & 0o777, 0o600);
        await engine.stop();

        engine = await startEngine(t, dir);
        assert.equal(passwordOf(engine), undefined);
        assert.equal((await ask(engine, '/api/status', {headers: {cookie}})).status, 200);
        assert.equal((await ask(engine, '/api/session', {headers: {cookie}})).status, 200);

        const set = await runWeir(['password', '--config', join(dir, 'weir.yaml')], {input: 'another password\n'});
        assert.equal(set.code, 0, set.stderr);
        assert.equal((await ask(engine, '/api/status', {headers: {cookie}})).status, 401);
        assert.equal((await signIn(engine, password)).code, 'wrong_password');
        assert.equal((await signIn(engine, 'another password')).status, 200);
        for (const [input, says] of [['short\n', /at least 10/], ['', /needs a line/], ['x'.repeat(1025), /at most 1024 bytes/]]) {
            const wrong = await runWeir(['password', '--config', join(dir, 'weir.yaml')], {input});
            assert.deepEqual([wrong.code, says.test(wrong.stderr)], [1, true], wrong.stderr);
        }
        assert.equal((await signIn(engine, 'another password')).status, 200);
        assert.ok(csrf);
    });

    test('is not tried during a pause, and sessions and tokens go on', async (t) => {
        const engine = await startEngine(t, makeFolder(t)), password = passwordOf(engine);
        const {cookie} = await session(engine, password);
        for (let i = 0; i < 4; i++)
            assert.deepEqual([(await signIn(engine, 'a wrong password')).status], [401]);
        const fifth = await signIn(engine, 'a wrong password');
        assert.deepEqual([fifth.status, fifth.headers['retry-after']], [401, '5']);
        const right = await signIn(engine, password);
        assert.deepEqual([right.status, right.code], [429, 'wait']);
        assert.ok(Number(right.headers['retry-after']) >= 1);
        assert.equal(right.headers['set-cookie'], undefined);
        assert.equal((await ask(engine, '/api/status', {headers: {cookie}})).status, 200);
        const metrics = (await ask(engine, '/metrics', {headers: {authorization: `Bearer ${engine.token}`}})).text;
        assert.match(metrics, /weir_console_sign_ins_total\{result="wrong"\} 5\n/);
        assert.match(metrics, /weir_console_sign_ins_total\{result="too_soon"\} 1\n/);
        assert.match(metrics, /weir_console_locks_total 1\n/);
        assert.equal(engine.stderr().match(/has to wait/g).length, 1);
        assert.ok(!engine.stderr().includes('127.0.0.1'));
    });

    test('comes as JSON of a few bytes, or not at all', async (t) => {
        const engine = await startEngine(t, makeFolder(t));
        const post = (body, headers = {}) => ask(engine, '/api/session', {method: 'POST', body, headers});
        assert.equal((await post('password=x', {'content-type': 'application/x-www-form-urlencoded'})).status, 415);
        for (const body of ['', '[]', '{}', '{"password":1}', 'nonsense'])
            assert.equal((await post(body, json)).status, 400, body);
        assert.equal((await post(JSON.stringify({password: 'x'.repeat(9000)}))).status, 413);
    });
});

test('a session\'s cookie is for this console alone, and changes need its token', async (t) => {
    const engine = await startEngine(t, makeFolder(t, {settings: (s) => ({...s, console: {...s.console, trusted_proxies: ['127.0.0.1']}})}));
    const password = passwordOf(engine), plain = await signIn(engine, password);
    assert.match(plain.headers['set-cookie'][0], /^weir_session=[0-9a-f]{64}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Strict$/);
    assert.match((await signIn(engine, password, {'x-forwarded-proto': 'https'})).headers['set-cookie'][0], /; Secure$/);

    const mine = await session(engine, password), other = await session(engine, password);
    const query = (headers) => ask(engine, '/api/query', {...question, headers: {cookie: mine.cookie, ...headers}});
    assert.equal((await query({'weir-csrf': mine.csrf})).status, 200);
    for (const headers of [{}, {'weir-csrf': other.csrf}, {'weir-csrf': ''}, {'weir-csrf': mine.csrf.slice(1)}])
        assert.equal((await query(headers)).code, 'csrf');
    for (const headers of [{origin: 'https://evil.example'}, {origin: 'null'}, {'sec-fetch-site': 'cross-site'}, {'sec-fetch-site': 'same-site'}])
        assert.equal((await query({'weir-csrf': mine.csrf, ...headers})).code, 'cross_site', JSON.stringify(headers));
    assert.equal((await query({'weir-csrf': mine.csrf, 'origin': engine.url, 'sec-fetch-site': 'same-origin'})).status, 200);
    assert.equal((await signIn(engine, password, {origin: 'https://evil.example'})).code, 'cross_site');
    assert.equal((await ask(engine, '/api/status', {headers: {'cookie': mine.cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate'}})).code, 'cross_site');
    // a link to a page may stand anywhere
    assert.equal((await ask(engine, '/overview', {headers: {'accept': 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate'}})).status, 200);

    assert.equal((await ask(engine, '/api/session', {method: 'DELETE', headers: {cookie: mine.cookie}})).code, 'csrf');
    const out = await ask(engine, '/api/session', {method: 'DELETE', headers: {'cookie': mine.cookie, 'weir-csrf': mine.csrf}});
    assert.deepEqual([out.status, /Max-Age=0/.test(out.headers['set-cookie'][0])], [200, true]);
    assert.equal((await ask(engine, '/api/status', {headers: {cookie: mine.cookie}})).status, 401);
    assert.equal((await ask(engine, '/api/status', {headers: {cookie: other.cookie}})).status, 200);
    await ask(engine, '/api/session?everywhere=true', {method: 'DELETE', headers: {authorization: `Bearer ${engine.token}`}});
    assert.equal((await ask(engine, '/api/status', {headers: {cookie: other.cookie}})).status, 401);
});

test('tokens have the rights that they were given, on every route', async (t) => {
    const key = (name) => `${name}-token-of-the-tests`;
    const tokens = [{name: 'reader', rights: ['read']}, {name: 'seer', rights: ['read', 'hidden']}, {name: 'boss', rights: ['read', 'admin']}];
    const dir = makeFolder(t, {
        settings: (s) => ({...s, console: {...s.console, tokens: tokens.map((one) => ({...one, key: key(one.name)}))}}),
        files: {'catalogue/a.yaml': 'defaults: {owner: a@example.org, naming: resource.action, status: active, kind: activity}\nevents:\n'
            + '  - name: a.done\n    description: A\n    trigger: B\n    since: 2025-01-01\n    properties:\n'
            + '      plan: {type: string, description: C}\n      secret: {type: string, privacy: hidden, description: D}\n'},
    });
    const engine = await startEngine(t, dir);
    const by = (name, path, more = {}) => ask(engine, path, {...more, headers: {authorization: `Bearer ${name === 'all' ? engine.token : key(name)}`}});
    const sql = (text) => ({method: 'POST', body: JSON.stringify({sql: text})});
    const matrix = [ // reader, seer, boss, all
        ['/api/session', {}, 200, 200, 200, 200],
        ['/api/status', {}, 200, 200, 200, 200],
        ['/api/start', {}, 200, 200, 200, 200],
        ['/api/report', {}, 200, 200, 200, 200],
        ['/api/catalogue', {}, 200, 200, 200, 200],
        ['/metrics', {}, 200, 200, 200, 200],
        ['/api/query', question, 200, 200, 200, 200],
        ['/api/query', sql('FROM events'), 200, 200, 200, 200],
        ['/api/query', sql('SELECT secret FROM events'), 400, 200, 400, 200],
        ['/api/query', sql('FROM events_data'), 403, 200, 403, 200],
        ['/api/quarantine/try', {method: 'POST', body: '{}'}, 400, 400, 400, 400],
        ['/api/quarantine/drop', {method: 'POST', body: '{}'}, 403, 403, 'not 403', 'not 403'],
        ['/api/nothing', {method: 'PUT', body: '{}'}, 403, 403, 404, 404],
        ...['start', 'settings', 'marks', 'status', 'live', 'ledger', 'catalogue'].map((name) => [`/api/${name}`, {method: 'PUT', body: '{}'}, 403, 403, 405, 405]),
    ];
    for (const [path, more, ...expected] of matrix)
        for (const [i, name] of ['reader', 'seer', 'boss', 'all'].entries()) {
            const {status, text} = await by(name, path, more);
            assert.ok(expected[i] === 'not 403' ? status !== 403 && status !== 401 : status === expected[i],
                `${name} ${path} ${more.body ?? ''}: ${status} ${text.slice(0, 200)}`);
            assert.equal((await ask(engine, path, more)).status, 401, path);
            assert.equal((await ask(engine, path, {...more, headers: {authorization: 'Bearer reader-token-of-the-test'}})).status, 401, path);
        }
    assert.deepEqual(JSON.parse((await by('seer', '/api/session')).text).rights, ['read', 'hidden']);
    assert.equal(JSON.parse((await by('reader', '/api/start')).text).page_events, '/e');
    const keys = async (name) => JSON.parse((await by(name, '/api/start')).text).sources.map(({key: one}) => one !== null);
    assert.deepEqual([await keys('reader'), await keys('boss')], [[false, true], [true, true]]); // a server's key, a browser's
});

describe('a proxy', () => {
    const access = {password: 'off', user_header: 'Remote-User', trusted_proxies: ['127.0.0.1'],
        users: [{name: 'ann', rights: ['read', 'admin']}, {name: 'eve', rights: []}]};

    test('names the user, whose rights are those of the settings', async (t) => {
        const engine = await startEngine(t, makeFolder(t, {settings: (s) => ({...s, console: {...s.console, ...access}})}));
        const as = (user, path = '/api/session', more = {}) => ask(engine, path, {...more, headers: {'remote-user': user, ...more.headers}});
        const ann = JSON.parse((await as('ann')).text);
        assert.deepEqual([ann.user, ann.by, ann.rights], ['ann', 'proxy', ['read', 'admin']]);
        assert.deepEqual(JSON.parse((await as('bob')).text).rights, ['read']);
        assert.equal((await as('eve', '/api/status')).code, 'no_right');
        assert.equal((await as('', '/api/status')).status, 401);
        assert.equal((await as(['ann', 'ann'], '/api/status')).status, 401); // which of them the proxy wrote is not known
        assert.equal((await as('ann', '/api/query', question)).code, 'csrf');
        assert.equal((await as('ann', '/api/query', {...question, headers: {'weir-csrf': ann.csrf}})).status, 200);
        assert.equal((await as('bob', '/api/query', {...question, headers: {'weir-csrf': ann.csrf}})).code, 'csrf');
        assert.equal((await signIn(engine, 'whatever it is')).code, 'password_off');
        assert.equal(passwordOf(engine), undefined);
    });

    test('that is not trusted names nobody', async (t) => {
        const engine = await startEngine(t, makeFolder(t, {settings: (s) => ({...s, console: {...s.console, ...access, trusted_proxies: ['10.0.0.0/8']}})}));
        assert.equal((await ask(engine, '/api/status', {headers: {'remote-user': 'ann'}})).status, 401);
        assert.equal((await ask(engine, '/api/status', {headers: {'remote-user': 'ann', 'x-forwarded-for': '10.0.0.1'}})).status, 401);
    });
});

test('a console on loopback answers to loopback\'s names and those of the settings', async (t) => {
    const engine = await startEngine(t, makeFolder(t, {settings: (s) => ({...s, console: {...s.console, hosts: ['weir.example.org']}})}));
    const called = (host, headers = {}) => ask(engine, '/api/session', {headers: {host, ...headers}});
    for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:1', '127.9.9.9', '[::1]:8081', 'weir.example.org', 'Weir.Example.org:443'])
        assert.equal((await called(host)).status, 401, host);
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'weir.example.org.evil', '[::2]'])
        assert.deepEqual([(await called(host)).status, (await called(host)).code], [421, 'misdirected'], host);
    assert.equal((await ask(engine, '/overview', {headers: {host: 'evil.example', accept: 'text/html'}})).status, 421);
    assert.equal((await called('evil.example', {authorization: `Bearer ${engine.token}`})).status, 200); // no page has it
    assert.equal((await ask(engine, '/healthz', {headers: {host: 'evil.example'}})).status, 200);
    for (const header of ['access-control-allow-origin', 'access-control-allow-credentials'])
        assert.equal((await called('localhost', {origin: 'https://evil.example'})).headers[header], undefined);
});

test('reports of the policy need no login, and are counted', async (t) => {
    const engine = await startEngine(t, makeFolder(t));
    const report = JSON.stringify({'csp-report': {'effective-directive': 'img-src', 'blocked-uri': 'https://a.example/x?token=1'}});
    const send = (body) => ask(engine, '/api/csp', {method: 'POST', body, headers: {'content-type': 'application/csp-report', 'origin': 'null'}});
    assert.equal((await send(report)).status, 204);
    assert.equal((await send('x'.repeat(9000))).status, 204);
    const {csp} = JSON.parse((await ask(engine, '/api/status', {headers: {authorization: `Bearer ${engine.token}`}})).text);
    assert.deepEqual([csp.reports, csp.dropped, csp.kinds[0].directive, csp.kinds[0].blocked], [1, 1, 'img-src', 'a.example']);
    assert.ok(!JSON.stringify(csp).includes('token'));
});
