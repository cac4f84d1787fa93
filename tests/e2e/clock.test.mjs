// SPDX-License-Identifier: Apache-2.0
//
// The clock of the day jumps under a running collector and engine; libfaketime moves it, and leaves the monotonic
// one alone.
// On the build as shipped alone: libfaketime does not go before a sanitizer.

import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {existsSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {goodEvent, makeFolder, metrics, post, program, residue, runWeir, sleep, startWeir, until} from './lib/weir.mjs';

const library = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime/libfaketime.so.1`).find(existsSync);
const skip = !library ? 'libfaketime is not installed'
    : /asan|tsan/.test(program) && 'a sanitizer must be the first library';

// libfaketime reads the file at each call. An absolute time stands still.
const jumps = ['-3600', '-86400', '+10y', '1970-01-02 00:00:00', '2038-01-19 03:14:08', '2037-12-31 23:59:60', '+0'];

test('the clock may jump: nothing is lost, doubled, reordered or forgotten', {skip, timeout: 300000}, async (t) => {
    const dir = makeFolder(t, {settings: (s) => ({...s, retention: {raw: '1d', quarantine: '1d', journal: '1d'},
        journal: {segment: '1MiB', compress_after: '1s'}})});
    const clock = join(dir, 'clock');
    const env = {LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1'};
    const sent = [];
    const first = randomUUID();

    writeFileSync(clock, '+0');
    const weir = await startWeir(t, {dir, env});
    const engine = await startWeir(t, {dir, env, command: 'engine', ready: /console on (\S+):(\d+)/});
    async function batch(ids) {
        const answer = await post(weir, ids.map((id) => goodEvent({id, properties: {project_id: 'x'.repeat(200), seats: 1}})));

        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        return answer.body;
    }

    for (const [i, to] of ['+0', ...jumps].entries()) {
        const ids = Array.from({length: 2000}, (_, n) => n === 0 && i === 0 ? first : randomUUID());

        writeFileSync(clock, to);
        for (let at = 0; at < ids.length; at += 500) {
            const answer = await batch(ids.slice(at, at + 500));

            assert.equal(answer.accepted, 500);
            for (const event of answer.events)
                sent.push(event);
        }
        const again = await batch([first]);
        assert.equal(again.duplicate, 1, `after ${to}`);
        assert.equal(again.events[0].position, sent[0].position);
    }
    const positions = sent.map((event) => event.position);
    assert.deepEqual(positions, [...positions].sort((a, b) => a - b), 'positions rise in the order of acceptance');

    // The engine's own looks at what is old come in this time, too.
    await sleep(1500);
    const got = await until('all events in the store', async () => {
        const answer = await runWeir(['query', '--config', join(dir, 'weir.yaml'), '--format', 'csv', '--max-rows', '100000',
            'SELECT id FROM events ORDER BY position'], {cwd: dir});
        const ids = answer.stdout.trim().split(/\r?\n/).slice(1);
        return ids.length >= sent.length && ids;
    });
    assert.deepEqual(got, sent.map((event) => event.id));
    const m = await metrics(weir);
    assert.equal(m['weir_events_accepted_total{source="backend"}'], sent.length);
    assert.equal((await engine.stop()).code, 0);
    assert.equal((await weir.stop()).code, 0);
    await residue(dir, {delivered: true});
});
