// SPDX-License-Identifier: Apache-2.0
//
// The catalogue at the engine's console: what it says, told anew after a reload, once for each client; which entry
// takes a name.

import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {catalogue, makeFolder, runWeir, startWeir, until} from './lib/weir.mjs';

const ready = /console on (\S+):(\d+)/;
const more = `${catalogue}  - name: page.{section}.left
    description: A page was left.
    trigger: When it is closed
    parameters: {section: {pattern: "[a-z]+"}}
`;

const get = (engine, path, headers = {}) => fetch(engine.url + path, {headers: {
    authorization: `Bearer ${readFileSync(join(engine.dir, 'data', 'console.token'), 'utf8').trim()}`, ...headers}});

test('the console tells what the catalogue says, and tells it anew once it has changed', async (t) => {
    const dir = makeFolder(t);
    await startWeir(t, {dir});
    const engine = await startWeir(t, {dir, command: 'engine', ready});

    const first = await get(engine, '/api/catalogue');
    assert.equal(first.status, 200);
    const body = await first.json();
    assert.deepEqual(body.sources, [{name: 'backend', kind: 'server', strict: true},
        {name: 'website', kind: 'browser', strict: true}]);
    assert.match(body.hash, /^[0-9a-f]{64}$/);
    assert.deepEqual(body.events.map((event) => event.name), ['project.created', 'page.viewed']);
    const [created] = body.events;
    assert.equal(created.file, './catalogue/events.yaml'.replace('./', `${dir}/`));
    assert.equal(created.line, 3);
    assert.equal(created.text, catalogue.split('\n').slice(2, 11).join('\n'));
    assert.deepEqual(created.properties.map((p) => [p.name, p.type, p.required, p.privacy]), [
        ['user_id', 'string', false, 'pseudonym'], ['project_id', 'string', true, 'keep'],
        ['seats', 'integer', false, 'keep'], ['note', 'string', false, 'drop']]);

    const tag = first.headers.get('etag');
    assert.equal((await get(engine, '/api/catalogue', {'if-none-match': tag})).status, 304);
    assert.equal((await get(engine, '/api/catalogue', {'if-none-match': `"x", W/${tag}`})).status, 304);
    assert.equal((await get(engine, '/api/catalogue', {'if-none-match': '"x"'})).status, 200);
    assert.equal((await fetch(`${engine.url}/api/catalogue`)).status, 401);

    writeFileSync(join(dir, 'catalogue', 'events.yaml'), more);
    assert.equal((await runWeir(['reload', '--config', join(dir, 'weir.yaml')], {cwd: dir})).code, 0);
    const next = await until('another catalogue', async () => {
        const answer = await get(engine, '/api/catalogue', {'if-none-match': tag});
        return answer.status !== 304 && answer;
    });
    assert.deepEqual((await next.json()).events.map((event) => event.name),
        ['project.created', 'page.viewed', 'page.{section}.left']);

    const matches = await get(engine, '/api/catalogue/match?name=PAGE.home.left&name=page.veiwed&name=a%22%3C&name=project.created&property=seat');
    assert.deepEqual((await matches.json()).matches, [
        {name: 'PAGE.home.left', event: 'page.{section}.left', nearest: null, nearest_property: null},
        {name: 'page.veiwed', event: null, nearest: 'page.viewed', nearest_property: null},
        {name: 'a"<', event: null, nearest: null, nearest_property: null},
        {name: 'project.created', event: 'project.created', nearest: null, nearest_property: 'seats'},
    ]);
    const many = await get(engine, `/api/catalogue/match?${'name=a&'.repeat(101)}`);
    assert.equal(many.status, 422);
    assert.match((await many.json()).error.message, /at most 100 names/);
    assert.deepEqual(await (await get(engine, '/api/catalogue/match')).json(), {matches: []});
});

test('an engine without a catalogue says so, and shows it once there is one', async (t) => {
    const dir = makeFolder(t, {files: {'catalogue/events.yaml': 'events: [{nam: a}]'}});
    const engine = await startWeir(t, {dir, command: 'engine', ready});
    const none = await get(engine, '/api/catalogue');
    assert.equal(none.status, 503);
    assert.match((await none.json()).error.message, /has no catalogue yet; weir check says more: .*1 error/);
    assert.equal((await get(engine, '/api/catalogue/match?name=a')).status, 503);
    writeFileSync(join(dir, 'catalogue', 'events.yaml'), catalogue);
    process.kill(engine.pid, 'SIGHUP');
    const next = await until('a catalogue', async () => {
        const answer = await get(engine, '/api/catalogue');
        return answer.status !== 503 && answer;
    });
    assert.equal(next.status, 200);
});
