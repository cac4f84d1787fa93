// SPDX-License-Identifier: Apache-2.0
//
// `weir verify` beside a running collector, and on a journal that somebody damaged.

import assert from 'node:assert/strict';
import {cpSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {goodEvent, post, runWeir, startWeir} from './lib/weir.mjs';

const segments = (folder) => readdirSync(folder).filter((name) => name.endsWith('.seg')).sort();

test('a sound journal is said to be sound, beside its writer; a flipped bit is named and costs one record', async (t) => {
    const weir = await startWeir(t);
    const journal = join(weir.dir, 'data', 'journal');
    const copy = join(weir.dir, 'copy');

    for (let i = 0; i < 5; i++)
        assert.equal((await post(weir, goodEvent())).status, 200);
    const sound = await runWeir(['verify', '--config', join(weir.dir, 'weir.yaml')]);
    assert.equal(sound.code, 0, sound.stdout + sound.stderr);
    assert.match(sound.stdout, /^5 records \(positions 1 to 5\) in 1 segment, /);
    assert.match(sound.stdout, /\nsound\n$/);

    cpSync(journal, copy, {recursive: true});
    const file = join(copy, segments(copy)[0]);
    const bytes = readFileSync(file);
    bytes[4096 + 56] ^= 4;
    writeFileSync(file, bytes);
    const damaged = await runWeir(['verify', '--journal', copy]);
    assert.equal(damaged.code, 3);
    assert.match(damaged.stdout, /^00000000000000000001\.seg at byte 4096, \d+ bytes: .*; position 1 is lost\n4 records/);
    const json = await runWeir(['verify', '--journal', copy, '--format', 'json']);
    assert.equal(json.code, 3);
    const said = JSON.parse(json.stdout);
    assert.equal(said.sound, false);
    assert.equal(said.records, 4);
    assert.equal(said.lost, 1);
    assert.equal(said.damage.length, 1);
    assert.deepEqual([said.damage[0].file, said.damage[0].offset, said.damage[0].first, said.damage[0].last],
        ['00000000000000000001.seg', 4096, 1, 1]);
});

test('what is no journal, and what is misused, is said', async (t) => {
    const weir = await startWeir(t);

    const none = await runWeir(['verify', '--journal', join(weir.dir, 'nowhere')]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /nowhere/);
    assert.equal((await runWeir(['verify', '--format', 'xml'])).code, 2);
    assert.equal((await runWeir(['verify', 'more'])).code, 2);
    assert.equal((await runWeir(['verify', '--help'])).code, 0);
});
