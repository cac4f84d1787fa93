// SPDX-License-Identifier: Apache-2.0
//
// The whole way of an event: posted, kept, loaded, counted; and what must hold when processes are killed.
// On the build as shipped alone: whole ways and kills by the clock; each part has tests under the sanitizers.

import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {readdirSync, readFileSync, readlinkSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {promisify} from 'node:util';

import {freePort, goodEvent, makeFolder, post, program, root, runWeir, serverKey, sleep, startProgram, startWeir, until} from './lib/weir.mjs';

const catalogues = ['service', 'site', 'integrations', 'timetracker', 'accounts'];

async function query(dir, sql) {
    const answer = await runWeir(['query', '--config', join(dir, 'weir.yaml'), '--format', 'json', sql]);
    assert.equal(answer.code, 0, answer.stderr);
    return JSON.parse(answer.stdout).rows;
}

// Waits for the store to have everything up to this position.
const loaded = (dir, position) => until(`position ${position} in the store`,
    async () => Number((await query(dir, 'SELECT position FROM store_state'))[0][0]) >= position);

const runShell = (line, cwd) => promisify(execFile)('sh', ['-c', line, program], {cwd, env: {...process.env, WEIR_CONFIG: join(cwd, 'weir.yaml')}});

const address = (dir, name) => readFileSync(join(dir, 'data', `${name}.address`), 'utf8').trim();

const serve = (t, options) => startWeir(t, {...options, command: 'serve'});

const lines = (file) => readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));

test('every event of the five catalogues is posted, stored and counted', async (t) => {
    const weir = await serve(t, {settings: (s) => ({
        ...s,
        catalogue: join(root, 'catalogues'),
        sources: catalogues.map((name) => ({name, kind: 'server', key: `${name}-${serverKey}`})),
    }), files: {}});
    const expected = new Map();
    let last = 0;

    for (const name of catalogues) {
        const folder = join(root, 'catalogues', name);
        for (const event of lines(join(folder, 'examples.ndjson'))) {
            const {status, body} = await post(weir, event, {key: `${name}-${serverKey}`});
            assert.equal(status, 200, `${event.name}: ${JSON.stringify(body)}`);
            assert.equal(body.events[0].verdict, 'accepted');
            last = body.events[0].position;
            expected.set(event.name.toLowerCase(), (expected.get(event.name.toLowerCase()) ?? 0) + 1);
        }
        for (const {event, errors} of lines(join(folder, 'refused.ndjson'))) {
            const {status, body} = await post(weir, event, {key: `${name}-${serverKey}`});
            assert.equal(status, 422, `${event.name}: ${JSON.stringify(body)}`);
            assert.equal(body.events[0].verdict, 'quarantined');
            const said = body.events[0].errors.map(({code, path}) => `${code} ${path}`).sort();
            assert.deepEqual(said, errors.map(({code, path}) => `${code} ${path}`).sort());
            last = body.events[0].position;
        }
    }
    await loaded(weir.dir, last);
    const counts = await query(weir.dir, 'SELECT lower(name), count(*) FROM events GROUP BY 1');
    assert.deepEqual(new Map(counts.map(([name, n]) => [name, Number(n)])), expected);
    const [[aside]] = await query(weir.dir, 'SELECT count(*) FROM quarantine');
    assert.ok(Number(aside) > 50);
});

test('a wrong type is answered with pointer and expectation, and set aside', async (t) => {
    const weir = await serve(t);
    const {status, body} = await post(weir, goodEvent({properties: {project_id: 'p', seats: 'three'}}));

    assert.equal(status, 422);
    const [error] = body.events[0].errors;
    assert.equal(error.code, 'wrong_type');
    assert.equal(error.path, '/properties/seats');
    assert.equal(error.expected, 'integer');
    await loaded(weir.dir, body.events[0].position);
    const [[reasons]] = await query(weir.dir, 'SELECT reasons FROM quarantine');
    assert.deepEqual(reasons, ['wrong_type']);
});

