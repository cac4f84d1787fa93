// SPDX-License-Identifier: Apache-2.0
//
// The rules of flows and activity as data: tests/cases/flows/*.json say what is sent and which rows the tables must have
// then. One Weir takes all cases, with the catalogue of catalogues/accounts; they share nothing but the days. The form of
// a case stands in tests/cases/flows/README.md.
// On the build as shipped alone: most of the work is DuckDB's; the code around it has its unit tests.

import assert from 'node:assert/strict';
import {createHash, createHmac} from 'node:crypto';
import {cpSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {browserKey, makeFolder, origin, post, root, runWeir, serverKey, startWeir, until, untilAfter} from './lib/weir.mjs';

const folder = join(root, 'tests/cases/flows');
const keys = {present: 'a-key-that-signs-the-flows-of-now', older: 'a-key-that-signed-the-flows-of-then', foreign: 'a-key-that-nobody-here-has-heard-of'};
const importedKey = 'imported-key-of-the-tests';
// A page's batch, as far as a case does not say otherwise.
const usualBatch = {
    broker: 'fx-desktop-v3', context: 'fx_desktop_v3', deviceId: 'none', duration: 14842, entrypoint: 'abouthome', events: [], experiments: [],
    isSampledUser: false, lang: 'en', marketing: [], migration: 'none', navigationTiming: null, referrer: 'none',
    screen: {clientHeight: 698, clientWidth: 1280, devicePixelRatio: 2, height: 1050, width: 1680}, service: 'sync', timers: {}, uid: 'none',
    uniqueUserId: 'none', utm_campaign: 'none', utm_content: 'none', utm_medium: 'none', utm_source: 'none', utm_term: 'none',
};
const started = Date.now();
const cases = readdirSync(folder).filter((name) => name.endsWith('.json')).sort().flatMap((file) =>
    JSON.parse(readFileSync(join(folder, file), 'utf8')).map((one) => ({...one, file, title: `${file}: ${one.rule}`})));
const forAll = untilAfter(after);
let weir, token;

function settings(defaults) {
    return {
        ...defaults,
        flows: {keys: [keys.present, keys.older], expiry: '2h', user_agent: true, source: 'content'},
        sources: [
            {name: 'backend', kind: 'server', key: serverKey},
            {name: 'imported', kind: 'server', key: importedKey, flow_ids: 'any'},
            {name: 'content', kind: 'browser', key: browserKey, origins: [origin], events: ['*'], rate: 'unlimited'},
        ],
    };
}

const digits = (text, count) => createHash('sha256').update(text).digest('hex').slice(0, count);

// A moment of a case: RFC 3339, or a distance from the start of the tests such as "now-10m".
function moment(text) {
    const match = /^now(?:([+-])(\d+)(ms|s|m|h))?$/.exec(text);
    if (!match)
        return Date.parse(text);
    return started + (match[1] ? Number(`${match[1]}${match[2]}`) * {ms: 1, s: 1000, m: 60000, h: 3600000}[match[3]] : 0);
}

function signature(key, salt, begin, agent) {
    return createHmac('sha256', key).update([salt, begin.toString(16), ...(agent ? [agent] : [])].join('\n')).digest('hex').slice(0, 32);
}

// The flows of a case, by its own short names: {id, begin}.
function makeFlows(one) {
    return Object.fromEntries(Object.entries(one.flows ?? {}).map(([name, {begin, id, key = 'present', agent, salt, starts = ''}]) => {
        const at = moment(begin), salted = salt ?? (starts + digits(`${one.title} ${name}`, 32)).slice(0, 32);
        return [name, {id: id ?? salted + signature(keys[key], salted, at, agent), begin: at}];
    }));
}

// Text of a case with its names filled in: @a is the id of flow a, <anna> the account or device that the case calls anna.
function fill(one, value, person) {
    if (typeof value === 'string')
        return value.replace(/@(\w+)/g, (all, name) => one.made[name]?.id ?? all).replace(/<(\w+)>/g, (all, name) => person(name));
    if (Array.isArray(value))
        return value.map((item) => fill(one, item, person));
    if (value && typeof value === 'object')
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [fill(one, key, person), fill(one, item, person)]));
    return value;
}

