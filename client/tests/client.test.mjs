// SPDX-License-Identifier: Apache-2.0
//
// libweir and the real collector: what is triggered is in the journal once, whatever ends or is away in between.

import assert from 'node:assert/strict';
import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {freePort, makeFolder, residue, startWeir} from '../../tests/e2e/lib/weir.mjs';
import {accounted, counts, makeSpool, spoolFiles, startDriver, until} from './driver.mjs';

const fixedPort = (port) => (s) => ({...s, collector: {listen: `127.0.0.1:${port}`}});

// A folder whose collector listens at a port that nobody has yet, and that a test can come back to.
async function collectorAndPort(t) {
    const port = await freePort();

    return {dir: makeFolder(t, {settings: fixedPort(port)}), url: `http://127.0.0.1:${port}`};
}

test('events arrive, and what the catalogue refuses is told', async (t) => {
    const weir = await startWeir(t);
    const client = startDriver(t, {url: weir.url, environment: 'testing', flush_ms: 60000}); // nothing goes alone because the rest was slow

    await client.tell('trigger 1200');
    await client.tell('bad 2');
    await client.tell('page 404');
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    const stats = await client.stats();
    assert.equal(stats.accepted, 1202);
    assert.equal(stats.rejected, 2);
    assert.equal(stats.requests, 3);
    assert.equal(accounted(stats), stats.triggered);
    assert.equal(client.problems.length, 2);
    assert.match(client.problems[0], /^rejected 207 1 id=[0-9a-f-]{36} code=unknown_event path=\/name message=The catalogue/);
    assert.equal((await client.end()).code, 0);
    assert.deepEqual(await counts(weir), {received: 1204, accepted: 1202, duplicate: 0, quarantined: 2});
    await residue(weir.dir);
});

test('a collector that restarts in the middle costs nothing', async (t) => {
    const {dir, url} = await collectorAndPort(t);
    let weir = await startWeir(t, {dir});
    const client = startDriver(t, {url, batch: 100});

    await client.tell('trigger 500');
    await weir.stop('SIGKILL');
    await client.tell('trigger 500 500');
    assert.equal(await client.tell('flush 200'), 'flushed -1');
    await until(() => client.problems.length, 'a problem');
    assert.match(client.problems[0], /^unreachable 0/);
    weir = await startWeir(t, {dir});
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    const stats = await client.stats();
    assert.equal(stats.accepted + stats.duplicate, 1000);
    assert.equal(client.problems.length, 1); // told once
    assert.equal((await counts(weir)).accepted, 1000);
    await residue(dir);
});

test('with a spool, what was triggered while the collector was away survives kill -9 and arrives once', async (t) => {
    const {dir, url} = await collectorAndPort(t);
    const spool = makeSpool(t);
    const killed = startDriver(t, {url, spool, batch: 100});

    await killed.tell('trigger 950');
    assert.equal(await killed.tell('flush 60000'), 'flushed 0'); // on the disk is safe
    const before = await killed.stats();
    assert.equal(before.spooled, 950);
    assert.equal(accounted(before), 950);
    await killed.kill('SIGKILL');
    assert.equal(spoolFiles(spool).length, 10);
    assert.equal(statSync(spool).mode & 0o777, 0o700);

    const weir = await startWeir(t, {dir});
    const clients = [1, 2].map(() => startDriver(t, {url, spool})); // two share the folder
    await until(() => spoolFiles(spool).length === 0, 'an empty spool');
    const stats = await until(async () => {
        const both = await Promise.all(clients.map((client) => client.stats()));
        return both[0].recovered + both[1].recovered >= 950 && both.every((s) => accounted(s) === s.triggered) && both;
    }, 'what both found');
    assert.equal(stats[0].recovered + stats[1].recovered, 950);
    assert.equal((await counts(weir)).accepted, 950);
    assert.equal((await counts(weir)).duplicate, 0);
    await residue(dir);
});

test('a collector that comes back gets the spool of a program that runs on', async (t) => {
    const {dir, url} = await collectorAndPort(t);
    const spool = makeSpool(t);
    const client = startDriver(t, {url, spool, batch: 50});

    await client.tell('trigger 300');
    await until(async () => (await client.stats()).spooled === 300, 'all in the spool');
    const weir = await startWeir(t, {dir});
    await until(async () => (await client.stats()).accepted === 300, 'all accepted');
    await until(async () => (await client.stats()).spooled === 0 && spoolFiles(spool).length === 0, 'an empty spool');
    assert.equal((await counts(weir)).accepted, 300);
});

test('freeing a client sends what waits, and with no time left puts it into the spool', async (t) => {
    const {dir, url} = await collectorAndPort(t);
    const weir = await startWeir(t, {dir});
    const client = startDriver(t, {url, flush_ms: 60000});

    await client.tell('trigger 700');
    assert.equal(await client.tell('free 60000'), 'freed');
    assert.equal((await counts(weir)).accepted, 700);
    await weir.stop();

    const spool = makeSpool(t);
    const late = startDriver(t, {url, spool, flush_ms: 60000});
    await late.tell('trigger 700');
    assert.equal(await late.tell('free 0'), 'freed');
    const files = spoolFiles(spool);
    assert.equal(files.reduce((sum, name) => sum + Number(name.split('-')[3]), 0), 700);
    assert.match(readFileSync(join(spool, files[0]), 'utf8'), /^{"sent_at":\d{13},"id":"[0-9a-f-]{36}","name":"project.created",/);
});
