// SPDX-License-Identifier: Apache-2.0
//
// The collector is killed in the middle of replays: asked again, each event is there once, and everyone agrees.
// On the build as shipped alone: whole ways and kills by the clock; each part has tests under the sanitizers.

import assert from 'node:assert/strict';
import {randomInt} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';

import {catalogue, goodEvent, makeFolder, metrics, post, runWeir, startWeir, until} from './lib/weir.mjs';

// A start of the collector is most of what this takes: a long form has more kills.
const kills = Number(process.env.WEIR_REPLAY_KILLS ?? 5), each = 250;

// Asks the collector, and resolves to its answer, or to null where it ends before.
function ask(dir, request) {
    return new Promise((done) => {
        const socket = connect(join(dir, 'data', 'collector.socket'));
        let text = '';
        socket.on('error', () => done(null));
        socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
        socket.on('data', (bytes) => {
            text += bytes;
            if (text.endsWith('\n')) {
                socket.destroy();
                done(JSON.parse(text));
            }
        });
        socket.on('close', () => done(null));
    });
}

async function rows(dir, sql) {
    const {code, stdout, stderr} = await runWeir(['query', '--format', 'ndjson', sql, '--config', join(dir, 'weir.yaml')]);
    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

test(`a collector that is killed in ${kills} replays has each event once`, async (t) => {
    const dir = makeFolder(t, {settings: (s) => ({...s, quarantine: {rate: 'unlimited'}})});
    let collector = await startWeir(t, {dir});
    const positions = [];

    for (let i = 0; i < kills; i++) {
        const {body} = await post(collector, Array.from({length: each},
            () => goodEvent({properties: {project_id: 'p', colour: 'red'}})));
        assert.equal(body.quarantined, each);
        positions.push(body.events.map((event) => event.position));
    }
    await collector.stop();
    writeFileSync(join(dir, 'catalogue', 'events.yaml'),
        catalogue.replace('      seats:', '      colour: {type: string, description: Which}\n      seats:'));
    let answered = 0, told = 0;
    for (const some of positions) {
        collector = await startWeir(t, {dir});
        const before = Date.now();
        await ask(dir, {do: 'status'});
        const asked = ask(dir, {do: 'quarantine.replay', positions: some});
        // As long as such a replay takes, about: some are killed before, some behind, most within.
        setTimeout(() => process.kill(collector.pid, 'SIGKILL'), randomInt(0, 8 + Date.now() - before));
        const answer = await asked;
        answered += answer !== null;
        told += answer?.events?.filter((event) => event.result === 'accepted').length ?? 0;
        await collector.exited;
    }
    collector = await startWeir(t, {dir});
    let again = 0, late = 0;
    for (const some of positions) {
        const {events} = await ask(dir, {do: 'quarantine.replay', positions: some, by: 'tests'});
        assert.equal(events.length, each);
        again += events.filter((event) => event.result === 'duplicate').length;
        late += events.filter((event) => event.result === 'accepted').length;
    }
    t.diagnostic(`${answered} of ${kills} answered, ${again} had been accepted, ${late} were accepted afterwards`);
    assert.equal(again + late, kills * each);
    assert.ok(again >= told, 'what was told is on disk');
    assert.equal((await metrics(collector))['weir_ledger_residue{source="backend"}'], 0);
    await collector.stop();
    await startWeir(t, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    const all = kills * each;
    await until('that all are replayed', async () => (await rows(dir, `SELECT count(*) AS n FROM quarantine WHERE state = 'replayed'`))[0].n === all);
    assert.deepEqual(await rows(dir, `SELECT count(*) AS n, count(DISTINCT id) AS ids,
        count(*) FILTER (state = 'replayed') AS replayed, count(replayed_as) AS linked,
        (SELECT count(*) FROM events) AS events, (SELECT count(DISTINCT id) FROM events) AS event_ids FROM quarantine`),
    [{n: all, ids: all, replayed: all, linked: all, events: all, event_ids: all}]);
});
