// SPDX-License-Identifier: Apache-2.0
//
// The journal on the disk: what every sink has is compressed, and reads as before; what is damaged is named and kept.

import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {goodEvent, metrics, post, runWeir, startWeir, until} from './lib/weir.mjs';

async function query(dir, sql) {
    const answer = await runWeir(['query', '--config', join(dir, 'weir.yaml'), '--format', 'json', sql]);
    return answer.code === 0 ? JSON.parse(answer.stdout).rows : [[0]];
}

const counted = (dir, n) => until(`${n} events in the store`,
    async () => Number((await query(dir, 'SELECT count(*) FROM events'))[0][0]) === n);

const journal = (dir) => join(dir, 'data/journal');
const segments = (dir, ending) => readdirSync(journal(dir)).filter((name) => name.endsWith(ending));

test('what the store has is compressed, and reads as before', {timeout: 300000}, async (t) => {
    const settings = (s) => ({...s, journal: {segment: '1MiB', compress_after: '1s'}});
    const weir = await startWeir(t, {command: 'serve', settings});
    const context = {title: 'a title that comes again and again '.repeat(20)};
    const count = 40 * 100;
    let first, last;

    for (let i = 0; i < 40; i++) {
        const batch = Array.from({length: 100}, () => goodEvent({id: randomUUID(), context}));
        const {status, body} = await post(weir, batch);
        assert.equal(status, 200, JSON.stringify(body).slice(0, 500));
        first ??= body.events[0];
        last = body.events.at(-1).position;
    }
    await counted(weir.dir, count);
    await until('compressed segments', async () => (await metrics(weir)).weir_journal_compressed_total >= 2);
    const m = await metrics(weir);
    assert.ok(segments(weir.dir, '.seg.zst').length >= 2);
    assert.ok(m.weir_journal_compressed_to_bytes_total < m.weir_journal_compressed_from_bytes_total / 2);
    assert.equal(m.weir_journal_deleted_total, 0);
    assert.deepEqual(await weir.stop(), {code: 0, signal: null});
    assert.match(readFileSync(join(journal(weir.dir), 'cursors/store'), 'utf8'),
        new RegExp(`^weir cursor 1 0*${last} [0-9a-f]{8} store\n$`));

    for (const name of ['weir.duckdb', 'weir.duckdb.wal'])
        rmSync(join(weir.dir, 'data', name), {force: true});
    const again = await startWeir(t, {dir: weir.dir, command: 'serve'});
    await counted(again.dir, count);
    const [event] = (await post(again, goodEvent({id: first.id}))).body.events;
    assert.deepEqual([event.verdict, event.position], ['duplicate', first.position]);
    assert.doesNotMatch(again.stderr(), /damage|does not verify|lost/);
});

test('a damaged record is named in the log, and its bytes are kept', async (t) => {
    const weir = await startWeir(t);

    for (let i = 0; i < 3; i++)
        assert.equal((await post(weir, goodEvent())).status, 200);
    await weir.stop();
    const fd = openSync(join(journal(weir.dir), segments(weir.dir, '.seg')[0]), 'r+');
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, 4096 + 70);
    byte[0] ^= 1;
    writeSync(fd, byte, 0, 1, 4096 + 70);
    closeSync(fd);

    const next = await startWeir(t, {dir: weir.dir});
    assert.match(next.stderr(),
        /00000000000000000001\.seg at byte 4096, \d+ bytes: records do not verify.*positions 1 to 1 are lost; copied to damaged\//);
    const kept = join(journal(weir.dir), 'damaged/00000000000000000001.seg-4096');
    assert.equal(readFileSync(kept)[70], byte[0]);
    assert.match(readFileSync(`${kept}.txt`, 'utf8'), /^lost +positions 1 to 1$/m);
    const m = await metrics(next);
    assert.equal(m.weir_journal_damaged, 1);
    assert.equal((await post(next, goodEvent())).body.events[0].position, 4);
});
