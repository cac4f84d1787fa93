#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Builds and runs every test of Weir, and adds them up. Called by `make check`, after tools/setup and
// `meson setup` of the three build directories; by hand: tools/run-tests.mjs [--jobs N], or [--limit SECONDS] --files FILE…
// for these end-to-end tests alone, on build/.
//
//   build       gcc, as shipped: all Meson tests but the fuzzers, and the end-to-end tests that ask for it
//   build-asan  clang with ASan and UBSan: all Meson tests but the lint and the suite `plain`, and the end-to-end tests
//               that do not ask for the other build alone
//   build-tsan  gcc with TSan: the Meson tests of the suite `threads`
//
// Each test within a test program counts (programs that write TAP, as cmocka does when asked to), one that
// writes none counts as one, and a program that fails without saying which test did counts as a failure.
// End-to-end tests are the *.test.mjs and *.test.js files below the folders named in `nodeTestRoots`, and find
// the program under test in the environment variable WEIR. They run under the sanitizers, which is where parsers, hostile
// input, limits and the ends of processes belong. Those whose first comment has a line
//     // Also on the build as shipped: WHY
//     // On the build as shipped alone: WHY
// run on both builds, or on the other one: what measures the program, what keeps DuckDB or a browser busy and not our C,
// or waits most of its time. (DuckDB is fetched as built, so the sanitizers see nothing of it, yet make it three times as
// slow.) Those of tests/crash, and of the console's pages, whose routes have tests in tests/e2e, run as shipped alone, too.
// All of this keeps `make check` at about a quarter of an hour on two processors. To run one under the sanitizers anyway:
//     WEIR=build-asan/weir node --test tests/e2e/report.test.mjs
//
// Each file of them is a process (and group) of its own. One that does not end within its time is ended, with all that it started;
// that, and a file that ended before its tests had, is a failure, with the names of the tests that were under way.
//
// The last line is `N passed, N failed`; the exit status is 1 if anything failed or nothing ran.

import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {availableParallelism, cpus} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

const nodeTestRoots = ['tests', 'agent', 'client', 'console'];
// Begun before the others, so that none of them goes on alone at the end.
const longest = ['system', 'rebuild', 'flow_differential', 'import', 'quarantine', 'limits', 'ledger', 'flow_rules', 'watching', 'disk',
    'ways', 'sql', 'overview', 'events', 'flows', 'access'];
const totals = {passed: 0, failed: 0, skipped: 0};
const sanitizerOptions = {
    // Smaller stacks of who allocated and a smaller quarantine than usual: the allocator is most of what ASan costs here.
    ASAN_OPTIONS: 'strict_string_checks=1:allocator_may_return_null=1:malloc_context_size=10:quarantine_size_mb=64:max_malloc_fill_size=256',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1',
};

function numberAfter(name) {
    const at = process.argv.indexOf(name);
    return at < 0 ? NaN : Number.parseInt(process.argv[at + 1], 10);
}

function jobs() {
    const wanted = numberAfter('--jobs');
    return wanted > 0 ? wanted : (availableParallelism?.() ?? cpus().length);
}

// Many times what the longest takes, on a machine that has other work, too.
function fileLimitSeconds() {
    const wanted = numberAfter('--limit');
    return wanted > 0 ? wanted : 900;
}

const groups = new Set(); // processes that lead one

// Ends what is left of a group; it may be empty.
function endGroup(pid) {
    try {
        process.kill(-pid, 'SIGKILL');
    } catch (error) {
        if (error.code !== 'ESRCH')
            throw error;
    }
}

// What leads a group of its own hears nothing of Ctrl-C.
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143]])
    process.on(signal, () => {
        groups.forEach(endGroup);
        process.exit(status);
    });

// Runs a program without standard input; resolves to its exit status and all that it wrote. With a limit it has a group of
// its own, nothing of which outlives it, and `late` says whether it was ended for the time it took.
function run(command, args, env = {}, limitSeconds = 0) {
    return new Promise((done) => {
        const child = spawn(command, args, {
            env: {...process.env, ...env},
            stdio: ['ignore', 'pipe', 'pipe'],
            detached: limitSeconds > 0,
        });
        let output = '', late = false, timer;
        child.stdout.on('data', (text) => (output += text));
        child.stderr.on('data', (text) => (output += text));
        child.on('error', (error) => done({status: 127, late, output: `${command}: ${error.message}\n`}));
        child.on('close', (status, signal) => done({status: signal ? `signal ${signal}` : status, late, output}));
        if (!limitSeconds || !child.pid)
            return;
        groups.add(child.pid);
        timer = setTimeout(() => {
            late = true;
            endGroup(child.pid);
        }, limitSeconds * 1000);
        child.on('exit', () => { // what it left running would hold its output open
            clearTimeout(timer);
            endGroup(child.pid);
            groups.delete(child.pid);
        });
    });
}

function lastLines(text, count) {
    const lines = text.trimEnd().split('\n');
    return (lines.length > count ? ['…', ...lines.slice(-count)] : lines).join('\n');
}