const rawName = (one) => (name) => digits(`${one.title} person ${name}`, 32);

function makeEvent(one, event) {
    const {flow, at, time, ...rest} = fill(one, event, rawName(one));
    const {of, ...more} = typeof flow === 'string' ? {of: flow} : flow ?? {};
    const made = of && one.made[of], when = time ? moment(time) : made && at !== undefined ? made.begin + at : undefined;

    return {
        ...rest, ...(when === undefined ? {} : {time: new Date(when).toISOString()}),
        ...(flow ? {flow: {...(made ? {id: made.id, begin: made.begin} : {}), ...more}} : {}),
    };
}

function verdictOf({verdict, errors = []}) {
    return [verdict, ...errors.map(({code}) => code)].join(' ');
}

async function sendEvents(one, step) {
    const key = {backend: serverKey, imported: importedKey, content: browserKey}[step.source ?? 'imported'];
    const headers = {...(step.source === 'content' ? {origin} : {}), ...step.headers};
    const events = step.events.map((event) => makeEvent(one, event));
    const {status, body} = await post(weir, events, {key, headers});

    assert.ok(body.events, `${status} ${JSON.stringify(body)}`);
    body.events.forEach((answer, i) => {
        const {properties = {}} = events[i];
        if (answer.verdict === 'accepted')
            one.people.push({position: answer.position, actor: properties.uid, device: properties.device_id});
    });
    one.verdicts.push(...body.events.map(verdictOf));
}