// Sends batches over and over, each again with the same ids until it is answered. What was acknowledged is
// kept here, outside of everything that is killed. `finish` resolves once all has its answer.
function sender(weir) {
    const acknowledged = new Set();
    let over = false;
    const work = async () => {
        while (!over) {
            const batch = Array.from({length: 20}, () => goodEvent({id: randomUUID()}));
            for (;;) {
                try {
                    const {status, body} = await post(weir, batch);
                    if (status === 200) {
                        assert.equal(body.accepted + body.duplicate, batch.length);
                        batch.forEach(({id}) => acknowledged.add(id));
                        break;
                    }
                } catch (error) {
                    if (error instanceof assert.AssertionError)
                        throw error;
                }
                await sleep(20);
            }
        }
    };
    const workers = Promise.all([work(), work(), work(), work()]);
    return {acknowledged, finish: () => (over = true, workers)};
}

const childrenOf = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
const commandOf = (pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1];

for (const victim of ['collect', 'engine']) {
    test(`kill -9 of \`weir ${victim}\` under load loses nothing and counts nothing twice`, async (t) => {
        const port = await freePort(); // a fixed one, so that the sender finds the collector again
        const weir = await serve(t, {settings: (s) => ({...s, collector: {listen: `127.0.0.1:${port}`}})});
        const {acknowledged, finish} = sender(weir);
        const few = () => kills < 8 || acknowledged.size <= 100;
        let kills = 0;
        for (const end = Date.now() + 120000; few() && Date.now() < end;) {
            await sleep(300 + Math.random() * 700);
            const pid = childrenOf(weir.pid).find((p) => commandOf(p) === victim);
            if (pid) {
                process.kill(pid, 'SIGKILL');
                kills++;
            }
        }
        await finish();
        assert.ok(!few(), `${kills} kills, ${acknowledged.size} acknowledged`);

        const last = await until('the collector', () => post(weir, goodEvent()).then(({body}) => body.events?.[0].position, () => 0));
        await loaded(weir.dir, last);
        const rows = await query(weir.dir, 'SELECT id::VARCHAR FROM events');
        const stored = new Set(rows.map(([id]) => id));
        assert.equal(rows.length, stored.size, 'an event is counted twice');
        assert.deepEqual([...acknowledged].filter((id) => !stored.has(id)), [], 'an acknowledged event is lost');
    });
}

test('SIGHUP ends no process, not even one that is just starting', async (t) => {
    const weir = await serve(t);
    for (const victim of ['collect', 'engine', 'collect', 'engine']) {
        const pid = await until(`a ${victim}`, () => childrenOf(weir.pid).find((p) => commandOf(p) === victim));
        process.kill(pid, 'SIGKILL');
        for (const end = Date.now() + 1500; Date.now() < end; await sleep(1))
            process.kill(weir.pid, 'SIGHUP');
    }
    for (const name of ['collector', 'console'])
        await until(`${name} is back`, () => fetch(`${address(weir.dir, name)}/healthz`).then(({ok}) => ok, () => false));
    assert.doesNotMatch(weir.stderr(), /signal 1\)/);
});

test('what strangers wrote does not steer the terminal', async (t) => {
    const dir = makeFolder(t, {files: {'catalogue/events.yaml':
        'events: [{name: a.b, "\\e[2J\\u009b2J\\nx": page}, {name: "\\e]0;x\\a"}]\n'}});
    const controls = /[\x00-\x09\x0b-\x1f\x7f\x80-\x9f]/;

    for (const command of ['check', 'collect']) {
        const {stdout, stderr} = await runWeir([command, '--config', join(dir, 'weir.yaml')]);
        assert.match(stdout + stderr, /events\.yaml:1/);
        assert.doesNotMatch(stdout + stderr, controls, command);
    }
    const asked = await runWeir(['query', '--config', join(dir, 'weir.yaml'), '--no-\x1b[2J\u009b2J']);
    assert.equal(asked.code, 2);
    assert.doesNotMatch(asked.stderr, controls);
    const shown = (dir, ...args) => runWeir(['-qec', [program, ...args, '--config', join(dir, 'weir.yaml')]
        .map((word) => `'${word}'`).join(' '), '/dev/null'], {program: 'script'});
    const weir = await serve(t);
    const {body} = await post(weir, goodEvent({properties: {project_id: 'p\u001b[2J\u009b2J'}}));
    await loaded(weir.dir, body.events[0].position);
    for (const args of [['tail', '--once'], ['query', '--format', 'csv', 'SELECT project_id FROM events']]) {
        const {stdout} = await shown(weir.dir, ...args);
        assert.match(stdout, /p.*2J/);
        assert.doesNotMatch(stdout, /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]/, args[0]);
    }
});

