// SPDX-License-Identifier: Apache-2.0
//
// `weir rebuild`: the tables made anew from the journal are those that were loaded as events came; whatever ends it
// half-way, the tables before stay.

import assert from 'node:assert/strict';
import {chownSync, cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {goodEvent, makeFolder, post, residue, runWeir, sleep, startProgram, startWeir, until, untilAfter} from './lib/weir.mjs';

const tables = ['events', 'quarantine', 'notes', 'rejected', 'columns', 'property_columns', 'store_state', 'deletions'];

function weir(dir, ...args) {
    return runWeir([args[0], '--config', join(dir, 'weir.yaml'), ...args.slice(1)]);
}

async function ask(dir, sql) {
    const answer = await weir(dir, 'query', '--format', 'ndjson', sql);
    assert.equal(answer.code, 0, answer.stderr);
    return answer.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// Every row of every table, as JSON, in an order of its own.
async function contents(dir) {
    const parts = tables.map((table) => `SELECT '${table}' AS name, to_json(t)::VARCHAR AS row FROM ${table} AS t`);
    return ask(dir, `${parts.join(' UNION ALL ')} ORDER BY ALL`);
}

// A folder whose store has 360 events and 40 faulty ones, loaded in two pieces; made once, and copied for each test.
const all = untilAfter(after);
let made;
async function loaded(t) {
    const dir = makeFolder(t);

    made ??= load();
    cpSync(join(await made, 'data'), join(dir, 'data'), {recursive: true});
    return dir;
}

async function load() {
    const dir = makeFolder(all), collector = await startWeir(all, {dir});
    for (let round = 1; round <= 2; round++) {
        const engine = await startWeir(all, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
        const events = Array.from({length: 200}, (_, i) => i % 10 ? goodEvent() : {name: `nobody.knows.${i % 7}`});
        assert.equal((await post(collector, events)).status, 207);
        await settled(dir, round * 200);
        await engine.stop();
    }
    await collector.stop();
    return dir;
}

function settled(dir, position) {
    return until('that the store gets there', async () => {
        const [state] = await ask(dir, 'SELECT position FROM store_state');
        return Number(state.position) >= position;
    });
}

test('the tables made anew have the rows that were loaded as they came', async (t) => {
    const dir = await loaded(t);
    const before = await contents(dir);
    const done = await weir(dir, 'rebuild');

    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /weir\.duckdb is made anew: 400 records of the journal, 0 set aside/);
    assert.match(done.stdout, /weir\.duckdb\.old: remove that file/);
    assert.deepEqual(await contents(dir), before);
    assert.equal(before.filter(({name}) => name === 'events').length, 360);
    assert.equal(before.filter(({name}) => name === 'quarantine').length, 40);
    assert.ok(!existsSync(join(dir, 'data/weir.duckdb.new')));
    // The journal keeps everything until an engine says what is in the tables that are used.
    assert.match(readFileSync(join(dir, 'data/journal/cursors/store'), 'utf8'), /^weir cursor 1 0{20} /);
    assert.equal(statSync(join(dir, 'data/weir.duckdb')).mode & 0o777, 0o600);
    rmSync(join(dir, 'data/weir.duckdb.old'));
    assert.equal((await weir(dir, 'rebuild', '--discard-old')).code, 0);
    assert.ok(!existsSync(join(dir, 'data/weir.duckdb.old')));
    assert.deepEqual(await contents(dir), before);
});

test('what the journal does not hold any more is taken over, or named', async (t) => {
    const dir = await loaded(t);
    const before = await contents(dir);
    const segment = join(dir, 'data/journal/00000000000000000001.seg');
    const bytes = readFileSync(segment);

    // Damage at the journal's beginning stands for segments that were deleted.
    writeFileSync(segment, bytes.fill(0, 4096, 24096));
    const done = await weir(dir, 'rebuild');
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /what is before position (\d+) was taken over/);
    assert.deepEqual(await contents(dir), before);
    await residue(dir, {delivered: true});

    rmSync(join(dir, 'data/weir.duckdb'));
    const refused = await weir(dir, 'rebuild');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /positions 1 to \d+ are not in the journal any more.*--without-older/);
    assert.ok(!existsSync(join(dir, 'data/weir.duckdb')));
    assert.equal((await weir(dir, 'rebuild', '--without-older')).code, 0);
    const [{first, n}] = await ask(dir, 'SELECT min(position) AS first, count(*) AS n FROM events');
    assert.ok(first > 1 && n > 0);
    await residue(dir, {delivered: true});
});

test('a journal of which nothing can be read takes no rows along', async (t) => {
    const dir = await loaded(t);
    const rows = async () => (await contents(dir)).filter(({name}) => name !== 'store_state');
    const before = await rows();
    const segment = join(dir, 'data/journal/00000000000000000001.seg');

    writeFileSync(segment, readFileSync(segment).fill(0, 4096));
    const done = await weir(dir, 'rebuild');
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /what is before position 401 was taken over/);
    assert.deepEqual(await rows(), before);
});

test('whatever ends it, the tables before stay, and the next attempt begins anew', async (t) => {
    const dir = await loaded(t);
    const before = await contents(dir);

    for (let i = 0; i < 5; i++) {
        const child = startProgram(['rebuild', '--config', join(dir, 'weir.yaml')], {cwd: dir});
        await sleep(20 * 2 ** i);
        child.kill(i % 2 ? 'SIGKILL' : 'SIGTERM');
        await child.exited;
        assert.equal((await ask(dir, 'SELECT count(*) AS n FROM events'))[0].n, 360);
    }
    const done = await weir(dir, 'rebuild');
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(await contents(dir), before);
});

test('root makes no tables that their user could not open', {skip: process.getuid() !== 0}, async (t) => {
    const dir = await loaded(t), file = join(dir, 'data/weir.duckdb');
    chownSync(file, 65534, 65534);
    const {code, stderr} = await weir(dir, 'rebuild');
    assert.equal(code, 1);
    assert.match(stderr, /weir\.duckdb belongs to user 65534 and this is user 0.*run it as that user/);
    assert.equal(statSync(file).uid, 65534);
    assert.ok(!existsSync(`${file}.old`));
});

test('an engine that runs is named, and one that finds another journal says what to do', async (t) => {
    const dir = await loaded(t);
    const engine = await startWeir(t, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    const busy = await weir(dir, 'rebuild');
    assert.equal(busy.code, 1);
    assert.match(busy.stderr, /an engine, or .weir rebuild., is at work/);
    await engine.stop();

    rmSync(join(dir, 'data/journal'), {recursive: true});
    const collector = await startWeir(t, {dir});
    assert.equal((await post(collector, [goodEvent(), goodEvent()])).status, 200);
    const ended = await weir(dir, 'engine');
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /the tables come from another journal .*weir rebuild/);
    const done = await weir(dir, 'rebuild');
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual((await ask(dir, 'SELECT count(*) AS n FROM events'))[0].n, 2);
});
