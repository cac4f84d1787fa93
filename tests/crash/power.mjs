#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Power cuts: the collector writes, under load, to a disk whose image is copied at one instant. The copy is what the disk had received
// by then; what only the kernel's page cache had is gone. A collector on the copy must have every event that was acknowledged
// before the copy was begun. Root only.
//
//   tests/crash/power.mjs [--cuts N] [--long SECONDS] [--on ext4,xfs] [--without-sync]
//
// 5 cuts on ext4; with --long as many as the time allows, on ext4 and XFS by turns. --without-sync makes every fdatasync do nothing,
// to show that the loss is seen. Not tried by this: sectors that a drive's own cache
// loses, reorders or tears (the model file system does that).

import {mkdtempSync, rmSync, unlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

import {residue} from '../e2e/lib/weir.mjs';
import {copyAtOnce, dieTogether, disk, inPrivateMounts, makeDisk, mountable, mountCopying, sh} from './lib/disks.mjs';
import {Expected} from './lib/expected.mjs';
import {Load} from './lib/load.mjs';
import {built, eachLine, makeFolder, removeFolder, Weir, writeSettings} from './lib/weir.mjs';

const {values: options} = parseArgs({options: {cuts: {type: 'string'}, long: {type: 'string'}, on: {type: 'string'},
    'without-sync': {type: 'boolean', default: false}}});
const kinds = (options.on ?? (options.long ? 'ext4,xfs' : 'ext4')).split(',');
const most = Number(options.cuts ?? (options.long ? 1e9 : 5));
const ends = Date.now() + 1000 * Number(options.long ?? 120);
const cutsADisk = 25;
const swallowSyncs = ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync', '-e', 'inject=fdatasync:retval=0'];

inPrivateMounts('power', ['mkfs.btrfs', ...kinds.map((kind) => `mkfs.${kind}`)]);

const counts = {cuts: 0, lost: 0, wrong: 0, acknowledged: 0};
const cutsOn = Object.fromEntries(kinds.map((kind) => [kind, 0]));

function complain(text) {
    counts.wrong++;
    console.log(text);
}

// What a collector finds on the copy: event number to position.
async function readCopy(dir, expected) {
    const found = new Map();
    const weir = new Weir('collect', dir, dieTogether);

    if (!await weir.ready)
        complain(`no collector on the copy: ${weir.stderr}`);
    await weir.stop();
    const {code, stderr} = await eachLine(built('journal_list'), [join(dir, 'data/journal')], (line) => {
        const [position, kind, id] = line.split(' ');
        if (position === 'durable' || kind === 'n')
            return;
        const n = expected.numberOf(id);
        if (n < 0 || found.has(n))
            complain(`the copy has ${id} at ${position}: ${n < 0 ? 'never sent' : 'twice'}`);
        found.set(n, Number(position));
    });
    if (code !== 0)
        complain(`the copy's journal does not read: ${stderr}`);
    return found;
}

async function cut(work, image, kind, expected, dir) {
    const acknowledged = expected.positions();
    copyAtOnce(image, join(work, 'outer/copy.img'));
    const copy = disk(join(work, 'outer/copy.img'), kind).mount(join(work, 'copy'));
    try {
        const found = await readCopy(join(copy.at, basename(dir)), expected);
        acknowledged.forEach((position, n) => {
            if (position && found.get(n) !== position) {
                counts.lost++;
                complain(`event ${n}, acknowledged at ${position}, is at ${found.get(n)} after the cut`);
            }
        });
        await residue(join(copy.at, basename(dir))).catch((error) => complain(error.message));
        counts.acknowledged += acknowledged.filter((position) => position > 0).length;
    } finally {
        copy.unmount();
        unlinkSync(join(work, 'outer/copy.img'));
    }
    counts.cuts++;
    cutsOn[kind]++;
}

const over = () => counts.cuts >= most || Date.now() > ends || counts.wrong > 0;

// A new disk, a collector on it, and some cuts.
async function oneDisk(work, kind) {
    const image = join(work, 'outer/disk.img');
    const inner = makeDisk(image, kind, 400).mount(join(work, 'inner'));
    const expected = new Expected(Date.now());
    const load = new Load(expected, {connections: 4, pad: 200});
    const dir = makeFolder(inner.at);
    writeSettings(dir, {journal: {segment: '1MiB', reserve: '8MiB'}});
    sh('sync', '-f', dir); // settings and catalogue are not what is tried
    const weir = new Weir('collect', dir, [...dieTogether, ...(options['without-sync'] ? swallowSyncs : [])]);
    try {
        const up = await weir.ready;
        if (!up)
            throw new Error(`no collector on ${kind}: ${weir.stderr}`);
        load.port = up.port;
        load.start();
        for (let i = 0; i < cutsADisk && !over(); i++) {
            await sleep(50 + Math.random() * 350);
            await cut(work, image, kind, expected, dir);
        }
    } finally {
        load.port = 0;
        await load.stop();
        await weir.stop();
        inner.unmount();
        unlinkSync(image);
    }
    if (expected.failed)
        complain(expected.describe());
}

async function main() {
    const work = mkdtempSync(join(tmpdir(), 'weir-power-'));
    const outer = mountCopying(work, 2048);
    try {
        while (!over())
            for (const kind of kinds)
                if (!over())
                    await oneDisk(work, kind);
    } finally {
        outer.unmount();
        rmSync(work, {recursive: true, force: true});
    }
}

const missing = ['btrfs', ...kinds].find((kind) => !mountable(kind));
if (missing) {
    console.log(`power: NOT run: ${missing} cannot be mounted here`);
    process.exitCode = 77;
} else {
    await main();
    console.log(`power: ${counts.cuts} power cuts (${Object.entries(cutsOn).map(([kind, n]) => `${n} on ${kind}`).join(', ')}), ` +
        `${counts.acknowledged} acknowledged events looked for on the copies: ${counts.lost} lost, ${counts.wrong} wrong`);
    process.exitCode = counts.wrong ? 1 : 0;
}
