#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// A disk that is filled to its last byte under the collector, and emptied again, over and over: 507 each time, never a failed write, the
// same process all the time, events taken again within a second; and everything that was acknowledged is there. Root only.
//
//   tests/crash/full.mjs [--times N] [--long SECONDS] [--bar MS]
//
// MS is 1,000 unless it is given. 8 times; with --long 1,000 times, or as often as the time allows.

import {existsSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

import {residue} from '../e2e/lib/weir.mjs';
import {dieTogether, fillUp, inPrivateMounts, sh} from './lib/disks.mjs';
import {Expected} from './lib/expected.mjs';
import {Load} from './lib/load.mjs';
import {makeFolder, readJournal, Weir, writeSettings} from './lib/weir.mjs';

const {values: options} = parseArgs({options: {times: {type: 'string'}, long: {type: 'string'}, bar: {type: 'string', default: '1000'}}});
const most = Number(options.times ?? (options.long ? 1000 : 8));
const ends = Date.now() + 1000 * Number(options.long ?? 120);
const timesADisk = 25, barMs = Number(options.bar), patienceMs = 5 * barMs;

inPrivateMounts('full', []);

const counts = {fills: 0, acknowledged: 0, wrong: 0, lost: 0};
const back = []; // milliseconds from the free disk to the next event that is accepted
const work = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'weir-full-'));

function complain(text) {
    counts.wrong++;
    console.log(text);
}

// Resolves at the next answer of this status to a request that was sent after now; false where none comes in time.
function nextAnswer(load, status) {
    const from = performance.now();
    return new Promise((done) => {
        const timer = setTimeout(() => done(false), patienceMs);
        load.onAnswer = (answer, began) => {
            if (answer?.status === 503)
                complain(`answered 503 ${JSON.stringify(answer.body)}`);
            if (answer?.status !== status || began < from)
                return;
            clearTimeout(timer);
            done(true);
        };
    });
}

async function fillOnce(disk, load) {
    const filler = join(disk, 'filler');
    fillUp(filler);
    if (!await nextAnswer(load, 507))
        complain('no 507 from a full disk');
    await sleep(Math.random() * 50);
    rmSync(filler);
    const began = performance.now();
    if (!await nextAnswer(load, 200))
        complain('nothing is taken, though there is room');
    back.push(performance.now() - began);
    counts.fills++;
    await sleep(Math.random() * 50);
}

async function oneDisk() {
    const disk = join(work, 'disk');
    mkdirSync(disk, {recursive: true});
    sh('mount', '-t', 'tmpfs', '-o', 'size=192m', 'tmpfs', disk);
    const dir = makeFolder(disk), expected = new Expected(Date.now());
    const load = new Load(expected, {connections: 2, pad: 100});
    writeSettings(dir, {journal: {segment: '1MiB', reserve: '8MiB'}});
    const weir = new Weir('collect', dir, dieTogether);
    try {
        const up = await weir.ready;
        if (!up)
            throw new Error(`no collector: ${weir.stderr}`);
        load.port = up.port;
        load.start();
        for (let i = 0; i < timesADisk && !over(); i++)
            await fillOnce(disk, load);
        load.onAnswer = null;
        await load.stop();
        await load.settle();
        if (weir.exit)
            complain(`the collector ended: ${JSON.stringify(weir.exit)}`);
        await weir.stop();
        await residue(dir).catch((error) => complain(error.message));
        expected.settle(0, await readJournal(dir, expected), {store: false});
        counts.acknowledged += expected.acknowledged;
        counts.lost += expected.count('lost');
        if (expected.failed)
            complain(expected.describe());
    } finally {
        weir.signal('SIGKILL');
        await weir.exited;
        sh('umount', disk);
    }
}

const over = () => counts.fills >= most || Date.now() > ends || counts.wrong > 0;

try {
    while (!over())
        await oneDisk();
} finally {
    rmSync(work, {recursive: true, force: true});
}
back.sort((a, b) => a - b);
const at = (part) => Math.round(back[Math.min(back.length - 1, Math.floor(part * back.length))] ?? 0);
console.log(`full: filled ${counts.fills} times, 507 each time, ${counts.acknowledged} acknowledged: ${counts.lost} lost, ${counts.wrong} wrong; ` +
    `events taken again ${at(0.5)}, ${at(0.99)}, ${at(1)} ms after there was room (p50, p99, max)`);
process.exitCode = counts.wrong || at(0.99) > barMs ? 1 : 0;
