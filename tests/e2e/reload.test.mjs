// SPDX-License-Identifier: Apache-2.0
//
// A changed catalogue, by `weir reload` and by SIGHUP: what is broken, empty or would stop most of the traffic
// changes nothing; what is taken is noted in the journal, and the engine follows by the note.

import assert from 'node:assert/strict';
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';

import {browserKey, catalogue, goodEvent, makeFolder, origin, post, runWeir, startWeir, until} from './lib/weir.mjs';

const file = (weir) => join(weir.dir, 'catalogue', 'events.yaml');
const reload = (weir, ...args) => runWeir(['reload', '--config', join(weir.dir, 'weir.yaml'), ...args]);
const settingsFile = (weir) => join(weir.dir, 'weir.yaml');
const strict = catalogue.replace('note: {type: string, privacy: drop, description: Never kept}',
    'colour: {type: string, required: true, description: New}');
const added = `${catalogue}  - name: task.done\n    description: D.\n    trigger: T\n    since: 2025-01-01\n` +
    '    properties: {minutes: {type: integer, description: How long}}\n';

async function notes(weir) {
    const {stdout} = await runWeir(['query', '--config', join(weir.dir, 'weir.yaml'), '--format', 'ndjson',
        'SELECT note FROM notes ORDER BY position']);
    return stdout.split('\n').filter(Boolean).map((line) => {
        const {note} = JSON.parse(line);
        return typeof note === 'string' ? JSON.parse(note) : note;
    });
}

// What `weir reload` asks, without a process for each time.
function askSocket(weir, request) {
    return new Promise((done, failed) => {
        const socket = connect(join(weir.dir, 'data', 'collector.socket'));
        let text = '';
        socket.on('error', failed);
        socket.on('data', (bytes) => {
            text += bytes;
            if (text.endsWith('\n')) {
                socket.destroy();
                done(JSON.parse(text));
            }
        });
        socket.write(`${JSON.stringify(request)}\n`);
    });
}

test('weir reload takes what is good, says what changed, and keeps the old one else', async (t) => {
    const weir = await startWeir(t);
    await post(weir, Array.from({length: 20}, () => goodEvent()));
    await post(weir, [{name: 'task.done', properties: {minutes: 5}}]);

    writeFileSync(file(weir), 'events:\n  - name: [\n');
    const broken = await reload(weir);
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /events\.yaml:\d+: error: /);
    assert.match(broken.stderr, /stays as it was/);
    writeFileSync(file(weir), '');
    assert.equal((await reload(weir)).code, 1);
    assert.match((await reload(weir, '--force')).stderr, /no events/);
    rmSync(file(weir));
    assert.match((await reload(weir)).stderr, /no file that ends in/);
    assert.equal((await post(weir, goodEvent())).status, 200);

    writeFileSync(file(weir), added);
    const dry = await reload(weir, '--dry-run');
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stdout, /nothing has changed\nadded: task\.done\nof the last 21 accepted events, 0 would be /);
    assert.equal((await post(weir, {name: 'task.done'})).status, 422);
    const done = await reload(weir);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /is read again\nadded: task\.done\n.*of 2 quarantined ones, 2 would pass\n/);
    assert.match(done.stdout, /in use: 3 events, [0-9a-f]{12} \(before: 2, [0-9a-f]{12}\); noted at position \d+\n/);
    assert.equal((await post(weir, {name: 'task.done'})).status, 200);
    assert.match((await reload(weir)).stdout, /have not changed/);
});

test('a catalogue that would stop most of the traffic takes --force', async (t) => {
    const weir = await startWeir(t);
    await post(weir, [...Array.from({length: 6}, () => goodEvent()), {name: 'page.viewed'}]);

    writeFileSync(file(weir), strict);
    const refused = await reload(weir);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /of the last 7 accepted events, 6 would be quarantined/);
    assert.match(refused.stderr, / 6 {2}project\.created: missing_property at \/properties\/colour\n/);
    assert.equal((await reload(weir, '--dry-run')).code, 3);
    assert.equal((await post(weir, goodEvent())).status, 200);
    assert.equal((await reload(weir, '--force')).code, 0);
    assert.equal((await post(weir, goodEvent())).status, 422);
    await until('what would be, in the log', () => /6 events of project\.created would be quarantined: missing_property/.test(weir.stderr()));
});

test('without a collector it says how to start one', async (t) => {
    const dir = makeFolder(t);
    const none = await runWeir(['reload', '--config', join(dir, 'weir.yaml')]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /no collector runs with these settings .*weir serve/);
});