// Whether the process has a file of that name open; one that closes meanwhile is none.
function hasOpen(pid, name) {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try {
            return name.test(readlinkSync(`/proc/${pid}/fd/${fd}`));
        } catch (error) {
            if (error.code !== 'ENOENT')
                throw error;
            return false;
        }
    });
}

test('serve starts while a question still reads the file, and SIGINT ends the question', async (t) => {
    const first = await serve(t);
    await post(first, goodEvent());
    assert.equal((await first.stop()).code, 0);
    const asking = startProgram(['query', '--config', join(first.dir, 'weir.yaml'),
        'SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1']);
    await until('the question to read the file', () => hasOpen(asking.pid, /weir\.duckdb$/));
    const weir = await startWeir(t, {dir: first.dir, command: 'serve', ready: /listening on (\S+):(\d+)/});
    await until('the engine to wait', () => weir.stderr().includes('waiting for it'));
    assert.doesNotMatch(weir.stdout(), /weir is ready/);
    const asked = Date.now();
    asking.kill('SIGINT');
    assert.equal((await asking.exited).code, 1);
    assert.ok(Date.now() - asked < 20000, 'the question goes on');
    await until('both processes', () => weir.stdout().includes('weir is ready'));
});

// The files of a folder whose program may run: [path, bytes]. One that goes meanwhile is none.
function filesBelow(folder) {
    return readdirSync(folder).flatMap((name) => {
        const path = join(folder, name);
        try {
            const what = statSync(path);
            return what.isDirectory() ? filesBelow(path) : what.isFile() ? [[path, readFileSync(path, 'latin1')]] : []; // a socket holds nothing
        } catch (error) {
            if (error.code !== 'ENOENT')
                throw error;
            return [];
        }
    });
}

test('what must not be kept is nowhere: not on disk, in a log, in an answer, in a metric', async (t) => {
    const plant = (what) => `planted-${what}-${randomUUID()}`;
    const planted = Object.fromEntries(['actor', 'session', 'device', 'user', 'note', 'password', 'agent', 'wrong',
        'unknown_email', 'broken', 'refused', 'query_key'].map((what) => [what, plant(what)]));
    const ip = '203.0.113.77';
    const context = {ip, user_agent: planted.agent};
    const weir = await serve(t);
    const answers = [
        await post(weir, goodEvent({actor: planted.actor, session: planted.session, device: planted.device, context,
            properties: {project_id: 'p', user_id: planted.user, note: planted.note}})),
        // quarantined: sensitive names that nobody declared, a wrong type where a pseudonym belongs
        await post(weir, goodEvent({context, properties: {project_id: 'p', password: planted.password,
            user_id: [planted.wrong], note: {deep: planted.note}}})),
        await post(weir, {name: 'nobody.knows', actor: planted.actor, context,
            properties: {email: planted.unknown_email}}),
        // not to be read at all
        await post(weir, `{"name": "project.created", "properties": {"note": "${planted.broken}", "note": 1}}`),
        await post(weir, goodEvent({actor: planted.refused}), {key: 'no-such-key-at-all'}),
    ];
    assert.deepEqual(answers.map(({status}) => status), [200, 422, 422, 400, 401]);
    await loaded(weir.dir, answers[2].body.events[0].position);
    const places = [
        ['answers', JSON.stringify(answers.map(({body}) => body))],
        ['metrics', await (await fetch(`${weir.url}/metrics`)).text()],
        ['tail', (await runWeir(['tail', '--config', join(weir.dir, 'weir.yaml'), '--once', '--hidden'])).stdout],
        ['query', JSON.stringify(await query(weir.dir, 'SELECT e::VARCHAR FROM events e'))],
        ['quarantine', JSON.stringify(await query(weir.dir, 'SELECT q::VARCHAR FROM quarantine q'))],
    ];
    const check = () => {
        const files = filesBelow(join(weir.dir, 'data'));
        assert.ok(files.length >= 5, `${files.length} files`);
        places.push(...files);
        for (const [place, text] of places)
            for (const value of [...Object.values(planted), ip])
                assert.ok(!text.includes(value), `${value} stands in ${place}`);
    };
    check();
    const {code} = await weir.stop();
    assert.equal(code, 0);
    places.push(['log', weir.stderr() + weir.stdout()]);
    check(); // after the checkpoint, too
});