// The batch of a page: times count from `start`, the page's clock is `ahead` ms ahead.
async function sendBatch(one, step) {
    const {flow, start = 'now-5m', flush, ahead = 0, type = 'application/json', body: ready, ...rest} = fill(one, step.batch, rawName(one));
    const made = flow && one.made[flow];
    const batch = {
        ...usualBatch, ...(made ? {flowId: made.id, flowBeginTime: made.begin} : {}),
        startTime: (start === 'begin' ? made.begin : moment(start)) + ahead, flushTime: (flush ? moment(flush) : Date.now()) + ahead, ...rest,
    };
    for (const key of Object.keys(batch))
        if (batch[key] === null)
            delete batch[key];
    const answer = await post(weir, ready ?? JSON.stringify(batch), {path: '/metrics', key: null,
        headers: {'content-type': type, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0', origin, ...step.headers}});
    assert.equal(answer.status, step.status ?? 200, JSON.stringify(answer.body));
    if (step.answer)
        assert.deepEqual({...answer.body, ...step.answer}, answer.body);
}

// GET: what comes back can be kept as a flow of the case, by `as`.
async function get(one, step) {
    const path = fill(one, step.get, rawName(one));
    const answer = await fetch(weir.url + path, {headers: {origin, ...step.headers}}), text = await answer.text();

    assert.equal(answer.status, step.status ?? 200, text);
    for (const [name, value] of Object.entries(step.answered ?? {}))
        assert.equal(answer.headers.get(name), value, name);
    if (step.as) {
        const {flowId, flowBeginTime} = JSON.parse(text);
        one.made[step.as] = {id: flowId, begin: flowBeginTime};
    }
}

async function query(sql) {
    const answer = await fetch(`${weir.engine.url}/api/query`, {method: 'POST',
        headers: {'authorization': `Bearer ${token}`, 'content-type': 'application/json'}, body: JSON.stringify({sql, format: 'ndjson'})});
    const text = await answer.text();
    assert.equal(answer.status, 200, `${sql}\n${text}`);
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// Until the tables have all that was sent: a last event, of nobody's, says how far that is.
async function settle() {
    const {body} = await post(weir, {name: 'account.deleted', properties: {uid: digits('nobody', 32)}}, {key: importedKey});

    await until('that the tables come to what was sent', async () => {
        const [state] = await query('SELECT min(position) AS position FROM model_state');
        return state.position >= body.events[0].position;
    });
}

// What the case's people are called in the tables.
async function learnNames(one) {
    const positions = one.people.map(({position}) => position).join(', ');
    for (const row of positions ? await query(`SELECT position, actor, device FROM events WHERE position IN (${positions})`) : []) {
        const {actor, device} = one.people.find(({position}) => position === row.position);
        if (actor)
            one.names.set(actor, row.actor);
        if (device)
            one.names.set(device, row.device);
    }
}

// {"near": n} in an expected row stands for a moment that the way to the collector may add some seconds to.
const nearest = (expected, value) =>
    expected.filter((item) => item?.near <= value && value < item.near + 10000).sort((a, b) => b.near - a.near)[0] ?? value;

// A table's rows that belong to the case, with the columns that it names.
async function rowsOf(one, table, columns) {
    const flows = Object.values(one.made).map(({id}) => `'${id}'`).join(', ') || "''";
    const people = [...one.names.values()].map((name) => `'${name}'`).join(', ') || "''";
    const has = (await query(`SELECT column_name FROM (DESCRIBE ${table})`)).map(({column_name}) => column_name);
    const mine = [...(has.includes('flow_id') ? [`flow_id IN (${flows})`] : []), ...(has.includes('uid') ? [`uid IN (${people})`] : [])];
    return query(`SELECT ${columns.join(', ') || '1 AS one'} FROM ${table} WHERE ${mine.join(' OR ')}`);
}

const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort().map((text) => JSON.parse(text));

async function checkTable(one, table, expected) {
    const columns = [...new Set(expected.flatMap(Object.keys))];
    const wanted = expected.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
    const found = (await rowsOf(one, table, columns)).map((row) => Object.fromEntries(columns.map((column) =>
        [column, nearest(expected.map((one) => one[column]), row[column] ?? null)])));
    assert.deepEqual(sorted(found), sorted(wanted), table);
}

async function checkReport(one, {name, parameters, rows, columns}) {
    const args = Object.entries(fill(one, parameters, rawName(one))).flatMap(([key, value]) =>
        [].concat(value).flatMap((item) => item === true ? [`--${key}`] : [`--${key}`, String(item)]));
    const done = await runWeir(['report', name, '--format', 'ndjson', '--config', join(weir.dir, 'weir.yaml'), ...args], {cwd: weir.dir});

    assert.equal(done.code, 0, done.stderr);
    const found = done.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    const wanted = columns ?? Object.keys(rows[0] ?? {});
    assert.deepEqual(found.map((row) => Object.fromEntries(wanted.map((column) => [column, row[column] ?? null]))), rows, name);
}

// The steps of a case are loaded apart, and the models caught up in between: they must not depend on what comes together.
async function play() {
    const rounds = Math.max(...cases.map(({send}) => send.length));

    for (const one of cases)
        Object.assign(one, {made: makeFlows(one), verdicts: [], people: [], names: new Map()});
    for (let round = 0; round < rounds; round++) {
        for (const one of cases.filter(({send, failed}) => !failed && send[round])) {
            const step = one.send[round], way = step.events ? sendEvents : step.batch ? sendBatch : get;
            await way(one, step).catch((error) => (one.failed = error));
        }
        await settle();
    }
}

before(async () => {
    const dir = makeFolder(forAll, {settings, files: {}});
    cpSync(join(root, 'catalogues/accounts'), join(dir, 'catalogue'), {recursive: true});
    weir = await startWeir(forAll, {dir});
    weir.engine = await startWeir(forAll, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    token = readFileSync(join(dir, 'data/console.token'), 'utf8').trim();
});

describe('rules of flows', () => {
    test('every case is sent', async () => {
        assert.ok(cases.length > 0);
        await play();
    });
    for (const one of cases)
        test(one.title, async () => {
            if (one.failed)
                throw one.failed;
            await learnNames(one);
            if (one.verdicts.length || one.expectVerdicts)
                assert.deepEqual(one.verdicts, one.verdicts.map((verdict, i) => (one.expectVerdicts ?? [])[i] ?? 'accepted'));
            const shown = (name) => one.names.get(rawName(one)(name)) ?? `nobody called ${name}`;
            for (const [table, rows] of Object.entries(one.expect ?? {}))
                await checkTable(one, table, fill(one, rows, shown));
            for (const report of one.reports ?? [])
                await checkReport(one, fill(one, report, shown));
        });
});