test('SIGHUP to weir serve: engine and notes follow, a broken one is told once', async (t) => {
    const weir = await startWeir(t, {command: 'serve'});
    await post(weir, goodEvent());

    writeFileSync(file(weir), 'events: []\n');
    process.kill(weir.pid, 'SIGHUP');
    await until('refused', () => (weir.stderr().match(/stays as it was/g) ?? []).length === 1);
    assert.equal(weir.stderr().match(/the catalogue has no events/g).length, 1, weir.stderr());
    writeFileSync(file(weir), added);
    assert.equal((await reload(weir)).code, 0);
    await post(weir, {name: 'task.done', properties: {minutes: 5}});
    await until('the column', async () => (await runWeir(['query', '--config', join(weir.dir, 'weir.yaml'),
        '--format', 'ndjson', "SELECT minutes FROM events WHERE name = 'task.done'"])).stdout === '{"minutes":5}\n');
    const all = await notes(weir);
    assert.deepEqual(all.map((n) => [n.note, n.reason, n.by]),
        [['catalogue.refused', 'broken', 'signal'], ['catalogue.reloaded', undefined, 'command']]);
    assert.match(all[1].hash, /^[0-9a-f]{64}$/);
    assert.notEqual(all[1].hash, all[1].previous);
    assert.equal(all[1].dry_run.checked, 1);
    await until('the engine\'s word', () => /its columns are known/.test(weir.stderr()));
});

test('weir serve says once what is wrong with its catalogue, and starts nothing', async (t) => {
    const dir = makeFolder(t, {files: {'catalogue/events.yaml': 'events: 7\n'}});
    const {code, stdout, stderr} = await runWeir(['serve', '--config', join(dir, 'weir.yaml')]);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.equal(stderr.match(/`events` is a list/g).length, 1, stderr);
});

test('an engine that starts again on a broken catalogue keeps the columns that it has', async (t) => {
    const weir = await startWeir(t, {command: 'engine', ready: /console on (\S+):(\d+)/});
    await weir.stop();
    writeFileSync(file(weir), 'events: 7\n');
    const again = await startWeir(t, {dir: weir.dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    assert.match(again.stderr(), /the columns are those of the last good catalogue/);
    const {stdout} = await runWeir(['query', '--config', join(weir.dir, 'weir.yaml'), 'DESCRIBE events']);
    assert.match(stdout, /^seats/m);
});

test('fifty good and broken reloads under load: nothing is lost, nothing fails', async (t) => {
    const weir = await startWeir(t);
    const wrong = ['events: 7\n', '', 'events:\n  - {name: a.b}\n', strict, '\0', `${catalogue}  - {name: a.b, kind: nonsense}\n`];
    let stop = false, sent = 0;
    const positions = new Set();
    const statuses = new Map();
    const senders = Array.from({length: 2}, async () => {
        while (!stop) {
            const {status, body} = await post(weir, Array.from({length: 20}, () => goodEvent()));
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            sent += 20;
            await new Promise((done) => setTimeout(done, 10)); // the machine has other tests to run
            body.events.forEach((event) => event.verdict === 'accepted' && positions.add(event.position));
        }
    });
    await until('load', () => sent > 100);
    for (let i = 0; i < 50; i++) {
        const good = i % 2 === 1;
        const text = good ? `# ${i}\n${catalogue}` : wrong[i / 2 % wrong.length];
        writeFileSync(file(weir), text);
        if (i % 5 === 4) {
            process.kill(weir.pid, 'SIGHUP');
            continue;
        }
        const answer = await askSocket(weir, {do: 'reload'});
        assert.equal(answer.ok, good ? true : undefined, `${i}: ${JSON.stringify(answer)}`);
    }
    stop = true;
    await Promise.all(senders);
    assert.deepEqual([...statuses.keys()], [200]);
    assert.equal(positions.size, sent);
    const tail = await runWeir(['tail', '--config', join(weir.dir, 'weir.yaml'), '--once', '--lines', '10000000']);
    assert.equal(tail.code, 0, tail.stderr);
    assert.equal(tail.stdout.split('\n').filter(Boolean).length, sent);
});

test('what the settings have turned away since is no fault of a catalogue', async (t) => {
    const page = (host) => ({name: 'page.viewed', context: {host, path: '/'}});
    const from = {key: browserKey, headers: {origin}};
    let weir = await startWeir(t, {settings: (s) => {
        Object.assign(s.sources[1], {domains: ['old.example'], events: ['page.viewed']});
        return s;
    }});

    assert.equal((await post(weir, Array.from({length: 20}, () => page('old.example')), from)).status, 200);
    await weir.stop();
    writeFileSync(settingsFile(weir), readFileSync(settingsFile(weir), 'utf8').replace('old.example', 'new.example'));
    weir = await startWeir(t, {dir: weir.dir});
    assert.equal((await post(weir, [page('new.example'), page('new.example')], from)).status, 200);
    writeFileSync(file(weir), added);
    const {code, stdout, stderr} = await reload(weir);
    assert.equal(code, 0, stderr);
    assert.match(stdout + stderr, /20 {2}could not be held to it: .*may not send them any more/);
    writeFileSync(file(weir), catalogue.replace('name: page.viewed', 'name: page.shown'));
    assert.equal((await reload(weir)).code, 1, 'what is taken still counts');
});