// Adds one suite's counts, and prints its line and, after it, what failed.
function report(name, started, counts, failures) {
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    const skipped = counts.skipped ? `, ${counts.skipped} skipped` : '';
    console.log(`${name.padEnd(28)} ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds} s)`);
    for (const failure of failures) console.log(failure.replace(/^/gm, '    '));
    for (const key of Object.keys(totals)) totals[key] += counts[key];
}

// Counts the tests in one TAP stream; cmocka's and our own scripts' are flat.
function countTap(text) {
    const counts = {passed: 0, failed: 0, skipped: 0};
    for (const line of (text ?? '').split('\n')) {
        const match = /^\s*(not )?ok \d+\b(.*)$/.exec(line);
        if (!match) continue;
        if (/# SKIP/i.test(match[2])) counts.skipped++;
        else if (match[1]) counts.failed++;
        else counts.passed++;
    }
    return counts;
}

// What one test program of Meson's log adds up to.
function countProgram(test) {
    const counts = countTap(test.stdout);
    const good = ['OK', 'EXPECTEDFAIL'].includes(test.result);
    if (test.result === 'SKIP') counts.skipped ||= 1;
    else if (!good) counts.failed ||= 1;
    else if (counts.passed + counts.failed + counts.skipped === 0) counts.passed = 1;
    return counts;
}

async function mesonSuite(name, dir, args, env, prefix = []) {
    const started = Date.now();
    const log = `${dir}/meson-logs/check.json`;
    rmSync(log, {force: true});
    const [command, ...rest] = [
        ...prefix, 'meson', 'test', '-C', dir, '--no-rebuild', '--logbase', 'check',
        '--num-processes', String(jobs()), ...args,
    ];
    const {status, output} = await run(command, rest, {...env, CMOCKA_MESSAGE_OUTPUT: 'TAP'});
    const counts = {passed: 0, failed: 0, skipped: 0};
    const failures = [];
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : [];
    for (const test of lines.map((line) => JSON.parse(line))) {
        const one = countProgram(test);
        for (const key of Object.keys(counts)) counts[key] += one[key];
        if (one.failed) {
            const text = lastLines(`${test.stdout ?? ''}\n${test.stderr ?? ''}`, 60);
            failures.push(`${test.name}: ${test.result} (exit status ${test.returncode})\n${text}`);
        }
    }
    if (status !== 0 && counts.failed === 0) {
        counts.failed = 1;
        failures.push(`meson test ended with ${status}\n${lastLines(output, 40)}`);
    }
    report(name, started, counts, failures);
}

function findNodeTests(dir) {
    if (!existsSync(dir)) return [];
    return readdirSync(dir, {withFileTypes: true}).flatMap((entry) => {
        const path = join(dir, entry.name);
        if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : findNodeTests(path);
        return /\.test\.m?js$/.test(entry.name) ? [path] : [];
    });
}

// Of a file that did not come to its end, by what tools/under-way.mjs wrote. What was under way did not fail of itself: the file did.
function brokenOff(file, begun, {status, late, output}) {
    const counts = {passed: 0, failed: 0, skipped: 0}, names = [];
    for (const line of begun.split('\n').filter(Boolean)) {
        const [, what, name] = /^(\w+) (.*)$/.exec(line);
        if (what === 'begun') {
            names.push(name);
        } else {
            counts[what]++;
            names.splice(names.lastIndexOf(name), names.includes(name) ? 1 : 0);
        }
    }
    const how = late ? `did not end within ${fileLimitSeconds()} s, and was ended` : `ended (${status}) before its tests had`;
    counts.failed++;
    return {counts, failures: [`${file} ${how}; under way: ${names.join(', ') || 'none of its tests'}\n${lastLines(output, 60)}`]};
}

// Runs one file: {counts, failures}.
async function nodeFile(tapFile, file, env) {
    const begunFile = tapFile.replace(/\.tap$/, '.begun'), read = (path) => existsSync(path) ? readFileSync(path, 'utf8') : '';
    for (const path of [tapFile, begunFile])
        rmSync(path, {force: true});
    const ended = await run(
        process.execPath,
        ['--test-reporter=spec', '--test-reporter-destination=stdout', '--test-reporter=tap', `--test-reporter-destination=${tapFile}`,
            `--test-reporter=${join(root, 'tools/under-way.mjs')}`, '--test-reporter-destination=stdout', file],
        {...env, TESTS_UNDER_WAY: begunFile}, fileLimitSeconds(),
    );
    const tap = read(tapFile), {status, output} = ended;
    if (!/^# tests \d+$/m.test(tap)) // its last lines
        return brokenOff(file, read(begunFile), ended);
    const summary = (key) => Number(new RegExp(`^# ${key} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
    const counts = {
        passed: summary('pass'),
        failed: summary('fail') + summary('cancelled'),
        skipped: summary('skipped') + summary('todo'),
    };
    if (status === 0) return {counts, failures: []};
    const at = output.indexOf('failing tests:');
    counts.failed ||= 1;
    return {counts, failures: [`${file}: ${at < 0 ? `exit status ${status}\n${lastLines(output, 60)}` : output.slice(at).trimEnd()}`]};
}

// End-to-end tests wait more than they compute: some of them at a time, whatever the number of cores. The log of each stays
// in meson-logs, with how long it took.
async function nodeSuite(name, dir, files, env, atOnce) {
    const started = Date.now();
    const waiting = [...files];
    const counts = {passed: 0, failed: 0, skipped: 0};
    const failures = [];
    const work = async () => {
        for (let file = waiting.shift(); file; file = waiting.shift()) {
            const done = await nodeFile(`${dir}/meson-logs/${file.replaceAll('/', '-')}.tap`, file, {...env, WEIR: resolve(dir, 'weir')});
            for (const key of Object.keys(counts)) counts[key] += done.counts[key];
            failures.push(...done.failures);
        }
    };

    mkdirSync(`${dir}/meson-logs`, {recursive: true});
    await Promise.all(Array.from({length: atOnce}, work));
    report(name, started, counts, failures);
}

function longFirst(files) {
    const isLong = (path) => longest.some((name) => path.endsWith(`/${name}.test.mjs`));
    return [...files.filter(isLong), ...files.filter((path) => !isLong(path))];
}

async function build(dir, targets = []) {
    const started = Date.now();
    const {status, output} = await run('ninja', ['-C', dir, '-j', String(jobs()), ...targets]);
    if (status === 0) {
        console.log(`${`compile ${dir}`.padEnd(28)} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
        return true;
    }
    report(`compile ${dir}`, started, {passed: 0, failed: 1, skipped: 0}, [lastLines(output, 60)]);
    return false;
}

function testsOfSuite(dir, suite) {
    const {stdout} = spawnSync('meson', ['introspect', '--tests', dir], {encoding: 'utf8'});
    return JSON.parse(stdout || '[]').filter((test) => test.suite.some((s) => s.split(':').pop() === suite));
}

// TSan's runtimes before 2024 do not start where addresses are randomised over more than 28 bits.
function withoutRandomisation() {
    const works = spawnSync('setarch', ['-R', 'true'], {stdio: 'ignore'}).status === 0;
    return works ? ['setarch', '-R'] : [];
}

async function threadSuite() {
    const tests = testsOfSuite('build-tsan', 'threads');
    if (tests.length === 0) return;
    const targets = tests.map((test) => test.cmd[0]).filter((path) => path.startsWith(resolve('build-tsan')))
        .map((path) => path.slice(resolve('build-tsan').length + 1));
    if (await build('build-tsan', targets))
        await mesonSuite('threads (TSan)', 'build-tsan',
            ['--suite', 'threads', '--timeout-multiplier', '4'], sanitizerOptions, withoutRandomisation());
}

async function mesonLane(asanBuilt) {
    await mesonSuite('unit, lint', 'build', ['--no-suite', 'fuzz'], {});
    if (asanBuilt)
        await mesonSuite('unit, fuzz (ASan, UBSan)', 'build-asan',
            ['--no-suite', 'lint', '--no-suite', 'plain', '--timeout-multiplier', '4'], sanitizerOptions);
    await threadSuite();
}

async function nodeLane(asanBuilt) {
    const files = nodeTestRoots.flatMap(findNodeTests).sort();
    if (files.length === 0) return;
    const crash = files.filter((path) => path.startsWith('tests/crash/'));
    const pages = files.filter((path) => path.startsWith('console/'));
    const others = files.filter((path) => !crash.includes(path) && !pages.includes(path));
    const says = (path, line) => line.test(readFileSync(path, 'utf8'));
    const alone = others.filter((path) => says(path, /^\/\/ On the build as shipped alone: ./m));
    const also = others.filter((path) => says(path, /^\/\/ Also on the build as shipped: ./m));
    await nodeSuite('end to end', 'build', longFirst([...alone, ...also]), {}, 3);
    if (pages.length) await nodeSuite('console', 'build', longFirst(pages), {}, 2);
    if (crash.length) await nodeSuite('crash', 'build', crash, {}, 1);
    if (asanBuilt) await nodeSuite('end to end (ASan, UBSan)', 'build-asan', longFirst(others.filter((path) => !alone.includes(path))), sanitizerOptions, 3);
}

async function main() {
    const files = process.argv.includes('--files') ? process.argv.slice(process.argv.indexOf('--files') + 1) : null;
    if (files) {
        await nodeSuite('end to end', 'build', files, {}, 3);
    } else {
        const built = await build('build');
        const asanBuilt = await build('build-asan');
        if (built) await Promise.all([mesonLane(asanBuilt), nodeLane(asanBuilt)]);
    }
    if (totals.skipped) console.log(`${totals.skipped} skipped`);
    console.log(`${totals.passed} passed, ${totals.failed} failed`);
    process.exitCode = totals.failed || !totals.passed ? 1 : 0;
}

await main();
