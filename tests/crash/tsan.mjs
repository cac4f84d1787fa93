#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Collector and engine under load with the thread sanitizer: the end-to-end tests, against a build with it.
//
//   tests/crash/tsan.mjs [--dir BUILD] [FILE...]
//
// Not looked at: DuckDB's own threads, which are not built with it. Exit status 0: every test passed, and nothing
// was reported.

import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const {values: {dir}, positionals} = parseArgs({allowPositionals: true,
    options: {dir: {type: 'string', default: 'build-tsan'}}});
process.chdir(root);

// These time or measure memory, or need a tracer beside the program, which the sanitizer takes for itself.
const unfit = ['clock.test.mjs', 'disk.test.mjs', 'limits.test.mjs', 'demo.test.mjs'];
const files = positionals.length ? positionals : readdirSync('tests/e2e').filter((name) => name.endsWith('.test.mjs') &&
    !unfit.includes(name)).map((name) => join('tests/e2e', name));

function must(command, args) {
    const result = spawnSync(command, args, {encoding: 'utf8'});
    if (result.status !== 0) {
        process.stderr.write(`${result.stdout}${result.stderr}`);
        throw new Error(`${command} failed`);
    }
}

if (!existsSync(join(dir, 'build.ninja')))
    must('meson', ['setup', '--pkg-config-path', join(root, '.deps/pkgconfig'), dir, '-Db_sanitize=thread']);
must('ninja', ['-C', dir, 'weir']);

const result = spawnSync(process.execPath, ['--test', ...files], {
    encoding: 'utf8', maxBuffer: 1 << 28,
    env: {...process.env, WEIR: join(dir, 'weir'),
        TSAN_OPTIONS: `ignore_noninstrumented_modules=1:suppressions=${join(root, 'tests/crash/tsan.supp')}`},
});
const count = (what) => Number(new RegExp(`^# ${what} (\\d+)`, 'm').exec(result.stdout)?.[1] ?? 0);
const reports = result.stdout.match(/WARNING: ThreadSanitizer/g)?.length ?? 0;
if (count('fail') || reports)
    console.log(result.stdout.split('\n').filter((line) => /not ok|ThreadSanitizer|#\d+ |error:/.test(line)).join('\n'));
console.log(`thread sanitizer: ${count('pass')} end-to-end tests passed, ${count('fail')} failed, ${reports} reports`);
process.exitCode = count('pass') > 0 && count('fail') === 0 && reports === 0 ? 0 : 1;
