// SPDX-License-Identifier: Apache-2.0
//
// An id that was accepted is a duplicate for the whole window: long after it has left memory, over restarts, and
// where files that hold ids are lost.

import assert from 'node:assert/strict';
import {readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {goodEvent, makeFolder, metrics, post, startWeir} from './lib/weir.mjs';

const BATCH = 1000, BATCHES = 24; // memory of 1 MiB holds 10,240 ids

const small = (s) => ({...s, journal: {...s.journal, recent: '1MiB', segment: '1MiB'}});
const id = (n) => `0190f0c0-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const batch = (b) => Array.from({length: BATCH}, (_, i) => goodEvent({id: id(b * BATCH + i)}));
const idFiles = (dir) => readdirSync(join(dir, 'data/journal')).filter((name) => name.endsWith('.ids'));

async function send(weir, b) {
    const answer = await post(weir, batch(b));
    assert.equal(answer.status, 200);
    return answer.body;
}

test('ids are known after they have left memory, restarts, and files of ids that are lost', async (t) => {
    const dir = makeFolder(t, {settings: small});
    const first = [];
    let weir = await startWeir(t, {dir});

    const checkAll = async (batches) => {
        for (const b of batches) {
            const body = await send(weir, b);
            assert.deepEqual([body.accepted, body.duplicate], [0, BATCH]);
            assert.deepEqual(body.events.map((e) => e.position), first[b]);
        }
    };

    for (let b = 0; b < BATCHES; b++) {
        const body = await send(weir, b);
        assert.equal(body.accepted, BATCH);
        first.push(body.events.map((e) => e.position));
    }
    await checkAll([0, 1, BATCHES - 1]);
    const now = await metrics(weir);
    assert.ok(now.weir_journal_index_files > 0);
    assert.ok(now.weir_journal_index_keys >= BATCHES * BATCH - 10240);
    assert.ok(now.weir_journal_index_found_total >= BATCH);
    await weir.stop('SIGKILL');

    weir = await startWeir(t, {dir});
    await checkAll(Array.from({length: BATCHES}, (_, b) => b));
    await weir.stop();

    const [gone, damaged] = idFiles(dir);

    assert.ok(damaged);
    rmSync(join(dir, 'data/journal', gone));
    writeFileSync(join(dir, 'data/journal', damaged), 'these are no ids');
    weir = await startWeir(t, {dir});
    await checkAll(Array.from({length: BATCHES}, (_, b) => b));
    assert.ok((await metrics(weir)).weir_journal_index_rebuilt_total > 0);
});

test('two sources may use one id; one source may not, however many try at once', async (t) => {
    const weir = await startWeir(t, {settings: (s) => ({
        ...s, sources: [...s.sources, {name: 'second', kind: 'server', key: 'another-key-of-the-tests'}]})});
    const tries = Array.from({length: 40}, () => post(weir, goodEvent({id: id(7)})));
    const verdicts = (await Promise.all(tries)).map((a) => a.body.events[0]);

    assert.equal(verdicts.filter((v) => v.verdict === 'accepted').length, 1);
    assert.equal(new Set(verdicts.map((v) => v.position)).size, 1);
    const other = await post(weir, goodEvent({id: id(7)}), {key: 'another-key-of-the-tests'});
    assert.equal(other.body.events[0].verdict, 'accepted');
});
