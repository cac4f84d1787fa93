// SPDX-License-Identifier: Apache-2.0
//
// An event is kept aside: it is found, shown, and replayed after the catalogue is mended, with the id, the time and
// the receipt that it had, once, whatever ends in between; or it is dropped, with a reason.

import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {catalogue, goodEvent, makeFolder, metrics, post, program, patience, residue, runWeir, sleep, startWeir} from './lib/weir.mjs';

const ready = /console on (\S+):(\d+)/;
const mended = catalogue.replace('      seats: {type: integer', `      colour: {type: string, description: Which}
      customer: {type: string, privacy: pseudonym, description: Whose}
      seats: {type: integer`);
const wrong = (more, properties) => goodEvent({...more, properties: {...goodEvent().properties, ...properties}});

const startEngine = (t, dir) => startWeir(t, {dir, command: 'engine', ready});
const weir = (dir, args, options) => runWeir([...args, '--config', join(dir, 'weir.yaml')], {cwd: dir, ...options});
const quarantine = (dir, ...args) => weir(dir, ['quarantine', ...args]);

async function rows(dir, sql) {
    const {code, stdout, stderr} = await weir(dir, ['query', '--format', 'ndjson', sql]);
    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// Asks until what comes back is as expected.
async function settled(dir, sql, expected) {
    const end = Date.now() + 1000 * patience;
    let got;
    do {
        got = await rows(dir, sql);
        if (JSON.stringify(got) === JSON.stringify(expected))
            return;
        await sleep(50);
    } while (Date.now() < end);
    assert.deepEqual(got, expected);
}

async function mend(dir, text = mended) {
    writeFileSync(join(dir, 'catalogue', 'events.yaml'), text);
    const {code, stderr} = await weir(dir, ['reload']);
    assert.equal(code, 0, stderr);
}

const states = 'SELECT state, count(*) AS n FROM quarantine GROUP BY ALL ORDER BY state';

test('what was kept aside is found, shown, mended, replayed once, and its trace stays', async (t) => {
    const dir = makeFolder(t);
    const collector = await startWeir(t, {dir});
    await startEngine(t, dir);
    const id = randomUUID(), time = '2026-11-20T10:11:12.123456Z';

    const first = await post(collector, [
        wrong({id, time}, {colour: 'red', seats: 4}),
        wrong({}, {colour: 'blue', customer: 'planted-customer'}),
        wrong({}, {colour: 'green', seats: 'three'}),
        {name: 'order.placed', properties: {total: 3}},
        goodEvent(),
    ]);
    assert.equal(first.body.quarantined, 4);
    await settled(dir, states, [{state: 'waiting', n: 4}]);

    const groups = await quarantine(dir, 'list', '--format', 'ndjson');
    assert.deepEqual(groups.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line))
        .map((g) => [g.source, g.name, g.reason, g.events, g.example]), [
        ['backend', 'project.created', 'undeclared_property', 3, 3],
        ['backend', 'order.placed', 'unknown_event', 1, 4],
        ['backend', 'project.created', 'wrong_type', 1, 3],
    ]);
    assert.match((await quarantine(dir, 'list')).stdout, /undeclared_property/);
    const each = await quarantine(dir, 'list', '--each', '--name', 'PROJECT.*', '--reason', 'wrong_type', '--format', 'csv');
    assert.match(each.stdout, /^position,.*\r\n3,.*waiting/);
    assert.equal(each.stdout.trim().split('\n').length, 2);

    const shown = JSON.parse((await quarantine(dir, 'show', '3')).stdout);
    assert.deepEqual(shown.errors.map((error) => error.path).sort(), ['/properties/colour', '/properties/seats']);
    assert.equal(shown.event.properties.seats, '(hidden)');
    assert.equal(shown.event.properties.project_id, 'p-1');
    assert.equal(JSON.parse((await quarantine(dir, 'show', '3', '--hidden')).stdout).event.properties.seats, 'three');
    assert.equal(JSON.parse((await quarantine(dir, 'show', id)).stdout).position, 1);

    const nothing = await quarantine(dir, 'replay', '--all');
    assert.equal(nothing.code, 0);
    assert.match(nothing.stdout, /4 events still fail/);
    await mend(dir);
    const dry = await quarantine(dir, 'replay', '--all', '--dry-run');
    assert.match(dry.stdout, /2 events would be accepted now/);
    assert.match(dry.stdout, /2 events still fail[^]*1 × unknown_event[^]*1 × wrong_type/);
    assert.match(dry.stdout, /project\.created +2 accepted, 1 failing/);
    await settled(dir, states, [{state: 'waiting', n: 4}]);

    const done = await quarantine(dir, 'replay', '--all');
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /2 events are accepted now/);
    assert.match((await quarantine(dir, 'replay', '--all')).stdout, /^2 events still fail/);
    await settled(dir, states, [{state: 'replayed', n: 2}, {state: 'waiting', n: 2}]);
    assert.deepEqual(await rows(dir, `SELECT count(*) AS n, min(CAST(e.time AS VARCHAR)) AS first, bool_and(e.received = q.received) AS same,
        bool_and(q.replayed_as = e.position) AS linked, bool_and(q.event IS NULL) AS empty
        FROM events AS e JOIN quarantine AS q USING (id) WHERE q.state = 'replayed'`),
    [{n: 2, first: '2026-11-20 10:11:12.123456', same: true, linked: true, empty: true}]);
    const [event] = await rows(dir, `SELECT colour, seats FROM events WHERE id = '${id}'`);
    assert.deepEqual(event, {colour: 'red', seats: 4});
    assert.deepEqual(await rows(dir, `SELECT count(*) AS n FROM events WHERE customer = 'planted-customer'`), [{n: 0}]);

    const m = await metrics(collector), of = (what) => m[`weir_${what}{source="backend"}`];
    assert.equal(of('ledger_residue'), 0);
    assert.equal(of('events_accepted_total'), 3);
    assert.equal(of('events_received_total'), 7 + of('events_duplicate_total'));
    const again = await quarantine(dir, 'replay', '1', '2', '99');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /position 1 was replayed before/);
    assert.match(again.stderr, /1 of the 3 that were named/);
    const repeated = await post(collector, wrong({id, time}, {colour: 'red', seats: 4}));
    assert.equal(repeated.body.duplicate, 1);
    assert.match((await quarantine(dir, 'show', '1')).stdout, /"state":"replayed".*"replayed_as":7.*"event":null/);
    await residue(dir, {delivered: true});
});

