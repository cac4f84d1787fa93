// SPDX-License-Identifier: Apache-2.0
//
// Values that must not be kept are planted in events that are quarantined; then everything that is said and written
// about them, from the answer to the data folder, is searched: none is there. What may be kept is planted as well,
// so that a search that finds nothing at all would be noticed.

import assert from 'node:assert/strict';
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {makeFolder, metrics, post, runWeir, startWeir, until} from './lib/weir.mjs';

const declared = (more) => `defaults: {owner: team@example.org, naming: resource.action, status: active, kind: activity}
events:
  - name: form.sent
    description: A form
    trigger: When it is sent
    since: 2025-01-01
    actor: user_id
    properties:
      user_id: {type: string, privacy: pseudonym, description: Who}
      diary: {type: string, privacy: drop, description: Never kept}
      note: {type: string, privacy: hidden, description: Masked}
      seats: {type: integer, description: How many}
${more}`;
const secret = /SECRET|7423911|203\.0\.113\.213/;

// Each is kept aside: for what is not declared, for a wrong type, for its envelope, for its name.
const faulty = [
    {name: 'form.sent', actor: 'SECRET-1', properties: {user_id: 'SECRET-2', diary: 'SECRET-3', kept_aside: 'kept-1'}},
    {name: 'form.sent', properties: {user_id: 7423911, diary: ['SECRET-4'], seats: 'kept-2'}},
    {name: 'form.sent', properties: {password: 'SECRET-5', form: {email: 'SECRET-6'}, kept_aside: 'kept-3'}},
    {name: 'form.sent', session: {a: 'SECRET-7'}, context: {ip: '203.0.113.213', user_agent: 'SECRET-8', extra: 'SECRET-9'}},
    {name: 'form.unknown', device: 'SECRET-10', properties: {user_id: 'SECRET-11', Diary: 'SECRET-12', kept_aside: 'kept-4'}},
    {name: 'SECRET-13@example.org', properties: {kept_aside: 'kept-5'}},
    {name: 'form.sent', properties: {'SECRET-14@x': 1, later: 'kept-6', note: 5}},
];

function* filesBelow(dir) {
    for (const name of readdirSync(dir)) {
        const path = join(dir, name);
        if (statSync(path).isDirectory())
            yield* filesBelow(path);
        else if (statSync(path).isFile())
            yield path;
    }
}

test('what must not be kept is in no answer, command, log, note or file', async (t) => {
    const dir = makeFolder(t, {files: {'catalogue/events.yaml': declared('')}});
    const collector = await startWeir(t, {dir});
    const engine = await startWeir(t, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    const said = [];
    const weir = async (...args) => {
        const {stdout, stderr} = await runWeir([...args, '--config', join(dir, 'weir.yaml')], {cwd: dir});
        said.push([args.join(' '), stdout + stderr]);
        return stdout;
    };
    const waiting = (n) => until(`${n} waiting`, async () =>
        (await weir('query', `SELECT 'n=' || count(*) FROM quarantine WHERE state = 'waiting'`)).includes(`n=${n}`));

    const answer = await post(collector, faulty);
    assert.equal(answer.body.quarantined, faulty.length);
    said.push(['the answer', JSON.stringify(answer.body)]);
    await waiting(faulty.length);
    const shown = await weir('quarantine', 'show', '--hidden', '1', '2', '3', '4', '5', '6', '7');
    for (let i = 1; i <= 6; i++)
        assert.match(shown, new RegExp(`kept-${i}`));
    assert.doesNotMatch(await weir('quarantine', 'show', '1', '2', '3', '4', '5', '6', '7'), /kept-/);
    assert.doesNotMatch(await weir('quarantine', 'list') + await weir('quarantine', 'list', '--each', '--format', 'json'), /kept-/);
    await weir('tail', '--once', '--hidden', '--lines', '100');

    writeFileSync(join(dir, 'catalogue', 'events.yaml'), declared(`      kept_aside: {type: string, description: Declared now}
      later: {type: string, privacy: pseudonym, description: Declared now}
`));
    await weir('reload');
    assert.match(await weir('quarantine', 'replay', '--all', '--dry-run'), /1 event would be accepted now/);
    assert.match(await weir('quarantine', 'replay', '--all'), /1 event is accepted now/);
    await waiting(faulty.length - 1);
    assert.match(await weir('query', 'SELECT kept_aside FROM events'), /kept-1/);
    await weir('quarantine', 'drop', '--error', 'wrong_type', '--reason', 'planted');
    await waiting(faulty.length - 3);
    assert.match(await weir('query', '--format', 'ndjson', 'FROM notes'), /quarantine\.replayed[^]*quarantine\.dropped/);
    assert.doesNotMatch(await weir('query', '--format', 'ndjson', `SELECT * FROM quarantine WHERE state <> 'waiting'`), /kept-/);
    for (const table of ['events', 'quarantine', 'notes', 'rejected'])
        await weir('query', '--format', 'ndjson', `FROM ${table}`);
    said.push(['/metrics', JSON.stringify(await metrics(collector))]);
    await collector.stop();
    await engine.stop();
    said.push(['the collector', collector.stdout() + collector.stderr()], ['the engine', engine.stdout() + engine.stderr()]);

    for (const [what, text] of said)
        assert.doesNotMatch(text, secret, what);
    let searched = 0;
    for (const file of filesBelow(join(dir, 'data'))) {
        assert.doesNotMatch(readFileSync(file, 'latin1'), secret, file);
        searched++;
    }
    assert.ok(searched >= 5, `${searched} files`);
});
