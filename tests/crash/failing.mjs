#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// A disk that fails under the collector: the kernel's own write-back fails, fdatasync says so once, and says "done" the next time. From
// then on nothing may be acknowledged, clients get 503 at once, the process ends with 75; on the disk, once it
// takes writes again, is every event that was acknowledged. Root only.
//
//   tests/crash/failing.mjs [--long SECONDS] [--on ext4,xfs] [--bar MS]
//
// Two ways to fail, on ext4 (with --long on XFS as well, over and over). `thin`: the disk is a sparse file on a full tmpfs, so that it fails
// where it is written to for the first time: at the next segment. `shared`: a file on a full btrfs whose blocks belong to a copy, too, so
// that it fails where it is overwritten: at the commit itself.

import {existsSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

import {residue} from '../e2e/lib/weir.mjs';
import {copyAtOnce, dieTogether, fillUp, inPrivateMounts, makeDisk, mountable, mountCopying, sh} from './lib/disks.mjs';
import {Expected} from './lib/expected.mjs';
import {Load} from './lib/load.mjs';
import {makeFolder, notRun, readJournal, Weir, writeSettings} from './lib/weir.mjs';

const {values: options} = parseArgs({options: {long: {type: 'string'}, on: {type: 'string'}, bar: {type: 'string', default: '100'}}});
const kinds = (options.on ?? (options.long ? 'ext4,xfs' : 'ext4')).split(',');
const ends = Date.now() + 1000 * Number(options.long ?? 0);
const barMs = Number(options.bar); // for the 99th percentile of the waits for a 503

inPrivateMounts('failing', ['mkfs.btrfs', ...kinds.map((kind) => `mkfs.${kind}`)]);

const counts = {failures: 0, acknowledged: 0, wrong: 0, lost: 0};
const late = []; // how long requests waited that were sent after the first 503
const waiting = []; // and those that were on their way when the disk failed
const work = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'weir-failing-')); // its own disk is not what is tried

function complain(text) {
    counts.wrong++;
    console.log(text);
}

// A disk of this kind, and what makes it fail and work again.
const ways = {
    thin(kind) {
        const outer = join(work, 'thin');
        mkdirSync(outer, {recursive: true});
        // As much as a fresh disk and a few seconds of events take.
        sh('mount', '-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', outer);
        return {
            disk: makeDisk(join(outer, 'disk.img'), kind, 400),
            fail: () => fillUp(join(outer, 'filler')),
            mend: () => rmSync(join(outer, 'filler')),
            end: () => sh('umount', outer),
        };
    },
    shared(kind) {
        const outer = mountCopying(work, 512);
        return {
            disk: makeDisk(join(outer.at, 'disk.img'), kind, 400),
            fail() {
                copyAtOnce(join(outer.at, 'disk.img'), join(outer.at, 'copy.img'));
                fillUp(join(outer.at, 'filler'));
            },
            mend() {
                rmSync(join(outer.at, 'copy.img'));
                rmSync(join(outer.at, 'filler'));
                sh('sync', '-f', outer.at);
            },
            end: () => outer.unmount(),
        };
    },
};

// What the clients see of the failure.
function watch(load) {
    const seen = {failedAt: 0, full: false, codes: new Set()};
    load.onAnswer = (answer, began) => {
        const now = performance.now();
        if (answer?.status === 507) {
            seen.full = true; // it asks for room: nothing is promised, nothing has failed
        } else if (answer?.status >= 500) {
            seen.codes.add(`${answer.status} ${answer.body?.error?.code}`);
            if (seen.failedAt)
                (began > seen.failedAt ? late : waiting).push(now - began);
            else
                waiting.push(now - began);
            seen.failedAt ||= now;
        } else if (answer && seen.failedAt && began > seen.failedAt) {
            complain(`answered ${answer.status} after the journal had failed`);
        }
    };
    return seen;
}

// Its end; or 507 for as long as it likes, where the next segment has no room: that is no failure of what was promised.
async function untilItEnds(weir, way, load, seen) {
    const up = await weir.ready;
    if (!up)
        throw new Error(`no collector: ${weir.stderr}`);
    load.port = up.port;
    load.start();
    await sleep(700);
    way.fail();
    const began = Date.now();
    while (!weir.exit && Date.now() - began < (seen.full ? 5000 : 60000))
        await sleep(20);
    load.port = 0;
    await load.stop();
    if (weir.exit ? weir.exit.code !== 75 : !seen.full)
        complain(`the collector ended with ${JSON.stringify(weir.exit)}, not 75: ${weir.stderr}`);
    await weir.stop();
}

// On the disk that works again: what had no answer is sent again, and everything is compared.
async function compare(dir, expected, load) {
    const weir = new Weir('collect', dir, dieTogether);
    const up = await weir.ready;
    if (!up) {
        complain(`no collector after the disk works again: ${weir.stderr}`);
        return;
    }
    load.port = up.port;
    await load.settle();
    await weir.stop();
    await residue(dir).catch((error) => complain(error.message));
    const last = await readJournal(dir, expected);
    expected.settle(0, last, {store: false});
    counts.acknowledged += expected.acknowledged;
    counts.lost += expected.count('lost');
    if (expected.failed)
        complain(expected.describe());
}

async function failOnce(name, kind) {
    const way = ways[name](kind);
    let inner = way.disk.mount(join(work, 'inner'));
    const dir = makeFolder(inner.at), expected = new Expected(Date.now());
    const load = new Load(expected, {connections: 8, pad: 500});
    const seen = watch(load);
    writeSettings(dir, {journal: {segment: '4MiB', reserve: '8MiB'}});
    sh('sync', '-f', dir);
    const weir = new Weir('collect', dir, dieTogether);
    try {
        await untilItEnds(weir, way, load, seen);
        load.onAnswer = null;
        console.log(`${name} on ${kind}: ${expected.acknowledged} acknowledged; then ${[...seen.codes, ...(seen.full ? ['507'] : [])].join(', ')}; ${weir.stderr.trim().split('\n').pop()}`);
        way.mend();
        inner.unmount();
        inner = way.disk.mount(join(work, 'inner'));
        await compare(dir, expected, load);
        counts.failures++;
    } finally {
        weir.signal('SIGKILL');
        await weir.exited;
        inner.unmount();
        way.end();
    }
}

async function main() {
    do
        for (const kind of kinds)
            for (const name of Object.keys(ways))
                await failOnce(name, kind);
    while (Date.now() < ends && counts.wrong === 0);
}

const missing = ['btrfs', ...kinds].find((kind) => !mountable(kind));
if (missing) {
    console.log(`failing: NOT run: ${missing} cannot be mounted here`);
    process.exitCode = notRun;
} else {
    try {
        await main();
    } finally {
        rmSync(work, {recursive: true, force: true});
    }
    late.sort((a, b) => a - b);
    const p99 = late[Math.floor(late.length * 0.99)] ?? 0;
    console.log(`failing: ${counts.failures} failures of the disk, ${counts.acknowledged} acknowledged events: ${counts.lost} lost, ` +
        `${counts.wrong} wrong; 503 within ${p99.toFixed(0)} ms (p99 of ${late.length}; the slowest that was on its way waited ` +
        `${Math.max(0, ...waiting).toFixed(0)} ms)`);
    process.exitCode = counts.wrong || p99 > barMs ? 1 : 0;
}
