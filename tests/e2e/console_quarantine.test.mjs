// SPDX-License-Identifier: Apache-2.0
//
// The quarantine at the engine's console: groups and events as reports, what a catalogue that is only thought of would
// change, replays and drops in pieces; who may, and what is said when there is no collector.

import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {catalogue, goodEvent, makeFolder, post, runWeir, startWeir, until} from './lib/weir.mjs';

const ready = /console on (\S+):(\d+)/;
const withColour = catalogue.replace('      seats: {type: integer', `      colour: {type: string, description: Which}
      seats: {type: integer`);
const entry = withColour.split('\n').slice(2, 12).join('\n');
const wrong = (properties, more) => goodEvent({...more, properties: {...goodEvent().properties, ...properties}});

async function ask(engine, path, body, headers = {}) {
    const token = readFileSync(join(engine.dir, 'data', 'console.token'), 'utf8').trim();
    const answer = await fetch(engine.url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers},
        body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {status: answer.status, body: await answer.json()};
}

const report = async (engine, path) => {
    const {status, body} = await ask(engine, `/api/report/${path}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.rows.map((row) => Object.fromEntries(body.columns.map(({name}, i) => [name, row[i]])));
};

// The rows of a report once there are so many.
function settled(engine, path, count) {
    return until(`${count} rows of ${path}`, async () => {
        const rows = await report(engine, path);
        return rows.length === count && rows;
    });
}

async function begin(t) {
    const dir = makeFolder(t), collector = await startWeir(t, {dir});
    const engine = await startWeir(t, {dir, command: 'engine', ready});
    const weir = (...args) => runWeir([...args, '--config', join(dir, 'weir.yaml')], {cwd: dir});
    return {dir, collector, engine, weir};
}

test('groups and events are those that the command shows, and hidden values are asked for', async (t) => {
    const {collector, engine, weir} = await begin(t);
    await post(collector, [
        wrong({colour: 'red'}, {context: {app_version: '4.1'}}), wrong({colour: 'blue', seats: 'three'}, {context: {app_version: '4.2'}}),
        wrong({colour: 'green'}, {context: {app_version: '4.1'}}), {name: 'order.plac\u202Eed<b>', properties: {'a.b': 1}},
    ]);
    await settled(engine, 'quarantined', 4);
    const groups = await report(engine, 'quarantine');
    const listed = (await weir('quarantine', 'list', '--format', 'ndjson')).stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    assert.deepEqual(groups.map((g) => [g.source, g.event, g.reason, g.events, g.example]),
        listed.map((g) => [g.source, g.name, g.reason, g.events, g.example]));
    assert.equal(groups.length, 3);
    for (const group of groups)
        assert.equal(group.parts.reduce((sum, n) => sum + n, 0), group.events);
    const [undeclared] = groups;
    assert.deepEqual(undeclared.places, [{path: '/properties/colour', expected: null, events: 3}]);
    assert.deepEqual(undeclared.senders.map((s) => [s.app_version, s.events]), [['4.1', 2], ['4.2', 1]]);
    assert.equal(undeclared.sender_count, 2);

    const both = await report(engine, 'quarantined?reason=wrong_type');
    assert.deepEqual(both.map((row) => row.position), [2]);
    assert.deepEqual(both[0].errors.map((error) => error.path).sort(), ['/properties/colour', '/properties/seats']);
    const masked = JSON.parse(both[0].contents).properties;
    assert.equal(masked.seats, '(hidden)');
    assert.equal(masked.colour, '(hidden)');
    assert.equal(masked.project_id, 'p-1');
    const open = await report(engine, 'quarantined?position=2&hidden=1');
    assert.equal(JSON.parse(open[0].contents).properties.seats, 'three');
    assert.deepEqual((await report(engine, 'quarantined?limit=2')).map((row) => row.position), [4, 3]);
    assert.deepEqual((await report(engine, 'quarantined?limit=2&before=3')).map((row) => row.position), [2, 1]);
    assert.deepEqual(await report(engine, 'quarantine?from=2026-01-01&to=2026-01-02'), []);
    assert.deepEqual((await report(engine, 'quarantine?filter=name~order.*')).map((g) => g.reason), ['unknown_event']);
    assert.equal((await ask(engine, '/api/report/quarantine?reason=wrong')).status, 400);

    await post(collector, goodEvent());
    const seen = await until('an accepted event', async () => {
        const rows = await report(engine, 'catalogue');
        return rows[0].events_ever > 0 && rows;
    });
    assert.deepEqual(seen.map((row) => [row.event, row.declared, row.quarantined, row.waiting]),
        [['project.created', true, 3, 3], ['order.plac\u202Eed<b>', false, 1, 1]]);
    const [created] = seen;
    assert.deepEqual([created.events, created.events_ever, created.names], [1, 1, 1]);
    assert.deepEqual(created.reasons, [{reason: 'undeclared_property', events: 3}, {reason: 'wrong_type', events: 1}]);
});

test('what would become of them is told before, also under an entry that is only thought of, and then it does', async (t) => {
    const {dir, collector, engine, weir} = await begin(t);
    await post(collector, Array.from({length: 1200}, (_, i) => wrong({colour: 'red', ...(i % 100 === 0 ? {seats: 'x'} : {})})));
    await until('all of them', async () => (await report(engine, 'quarantined?limit=1'))[0]?.position === 1200);
    await settled(engine, 'quarantined?limit=1000&before=1201&state=waiting', 1000);
    const where = {reason: 'undeclared_property', source: 'backend'};

    const now = await ask(engine, '/api/quarantine/try', {where});
    assert.equal(now.status, 200, JSON.stringify(now.body));
    assert.deepEqual([now.body.looked, now.body.left, now.body.next, now.body.accepted, now.body.faulty], [1000, 200, 1000, 0, 1000]);
    assert.deepEqual(now.body.codes, {undeclared_property: 1000, wrong_type: 10});
    const rest = await ask(engine, '/api/quarantine/try', {where, after: 1000});
    assert.deepEqual([rest.body.looked, rest.body.left, rest.body.next, rest.body.faulty], [200, 0, null, 200]);

    assert.equal((await ask(engine, '/api/quarantine/try', {where: {...where, event: 'project.created'}})).body.looked, 1000);
    assert.equal((await ask(engine, '/api/quarantine/try', {where: {...where, event: 'project.*'}})).body.looked, 0);
    assert.equal((await ask(engine, '/api/quarantine/try', {where: {...where, name: 'project.*'}})).body.looked, 1000);
    const tried = await ask(engine, '/api/quarantine/try', {where, entry});
    assert.deepEqual([tried.body.accepted, tried.body.faulty, tried.body.codes], [990, 10, {wrong_type: 10}]);
    assert.deepEqual(tried.body.names, [{name: 'project.created', accepted: 990, faulty: 10}]);
    const fresh = await ask(engine, '/api/quarantine/try', {positions: [1], entry: 'name: order.placed\nkind: product'});
    assert.deepEqual(fresh.body.codes, {undeclared_property: 1, wrong_type: 1});
    for (const [text, message] of [
        ['- name: a.b\n  kidn: page', /^\(entry\):2: error: a\.b: `kidn` is not a key of an event: did you mean `kind`\?/],
        ['', /an entry begins with its name/], ['{', /\(entry\)/], ['- 5', /an event is a map/],
    ]) {
        const bad = await ask(engine, '/api/quarantine/try', {where, entry: text});
        assert.equal(bad.status, 422, text);
        assert.equal(bad.body.error.code, 'bad_entry');
        assert.match(bad.body.error.message, message);
    }

    writeFileSync(join(dir, 'catalogue', 'events.yaml'), withColour);
    assert.equal((await weir('reload')).code, 0);
    const first = await ask(engine, '/api/quarantine/replay', {where});
    assert.deepEqual([first.body.accepted, first.body.faulty, first.body.left, first.body.next], [990, 10, 200, 1000]);
    const last = await ask(engine, '/api/quarantine/replay', {where, after: first.body.next});
    assert.deepEqual([last.body.accepted, last.body.faulty, last.body.left, last.body.next], [198, 2, 0, null]);
    const again = await ask(engine, '/api/quarantine/replay', {where}); // waits for the store: nothing is decided twice
    assert.deepEqual([again.body.looked, again.body.accepted, again.body.duplicate, again.body.faulty], [12, 0, 0, 12]);
    assert.equal(again.body.behind, 0);

    const dropped = await ask(engine, '/api/quarantine/drop', {where, reason: ' not "ours" '});
    assert.deepEqual([dropped.status, dropped.body.dropped, dropped.body.left], [200, 12, 0]);
    const rows = await settled(engine, 'quarantined?state=dropped', 12);
    assert.deepEqual([...new Set(rows.map((row) => row.why))], ['not "ours"']);
    assert.equal(rows[0].contents, null);
    assert.equal((await report(engine, 'quarantine?state=all')).find((g) => g.reason === 'undeclared_property').events, 1200);
});

test('what is wrong with a request is said, and nothing is decided without a collector', async (t) => {
    const {collector, engine} = await begin(t);
    await post(collector, [wrong({colour: 'red'})]);
    await settled(engine, 'quarantined', 1);
    for (const [path, body, message] of [
        ['try', '{', /not JSON/], ['try', [], /must be a JSON object/], ['try', {}, /either `where` or `positions`/],
        ['try', {where: {}, positions: [1]}, /either `where` or `positions`/], ['try', {where: {rason: 'x'}}, /`where.rason` is no condition/],
        ['try', {where: {reason: 'wrong'}}, /`where.reason` is not the code of an error/], ['try', {where: {state: 'all'}}, /only what waits/],
        ['try', {where: {since: 'yesterday'}}, /`where.since` is neither a time/], ['try', {where: {name: 5}}, /must be text/],
        ['try', {where: {name: 'a\u0000b'}}, /without NUL/], ['try', {positions: []}, /list of 1 to 10000/], ['try', {positions: [0]}, /from 1/],
        ['try', {where: {}, after: -1}, /`after` must be/], ['try', {where: {}, all: true}, /none of where/], ['try', {where: {}, reason: 'x'}, /`where.reason`/],
        ['replay', {where: {}, entry}, /tried alone/], ['drop', {where: {}}, /without a `reason`/], ['drop', {where: {}, reason: ' '}, /without a `reason`/],
        ['drop', {where: {}, reason: 'x'.repeat(1001)}, /at most 1000 bytes/],
    ]) {
        const {status, body: answer} = await ask(engine, `/api/quarantine/${path}`, body);
        assert.equal(status, 400, JSON.stringify([path, body, answer]));
        assert.match(answer.error.message, message);
    }
    assert.equal((await ask(engine, '/api/quarantine/try')).status, 405);
    assert.equal((await ask(engine, '/api/quarantine/eat', {})).status, 404);
    assert.equal((await ask(engine, '/api/quarantine/try', '{}', {'content-type': 'text/plain'})).status, 415);
    assert.deepEqual((await ask(engine, '/api/quarantine/replay', {positions: [99]})).body.looked, 0);

    await collector.stop();
    for (const path of ['try', 'replay', 'drop']) {
        const {status, body} = await ask(engine, `/api/quarantine/${path}`, {where: {}, ...(path === 'drop' ? {reason: 'x'} : {})});
        assert.equal(status, 503);
        assert.equal(body.error.code, 'no_collector');
        assert.match(body.error.message, /start it with: weir serve/);
    }
    assert.equal((await report(engine, 'quarantined')).length, 1);
});

test('who may only read is told what would be, and decides nothing; who decides stands with the decision', async (t) => {
    const dir = makeFolder(t, {settings: (s) => {
        s.console.tokens = [{name: 'reader', key: 'key-of-the-reader', rights: ['read']}, {name: 'keeper', key: 'key-of-the-keeper', rights: ['read', 'admin']}];
    }});
    const collector = await startWeir(t, {dir}), engine = await startWeir(t, {dir, command: 'engine', ready});
    const as = (who, path, body) => ask(engine, path, body, {authorization: `Bearer key-of-the-${who}`});
    const stored = async (who, query) => {
        const {body} = await as(who, `/api/report/quarantined?${query}`);
        return body.rows.map((row) => Object.fromEntries(body.columns.map(({name}, i) => [name, row[i]])));
    };

    await post(collector, [wrong({colour: 'planted-colour'})]);
    await settled(engine, 'quarantined', 1);
    assert.equal((await as('reader', '/api/quarantine/try', {where: {}})).body.faulty, 1);
    for (const [path, body] of [['try', {where: {}, entry}], ['replay', {where: {}}], ['drop', {where: {}, reason: 'x'}]]) {
        const {status, body: answer} = await as('reader', `/api/quarantine/${path}`, body);
        assert.deepEqual([status, answer.error.code], [403, 'no_right'], path);
    }
    for (const who of ['reader', 'keeper']) // neither has the right to hidden values
        assert.equal((await as(who, '/api/report/quarantined?hidden=1')).status, 403);
    assert.doesNotMatch(JSON.stringify(await stored('reader', 'state=waiting')), /planted-colour/);
    for (const name of ['quarantine', 'quarantined']) { // nor can they be guessed, piece by piece
        const found = async (pattern) => (await as('reader', `/api/report/${name}?filter=event~${encodeURIComponent(pattern)}`)).body.rows.length;
        assert.deepEqual([await found('*planted-c*'), await found('*p-1*')], [0, 1]);
    }
    assert.match(JSON.stringify(await stored('reader', 'state=waiting')), /p-1/);
    writeFileSync(join(dir, 'catalogue', 'events.yaml'), catalogue.replace('project_id: {', 'project_id: {privacy: hidden, '));
    assert.equal((await runWeir(['reload', '--config', join(dir, 'weir.yaml')], {cwd: dir})).code, 0);
    await until('that what is hidden by now is not shown', async () => !/p-1/.test(JSON.stringify(await stored('reader', 'state=waiting'))));
    assert.equal((await as('keeper', '/api/quarantine/drop', {where: {}, reason: 'a test'})).body.dropped, 1);
    await settled(engine, 'quarantined?state=dropped', 1);
    const [row] = await stored('reader', 'state=dropped');
    assert.deepEqual([row.decided_by, row.why], ['keeper', 'a test']);
});
