#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// `make torture`: runs everything that tries to make Weir lose, double or invent an event, and prints one table.
//
//   tests/crash/torture.mjs [--seconds N] [--only NAME,NAME] [--list]
//
// N, else $TORTURE_SECONDS, else an hour: about how long all of it may take. A program whose size is fixed takes the
// time that it takes; the others share the rest by their weight. --only runs those whose name contains a NAME.
//
// A program ends by itself and prints a last line `name: figures`. Its exit status says whether the bar is met: 0
// yes, 77 it was not run (the line says why), all else no. The exit status here is 0 if no bar was missed.

import {spawn} from 'node:child_process';
import {cpus, release, totalmem} from 'node:os';
import {dirname, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const notRun = 77;

// One line for each program. `{seconds}` in a command is its part of the time, by its `weight`; a program without one has a size
// of its own, and `about` is how many seconds that takes.
const programs = [
    {name: 'simulate', bar: '0 violations', weight: 4, command: ['build/tests/crash/simulate', '--long', '{seconds}']},
    {name: 'forgotten folder syncs', bar: 'noticed', about: 5,
        command: ['build/tests/crash/simulate', '--crashes', '2000', '--forget-folder-syncs']},
    {name: 'forgotten syncs', bar: 'noticed', about: 5,
        command: ['build/tests/crash/simulate', '--crashes', '2000', '--forget-syncs']},
    {name: 'flips', bar: 'every bit found, ≤ 1 record lost', about: 120, command: ['build/tests/crash/flips', '--long']},
    {name: 'mutate', bar: 'every case told right', about: 60, command: ['build/tests/crash/mutate', '--mutations', '10000']},
    {name: 'kills', bar: '0 lost, doubled, invented, out of order', weight: 6, command: ['tests/crash/kills.mjs', '--long', '{seconds}']},
    {name: 'boundaries', bar: '0 lost', about: 420, command: ['tests/crash/boundaries.mjs', '--long', '900']},
    {name: 'load', bar: '0 missing or doubled in DuckDB', weight: 2, command: ['build/tests/crash/load_kill', '--long', '{seconds}']},
    {name: 'slow and idle clients', bar: 'p99 ≤ 1.1 ×, ≤ 8 KiB an idle connection', about: 120,
        command: ['tests/crash/slow_clients.mjs']},
    {name: 'thread sanitizer', bar: 'no report', about: 300, command: ['tests/crash/tsan.mjs']},
    {name: 'mutated catalogues', bar: '0 half applied, 0 errors', about: 120, command: ['build/tests/crash/mutants', '--long', '10000']},
    {name: 'fuzzers', bar: 'no finding', weight: 3, command: ['tests/crash/fuzz.mjs', '--seconds', '{seconds}']},
    {name: 'power', bar: '0 lost', weight: 2, command: ['tests/crash/power.mjs', '--long', '{seconds}']},
    {name: 'ready', bar: '≤ 1 s', about: 60, command: ['tests/crash/ready.mjs', '--long', '60']},
    {name: 'failing', bar: '0 lost, 503 ≤ 100 ms', weight: 0.5, command: ['tests/crash/failing.mjs', '--long', '{seconds}']},
    {name: 'tidying', bar: '0 lost', weight: 0.5, command: ['build/tests/unit/test_tidy_crash', '--long', '{seconds}']},
    {name: 'replays', bar: 'each event once', about: 120, command: ['tests/crash/replays.mjs', '--long', '100']},
    {name: 'full', bar: '0 lost, back ≤ 1 s', weight: 1, command: ['tests/crash/full.mjs', '--long', '{seconds}']},
    {name: 'differential', bar: '0 differences', weight: 1, command: ['tests/differential/run.mjs', '--seconds', '{seconds}']},
];

const {values: options} = parseArgs({options: {
    seconds: {type: 'string', default: process.env.TORTURE_SECONDS || '3600'},
    only: {type: 'string', default: ''},
    list: {type: 'boolean', default: false},
}});

function chosen() {
    const names = options.only.split(',').filter(Boolean);
    return programs.filter(({name}) => names.length === 0 || names.some((part) => name.includes(part)));
}

// The time that is left for the programs with a weight goes by it; at least 10 s each.
function planned(list, seconds) {
    const fixed = list.reduce((sum, {about = 0}) => sum + about, 0);
    const weights = list.reduce((sum, {weight = 0}) => sum + weight, 0);
    const left = Math.max(0, seconds - fixed);
    return list.map((program) => {
        const own = Math.max(10, Math.floor(left * (program.weight ?? 0) / (weights || 1)));
        return {...program, command: program.command.map((word) => word.replace('{seconds}', String(own)))};
    });
}

// Runs one; its output goes to the terminal as it comes, and the last line is its figure.
function run({command}) {
    return new Promise((done) => {
        const child = spawn(command[0], command.slice(1), {cwd: root, stdio: ['ignore', 'pipe', 'inherit']});
        let text = '';
        child.stdout.on('data', (bytes) => {
            process.stdout.write(bytes);
            text = (text + bytes).slice(-20000);
        });
        child.on('error', (error) => done({status: 127, line: error.message}));
        child.on('close', (code, signal) => done({
            status: signal ?? code,
            line: text.trimEnd().split('\n').pop() ?? '',
        }));
    });
}

function verdict(status) {
    if (status === 0)
        return 'met';
    return status === notRun ? 'not run' : 'MISSED';
}

function printTable(rows) {
    const head = ['test', 'figure', 'bar', '', 'command'];
    const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
    console.log(`\n${line(head)}\n|${head.map(() => '---').join('|')}|`);
    for (const row of rows)
        console.log(line(row));
}

async function main() {
    const list = planned(chosen(), Number(options.seconds));
    const rows = [];

    if (options.list) {
        printTable(list.map(({name, bar, command}) => [name, '', bar, '', command.join(' ')]));
        return;
    }
    for (const program of list) {
        const began = Date.now();
        console.log(`\n== ${program.name}: ${program.command.join(' ')}`);
        const {status, line} = await run(program);
        const figure = line.slice(line.indexOf(': ') + 1).trim() || `ended with ${status}, without a figure`;
        rows.push([program.name, figure, program.bar, verdict(status), program.command.join(' ')]);
        console.log(`== ${program.name}: ${verdict(status)}, ${((Date.now() - began) / 1000).toFixed(0)} s`);
    }
    printTable(rows);
    const met = rows.filter((row) => row[3] === 'met').length;
    const missed = rows.filter((row) => row[3] === 'MISSED').length;
    console.log(`\n${new Date().toISOString().slice(0, 10)}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}, ` +
        `${(totalmem() / 2 ** 30).toFixed(0)} GiB`);
    console.log('What all this costs against an earlier release: bench/against.sh COMMIT (ten minutes; not part of this run).');
    console.log(`${met} met, ${missed} missed, ${rows.length - met - missed} not run`);
    process.exitCode = missed ? 1 : 0;
}

await main();
