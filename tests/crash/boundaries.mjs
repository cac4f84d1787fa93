#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Kills a writer at its file calls, one after another, and its recovery at its own; afterwards nothing that was acknowledged may be
// missing. The writer is the program `workload`, which writes 1,000 events into 32 KiB segments.
//
//   tests/crash/boundaries.mjs [--every N] [--long SECONDS]
//
// Three sweeps, over each Nth place (37, with --long 1 or as many as the time allows): calls as the journal makes them, counted
// over all threads, writes also cut in the middle (workload sweep); the system calls themselves, chosen by strace, which
// counts for each thread; and the same with an error in place of the kill, once and for good.

import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';

import {built, notRun} from './lib/weir.mjs';

const {values: options} = parseArgs({options: {every: {type: 'string'}, long: {type: 'string'}}});
const every = Number(options.every ?? (options.long ? 1 : 37));
const errorEvery = options.long ? every : 211;
const ends = Date.now() + 1000 * Number(options.long ?? 300);

const calls = ['openat', 'write', 'pwrite64', 'pwritev', 'fdatasync', 'fsync', 'rename', 'renameat', 'renameat2', 'unlink',
    'unlinkat', 'ftruncate', 'fallocate', 'mkdir', 'mkdirat'];
const errors = ['fdatasync:error=EIO', 'pwritev:error=EIO', 'pwritev:error=ENOSPC', 'fallocate:error=ENOSPC', 'fsync:error=EIO'];

const work = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'weir-boundaries-'));
const counts = {kills: 0, recoveries: 0, errors: 0, failed: 0};
const skipped = new Set();

function run(command, args) {
    return new Promise((done) => {
        const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe']});
        let text = '';
        child.stdout.on('data', (bytes) => (text += bytes));
        child.stderr.on('data', (bytes) => (text += bytes));
        child.on('error', (error) => done({status: error.message, text}));
        child.on('close', (code, signal) => done({status: signal ?? code, text}));
    });
}

const tamper = (call, how, args) => run('strace', ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`,
    '-e', `inject=${call}:${how}`, built('workload'), ...args]);

function complain(what, text) {
    counts.failed++;
    console.log(`${what}:\n${text.slice(0, 2000)}`);
}

async function verify(dir, acks, what) {
    const {status, text} = await run(built('workload'), ['verify', dir, acks]);
    if (status !== 0)
        complain(`${what}: status ${status}`, text);
}

// Kills at the nth such call of a thread, then twice in recovery. False where there is no nth call.
async function killAt(lane, call, n) {
    const dir = join(work, lane), acks = `${dir}.acks`;
    rmSync(dir, {recursive: true, force: true});
    rmSync(acks, {force: true});
    const {status, text} = await tamper(call, `signal=SIGKILL:when=${n}`, ['write', dir, acks]);
    if (status !== 'SIGKILL' && status !== 137) {
        if (status !== 0)
            complain(`${call} ${n}: the writer ended with ${status}`, text);
        return false;
    }
    counts.kills++;
    for (const [victim, at] of [[call, 1 + n % 4], ['pwritev', 1 + n % 5]]) {
        const recovered = await tamper(victim, `signal=SIGKILL:when=${at}`, ['recover', dir]);
        counts.recoveries += recovered.status !== 0;
    }
    await verify(dir, acks, `${call} ${n}`);
    return true;
}

// An error at the nth call of a thread, `once` or from there on. False where that is past the end.
async function failAt(lane, fault, n, suffix) {
    const [call, how] = fault.split(':');
    const dir = join(work, lane), acks = `${dir}.acks`;
    rmSync(dir, {recursive: true, force: true});
    rmSync(acks, {force: true});
    const {status, text} = await tamper(call, `${how}:when=${n}${suffix}`, ['write', dir, acks]);
    if (status !== 0 && status !== 75)
        complain(`${fault} at ${n}${suffix}: the writer ended with ${status}`, text);
    counts.errors++;
    if (existsSync(acks) && existsSync(dir))
        await verify(dir, acks, `${fault} at ${n}${suffix}`);
    return status !== 0;
}

async function sweep(call, lane) {
    // A step that is no divisor of the work's own rhythm, so that samples fall on all kinds of calls.
    for (let n = 1; Date.now() < ends && await killAt(lane, call, n); n += every);
}

async function sweepErrors(fault, lane) {
    for (const suffix of ['', '+'])
        for (let n = 1; Date.now() < ends; n += errorEvery)
            if (!await failAt(lane, fault, n, suffix) && n > 1)
                break;
}

// Two lanes share the list.
async function share(list, what) {
    const left = [...list];
    const lane = async (name) => {
        while (left.length)
            await what(left.shift(), name);
    };
    await Promise.all([lane('a'), lane('b')]);
}

// Not every kernel and every C library has or uses each of these calls.
function known(call) {
    if (spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', `trace=${call.split(':')[0]}`, 'true']).status === 0)
        return true;
    skipped.add(call);
    return false;
}

async function main() {
    if (spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0) {
        console.log('boundaries: NOT run: strace cannot trace here');
        return notRun;
    }
    const table = await run(built('workload'), ['sweep', join(work, 'table'), String(every)]);
    if (table.status !== 0)
        complain('workload sweep', table.text);
    await share(calls.filter(known), sweep);
    const whole = Date.now() < ends;
    await share(errors.filter(known), sweepErrors);
    const over = Date.now() < ends ? '' : whole ? ' (time ran out among the errors)' : ' (time ran out)';
    const [, kills, places, recoveries] = /(\d+) kills at (\d+) file calls, (\d+) recov/.exec(table.text) ?? [];
    console.log(`boundaries: killed ${Number(kills) + counts.kills} times (at ${places} file calls, ${counts.kills} system calls), in recovery ` +
        `${Number(recoveries) + counts.recoveries} times, ${counts.errors} errors injected: ${counts.failed} lost, doubled or invented something${over}`);
    return counts.failed ? 1 : 0;
}

try {
    process.exitCode = await main();
} finally {
    rmSync(work, {recursive: true, force: true});
}