test('what is dropped keeps why and loses its contents, also after the tables are made anew', async (t) => {
    const dir = makeFolder(t);
    const collector = await startWeir(t, {dir});
    const engine = await startEngine(t, dir);

    await post(collector, [wrong({}, {colour: 'planted-colour'}), wrong({}, {colour: 'red', seats: 'x'}), {name: 'a.b'}]);
    await settled(dir, states, [{state: 'waiting', n: 3}]);
    const without = await quarantine(dir, 'drop', '--all');
    assert.equal(without.code, 2);
    assert.match(without.stderr, /--reason/);
    assert.equal((await quarantine(dir, 'drop', '--reason', 'because')).code, 2, 'it does not say which');
    const dropped = await quarantine(dir, 'drop', '--error', 'undeclared_property', '--reason', 'it\'s a "test"');
    assert.equal(dropped.code, 0, dropped.stderr);
    assert.match(dropped.stdout, /2 events dropped/);
    const after = [{state: 'dropped', n: 2}, {state: 'waiting', n: 1}];
    await settled(dir, states, after);
    assert.deepEqual(await rows(dir, `SELECT DISTINCT why, CAST(errors AS VARCHAR) AS errors, event FROM quarantine WHERE state = 'dropped'`),
        [{why: 'it\'s a "test"', errors: '[]', event: null}]);
    await mend(dir);
    const still = await quarantine(dir, 'replay', '--all');
    assert.match(still.stdout, /^1 event still fails/, still.stderr);
    assert.match((await quarantine(dir, 'replay', '1')).stderr, /position 1 was dropped before/);
    assert.match((await quarantine(dir, 'drop', '--name', 'nobody.*', '--reason', 'x')).stderr, /nothing that was asked for/);

    const decided = await rows(dir, 'SELECT * FROM quarantine ORDER BY position');
    await engine.stop();
    for (const file of ['weir.duckdb', 'weir.duckdb.wal'])
        rmSync(join(dir, 'data', file), {force: true});
    await startEngine(t, dir);
    await settled(dir, states, after);
    assert.deepEqual(await rows(dir, 'SELECT * FROM quarantine ORDER BY position'), decided);
});

test('an event that was sent again, mended, is not accepted twice', async (t) => {
    const dir = makeFolder(t);
    const collector = await startWeir(t, {dir});
    await startEngine(t, dir);
    const id = randomUUID();

    await post(collector, wrong({id}, {colour: 'red'}));
    assert.equal((await post(collector, goodEvent({id}))).body.accepted, 1);
    await mend(dir);
    assert.match((await quarantine(dir, 'replay', '--all')).stdout, /1 was accepted before, under the same id/);
    await settled(dir, states, [{state: 'replayed', n: 1}]);
    assert.deepEqual(await rows(dir, 'SELECT count(*) AS n FROM events'), [{n: 1}]);
});

