// SPDX-License-Identifier: Apache-2.0
//
// libweir and the real collector: what is triggered is in the journal once, whatever ends or is away in between.
//
// Also on the build as shipped: the header, the shared library and weir.pc are what a program is built with

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';
import {makeFolder, metrics, residue, root, startWeir} from '../../tests/e2e/lib/weir.mjs';
import {accounted, build, makeSpool, spoolFiles, startDriver, until} from './driver.mjs';

const counts = async (weir) => {
    const all = await metrics(weir);
    return Object.fromEntries(['received', 'accepted', 'duplicate', 'quarantined'].map((name) =>
        [name, all[`weir_events_${name}_total{source="backend"}`]]));
};
const fixedPort = (port) => (s) => ({...s, collector: {listen: `127.0.0.1:${port}`}});

// A folder whose collector listens at a port that nobody has yet, and that a test can come back to.
async function collectorAndPort(t) {
    const server = createServer();

    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const {port} = server.address();
    await new Promise((done) => server.close(done));
    return {dir: makeFolder(t, {settings: fixedPort(port)}), url: `http://127.0.0.1:${port}`};
}

test('events arrive, what the catalogue refuses is told, and a request is in its events', async (t) => {
    const weir = await startWeir(t);
    const client = startDriver(t, {url: weir.url, environment: 'testing'});

    await client.tell('trigger 1200');
    await client.tell('bad 2');
    await client.tell('page 404');
    assert.equal(await client.tell('flush 8000'), 'flushed 0');
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
    assert.match(client.problems[0], /^unreachable 0/);
    weir = await startWeir(t, {dir});
    assert.equal(await client.tell('flush 8000'), 'flushed 0');
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
    assert.equal(await killed.tell('flush 5000'), 'flushed 0'); // on the disk is safe
    const before = await killed.stats();
    assert.equal(before.spooled, 950);
    assert.equal(accounted(before), 950);
    await killed.kill('SIGKILL');
    assert.equal(spoolFiles(spool).length, 10);
    assert.equal(statSync(spool).mode & 0o777, 0o700);

    const weir = await startWeir(t, {dir});
    const clients = [1, 2].map(() => startDriver(t, {url, spool})); // two share the folder
    await until(() => spoolFiles(spool).length === 0, 'an empty spool');
    const stats = await Promise.all(clients.map((client) => client.stats()));
    assert.equal(stats[0].recovered + stats[1].recovered, 950);
    stats.forEach((s) => assert.equal(accounted(s), s.triggered));
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
    await until(async () => (await client.stats()).accepted === 300, 'all accepted', 35);
    assert.equal((await client.stats()).spooled, 0);
    assert.deepEqual(spoolFiles(spool), []);
    assert.equal((await counts(weir)).accepted, 300);
});

// Not under ASan of clang 14: its allocator's locks stay locked in a child that another thread was allocating beside.
test('forks under load: each process sends its own events, once', {skip: build.endsWith('asan')}, async (t) => {
    const weir = await startWeir(t);
    const client = startDriver(t, {url: weir.url});

    assert.equal(await client.tell('fork 10 900000'), 'children 0 failed'); // before anything was sent
    await client.tell('trigger 100 800000');
    assert.equal(await client.tell('storm 3 6 1500'), 'children 0 failed');
    assert.equal(await client.tell('flush 8000'), 'flushed 0');
    assert.equal((await client.stats()).accepted, 100 + 3 * 1500);
    assert.equal(client.children.length, 7);
    for (const child of client.children)
        assert.equal(child.accepted, child.triggered);
    assert.deepEqual(await counts(weir), {received: 13610, accepted: 13610, duplicate: 0, quarantined: 0});
    const forking = startDriver(t, {url: weir.url, fork_on_error: 1}); // within on_error
    await forking.tell('bad 3');
    await forking.tell('trigger 3');
    assert.equal(await forking.tell('flush 8000'), 'flushed 0');
    assert.deepEqual([forking.problems.length, (await forking.stats()).accepted], [3, 3]);
    assert.equal((await client.end()).code, 0);
});

test('freeing a client sends what waits, and with no time left puts it into the spool', async (t) => {
    const {dir, url} = await collectorAndPort(t);
    const weir = await startWeir(t, {dir});
    const client = startDriver(t, {url, flush_ms: 60000});

    await client.tell('trigger 700');
    assert.equal(await client.tell('free 8000'), 'freed');
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

// Compiled and installed as a package would be; the sanitizers' build cannot be linked without them.
test('the program of docs/client.md builds against the installed library and runs', {skip: build !== join(root, 'build')}, async (t) => {
    const weir = await startWeir(t, {settings: (s) => ({...s, sources: [{...s.sources[0], key: 'a-key-of-the-manual'}]}),
        files: {'catalogue/events.yaml': readFileSync(join(root, 'catalogues/service/requests.yaml'), 'utf8')}});
    const run = (command, args, env = {}) => {
        const {status, stdout, stderr} = spawnSync(command, args, {encoding: 'utf8', env: {...process.env, ...env}});
        assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`);
        return stdout.trim();
    };
    const at = join(weir.dir, 'root'), source = join(weir.dir, 'program.c');

    run('meson', ['install', '-C', build, '--no-rebuild', '--destdir', at, '--tags', 'devel,runtime', '--quiet']);
    const found = run('find', [at, '-name', 'weir.pc']), libs = join(found, '../..');
    const env = {PKG_CONFIG_PATH: join(found, '..'), PKG_CONFIG_SYSROOT_DIR: at, LD_LIBRARY_PATH: libs};
    const flags = run('pkg-config', ['--cflags', '--libs', 'weir'], env).split(/\s+/);
    const text = /```c\n(\/\* program\.c[^]*?)```/.exec(readFileSync(join(root, 'docs/client.md'), 'utf8'))[1];
    writeFileSync(source, text);
    for (const compiler of ['gcc', 'clang']) {
        run(compiler, ['-std=c99', '-Wall', '-Wextra', '-pedantic', '-Werror', source, '-o', `${source}.out`, ...flags], env);
        run(`${source}.out`, [], {...env, WEIR_URL: weir.url, WEIR_KEY: 'a-key-of-the-manual'});
    }
    assert.equal((await counts(weir)).accepted, 2);
    writeFileSync(`${source}pp`, text);
    run('clang++', ['-std=c++11', '-Wall', '-Wextra', '-Wno-c99-designator', '-fsyntax-only', `${source}pp`, ...flags.filter((f) => f.startsWith('-I'))], env);
    const symbols = run('nm', ['-D', '--defined-only', '--format=just-symbols', join(libs, 'libweir.so')]).split('\n');
    assert.ok(symbols.length > 20);
    assert.deepEqual(symbols.filter((name) => !name.startsWith('weir_')), []);
    assert.ok(!symbols.includes('weir_ring_reserve'), 'what is internal is hidden');
    const needed = run('objdump', ['-p', join(libs, 'libweir.so')]);
    assert.match(needed, /SONAME +libweir\.so\.0\n/);
    assert.doesNotMatch(needed, /NEEDED.*curl/);
});
