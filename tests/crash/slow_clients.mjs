#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// What slow and silent clients cost a good one. Rounds with and without them alternate on one collector, and the
// good client's 99th percentile of posting an event is compared: medians over the rounds.
//
//   tests/crash/slow_clients.mjs [--slow N] [--idle N] [--rounds N] [--posts N]
//
// slow: a third sends its header a byte a second, a third its body, a third asks and never reads the answer; all of
// them come back when they are cut off. idle: connections that say nothing. The attackers and the good client are
// processes of their own, and all on this machine: what the attackers' own work costs is in the figure too.
// Exit status 0: within the bars (1.1 times for slow and for idle ones, 8 KiB for an idle connection); 77: too few
// files are allowed here.

import {spawn, spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {goodEvent, metrics, rawRequest, serverKey, shellFirst, startWeir} from '../e2e/lib/weir.mjs';

const self = fileURLToPath(import.meta.url);
const {values: options} = parseArgs({options: {
    slow: {type: 'string', default: '5000'},
    idle: {type: 'string', default: '10000'},
    rounds: {type: 'string', default: '5'},
    posts: {type: 'string', default: '4000'},
    as: {type: 'string'},
    port: {type: 'string'},
    count: {type: 'string'},
}});
const bars = {ratio: 1.1, idleBytes: 8192};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const head = ['POST /v1/events HTTP/1.1', 'Host: weir', `Authorization: Bearer ${serverKey}`].join('\r\n');

// The ways to be slow, by the number of the client.
const habits = [
    {first: 'POST /v1/events HTTP/1.1\r\nHost: w\r\nX-Slow: ', then: 'a'},
    {first: `${head}\r\nContent-Length: 5000\r\n\r\n`, then: ' '},
    {first: 'GET /healthz HTTP/1.1\r\nHost: w\r\n\r\n'.repeat(8), then: '', deaf: true},
];

// A process of `count` clients on `port`; says `ready` once all are connected, ends with its standard input.
async function attack(kind, port, count) {
    let open = 0;
    const sockets = new Set();
    const enter = (n) => new Promise((done) => {
        const habit = kind === 'slow' ? habits[n % habits.length] : null;
        const socket = connect(port, '127.0.0.1');

        socket.on('connect', () => {
            open++;
            sockets.add(socket);
            if (habit)
                socket.write(habit.first);
            if (habit?.deaf)
                socket.pause();
            else
                socket.resume();
            done();
        });
        socket.then = habit?.then;
        socket.on('error', () => done());
        socket.on('close', () => {
            sockets.delete(socket);
            setTimeout(enter, 1000, n);
        });
    });

    process.stdin.on('end', () => process.exit(0)).resume();
    for (let n = 0; n < count; n += 250)
        await Promise.all(Array.from({length: Math.min(250, count - n)}, (_, i) => enter(n + i)));
    console.log(`ready ${open}`);
    for (let part = 0; kind === 'slow'; part = (part + 1) % 10) {
        let i = 0;
        for (const socket of sockets)
            if (i++ % 10 === part && socket.then)
                socket.write(socket.then);
        await sleep(100);
    }
}

// Posts one event after the other over one connection; prints the 99th percentile in microseconds.
async function good(port, count) {
    const body = JSON.stringify(goodEvent());
    const request = `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    const times = [];
    let wake, text = '';

    socket.on('data', (bytes) => {
        text += bytes;
        const end = text.indexOf('\r\n\r\n');
        const length = /content-length: (\d+)/i.exec(text);
        if (end >= 0 && text.length >= end + 4 + Number(length?.[1] ?? 0))
            wake(text);
    });
    socket.on('close', () => wake?.(''));
    for (let i = 0; i < count + 200; i++) {
        const began = process.hrtime.bigint();
        const answer = await new Promise((done) => {
            wake = done;
            text = '';
            socket.write(request);
        });
        if (!answer.startsWith('HTTP/1.1 200'))
            throw new Error(`a good client was refused: ${answer.slice(0, 200)}`);
        if (i >= 200)
            times.push(Number(process.hrtime.bigint() - began) / 1000);
    }
    times.sort((a, b) => a - b);
    console.log(times[Math.floor(times.length * 0.99)].toFixed(1));
    process.exit(0);
}

function measure(port, count) {
    const result = spawnSync(process.execPath, [self, '--as', 'good', '--port', port, '--count', count], {encoding: 'utf8'});
    if (result.status !== 0)
        throw new Error(result.stderr);
    return Number(result.stdout);
}

async function withAttackers(kind, port, count, work) {
    const child = spawn('sh', ['-c', 'ulimit -n 20000 && exec "$0" "$@"', process.execPath, self,
        '--as', kind, '--port', String(port), '--count', String(count)], {stdio: ['pipe', 'pipe', 'inherit']});
    try {
        await new Promise((done, failed) => {
            child.stdout.once('data', done);
            child.on('exit', () => failed(new Error('the attackers could not start')));
        });
        return await work();
    } finally {
        child.removeAllListeners('exit');
        child.stdin.end();
        await new Promise((done) => child.on('close', done));
    }
}

const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

async function idleBytes(weir, count) {
    const before = rss(weir.pid);
    return withAttackers('idle', weir.port, count, async () => {
        await sleep(300);
        return (rss(weir.pid) - before) / count;
    });
}

async function main() {
    const undo = [];
    const count = {slow: Number(options.slow), idle: Number(options.idle)};
    if (spawnSync('sh', ['-c', 'ulimit -n 20000']).status !== 0) {
        console.log('slow clients: not run: this user may not open 20,000 files (ulimit -n)');
        return 77;
    }
    const weir = await startWeir({after: (fn) => undo.push(fn)}, {wrap: shellFirst('ulimit -n 20000')});
    try {
        const perIdle = await idleBytes(weir, count.idle);
        const times = {alone: [], slow: [], idle: []};
        for (let round = 0; round < Number(options.rounds); round++) {
            times.alone.push(measure(weir.port, options.posts));
            for (const kind of ['slow', 'idle'])
                times[kind].push(await withAttackers(kind, weir.port, count[kind], async () => {
                    await sleep(kind === 'slow' ? 6000 : 500); // slow ones are being cut off by then
                    return measure(weir.port, options.posts);
                }));
            console.log(`# round ${round + 1}: ${Object.entries(times).map(([k, v]) => `${k} ${v[round]}`).join(' · ')} µs`);
        }
        const cut = (await metrics(weir)).weir_http_connections_cut_total;
        const last = (await rawRequest(weir.port, 'GET /healthz HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n')).text;
        const ratio = (kind) => median(times[kind].map((t, i) => t / times.alone[i]));
        const fine = ratio('slow') <= bars.ratio && ratio('idle') <= bars.ratio && perIdle <= bars.idleBytes &&
            last.startsWith('HTTP/1.1 200') && (count.slow < 3 || cut > 0);
        console.log(`slow clients: p99 of a good client ${median(times.alone)} µs; beside ${count.slow} slow ones ` +
            `${median(times.slow)} µs (${ratio('slow').toFixed(2)} ×, ${cut} cut off); beside ${count.idle} idle ones ` +
            `${median(times.idle)} µs (${ratio('idle').toFixed(2)} ×); an idle connection takes ${Math.round(perIdle)} bytes`);
        return fine ? 0 : 1;
    } finally {
        for (const fn of undo.reverse())
            await fn();
    }
}

if (options.as === 'good')
    await good(Number(options.port), Number(options.count));
else if (options.as)
    await attack(options.as, Number(options.port), Number(options.count));
else
    process.exitCode = await main();
