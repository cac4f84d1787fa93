#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Kills collector and engine at random under load, and compares what was acknowledged with the journal and the store.
//
//   tests/crash/kills.mjs [--kills N] [--long SECONDS] [--seed N] [--keep]
//
// N is 200, with --long 10,000, unless the seconds are over before. The settings change at every start of a collector: the size of
// segments, threads, memory for ids, compression. Killed are collector, engine or both; while they work, while they
// start, and twice in a row; also stopped and continued, ended by SIGTERM, and showered with SIGHUP.

import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

import {Expected} from './lib/expected.mjs';
import {Load} from './lib/load.mjs';
import {accounted, makeFolder, readJournal, readStore, removeFolder, stored, Weir, writeSettings} from './lib/weir.mjs';

const {values: options} = parseArgs({options: {
    kills: {type: 'string'},
    long: {type: 'string'},
    seed: {type: 'string', default: String(Date.now() % 2 ** 31)},
    keep: {type: 'boolean', default: false},
}});
const most = Number(options.kills ?? (options.long ? 10000 : 200));
const ends = Date.now() + 1000 * Number(options.long ?? 600);
const betweenChecks = options.long ? 500 : 100;

// mulberry32: the same seed gives the same plan; the moments are the machine's.
let state = Number(options.seed) >>> 0;
function random() {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const between = (low, high) => low + random() * (high - low);

const dir = makeFolder();
const expected = new Expected(Number(options.seed));
const load = new Load(expected, {random, pad: 200});
const counts = {collector: 0, engine: 0, starting: 0, both: 0, stopped: 0, term: 0, hup: 0, compared: 0, compressed: 0};
const ready = {collector: [], engine: []}; // milliseconds
const answered = []; // from a kill to the next answer
let collector = null, engine = null, engineReady = false;
let settled = 0; // everything up to this position was compared

const kills = () => counts.collector + counts.engine;
const over = () => kills() >= most || Date.now() > ends || expected.failed;

function newSettings() {
    writeSettings(dir, {
        collector: {listen: '127.0.0.1:0', threads: pick([1, 2, 3])},
        journal: {
            segment: pick(['1MiB', '1MiB', '2MiB', '5MiB', '64MiB']),
            recent: pick(['1MiB', '2MiB', '32MiB']),
            compress_after: pick(['1ms', '1ms', '1s', '1h', 'forever']),
        },
        store: {engine: 'duckdb', memory: pick(['128MiB', '512MiB']), threads: pick([1, 2])},
    });
}

function unexpected(name, process) {
    expected.problem('ended', `${name} ended by itself: ${JSON.stringify(process.exit)}\n${process.stderr.slice(-1500)}`);
}

async function startCollector() {
    newSettings();
    collector = new Weir('collect', dir);
    return collector;
}

function killCollector(kind) {
    load.port = 0;
    collector.signal('SIGKILL');
    counts.collector++;
    if (kind)
        counts[kind]++;
}

// Waits for the collector to be ready and lets the load find it.
async function serveLoad() {
    const up = await collector.ready;
    if (!up) {
        unexpected('the collector', collector);
        return false;
    }
    ready.collector.push(up.ms);
    load.port = up.port;
    return true;
}

async function shower() {
    counts.hup++;
    for (let i = 0; i < 20; i++) {
        collector.signal('SIGHUP');
        if (engineReady && i % 4 === 0) // before, it may not take signals yet
            engine.signal('SIGHUP');
        await sleep(1);
    }
}

async function standStill() {
    counts.stopped++;
    collector.signal('SIGSTOP');
    await sleep(between(10, 80));
    if (random() < 0.5) {
        collector.signal('SIGCONT');
        await sleep(between(10, 80));
    }
}

async function endPolitely() {
    counts.term++;
    const exit = await collector.stop();
    load.port = 0;
    if (exit.code !== 0)
        unexpected('after SIGTERM, the collector', collector);
}

// One life of a collector, which ends it.
async function collectorLife() {
    const dice = random();

    await startCollector();
    if (dice < 0.2) {
        await sleep(between(0, 50)); // while it starts
        killCollector('starting');
        await collector.exited;
        return;
    }
    const killed = performance.now();
    if (!await serveLoad())
        return;
    load.firstAnswer = () => answered.push(performance.now() - killed);
    // Now and then long enough for segments to be compressed.
    await sleep(dice > 0.6 && dice < 0.63 ? between(1100, 2200) : between(10, 220));
    if (dice < 0.28)
        await standStill();
    else if (dice < 0.34)
        await shower();
    if (collector.exit) {
        unexpected('the collector', collector);
        return;
    }
    if (dice > 0.92) {
        await endPolitely();
        return;
    }
    killCollector();
    if (dice > 0.75 && engine && !engine.exit) {
        engine.signal('SIGKILL');
        counts.engine++;
        counts.both++;
    }
    if (dice < 0.9) // else the next one waits for the lock itself
        await collector.exited;
}

// Engines live until killed here, or together with a collector.
async function engineLives() {
    while (!over() && !pausing) {
        engine = new Weir('engine', dir);
        const wait = random() < 0.15 ? between(1500, 3000) : random() < 0.3 ? between(0, 100) : between(100, 700);
        engineReady = false;
        const started = engine;
        engine.ready.then((up) => {
            if (up) {
                ready.engine.push(up.ms);
                engineReady = started === engine;
            }
        });
        await Promise.race([engine.exited, sleep(wait)]);
        if (engine.exit?.signal === 'SIGKILL')
            continue; // together with a collector
        if (engine.exit) {
            unexpected('the engine', engine);
            return;
        }
        if (random() < 0.1) {
            await engine.stop();
            counts.term++;
            continue;
        }
        engine.signal('SIGKILL');
        counts.engine++;
        await engine.exited;
    }
}

let pausing = false;

// Both run, all that has no answer gets one, the store catches up, and everything is compared.
async function compare(from) {
    await startCollector();
    engine = new Weir('engine', dir);
    if (!await serveLoad() || !await engine.ready) {
        unexpected('the engine', engine);
        return;
    }
    await load.settle();
    const journal = await readJournal(dir, expected, from);
    if (!await stored(dir, journal))
        expected.problem('store', `the store does not reach position ${journal}`);
    await readStore(dir, expected, from);
    expected.settle(from, journal);
    await accounted(dir, expected, {delivered: true});
    for (const [name, process] of [['the collector', collector], ['the engine', engine]])
        if ((await process.stop()).code !== 0)
            unexpected(`after SIGTERM, ${name}`, process);
    await accounted(dir, expected); // also of what has ended
    load.port = 0;
    counts.compared++;
    settled = journal;
    counts.compressed = readdirSync(join(dir, 'data/journal')).filter((name) => name.endsWith('.zst')).length;
}

function figures(list) {
    const sorted = [...list].sort((a, b) => a - b);
    const at = (part) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0);
    return `${at(0.5)}, ${at(0.99)}, ${at(1)} ms`;
}

