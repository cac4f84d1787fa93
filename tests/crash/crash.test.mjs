// SPDX-License-Identifier: Apache-2.0
//
// The short forms of the crash tests. Each is a program of its own, with a long form that torture.mjs runs; its last line is the figure.
// Here other tests run beside them, maybe on a slow machine: bars of time are as high as that needs, to tell what never comes.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {dirname, join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {notRun} from './lib/weir.mjs';

const here = dirname(fileURLToPath(import.meta.url));

function run(script, args) {
    return new Promise((done) => {
        const child = spawn(join(here, script), args, {stdio: ['ignore', 'pipe', 'pipe']});
        let text = '';
        child.stdout.on('data', (bytes) => (text += bytes));
        child.stderr.on('data', (bytes) => (text += bytes));
        child.on('error', (error) => done({code: 127, text: error.message, line: ''}));
        child.on('close', (code, signal) => done({code: signal ?? code, text, line: text.trimEnd().split('\n').pop()}));
    });
}

function shortForm(name, script, args) {
    test(name, {timeout: 900000}, async (t) => {
        const {code, text, line} = await run(script, args);
        t.diagnostic(line);
        if (code === notRun)
            return t.skip(line);
        assert.equal(code, 0, text.slice(-6000));
    });
}

shortForm('200 kills of collector and engine lose, double and invent nothing', 'kills.mjs', ['--kills', '200']);
shortForm('a writer and its recovery, killed at their file calls, lose nothing', 'boundaries.mjs', []);
shortForm('after a power cut on ext4 every acknowledged event is there', 'power.mjs', ['--cuts', '5']);
shortForm('with a head of 64 MiB a collector is ready soon after its kill, and knows its ids', 'ready.mjs', ['--bar', '10000']);
shortForm('a disk that fails under the collector takes nothing that was acknowledged', 'failing.mjs', ['--bar', '5000']);
shortForm('a disk that is filled and emptied is answered by 507, and then as before', 'full.mjs', ['--times', '3', '--bar', '20000']);