test('the console wants its token, reads only, and explains itself', async (t) => {
    const weir = await serve(t);
    const url = address(weir.dir, 'console');
    const token = readFileSync(join(weir.dir, 'data/console.token'), 'utf8').trim();
    const ask = async (body, headers = {}) => {
        const answer = await fetch(`${url}/api/query`, {method: 'POST', body: JSON.stringify(body),
            headers: {'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers}});
        return {status: answer.status, body: await answer.json(), headers: answer.headers};
    };

    assert.equal(statSync(join(weir.dir, 'data/console.token')).mode & 0o777, 0o600);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/`)).status, 200); // it explains, and holds no data
    assert.equal((await fetch(`${url}/nothing`)).status, 404);
    for (const path of ['/api/status', '/metrics', '/api/query', '/api/nothing'])
        assert.equal((await fetch(url + path)).status, 401, path);
    assert.equal((await ask({sql: 'SELECT 1'}, {authorization: `Bearer ${token.slice(1)}0`})).status, 401);
    assert.equal((await ask({sql: 'SELECT 1'}, {'content-type': 'text/plain'})).status, 415);
    assert.deepEqual((await ask({sql: 'SELECT 1 AS a'})).body.rows, [[1]]);
    for (const [body, status, says] of [
        [{}, 400, /needs `sql`/],
        [{sql: 1}, 400, /must be text/],
        [{sql: 'SELECT 1', fromat: 'csv'}, 400, /none of sql/],
        [{sql: 'SELECT 1', format: 'xml'}, 400, /json, ndjson, csv/],
        [{sql: 'DROP VIEW events'}, 400, /only questions/],
        [{sql: 'SELECT nothing FROM events'}, 400, /nothing/],
        [{sql: 'FROM range(100000000000)', timeout_ms: 200, max_rows: 1e12}, 422, /0\.2 s/],
    ]) {
        const answer = await ask(body);
        assert.equal(answer.status, status, JSON.stringify(body));
        assert.match(answer.body.error.message, says);
    }
    const status = await (await fetch(`${url}/api/status`, {headers: {authorization: `Bearer ${token}`}})).json();
    assert.equal(typeof status.version, 'string');
    const metrics = await (await fetch(`${url}/metrics`, {headers: {authorization: `Bearer ${token}`}})).text();
    assert.match(metrics, /^weir_questions_total \d+$/m);
});

test('a question needs no running engine', async (t) => {
    const weir = await serve(t);
    const {body} = await post(weir, goodEvent());
    await loaded(weir.dir, body.events[0].position);
    assert.equal((await weir.stop()).code, 0);
    assert.deepEqual(await query(weir.dir, 'SELECT name FROM events'), [['project.created']]);
});

test('serve ends with the exit code of a process that cannot start, and says which', async (t) => {
    const other = await startWeir(t);
    const dir = makeFolder(t, {settings: (s) => ({...s, collector: {listen: `127.0.0.1:${other.port}`}})});
    const {code, stderr} = await runWeir(['serve', '--config', join(dir, 'weir.yaml')]);

    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`port ${other.port}`));
    assert.match(stderr, /`weir collect` could not start/);
});

test('tail shows what arrives, filtered', async (t) => {
    const weir = await startWeir(t);
    const health = await (await fetch(`${weir.url}/healthz`)).json();
    assert.ok(health.free_bytes > 0, 'the disk is known before the first commit');
    await post(weir, [goodEvent(), {name: 'page.viewed'}, goodEvent({properties: {}})]);
    const tail = async (...args) => (await runWeir(['tail', '--config', join(weir.dir, 'weir.yaml'), '--once', ...args]))
        .stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));

    assert.deepEqual((await tail()).map(({name}) => name), ['project.created', 'page.viewed', 'project.created']);
    assert.deepEqual((await tail('--name', 'PAGE.*')).map(({name}) => name), ['page.viewed']);
    assert.equal((await tail('--quarantined')).length, 1);
    assert.equal((await tail('--lines', '1')).length, 1);
    assert.equal((await tail('--source', 'nobody')).length, 0);
});

test('a filter ends without a word when nobody reads on', async (t) => {
    const weir = await serve(t);
    for (const args of ['query --format csv "FROM range(10000000)"', 'demo --write - --events 200000']) {
        const {stdout, stderr} = await runShell(`"$0" ${args} | head -n 1 | wc -l`, weir.dir);
        assert.equal(stdout.trim(), '1', args);
        assert.equal(stderr, '', args);
    }
});