async function round(until) {
    pausing = false;
    load.start();
    const engines = engineLives();
    while (!over() && kills() < until)
        await collectorLife();
    pausing = true;
    load.port = 0;
    await load.stop();
    engine?.signal('SIGKILL');
    await engines;
    await collector.exited;
}

async function main() {
    while (!over()) {
        await round(Math.min(most, kills() + betweenChecks));
        await compare(settled);
        console.log(`${kills()} kills, ${expected.acknowledged} acknowledged, ${settled} positions compared`);
    }
    if (counts.compared > 1 && !expected.failed) {
        expected.forgetSeen();
        await compare(0);
    }
}

try {
    await main();
} finally {
    collector?.signal('SIGKILL');
    engine?.signal('SIGKILL');
    if (options.keep || expected.failed)
        console.log(`seed ${options.seed}, folder ${dir}`);
    else
        removeFolder(dir);
}
if (expected.failed)
    console.log(expected.describe());
console.log(`(${counts.starting} while starting, ${counts.both} of both at once; ${counts.stopped} stops, ${counts.term} SIGTERM, ` +
    `${counts.hup} showers of SIGHUP; ${counts.compressed} segments compressed at the end; ${load.unanswered} requests lost their answer, ${load.retried} of them sent again; ` +
    `engine ready, p50, p99, max: ${figures(ready.engine)}; from start to the first answer: ${figures(answered)})`);
console.log(`kills: ${kills()} kills (${counts.collector} collector, ${counts.engine} engine), ${expected.acknowledged} accepted and ` +
    `${expected.quarantined} kept aside: ${expected.count('lost')} lost, ${expected.count('doubled')} doubled, ` +
    `${expected.count('invented')} invented, ${expected.count('order')} out of order; residue of the ledger ${expected.count('residue')}; ready again, p50, p99, max: ${figures(ready.collector)}`);
process.exitCode = expected.failed ? 1 : 0;
