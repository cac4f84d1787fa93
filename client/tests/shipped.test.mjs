// SPDX-License-Identifier: Apache-2.0
//
// libweir as it is shipped: built against as a package, forked under load, and counted in system calls. Nothing here
// runs under the sanitizers: they make system calls of their own, want to be linked to the program, and ASan of clang 14
// leaves its allocator locked in a child whose parent had another thread allocate.
//
// On the build as shipped alone: it is about that build.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {root, startWeir} from '../../tests/e2e/lib/weir.mjs';
import {build, counts, startDriver} from './driver.mjs';

const skip = build.endsWith('asan') && 'not under sanitizers';

test('forks under load: each process sends its own events, once', {skip}, async (t) => {
    const weir = await startWeir(t);
    const client = startDriver(t, {url: weir.url});

    assert.equal(await client.tell('fork 10 900000'), 'children 0 failed'); // before anything was sent
    await client.tell('trigger 100 800000');
    assert.equal(await client.tell('storm 3 6 1500'), 'children 0 failed');
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    assert.equal((await client.stats()).accepted, 100 + 3 * 1500);
    assert.equal(client.children.length, 7);
    for (const child of client.children)
        assert.equal(child.accepted, child.triggered);
    assert.deepEqual(await counts(weir), {received: 13610, accepted: 13610, duplicate: 0, quarantined: 0});
    const forking = startDriver(t, {url: weir.url, fork_on_error: 1}); // within on_error
    await forking.tell('bad 3');
    await forking.tell('trigger 3');
    assert.equal(await forking.tell('flush 60000'), 'flushed 0');
    assert.deepEqual([forking.problems.length, (await forking.stats()).accepted], [3, 3]);
    assert.equal((await client.end()).code, 0);
});

// Compiled and installed as a package would be.
test('the program of docs/client.md builds against the installed library and runs', {skip}, async (t) => {
    const weir = await startWeir(t, {settings: (s) => ({...s, sources: [{...s.sources[0], key: 'a-key-of-the-manual'}]}),
        files: {'catalogue/events.yaml': readFileSync(join(root, 'catalogues/service/requests.yaml'), 'utf8')}});
    const run = (command, args, env = {}) => {
        const {status, stdout, stderr} = spawnSync(command, args, {encoding: 'utf8', env: {...process.env, ...env}});
        assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`);
        return stdout.trim();
    };
    const at = join(weir.dir, 'root'), source = join(weir.dir, 'program.c');

    run('meson', ['install', '-C', build, '--no-rebuild', '--destdir', at, '--tags', 'devel,runtime', '--quiet']);
    const found = run('find', [at, '-name', 'weir.pc']), libs = join(found, '../..');
    const env = {PKG_CONFIG_LIBDIR: join(found, '..'), PKG_CONFIG_SYSROOT_DIR: at, LD_LIBRARY_PATH: libs};
    const flags = run('pkg-config', ['--cflags', '--libs', 'weir'], env).split(/\s+/);
    const text = /```c\n(\/\* program\.c[^]*?)```/.exec(readFileSync(join(root, 'docs/client.md'), 'utf8'))[1];
    writeFileSync(source, text);
    for (const compiler of ['gcc', 'clang']) {
        run(compiler, ['-std=c99', '-Wall', '-Wextra', '-pedantic', '-Werror', source, '-o', `${source}.out`, ...flags], env);
        run(`${source}.out`, [], {...env, WEIR_URL: weir.url, WEIR_KEY: 'a-key-of-the-manual'});
    }
    assert.equal((await counts(weir)).accepted, 2);
    writeFileSync(`${source}pp`, text);
    run('clang++', ['-std=c++11', '-Wall', '-Wextra', '-Wno-c99-designator', '-fsyntax-only', `${source}pp`, ...flags.filter((f) => f.startsWith('-I'))], env);
    const symbols = run('nm', ['-D', '--defined-only', '--format=just-symbols', join(libs, 'libweir.so')]).split('\n');
    assert.ok(symbols.length > 20);
    assert.deepEqual(symbols.filter((name) => !name.startsWith('weir_')), []);
    assert.ok(!symbols.includes('weir_ring_reserve'), 'what is internal is hidden');
    const needed = run('objdump', ['-p', join(libs, 'libweir.so')]);
    assert.match(needed, /SONAME +libweir\.so\.0\n/);
    assert.doesNotMatch(needed, /NEEDED.*curl/);
});

test('the installed program runs, with the libraries that the system lacks', {skip}, (t) => {
    const at = mkdtempSync(join(tmpdir(), 'weir-install-'));
    t.after(() => rmSync(at, {recursive: true, force: true}));
    const {status, stderr} = spawnSync('meson', ['install', '-C', build, '--no-rebuild', '--destdir', at, '--tags', 'program', '--quiet'], {encoding: 'utf8'});
    assert.equal(status, 0, stderr);
    const installed = spawnSync('find', [at, '-path', '*/bin/weir'], {encoding: 'utf8'}).stdout.trim();
    const {stdout, stderr: why} = spawnSync(installed, ['--version'], {encoding: 'utf8'});
    assert.match(stdout, /^weir [0-9.]+\n$/, why);
});

test('a trigger makes no system call', {skip}, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'weir-strace-')), log = join(dir, 'log');
    t.after(() => rmSync(dir, {recursive: true, force: true}));
    const client = startDriver(t, {url: 'http://127.0.0.1:9', flush_ms: 60000}, {wrap: ['strace', '-f', '-o', log]});

    assert.equal(await client.tell('quiet 2000'), 'quiet');
    await client.tell('free 0');
    await client.end();
    const lines = readFileSync(log, 'utf8').split('\n');
    const from = lines.findIndex((line) => line.includes('QUIET BEGINS')), to = lines.findIndex((line) => line.includes('QUIET ENDS'));
    assert.ok(from >= 0 && to > from);
    const thread = lines[from].split(' ')[0];
    assert.deepEqual(lines.slice(from + 1, to).filter((line) => line.startsWith(`${thread} `) && !line.includes('<... write resumed>')), []);
});