test('what is misspelt is named, and without a collector nothing is decided', async (t) => {
    const dir = makeFolder(t);
    const collector = await startWeir(t, {dir});
    await startEngine(t, dir);

    for (const [args, message] of [
        [['list', '--reason', 'wrong_tpye'], /no error is called `wrong_tpye`; there are: .*wrong_type/],
        [['list', '--source', 'nobody'], /source `nobody`; the settings have: backend, website/],
        [['list', '--since', 'yesterday'], /--since: `yesterday`/],
        [['list', '--since', '1h', '--until', '2h'], /--since is not before --until/],
        [['list', '--format', 'parquet'], /--format/],
        [['list', '--state', 'gone'], /--state/],
        [['drop', '--all', '--reason', 'x', '--limit', '0'], /--limit needs a whole number from 1/],
        [['drop', '--all', '--reason', 'wrong_type'], /for events with this error: --error wrong_type/],
        [['show'], /name a position/],
        [['show', 'x'], /`x` is neither a position nor/],
        [['replay'], /say which ones/],
        [['replay', '--all', '1'], /either --all/],
        [['eat'], /there is no `eat` here/],
    ]) {
        const {code, stderr} = await quarantine(dir, ...args);
        assert.equal(code, 2, `${args}: ${stderr}`);
        assert.match(stderr, message);
    }
    for (const args of [['list'], ['replay', '--all'], ['drop', '--all', '--reason', 'x']]) {
        const {code, stderr} = await quarantine(dir, ...args);
        assert.equal(code, 0, stderr);
        assert.match(stderr, /nothing/);
    }
    assert.equal((await quarantine(dir, 'show', '7')).code, 1);
    await post(collector, wrong({}, {colour: 'red'}));
    await settled(dir, states, [{state: 'waiting', n: 1}]);
    await collector.stop();
    const {code, stderr} = await quarantine(dir, 'replay', '--all');
    assert.equal(code, 1);
    assert.match(stderr, /no collector runs/);
});

test('what the journal has no longer is said, and the rest is replayed', async (t) => {
    const dir = makeFolder(t, {settings: (s) => ({...s, journal: {segment: '1MiB'}})});
    let collector = await startWeir(t, {dir});
    await startEngine(t, dir);
    const big = goodEvent({properties: {...goodEvent().properties, project_id: 'x'.repeat(1000)}});

    await post(collector, wrong({}, {colour: 'red'}));
    for (let i = 0; i < 5; i++)
        await post(collector, Array.from({length: 300}, () => big));
    await post(collector, wrong({}, {colour: 'blue'}));
    await settled(dir, states, [{state: 'waiting', n: 2}]);
    await collector.stop();
    // As retention.journal does it, a month later.
    const segments = readdirSync(join(dir, 'data', 'journal')).filter((name) => name.endsWith('.seg')).sort();
    assert.ok(segments.length > 1);
    rmSync(join(dir, 'data', 'journal', segments[0]));
    writeFileSync(join(dir, 'catalogue', 'events.yaml'), mended);
    collector = await startWeir(t, {dir});
    const {code, stdout} = await quarantine(dir, 'replay', '--all');
    assert.equal(code, 1);
    assert.match(stdout, /1 event is accepted now\n1 is not in the journal any more \(retention\.journal\)/);
    await settled(dir, states, [{state: 'replayed', n: 1}, {state: 'waiting', n: 1}]);
});

test('on a terminal errors stand under their lines, and a drop asks first', async (t) => {
    const dir = makeFolder(t);
    const collector = await startWeir(t, {dir});
    await startEngine(t, dir);
    const terminal = (command, answer = '') => new Promise((done) => {
        execFile('sh', ['-c', `printf '${answer}' | script -qec '${program} quarantine ${command} --config ${dir}/weir.yaml' /dev/null`],
            (error, stdout) => done(stdout.replaceAll('\r', '')));
    });

    await post(collector, wrong({}, {colour: '\u001b[31mred', seats: 'x'}));
    await settled(dir, states, [{state: 'waiting', n: 1}]);
    const page = await terminal('show --hidden 1');
    assert.match(page, /\n {4}"seats": "x",?\n {4}\^{7} wrong_type: expected integer\./);
    assert.match(page, /\n {4}"colour": .*\n {4}\^{8} undeclared_property: /);
    assert.doesNotMatch(page, /\u001b\[31m/);
    assert.match(await terminal('drop 1 --reason why', 'n\\n'), /Drop 1 event for good\? \[y\/N\][^]*nothing is dropped/);
    await settled(dir, states, [{state: 'waiting', n: 1}]);
    assert.match(await terminal('drop 1 --reason why', 'y\\n'), /1 event dropped: why/);
    await settled(dir, states, [{state: 'dropped', n: 1}]);
});
