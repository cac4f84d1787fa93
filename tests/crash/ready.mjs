#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// How soon a collector is ready after kill -9, with a head segment of 64 MiB that is nearly full, and whole segments behind it whose ids
// must be known as well. Afterwards ids from all over the journal are sent again: each must be a duplicate, at its position.
//
//   tests/crash/ready.mjs [--segments N] [--long SECONDS] [--bar MS]
//
// N whole segments behind the head: 0, with --long 4. The bar is a second unless it is given, for the median of seven starts (the slowest one is printed,
// too: other work on the machine is in it; processor time is not).

import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

import {serverKey} from '../e2e/lib/weir.mjs';
import {Connection} from './lib/client.mjs';
import {makeFolder, removeFolder, Weir, writeSettings} from './lib/weir.mjs';

const {values: options} = parseArgs({options: {segments: {type: 'string'}, long: {type: 'string'}, bar: {type: 'string', default: '1000'}}});
const segments = Number(options.segments ?? (options.long ? 4 : 0));
const segmentBytes = 64 * 2 ** 20, starts = 7, batch = 300, bar = Number(options.bar);
// The short form has fewer, larger events, so that it is soon full.
const pad = 'x'.repeat(options.long ? 150 : 1500);
const dir = makeFolder();
const kept = []; // every 500th event: {n, position}
let sent = 0;

const hex = (n, digits) => n.toString(16).padStart(digits, '0');
const idOf = (n) => `${hex(Math.imul(n, 0x9e3779b1) >>> 0, 8)}-0000-4000-8000-${hex(n, 12)}`;
const event = (n) => `{"name":"project.created","id":"${idOf(n)}","properties":{"project_id":"p","seats":${n}},"context":{"title":"${pad}"}}`;

async function written(port) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^weir_journal_bytes_total (\d+)/m.exec(text)[1]);
}

async function fill(port) {
    const wanted = (segments + 0.92) * segmentBytes;
    let enough = false;
    const work = async () => {
        const connection = new Connection(port);
        while (!enough) {
            const first = sent;
            sent += batch;
            const {status, body} = await connection.request(serverKey, `[${Array.from({length: batch}, (_, i) => event(first + i)).join(',')}]`);
            if (status !== 200)
                throw new Error(`status ${status} while filling: ${JSON.stringify(body).slice(0, 200)}`);
            if (first % 600 === 0)
                kept.push({n: first, position: body.events[0].position});
        }
        connection.close();
    };
    const watch = async () => {
        while (!enough) {
            enough = await written(port) > wanted;
            await sleep(20);
        }
    };
    await Promise.all([work(), work(), work(), watch()]);
}

// What the kernel says that the process's threads have run, in milliseconds.
function processorTime(pid) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(stat[11]) + Number(stat[12])) * 10;
}

async function known(port) {
    const connection = new Connection(port);
    let wrong = 0;
    for (const {n, position} of kept) {
        const {body} = await connection.request(serverKey, event(n));
        wrong += body?.events?.[0].verdict !== 'duplicate' || body.events[0].position !== position;
    }
    connection.close();
    return wrong;
}

let weir;
try {
    writeSettings(dir, {journal: {segment: '64MiB', compress_after: 'forever'}});
    weir = new Weir('collect', dir);
    const up = await weir.ready;
    await fill(up.port);
    const times = [], processor = [];
    let port;
    for (let i = 0; i < starts; i++) {
        await weir.stop('SIGKILL');
        weir = new Weir('collect', dir);
        const again = await weir.ready;
        if (!again)
            throw new Error(`no new start: ${weir.stderr}`);
        processor.push(processorTime(weir.pid));
        times.push(again.ms);
        port = again.port;
    }
    const wrong = await known(port);
    const middle = (list) => [...list].sort((a, b) => a - b)[starts >> 1];
    const median = middle(times), slowest = Math.max(...times);
    console.log(`ready: ${Math.round(median)} ms after kill -9 (median of ${starts}; slowest ${Math.round(slowest)} ms; processor time ` +
        `${middle(processor)} ms), ${sent} events in ${segments} segments of 64 MiB and a head that is 92 % full; ` +
        `${wrong} of ${kept.length} ids sent again were not known`);
    process.exitCode = median <= bar && wrong === 0 ? 0 : 1;
} finally {
    await weir?.stop();
    removeFolder(dir);
}
