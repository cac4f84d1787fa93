// SPDX-License-Identifier: Apache-2.0
//
// `weir ship` under a random course of writes, rotations of both kinds and kills: each line once. The seed is told where
// it fails; WEIR_SHIP_SEED and WEIR_SHIP_SECONDS repeat and prolong it (though not to the moment: the clock has a say).

import assert from 'node:assert/strict';
import {appendFileSync, copyFileSync, existsSync, renameSync, truncateSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {follow, lines, once, rows, site, startEngine} from './lib/ship.mjs';
import {sleep, startWeir} from './lib/weir.mjs';

const first = Number(process.env.WEIR_SHIP_SEED ?? Date.now() % 1000000), seconds = Number(process.env.WEIR_SHIP_SECONDS ?? 4);
let seed = first;
const below = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;

test('whatever happens to a log and to who reads it, each line arrives once', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir}), done = [];
    let written = 0, ship = null;
    const write = (count) => { // in two pieces, mostly within a line
        const text = lines(written + 1, written + count), cut = below(text.length);
        appendFileSync(s.log, text.slice(0, cut));
        appendFileSync(s.log, text.slice(cut));
        written += count;
    };
    const shift = () => {
        for (let n = 99; n > 0; n--)
            if (existsSync(`${s.log}.${n}`))
                renameSync(`${s.log}.${n}`, `${s.log}.${n + 1}`);
    };
    const steps = {
        write: () => write(1 + below(200)),
        rename() {
            shift();
            renameSync(s.log, `${s.log}.1`);
            writeFileSync(s.log, '');
        },
        truncate() {
            shift();
            copyFileSync(s.log, `${s.log}.1`);
            truncateSync(s.log);
        },
        async kill() {
            await ship?.stop('SIGKILL');
            ship = null;
        },
        start: () => (ship ??= follow(t, s, weir.url, '--batch', '50')),
    };
    const course = ['write', 'write', 'write', 'write', 'rename', 'truncate', 'kill', 'start', 'start', 'start'];

    write(5);
    assert.equal((await once(s, weir.url)).code, 0);
    for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
        const step = course[below(course.length)];
        done.push(step);
        await steps[step]();
        await sleep(below(120));
    }
    await steps.kill();
    const last = await once(s, weir.url), what = `seed ${first}: ${done.join(' ')}\n${last.stderr}`;
    assert.equal(last.code, 0, what);
    assert.doesNotMatch(last.stderr, /missing/, what);
    await startEngine(t, s);
    assert.deepEqual(await rows(s, `SELECT count(*)::INTEGER, count(DISTINCT path)::INTEGER FROM events WHERE name = 'page_visited'`),
        [[written, written]], what);
});
