// SPDX-License-Identifier: Apache-2.0
//
// `weir password` at a terminal: what is typed is not shown, it is asked for twice, and however it ends, the terminal
// shows again what is typed. The terminal is that of script(1), of Debian's bsdutils.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {makeFolder, program} from './lib/weir.mjs';

const first = 'New password, at least 10 characters: ', second = 'Once more: ';

// Types each answer once its prompt is there. `text` is what the terminal has shown; its last lines are the exit code and
// whether the terminal shows what is typed ("echo") or not ("-echo").
function atTerminal(t, dir, answers) {
    const line = `trap : INT QUIT TERM; ${program} password --config ${join(dir, 'weir.yaml')}; echo code $?; stty -a | tr ' ' '\\n' | grep -x -e echo -e -echo`;
    const terminal = spawn('script', ['-qec', line, '/dev/null'], {stdio: ['pipe', 'pipe', 'inherit'], env: {...process.env, SHELL: '/bin/sh'}});
    t.after(() => terminal.kill('SIGKILL'));
    return new Promise((done) => {
        let text = '', read = 0, at = 0;
        terminal.stdout.on('data', (piece) => {
            text += piece;
            for (let found; at < answers.length && (found = text.indexOf(answers[at][0], read)) >= 0; at++) {
                read = found + answers[at][0].length;
                terminal.stdin.write(answers[at][1]);
            }
        });
        terminal.on('close', () => done(text.replaceAll('\r', '')));
    });
}

const password = (dir) => join(dir, 'data/console.password');

test('is asked for twice and not shown', async (t) => {
    const dir = makeFolder(t), text = await atTerminal(t, dir, [[first, 'a good password\n'], [second, 'a good password\n']]);
    assert.equal(text, `${first}\n${second}\nThe password is set; whoever was signed in has to sign in again.\ncode 0\necho\n`);
    assert.ok(existsSync(password(dir)));
});

for (const [what, answers, says] of [
    ['two that differ', [[first, 'a good password\n'], [second, 'another password\n']], 'the two are not the same; nothing was changed'],
    ['one that is too short', [[first, 'short\n']], 'a password needs at least 10 characters'],
    ['an empty line', [[first, '\n']], 'a password needs at least 10 characters'],
    ['one that is too long', [[first, `${'x'.repeat(1100)}\n`]], 'a password may have at most 1024 bytes'],
    ['the end of the input', [[first, '\x04']], 'no password was given'],
])
    test(`${what}: said, and nothing is changed`, async (t) => {
        const dir = makeFolder(t), text = await atTerminal(t, dir, answers);
        assert.ok(text.endsWith(`\nweir password: ${says}\ncode 1\necho\n`), text);
        assert.ok(!existsSync(password(dir)));
    });

for (const [what, key, code] of [['Ctrl-C', '\x03', 130], ['Ctrl-\\', '\x1c', 131]])
    for (const answers of [[[first, `half of it${key}`]], [[first, 'a good password\n'], [second, key]]])
        test(`${what} at the ${answers.length === 1 ? 'first' : 'second'} prompt ends it, and the terminal shows again what is typed`, async (t) => {
            const dir = makeFolder(t), text = await atTerminal(t, dir, answers);
            assert.match(text, new RegExp(`code ${code}\necho\n$`), text);
            assert.doesNotMatch(text, /half|good/);
            assert.ok(!existsSync(password(dir)));
        });
