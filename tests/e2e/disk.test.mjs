// SPDX-License-Identifier: Apache-2.0
//
// The collector on a disk that fails or is slow: strace tampers with the program's fdatasync calls.
// Also on the build as shipped: the waits and the memory that it measures are those of that build.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {goodEvent, makeFolder, metrics, post, residue, rawRequest, serverKey, shellFirst, sleep, startWeir, until} from './lib/weir.mjs';

// strace counts calls for each thread: the 100th one is the commit thread's, long after the start. -D: the program
// stays the process that was started. The leak sanitizer cannot work beside a tracer.
const tampering = (how) => ({
    wrap: ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync', '-e', `inject=fdatasync:${how}`],
    env: {ASAN_OPTIONS: 'detect_leaks=0'},
});
const skip = spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0 && 'strace cannot trace here';

test('after a failed sync nothing is accepted, and the program ends with 75', {skip}, async (t) => {
    const weir = await startWeir(t, tampering('error=EIO:when=100+'));
    const accepted = [];
    let answer;

    for (let i = 0; i < 200; i++) {
        answer = await post(weir, goodEvent());
        if (answer.status !== 200)
            break;
        accepted.push(answer.body.events[0]);
    }
    assert.equal(answer.status, 503);
    assert.equal(answer.body.error.code, 'journal_failed');
    assert.ok(Number(answer.headers.get('retry-after')) >= 1);
    assert.ok(accepted.length > 50);
    const health = await fetch(`${weir.url}/healthz`);
    assert.equal(health.status, 503);
    assert.equal((await health.json()).status, 'journal_failed');
    assert.deepEqual(await weir.exited, {code: 75, signal: null});

    const next = await startWeir(t, {dir: weir.dir});
    for (const {id, position} of accepted) {
        const [event] = (await post(next, goodEvent({id}))).body.events;
        assert.deepEqual([event.verdict, event.position], ['duplicate', position]);
    }
    await residue(weir.dir);
});

test('a slow disk delays the answer, not the listening', {skip}, async (t) => {
    const weir = await startWeir(t, tampering('delay_enter=1500000:when=100+'));

    for (let i = 0, slow = 0; slow < 2; i++) { // one alone may be the machine's doing
        const began = Date.now();
        await post(weir, goodEvent());
        slow = Date.now() - began > 1400 ? slow + 1 : 0;
        assert.ok(i < 210, 'the disk is slow by now');
    }
    const began = Date.now();
    let answered = 0, healthy = 0;
    const posts = Array.from({length: 50}, () => post(weir, goodEvent()).finally(() => answered++));
    while (answered === 0) { // a disk that held this up, too, would let at most the first one by
        assert.equal((await fetch(`${weir.url}/healthz`)).status, 200);
        healthy += answered === 0;
    }
    const answers = await Promise.all(posts);
    const all = Date.now() - began;

    assert.ok(answers.every((a) => a.status === 200));
    assert.ok(all > 1400, `${all} ms`);
    assert.ok(all < 25000, `50 requests share few syncs: ${all} ms`);
    assert.ok(healthy >= 3, `${healthy} answers while the disk was busy`);
    const m = await metrics(weir);
    assert.equal(m['weir_events_received_total{source="backend"}'], m['weir_events_accepted_total{source="backend"}']);
});

// A disk of its own for the data folder, in a mount namespace that ends with the program: filled to the last byte
// after a first run has made all files.
const noDisk = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status !== 0 &&
    'no file system can be mounted here';

test('serve starts on a full disk, answers 507, and needs nobody once there is room', {skip: noDisk}, async (t) => {
    const dir = makeFolder(t, {settings: (s) => ({...s, journal: {segment: '1MiB', reserve: '8MiB'}})});
    mkdirSync(join(dir, 'data'));
    const weir = await startWeir(t, {dir, command: 'serve', ready: /listening on (\S+):(\d+)/, wrap: ['unshare', '-m', ...shellFirst(
        'mount -t tmpfs -o size=64m tmpfs data && { "$0" serve --config weir.yaml > first & } && ' +
        'until grep -q "weir is ready" first; do sleep 0.1; done; kill $! && wait $!; ' +
        '{ cat /dev/zero > data/filler; } 2> /dev/null; test -s data/filler')]});
    const filler = join('/proc', String(weir.pid), 'root', dir, 'data/filler');

    assert.equal((await post(weir, goodEvent())).status, 507);
    await sleep(1000);
    assert.equal((await post(weir, goodEvent())).status, 507);
    assert.ok(existsSync(filler));
    rmSync(filler);
    await until('both processes', () => weir.stdout().includes('weir is ready'));
    // The collector looks at the disk a few times a second.
    await until('that it takes events', async () => (await post(weir, goodEvent())).status === 200, 20);
});

test('collect starts for the first time below the reserve, answers 507, and is back soon', {skip: noDisk}, async (t) => {
    const dir = makeFolder(t, {settings: (s) => ({...s, journal: {segment: '1MiB', reserve: '8MiB'}})});
    mkdirSync(join(dir, 'data'));
    const weir = await startWeir(t, {dir, wrap: ['unshare', '-m', ...shellFirst(
        'mount -t tmpfs -o size=32m tmpfs data && head -c 26m /dev/zero > data/filler')]});
    const filler = join('/proc', String(weir.pid), 'root', dir, 'data/filler');

    for (let i = 0; i < 3; i++) {
        assert.equal((await post(weir, goodEvent())).status, 507);
        await sleep(300);
    }
    assert.equal((await metrics(weir)).weir_journal_full, 1);
    rmSync(filler);
    const began = Date.now();
    let status;
    while ((status = (await post(weir, goodEvent())).status) !== 200 && Date.now() - began < 20000)
        await sleep(20);
    assert.equal(status, 200);
    t.diagnostic(`back ${Date.now() - began} ms after there was room`);
    assert.equal((await metrics(weir)).weir_journal_full, 0);
    assert.equal((await metrics(weir))['weir_ledger_residue{source="backend"}'], 0);
    assert.ok((await metrics(weir))['weir_refusals_total{source="backend",reason="disk_full"}'] >= 3);
    assert.deepEqual(await weir.stop(), {code: 0, signal: null});
});

test('clients that do not wait for a slow disk fill no memory', {skip, timeout: 300000}, async (t) => {
    const weir = await startWeir(t, tampering('delay_enter=6000000:when=100+'));
    const text = JSON.stringify(goodEvent({context: {title: 'x'.repeat(8000), query: 'y'.repeat(6000)}}));
    const request = `POST /v1/events HTTP/1.1\r\nHost: w\r\nAuthorization: Bearer ${serverKey}\r\n`
        + `Content-Length: ${text.length}\r\n\r\n${text}`;

    for (let i = 0; i < 200 && await Promise.race([post(weir, goodEvent()), sleep(3000)]); i++)
        assert.ok(i < 199, 'the disk is slow by now');
    let m, refused = 0;
    for (let i = 0; i < 50 || (refused <= 100 && i < 300); i++) {
        await Promise.all(Array.from({length: 100}, () => rawRequest(weir.port, request, {patienceMs: 20})));
        m = await metrics(weir);
        refused = m['weir_refusals_total{source="backend",reason="overloaded"}'] ?? 0;
    }
    assert.ok(refused > 100, JSON.stringify(m));
    assert.ok(m.process_resident_memory_bytes < 400e6, String(m.process_resident_memory_bytes));
});
