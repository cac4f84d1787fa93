#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Runs every fuzzer of tests/fuzz for long: by executions, or by time.
//
//   tests/crash/fuzz.mjs [--runs N | --seconds N] [--only NAME,NAME] [--dir BUILD]
//
// BUILD (build-fuzz) is configured and built where it is missing: clang, optimised, with ASan and UBSan. What a
// fuzzer has learnt is kept in BUILD/corpus-NAME and used again; what it finds is written to BUILD/found-NAME.
// Two run at once. Exit status 0: all ran to their end without a finding.

import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const {values: options} = parseArgs({options: {
    runs: {type: 'string'},
    seconds: {type: 'string'},
    only: {type: 'string', default: ''},
    dir: {type: 'string', default: 'build-fuzz'},
}});
process.chdir(root);

const names = readdirSync('tests/fuzz').map((file) => /^fuzz_(\w+)\.c$/.exec(file)?.[1]).filter(Boolean)
    .filter((name) => options.only === '' || options.only.split(',').includes(name)).sort();

function must(command, args, env) {
    const result = spawnSync(command, args, {env: {...process.env, ...env}, encoding: 'utf8'});
    if (result.status !== 0) {
        process.stderr.write(`${result.stdout}${result.stderr}`);
        throw new Error(`${command} failed`);
    }
}

function build() {
    if (!existsSync(join(options.dir, 'build.ninja')))
        must('meson', ['setup', '--pkg-config-path', join(root, '.deps/pkgconfig'), options.dir, '--buildtype=debugoptimized',
            '-Dfuzz=true', '-Dtests=false', '-Db_sanitize=address,undefined', '-Db_lundef=false'], {CC: 'clang'});
    must('ninja', ['-C', options.dir, ...names.map((name) => `tests/fuzz/fuzz_${name}`)]);
}

// libFuzzer's options: short inputs find more in a minute; entropic scheduling costs more than it gives here.
function fuzz(name, seconds) {
    const corpus = join(options.dir, `corpus-${name}`), found = join(options.dir, `found-${name}`);
    mkdirSync(corpus, {recursive: true});
    mkdirSync(found, {recursive: true});
    const how = options.runs ? `-runs=${options.runs}` : `-max_total_time=${seconds}`;
    const child = spawn(join(options.dir, 'tests/fuzz', `fuzz_${name}`), [how, '-entropic=0', '-max_len=1024', '-timeout=20',
        '-rss_limit_mb=1500', `-artifact_prefix=${found}/`, corpus, join('tests/fuzz/corpus', name)], {
        env: {...process.env, ASAN_OPTIONS: 'malloc_context_size=0:quarantine_size_mb=4:detect_leaks=0',
            UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1'},
        stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (bytes) => (text = (text + bytes).slice(-8000)));
    return new Promise((done) => child.on('close', (status) => {
        const runs = Number(/Done (\d+) runs/.exec(text)?.[1] ?? 0);
        console.log(`# ${name}: ${runs} executions, ${status === 0 ? 'no finding' : `ended with ${status}`}`);
        if (status !== 0)
            console.log(text.replace(/^/gm, '#   '));
        done({name, runs, fine: status === 0 && runs > 0});
    }));
}

build();
const seconds = Math.max(5, Math.floor(Number(options.seconds ?? 600) * 2 / names.length));
const waiting = [...names], results = [];
await Promise.all([0, 1].map(async () => {
    for (let name = waiting.shift(); name; name = waiting.shift())
        results.push(await fuzz(name, seconds));
}));
results.sort((a, b) => a.name.localeCompare(b.name));
console.log(`fuzzers: ${results.map(({name, runs}) => `${name} ${(runs / 1e6).toFixed(2)} M`).join(', ')} executions; ` +
    `${results.filter(({fine}) => !fine).length} with a finding`);
process.exitCode = results.every(({fine}) => fine) ? 0 : 1;
