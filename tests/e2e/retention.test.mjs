// SPDX-License-Identifier: Apache-2.0
//
// Rows leave the tables when the settings say so, source by source, and `deletions` tells; a clock that jumps ahead while the
// engine runs deletes nothing sooner.
// On the build as shipped alone: libfaketime does not go before a sanitizer.

import assert from 'node:assert/strict';
import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {goodEvent, makeFolder, origin, post, program, runWeir, sleep, startWeir, until} from './lib/weir.mjs';

const engineReady = /console on (\S+):(\d+)/;

async function ask(dir, sql) {
    const answer = await runWeir(['query', '--config', join(dir, 'weir.yaml'), '--format', 'ndjson', sql]);
    assert.equal(answer.code, 0, answer.stderr);
    return answer.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// A folder with two events of each source and a faulty one, which no engine has loaded yet.
async function collected(t, raw) {
    const dir = makeFolder(t, {settings: (s) => {
        s.sources[0].retention = {raw};
        s.sources[1].retention = {quarantine: raw};
        return s;
    }});
    const collector = await startWeir(t, {dir});
    assert.equal((await post(collector, [goodEvent(), goodEvent(), {name: 'no.such'}])).status, 207);
    const page = {name: 'page.viewed', context: {url: `${origin}/a`}};
    await post(collector, [page, page], {key: 'browser-key-of-the-tests', headers: {origin}});
    await collector.stop();
    return dir;
}

describe('retention', {concurrency: true}, () => {
    test('what is past its time goes, and is on record', async (t) => {
        const dir = await collected(t, '1s');
        await sleep(1000);
        await startWeir(t, {dir, command: 'engine', ready: engineReady});
        await until('two rows gone', async () => (await ask(dir, 'FROM deletions')).length > 0);
        const left = await ask(dir, 'SELECT source, count(*) AS n FROM events GROUP BY ALL ORDER BY ALL');
        assert.deepEqual(left.map(({source, n}) => [source, Number(n)]), [['website', 2]]);
        const [gone, ...more] = await ask(dir, 'FROM deletions');
        assert.equal(more.length, 0);
        assert.deepEqual([gone.table_name, gone.source, gone.rule, Number(gone.rows)],
            ['events', 'backend', 'retention.raw', 2]);
        assert.equal((await ask(dir, 'FROM quarantine')).length, 1, 'its time is 14 days');
    });

    const fakeTime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
    test('a clock that jumps ahead deletes nothing sooner', {skip: !existsSync(fakeTime) || /asan|tsan/.test(program)}, async (t) => {
        const dir = await collected(t, '1h');
        const clock = join(dir, 'clock');
        writeFileSync(clock, '+0\n');
        const engine = await startWeir(t, {dir, command: 'engine', ready: engineReady,
            env: {LD_PRELOAD: fakeTime, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1'}});
        await sleep(500);
        writeFileSync(clock, '+10y\n'); // before the first round
        await sleep(8000);
        writeFileSync(clock, '+0\n');
        assert.equal((await engine.stop()).code, 0);
        const [{n}] = await ask(dir, 'SELECT count(*) AS n FROM events');
        assert.equal(Number(n), 4);
        assert.equal((await ask(dir, 'FROM deletions')).length, 0);
    });
});
