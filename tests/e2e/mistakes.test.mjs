// SPDX-License-Identifier: Apache-2.0
//
// What somebody new does wrong, and what the commands say to it: one line that names the place and the cure.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';

import {catalogue, program, serverKey} from './lib/weir.mjs';

function folder(t, files) {
    const dir = mkdtempSync(join(tmpdir(), 'weir-mistakes-'));
    t.after(() => rmSync(dir, {recursive: true, force: true}));
    mkdirSync(join(dir, 'catalogue'));
    for (const [name, text] of Object.entries(files))
        writeFileSync(join(dir, name), text);
    return dir;
}

const settings = (more = '') =>
    `data: ./data\ncatalogue: ./catalogue\nsources: [{name: backend, key: ${serverKey}}]\n${more}`;

function run(cwd, ...args) {
    const {status, stdout, stderr} = spawnSync(program, args, {cwd, encoding: 'utf8', timeout: 180000});
    return {status, stdout, stderr};
}

test('without weir.yaml each command says where settings are looked for', (t) => {
    const dir = folder(t, {});
    for (const args of [['serve'], ['collect'], ['engine'], ['check'], ['query', 'SELECT 1'], ['tail'], ['send', '-']]) {
        const {status, stderr} = run(dir, ...args);
        assert.equal(status, 1, args[0]);
        assert.match(stderr, /there is no weir\.yaml here: .*--config FILE or \$WEIR_CONFIG/);
    }
});

test('check counts one as one, and says which folder it means', (t) => {
    const dir = folder(t, {'weir.yaml': settings()});
    const {status, stdout} = run(dir, 'check');
    assert.equal(status, 3);
    assert.equal(stdout, 'weir.yaml: 1 source\n' +
        './catalogue: error: the folder has no file that ends in .yaml or .yml\n' +
        './catalogue: 1 error, 0 warnings: not usable\n');
});

test('check says where keys of flows can sign nothing', (t) => {
    const more = 'flows: {keys: [0123456789abcdef0123456789abcdef]}\n';
    const begin = '  - {name: shop.begun, description: D, trigger: T, kind: flow, flow: {role: begin}}\n';
    const check = (text, events) => run(folder(t, {'weir.yaml': settings(text), 'catalogue/a.yaml': events}), 'check');

    assert.match(check(more, catalogue).stdout, /\n`flows\.keys` is set, but no event has `flow: \{role: begin\}`: [^\n]*\n/);
    assert.equal(check(more, catalogue).status, 0);
    for (const stdout of [check('', catalogue).stdout, check(more, catalogue + begin).stdout])
        assert.doesNotMatch(stdout, /flows/);
});

test('check names events that a source lists and the catalogue lacks', (t) => {
    const text = settings().replace(`key: ${serverKey}`, `key: ${serverKey}, events: [Project.Created, "page.*", project.craeted]`);
    const {status, stdout} = run(folder(t, {'weir.yaml': text, 'catalogue/a.yaml': catalogue}), 'check');

    assert.equal(status, 0);
    assert.deepEqual(stdout.match(/the source .*/g), ['the source `backend` lists `project.craeted`, which no event of the catalogue is called: ' +
        'it would be kept aside as unknown_event']);
});

test('check counts the problems that it does not show', (t) => {
    const events = Array.from({length: 1100}, (_, i) => `  - {name: a.b${i}, nix: 1}`).join('\n');
    const dir = folder(t, {'catalogue/many.yaml': `events:\n${events}\n`});
    const {status, stdout} = run(dir, 'check', '--catalogue', 'catalogue');
    assert.equal(status, 3);
    assert.match(stdout, /\n\.\.\. and 3400 more\ncatalogue: 1100 errors, 3300 warnings: not usable\n$/);
});

test('a port that is taken is named with its setting, and serve ends with 1', async (t) => {
    const other = createServer();
    await new Promise((done) => other.listen(0, '127.0.0.1', done));
    t.after(() => other.close());
    const {port} = other.address();
    for (const [taken, free] of [['collector', 'console'], ['console', 'collector']]) {
        const dir = folder(t, {
            'catalogue/events.yaml': catalogue,
            'weir.yaml': settings(`${taken}: {listen: "127.0.0.1:${port}"}\n${free}: {listen: "127.0.0.1:0"}\n`),
        });
        const {status, stderr} = run(dir, 'serve');
        assert.equal(status, 1);
        assert.match(stderr, new RegExp(`${taken}\\.listen: listen on 127\\.0\\.0\\.1 port ${port}: Address already in use`));
    }
});

test('a misspelt command is told with what was probably meant', (t) => {
    const dir = folder(t, {});
    for (const [typed, advice] of [['agnet', 'did you mean `agent`?'], ['xyzzy', '`weir --help` lists them']]) {
        const {status, stderr} = run(dir, typed);
        assert.deepEqual([status, stderr], [2, `weir: there is no command \`${typed}\`; ${advice}\n`]);
    }
});

test('a question before anything ran, an empty one and a misspelt one are explained in a line', (t) => {
    const dir = folder(t, {'weir.yaml': settings()});
    const early = run(dir, 'query', 'SELECT 1');
    assert.equal(early.status, 1);
    assert.match(early.stderr, /^weir query: there is no database in \.\/data yet: start `weir serve` first\n$/);
    assert.deepEqual(run(dir, 'query', '-- how many\nSELECT 1'), early, 'a comment is no option');
    const empty = run(dir, 'query', ' ');
    assert.equal(empty.status, 2);
    assert.match(empty.stderr, /^weir query: the question is empty\n/);
});

test('a database that cannot be read is not called missing', (t) => {
    const {status, stderr} = run(folder(t, {'weir.yaml': settings(), data: 'no folder'}), 'query', 'SELECT 1');
    assert.equal(status, 1);
    assert.match(stderr, /^weir query: open \.\/data\/weir\.duckdb: Not a directory\n$/);
});

test('tail says that it waits, and ends with 0 on Ctrl-C', async (t) => {
    const dir = folder(t, {'weir.yaml': settings()});
    const tail = spawn(program, ['tail'], {cwd: dir, stdio: ['ignore', 'pipe', 'pipe']});
    t.after(() => tail.kill('SIGKILL'));
    let said = '';
    await new Promise((done) => tail.stderr.on('data', (piece) => {
        said += piece;
        if (said.includes('\n')) done();
    }));
    assert.match(said, /nothing is in \.\/data\/journal yet: waiting for events/);
    tail.kill('SIGINT');
    assert.equal(await new Promise((done) => tail.on('close', done)), 0);
});
