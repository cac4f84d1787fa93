#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Replays of quarantined events that are killed: tests/e2e/quarantine_kill.test.mjs, with as many kills as are asked for.
//
//   tests/crash/replays.mjs [--long KILLS]        20 unless it is given

import {spawn} from 'node:child_process';
import {dirname, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const {values: {long: kills}} = parseArgs({options: {long: {type: 'string', default: '20'}}});
const child = spawn(process.execPath, ['--test', '--test-reporter', 'tap', 'tests/e2e/quarantine_kill.test.mjs'],
    {cwd: root, env: {...process.env, WEIR_REPLAY_KILLS: kills}, stdio: ['ignore', 'pipe', 'inherit']});
let said = '';

child.stdout.on('data', (text) => (said += text));
child.on('close', (code) => {
    const figures = /# (\d+ of \d+ answered.*)/.exec(said)?.[1];
    if (code !== 0)
        console.log(said);
    console.log(`replays: ${kills} kills, ${figures ?? 'no figures'}, ${code === 0 ? 'each event once' : 'a bar was missed'}`);
    process.exitCode = code === 0 ? 0 : 1;
});
