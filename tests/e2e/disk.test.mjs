// SPDX-License-Identifier: Apache-2.0
//
// The collector on a disk that fails or is slow: strace tampers with the program's fdatasync calls.
// Also on the build as shipped: the waits and the memory that it measures are those of that build.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {goodEvent, makeFolder, metrics, post, residue, rawRequest, serverKey, shellFirst, startWeir} from './lib/weir.mjs';

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
    const weir = await startWeir(t, tampering('delay_enter=700000:when=100+'));

    for (let i = 0, slow = 0; slow < 2; i++) { // one alone may be the machine's doing
        const began = Date.now();
        await post(weir, goodEvent());
        slow = Date.now() - began > 600 ? slow + 1 : 0;
        assert.ok(i < 210, 'the disk is slow by now');
    }
    const began = Date.now();
    const posts = Array.from({length: 50}, () => post(weir, goodEvent()));
    await new Promise((next) => setTimeout(next, 100));
    for (let i = 0; i < 10; i++)
        assert.equal((await fetch(`${weir.url}/healthz`)).status, 200);
    const healthy = Date.now() - began;
    const answers = await Promise.all(posts);
    const all = Date.now() - began;

    assert.ok(answers.every((a) => a.status === 200));
    assert.ok(all > 600, `${all} ms`);
    assert.ok(all < 10000, `50 requests share few syncs: ${all} ms`);
    assert.ok(healthy < 500, `${healthy} ms`);
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
    const weir = await startWeir(t, {dir, command: 'serve', wrap: ['unshare', '-m', ...shellFirst(
        'mount -t tmpfs -o size=64m tmpfs data && { "$0" serve --config weir.yaml > first & } && ' +
        'until grep -q "weir is ready" first; do sleep 0.1; done; kill $! && wait $!; ' +
        '{ cat /dev/zero > data/filler; } 2> /dev/null; test -s data/filler')]});
    const filler = join('/proc', String(weir.pid), 'root', dir, 'data/filler');

    assert.equal((await post(weir, goodEvent())).status, 507);
    await new Promise((next) => setTimeout(next, 2000));
    assert.equal((await post(weir, goodEvent())).status, 507);
    assert.ok(existsSync(filler));
    rmSync(filler);
    for (let i = 0; !weir.stdout().includes('weir is ready'); i++) {
        assert.ok(i < 200, `not ready:\n${weir.stderr()}`);
        await new Promise((next) => setTimeout(next, 100));
    }
    // The collector looks at the disk a few times a second: it is back within a second.
    let status;
    for (let i = 0; (status = (await post(weir, goodEvent())).status) !== 200; i++) {
        assert.ok(i < 20, `still ${status} a while after there was room`);
        await new Promise((next) => setTimeout(next, 50));
    }
});

test('collect starts for the first time below the reserve, answers 507, and is back within a second', {skip: noDisk}, async (t) => {
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
    while ((status = (await post(weir, goodEvent())).status) !== 200 && Date.now() - began < 5000)
        await sleep(20);
    assert.equal(status, 200);
    t.diagnostic(`back ${Date.now() - began} ms after there was room`);
    assert.equal((await metrics(weir)).weir_journal_full, 0);
    assert.equal((await metrics(weir))['weir_ledger_residue{source="backend"}'], 0);
    assert.ok((await metrics(weir))['weir_refusals_total{source="backend",reason="disk_full"}'] >= 3);
    assert.deepEqual(await weir.stop(), {code: 0, signal: null});
});

test('clients that do not wait for a slow disk fill no memory', {skip, timeout: 120000}, async (t) => {
    const weir = await startWeir(t, tampering('delay_enter=6000000:when=100+'));
    const text = JSON.stringify(goodEvent({context: {title: 'x'.repeat(8000), query: 'y'.repeat(6000)}}));
    const request = `POST /v1/events HTTP/1.1\r\nHost: w\r\nAuthorization: Bearer ${serverKey}\r\n`
        + `Content-Length: ${text.length}\r\n\r\n${text}`;

    for (let i = 0; i < 200 && await Promise.race([post(weir, goodEvent()), sleep(500)]); i++)
        assert.ok(i < 199, 'the disk is slow by now');
    for (let i = 0; i < 50; i++)
        await Promise.all(Array.from({length: 100}, () => rawRequest(weir.port, request, {patienceMs: 20})));
    const m = await metrics(weir);
    assert.ok(m['weir_refusals_total{source="backend",reason="overloaded"}'] > 100, JSON.stringify(m));
    assert.ok(m.process_resident_memory_bytes < 400e6, String(m.process_resident_memory_bytes));
});
