// SPDX-License-Identifier: Apache-2.0
//
// `weir ship` through rotation, restarts and kills: each line once.

import assert from 'node:assert/strict';
import {appendFileSync, copyFileSync, existsSync, renameSync, truncateSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {follow, hasAccepted, lines, numbers, once, pages, rows, site, startEngine} from './lib/ship.mjs';
import {freePort, sleep, startWeir, until} from './lib/weir.mjs';

test('rotation by rename, twice while nobody looks, and with a late writer', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    const rotate = () => {
        for (const n of [3, 2, 1, 0]) {
            const from = n ? `${s.log}.${n}` : s.log;
            if (existsSync(from))
                renameSync(from, `${s.log}.${n + 1}`);
        }
    };
    writeFileSync(`${s.log}.1`, lines(900, 909)); // from before the first start: none of ours
    writeFileSync(s.log, lines(1, 10));
    assert.equal((await once(s, weir.url)).code, 0);

    appendFileSync(s.log, lines(11, 20));
    rotate();
    writeFileSync(s.log, lines(21, 30));
    rotate();
    writeFileSync(s.log, lines(31, 40));
    const ship = follow(t, s, weir.url);
    await hasAccepted(weir, 40);

    rotate(); // while it runs, and the old file goes on being written to
    appendFileSync(`${s.log}.1`, lines(41, 42));
    await hasAccepted(weir, 42);
    writeFileSync(s.log, lines(43, 44));
    appendFileSync(`${s.log}.1`, lines(45, 46));
    appendFileSync(`${s.log}.3`, lines(47, 47)); // a child process that hung on to its file
    await hasAccepted(weir, 47);
    const ended = await ship.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.doesNotMatch(ended.stderr, /missing/);
    unlinkSync(`${s.log}.3`); // it was read to its end
    const after = await once(s, weir.url);
    assert.equal(after.code, 0, after.stderr);
    assert.match(after.stderr, /0 lines/);
    await startEngine(t, s);
    assert.deepEqual((await pages(s)).sort(), numbers(1, 47).sort());
});

test('rotation by copy and truncate, running and not', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    const rotate = () => {
        if (existsSync(`${s.log}.1`))
            renameSync(`${s.log}.1`, `${s.log}.2`);
        copyFileSync(s.log, `${s.log}.1`);
        truncateSync(s.log);
    };
    writeFileSync(s.log, lines(1, 10));
    assert.equal((await once(s, weir.url)).code, 0);
    appendFileSync(s.log, lines(11, 20)); // only the copy will have these
    rotate();
    appendFileSync(s.log, lines(21, 60)); // longer than it was
    const second = await once(s, weir.url);
    assert.equal(second.code, 0, second.stderr);
    assert.doesNotMatch(second.stderr, /missing/);

    const ship = follow(t, s, weir.url);
    appendFileSync(s.log, lines(61, 65));
    await hasAccepted(weir, 65);
    rotate();
    appendFileSync(s.log, lines(66, 67));
    await hasAccepted(weir, 67);
    truncateSync(s.log); // by hand: there is no copy
    await until('the truncation', () => ship.child.output.stderr.includes('no copy of it is here'));
    appendFileSync(s.log, lines(68, 69));
    await hasAccepted(weir, 69);
    assert.equal((await ship.stop()).code, 0);
    await startEngine(t, s);
    assert.deepEqual(await pages(s), numbers(1, 69));
});

test('a copy that ends before the place reached is not read again', async (t) => {
    for (const count of [3, 20]) { // less and more than the first bytes that a state has
        const s = site(t), weir = await startWeir(t, {dir: s.dir});
        writeFileSync(s.log, lines(1, count));
        const ship = follow(t, s, weir.url);
        await hasAccepted(weir, count);
        copyFileSync(s.log, `${s.log}.1`);
        appendFileSync(s.log, lines(count + 1, count + 2)); // read before the file is truncated
        await hasAccepted(weir, count + 2);
        truncateSync(s.log);
        appendFileSync(s.log, lines(count + 3, count + 3));
        await hasAccepted(weir, count + 3);
        renameSync(s.log, `${s.log}.2`); // so that the folder is looked at once more
        writeFileSync(s.log, lines(count + 4, count + 4));
        await hasAccepted(weir, count + 4);
        const ended = await ship.stop();
        assert.doesNotMatch(ended.stderr, /missing/);
        const after = await once(s, weir.url);
        assert.match(after.stderr, /0 lines/);
        await startEngine(t, s);
        assert.deepEqual((await pages(s)).sort(), numbers(1, count + 4).sort());
    }
});

test('the collector is away over three rotations', async (t) => {
    const s = site(t, {port: await freePort()});
    let weir = await startWeir(t, {dir: s.dir});
    const ship = follow(t, s, weir.url);
    writeFileSync(s.log, lines(1, 10));
    await hasAccepted(weir, 10);
    await weir.stop();
    appendFileSync(s.log, lines(11, 20));
    await until('a try', () => /again in/.test(ship.child.output.stderr));
    for (let i = 0; i < 3; i++) {
        for (const n of [2, 1, 0])
            if (existsSync(n ? `${s.log}.${n}` : s.log))
                renameSync(n ? `${s.log}.${n}` : s.log, `${s.log}.${n + 1}`);
        writeFileSync(s.log, lines(21 + 10 * i, 30 + 10 * i));
        await sleep(20); // their age tells their order
    }
    weir = await startWeir(t, {dir: s.dir});
    await hasAccepted(weir, 50); // its counts go on
    assert.equal((await ship.stop()).code, 0);
    await startEngine(t, s);
    assert.deepEqual(await pages(s), numbers(1, 50));
});

test('killed at any moment, and the collector away for a while: every line once', async (t) => {
    const s = site(t, {port: await freePort()});
    let weir = await startWeir(t, {dir: s.dir});
    const {url} = weir;
    let written = 0;
    const write = (count) => {
        appendFileSync(s.log, lines(written + 1, written + count));
        written += count;
    };
    write(2000);
    assert.equal((await once(s, url)).code, 0);
    for (let kill = 0; kill < 12; kill++) {
        const ship = follow(t, s, url, '--batch', '100');
        if (kill % 3 === 0)
            renameSync(s.log, kill % 2 ? join(s.dir, `log/access-${20261100 + kill}.log`) : `${s.log}.${20261100 + kill}`);
        write(300);
        await sleep(20 + kill * 13);
        if (kill === 6)
            await weir.stop();
        if (kill === 8)
            weir = await startWeir(t, {dir: s.dir});
        await ship.stop('SIGKILL');
    }
    const last = await once(s, url);
    assert.equal(last.code, 0, last.stderr);
    await startEngine(t, s);
    const found = await rows(s, `SELECT count(*)::INTEGER, count(DISTINCT path)::INTEGER FROM events WHERE name = 'page_visited'`);
    assert.deepEqual(found, [[written, written]]);
});
