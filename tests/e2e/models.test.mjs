// SPDX-License-Identifier: Apache-2.0
//
// The tables that follow the events, in the running program: soon there, whole after kills, the same after a rebuild, and
// made anew when the catalogue says something else.
// On the build as shipped alone: most of the work is DuckDB's; the code around it has its unit tests.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {makeFolder, post, runWeir, sleep, startWeir, until} from './lib/weir.mjs';

const catalogue = (role) => `defaults: {owner: team@example.org, kind: flow}
events:
  - {name: flow.begin, description: d, trigger: t, flow: {role: begin}, dimensions: [plan], properties: {plan: {type: string, description: d}}}
  - {name: flow.submit, description: d, trigger: t, flow: {role: ${role}}}
  - {name: account.login, description: d, trigger: t, kind: [flow, activity], actor: uid, flow: {role: step}, properties: {uid: {type: string, privacy: pseudonym, description: d}}}
  - {name: flow.complete, description: d, trigger: t, flow: {role: complete}}
`;
const names = ['flow.begin', 'flow.submit', 'account.login', 'flow.complete'];
const start = Date.parse('2026-03-01T23:59:00Z');

// Events of flows, four each, in an order in which those of one flow lie apart, and late ones come before early ones.
function eventsOf(flows) {
    return Array.from({length: 4 * flows}, (_, i) => (i * 7919) % (4 * flows)).map((i) => {
        const flow = Math.floor(i / 4), step = i % 4, begin = start + flow * 50;
        return {
            name: names[step],
            time: begin + step * 30000,
            flow: {id: createHash('sha256').update(`flow ${flow}`).digest('hex'), begin},
            properties: step === 0 ? {plan: `p${flow % 3}`} : step === 2 ? {uid: `u${flow % 100}`} : {},
        };
    });
}

function weir(dir, ...args) {
    return runWeir([args[0], '--config', join(dir, 'weir.yaml'), ...args.slice(1)]);
}

async function ask(dir, sql) {
    const answer = await weir(dir, 'query', '--format', 'ndjson', sql);
    assert.equal(answer.code, 0, answer.stderr);
    return answer.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const tables = {
    flow_metadata: '*', flow_events: '*', event_names: '* REPLACE (CAST(parameters AS VARCHAR) AS parameters, CAST(dimensions AS VARCHAR) AS dimensions)', activity_events: '*',
    daily_active_users: '*', event_counts: '*',
    flows_data: '* EXCLUDE (flow)', // the numbers are given in the order of coming
};

async function contents(dir) {
    const parts = Object.entries(tables).map(([table, columns]) =>
        `SELECT '${table}' AS name, count(*) AS n, md5(string_agg(t, ' ' ORDER BY t)) AS hash FROM (SELECT CAST(x AS VARCHAR) AS t FROM (SELECT ${columns} FROM ${table}) AS x)`);
    return ask(dir, `${parts.join(' UNION ALL ')} ORDER BY name`);
}

const startEngine = (t, dir) => startWeir(t, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});

async function modelsOf(engine) {
    const token = readFileSync(join(engine.dir, 'data/console.token'), 'utf8').trim();
    const answer = await fetch(`${engine.url}/api/status`, {headers: {authorization: `Bearer ${token}`}});
    return (await answer.json()).models;
}

function caughtUp(engine, position) {
    return until('that the models come', async () => {
        const models = await modelsOf(engine);
        return models.position >= position && models.pending === 0 && !models.remaking && models;
    });
}

test('kills leave the tables whole, and a rebuild makes the same', async (t) => {
    const dir = makeFolder(t, {files: {'catalogue/events.yaml': catalogue('step')}});
    const collector = await startWeir(t, {dir});
    const events = eventsOf(1500);
    let engine = await startEngine(t, dir);

    for (let round = 0; round < 3; round++) {
        for (let at = round * 2000; at < (round + 1) * 2000; at += 1000)
            assert.equal((await post(collector, events.slice(at, at + 1000))).body.accepted, 1000);
        await sleep([700, 1150, 300][round]);
        await engine.stop('SIGKILL');
        engine = await startEngine(t, dir);
    }
    const models = await caughtUp(engine, events.length);
    assert.equal(models.errors, 0);
    const [sums] = await ask(dir, `SELECT count(*) AS flows, sum(begins) AS begins, count(*) FILTER (completed AND duration = 90000) AS whole,
        count(DISTINCT plan) AS plans, (SELECT count(*) FROM flow_events) AS events, (SELECT count(*) FROM activity_events) AS logins FROM flow_metadata`);
    assert.deepEqual(Object.values(sums).map(Number), [1500, 1500, 1500, 3, 6000, 1500]);
    const before = await contents(dir);
    await engine.stop();
    await collector.stop();
    const rebuilt = await weir(dir, 'rebuild');
    assert.equal(rebuilt.code, 0, rebuilt.stderr);
    assert.deepEqual(await contents(dir), before);
});

test('an event is in its flow within seconds, and another catalogue makes the tables anew', async (t) => {
    const dir = makeFolder(t, {files: {'catalogue/events.yaml': catalogue('step')}});
    const collector = await startWeir(t, {dir}), engine = await startEngine(t, dir);
    const [begin, submit] = eventsOf(1).sort((a, b) => a.time - b.time);

    const sent = Date.now();
    await post(collector, [begin, submit]);
    await caughtUp(engine, 2);
    assert.ok(Date.now() - sent < 40000, 'alone it takes a second or two; here other tests run, too');
    const completed = async () => (await ask(dir, 'SELECT completed, plan FROM flow_metadata'))[0];
    assert.deepEqual(await completed(), {completed: false, plan: 'p0'});
    const token = readFileSync(join(dir, 'data/console.token'), 'utf8').trim();
    const text = await (await fetch(`${engine.url}/metrics`, {headers: {authorization: `Bearer ${token}`}})).text();
    assert.match(text, /^weir_models_position 2$/m);
    assert.match(text, /^weir_models_pending 0$/m);
    assert.match(text, /^weir_models_errors_total 0$/m);

    const [{definition}] = await ask(dir, 'SELECT definition FROM model_state');
    writeFileSync(join(dir, 'catalogue/events.yaml'), catalogue('complete'));
    process.kill(engine.pid, 'SIGHUP');
    await until('another table', async () => (await completed()).completed);
    assert.deepEqual(await completed(), {completed: true, plan: 'p0'});
    assert.notEqual((await ask(dir, 'SELECT definition FROM model_state'))[0].definition, definition);
});
