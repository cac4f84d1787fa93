// SPDX-License-Identifier: Apache-2.0
//
// Flow ids: handed out to pages with the event that begins the flow on disk, good on every server that has the key,
// and kept aside, with the reason, wherever they are not good.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHmac, randomBytes} from 'node:crypto';
import {closeSync, openSync} from 'node:fs';
import {test} from 'node:test';

import {browserKey, makeFolder, metrics, origin, post, program, rawRequest, residue, runWeir, serverKey, startWeir,
    statuses} from './lib/weir.mjs';

const key = 'a-key-that-signs-flows-in-tests', older = 'the-key-before-that-one-in-tests';
const ready = /console on (\S+):(\d+)/;

const entry = (name, role, more = '') =>
    `  - {name: "${name}", description: D, trigger: T, since: 2025-01-01, flow: {role: ${role}}${more}}\n`;
const properties = ', properties: {' + ['context', 'entrypoint', 'service'].map((name) =>
    `${name}: {type: string, description: D}`).join(', ') + '}';
const head = 'defaults: {owner: team@example.org, naming: any, status: active, kind: flow}\nevents:\n';
const catalogue = head + entry('flow.begin', 'begin', properties) + entry('flow.{view}.view', 'view', properties +
    ', parameters: {view: {pattern: "[a-z-]+", max_values: 20}}') + entry('flow.signup.submit', 'step');

function flowSettings(s, flows = {keys: [key]}) {
    s.flows = flows;
    s.sources[1].events = ['flow.*'];
    s.sources.push({name: 'imported', kind: 'server', key: 'imported-key-of-the-tests', flow_ids: 'any'});
    return s;
}

const makeDir = (t, flows, text = catalogue) =>
    makeFolder(t, {settings: (s) => flowSettings(s, flows), files: {'catalogue/events.yaml': text}});

const weir = (dir, args) => runWeir([...args, '--config', `${dir}/weir.yaml`], {cwd: dir});

async function get(server, query = '', {key = browserKey, path = '/v1/flow', headers = {origin}, method = 'GET'} = {}) {
    const answer = await fetch(`${server.url}${path}${query}`,
        {method, headers: {...(key ? {authorization: `Bearer ${key}`} : {}), ...headers}});
    const text = await answer.text();
    return {status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null};
}

// As another server makes ids, by the documented recipe.
function mint(begin, by = key, userAgent) {
    const salt = randomBytes(16).toString('hex');
    const lines = [salt, begin.toString(16), ...(userAgent === undefined ? [] : [userAgent])];
    return salt + createHmac('sha256', by).update(lines.join('\n')).digest('hex').slice(0, 32);
}

const step = (id, begin, more = {}) => ({name: 'flow.signup.submit', flow: {id, begin}, ...more});
const page = {key: browserKey, headers: {origin}};

// The one event's verdict, or the code of its one error.
function outcome({body}) {
    assert.equal(body.events.length, 1);
    return body.events[0].errors ? body.events[0].errors.map((e) => e.code).join() : body.events[0].verdict;
}

async function rows(dir, sql) {
    const {code, stdout, stderr} = await weir(dir, ['query', '--format', 'ndjson', sql]);
    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

test('a page gets an id, its begin is on disk, and page and server go on with it', async (t) => {
    const dir = makeDir(t, {keys: [key], source: 'website'});
    const collector = await startWeir(t, {dir});
    const before = Date.now();

    const first = await get(collector, '?context=fx_desktop_v3&entrypoint=abouthome:a.b&service=sync&utm_source=news' +
        '&utm_campaign=firefox/sync&utm_term=none');
    assert.equal(first.status, 200);
    assert.deepEqual(Object.keys(first.body).sort(), ['flowBeginTime', 'flowId']);
    assert.match(first.body.flowId, /^[0-9a-f]{64}$/);
    assert.ok(first.body.flowBeginTime >= before && first.body.flowBeginTime <= Date.now());
    assert.equal(first.headers.get('access-control-allow-origin'), origin);
    assert.equal(first.headers.get('cache-control'), 'no-store');

    // By the old name, for the source of the settings, without a key and without being tracked.
    const second = await get(collector, '?form_type=email&utm_source=news&utm_medium=',
        {key: null, path: '/metrics-flow', headers: {origin, dnt: '1', 'accept-language': 'pt-BR,en;q=0.5'}});
    assert.equal(second.status, 200);
    assert.notEqual(second.body.flowId, first.body.flowId);

    const {flowId: id, flowBeginTime: begin} = first.body;
    assert.equal(outcome(await post(collector, step(id, begin), page)), 'accepted');
    assert.equal(outcome(await post(collector, step(id, begin, {time: begin + 1500}))), 'accepted');
    assert.equal(outcome(await post(collector, {...step(id, begin), name: 'flow.begin', time: 1})), 'accepted');

    await startWeir(t, {dir, command: 'engine', ready});
    await residue(dir, {delivered: true});
    const found = await rows(dir, `SELECT name, source, flow_id = '${id}' AS first, flow_time, epoch_ms(time) AS time,
        utm_source, utm_campaign, utm_term, properties FROM events WHERE flow_id IS NOT NULL
        AND name <> 'flow.signup.submit' ORDER BY position`);
    assert.deepEqual(await rows(dir, `SELECT DISTINCT locale FROM events WHERE flow_id = '${second.body.flowId}'`),
        [{locale: 'pt-BR'}]);
    const common = {flow_time: 0, utm_campaign: null, utm_term: null};
    assert.deepEqual(found.map(({properties, ...row}) => row), [
        {...common, name: 'flow.begin', source: 'website', first: true, time: begin, utm_source: 'news'},
        {...common, name: 'flow.begin', source: 'website', first: false, time: second.body.flowBeginTime, utm_source: null},
        {...common, name: 'flow.enter-email.view', source: 'website', first: false, time: second.body.flowBeginTime,
            utm_source: null},
        {...common, name: 'flow.begin', source: 'backend', first: true, time: begin, utm_source: null},
    ]);
    const told = (row) => typeof row.properties === 'string' ? JSON.parse(row.properties) : row.properties;
    assert.deepEqual(told(found[0]), {context: 'fx_desktop_v3', entrypoint: 'abouthome:a.b', service: 'sync'});
    assert.equal(told(found[2]).view, 'enter-email');
    const times = await rows(dir, "SELECT flow_time FROM events WHERE name = 'flow.signup.submit' ORDER BY position");
    assert.ok(times[0].flow_time >= 0 && times[0].flow_time < 60000);
    assert.equal(times[1].flow_time, 1500);
    const ledger = await residue(dir);
    assert.equal(ledger.residue.events, 0);
});

test('a wrong query is a 400 that names the parameter, and only pages of the listed origins may ask', async (t) => {
    const collector = await startWeir(t, {dir: makeDir(t)});
    const wrong = {
        '?context=FX': /`context` must be 1 to 1024 of the characters/,
        '?entrypoint=a%20b': /`entrypoint` must be/,
        '?form_type=fax': /`form_type` must be one of email/,
        '?service=0123': /`service` must be sync, content-server, none or 16 hexadecimal digits/,
        '?utm_campaign=a%2Bb': /`utm_campaign` must be 1 to 128/,
        [`?utm_content=${'x'.repeat(129)}`]: /`utm_content` must be/,
        '?utm_medium=%22': /`utm_medium` must be/,
        '?utm_source=a&utm_source=b': /`utm_source` stands in the query twice/,
        '?utm_term=%00': /`utm_term` must be/,
        '?flowId=planted': /a parameter that is none of key, context/,
    };

    for (const [query, expected] of Object.entries(wrong)) {
        const {status, body} = await get(collector, query);
        assert.equal(status, 400, query);
        assert.equal(body.error.code, 'bad_parameter');
        assert.match(body.error.message, expected);
        assert.doesNotMatch(body.error.message, /planted|fax|0123\b/);
    }
    for (const query of ['?service=', '?context=none', '?utm_campaign=page%2Breferral%2B-%2Bnot%2Bpart%2Bof%2Ba%2Bcampaign',
        '?utm_campaign=page+referral+-+not+part+of+a+campaign', '?form_type=button', `?key=${browserKey}`])
        assert.equal((await get(collector, query)).status, 200, query);
    const samples = await metrics(collector);
    assert.equal(samples['weir_refusals_total{source="website",reason="bad_parameter"}'], 10);
    assert.equal(samples['weir_events_received_total{source="website"}'], 16);
    assert.equal(samples['weir_events_accepted_total{source="website"}'], 6);

    const code = async (...args) => {
        const {status, body} = await get(collector, ...args);
        return `${status} ${body.error.code}`;
    };

    assert.equal(await code('', {headers: {origin: 'https://evil.example'}}), '403 origin_not_allowed');
    assert.equal(await code('', {headers: {}}), '403 missing_origin');
    assert.equal(await code('', {key: null}), '401 missing_key');
    assert.equal(await code('', {key: 'nobody-has-this-key'}), '401 unknown_key');
    assert.equal(await code('', {method: 'POST'}), '405 method_not_allowed');
    assert.equal((await get(collector, '', {key: serverKey, headers: {}})).headers.get('access-control-allow-origin'), null);

    const preflight = (from) => fetch(`${collector.url}/metrics-flow`, {method: 'OPTIONS',
        headers: {origin: from, 'access-control-request-method': 'GET'}});
    const good = await preflight(origin);
    assert.equal(good.status, 204);
    assert.equal(good.headers.get('access-control-allow-methods'), 'GET');
    assert.equal(good.headers.get('allow'), 'GET, OPTIONS');
    assert.equal((await preflight('https://evil.example')).status, 403);

    // A page that asks its own origin, through a proxy, sends no Origin.
    const own = (site, host) => rawRequest(collector.port, `GET /v1/flow?key=${browserKey} HTTP/1.1\r\nHost: ${host}\r\n` +
        `Sec-Fetch-Site: ${site}\r\n\r\n`);
    assert.deepEqual(statuses((await own('same-origin', 'www.example.org')).text), [200]);
    assert.deepEqual(statuses((await own('same-origin', 'evil.example')).text), [403]);
    assert.deepEqual(statuses((await own('cross-site', 'www.example.org')).text), [403]);
});

test('without keys, and without an event that begins flows, the answer says what is missing', async (t) => {
    const bare = await startWeir(t, {dir: makeDir(t, {expiry: '1h'})});
    const off = await get(bare);
    assert.equal(off.status, 404);
    assert.equal(off.body.error.code, 'flows_off');
    assert.match(off.body.error.message, /flows\.keys/);
    assert.equal(outcome(await post(bare, step('any text', 1))), 'accepted');

    const draft = head + entry('flow.begin', 'begin', ', status: draft') + entry('flow.{view}.begin', 'begin',
        ', parameters: {view: {max_values: 2}}') + entry('other.begin', 'begin');
    const none = await startWeir(t, {dir: makeDir(t, {keys: [key]}, draft)});
    const answer = await get(none);
    assert.equal(answer.status, 404);
    assert.match(answer.body.error.message, /role: begin/);
    assert.equal((await get(none, '', {key: serverKey})).status, 200); // it may send other.begin
});

test('a begin that the catalogue does not take is kept aside, and a full source is told', async (t) => {
    const strict = head + entry('flow.begin', 'begin', ', properties: {site: {type: string, required: true, description: D}}');
    const dir = makeFolder(t, {settings: (s) => {
        flowSettings(s).quarantine = {rate: '1/h', daily: '1MiB'}; // 100 at once, as every rate
        s.sources[1].rate = 'unlimited';
        s.sources[0].rate = '1/h';
    }, files: {'catalogue/events.yaml': strict}});
    const collector = await startWeir(t, {dir});
    const of = async (...args) => {
        const seen = {};
        for (const {status, body} of await Promise.all(Array.from({length: 103}, () => get(collector, ...args)))) {
            const key = `${status} ${body.error?.code ?? ''}`;
            seen[key] = (seen[key] ?? 0) + 1;
        }
        return seen;
    };

    assert.deepEqual(await of(), {'200 ': 100, '422 quarantine_full': 3});
    assert.deepEqual(await of('', {key: serverKey, headers: {}}), {'200 ': 100, '429 rate_limited': 3});
    await residue(dir);
});

test('an event of a flow that is not good is kept aside with its id, and never enters the flow', async (t) => {
    const dir = makeDir(t);
    const collector = await startWeir(t, {dir});
    const now = Date.now(), hour = 3600_000;
    const id = mint(now), foreign = mint(now, 'the key of somebody else'), old = mint(now - 3 * hour), next = mint(now + hour);
    const sent = [
        [step(foreign, now), 'flow_bad_signature'],
        [step(id, now - 1), 'flow_bad_signature'],
        [step(old, now - 3 * hour), 'flow_expired'],
        [step(next, now + hour), 'flow_in_future'],
        [step('planted@example.org', now), 'flow_invalid'],
        [step(id.toUpperCase(), now), 'flow_invalid'],
        [step(id, -1), 'flow_invalid'],
        [step(id, now), 'accepted'],
    ];

    for (const [event, expected] of sent)
        assert.equal(outcome(await post(collector, event, page)), expected);
    // A server may deliver late, and a source of any ids is believed.
    assert.equal(outcome(await post(collector, step(old, now - 3 * hour, {time: now - 2 * hour}))), 'accepted');
    assert.equal(outcome(await post(collector, step(old, now - 3 * hour, {time: now - hour + 1}))), 'flow_expired');
    assert.equal(outcome(await post(collector, step('f-1', 1), {key: 'imported-key-of-the-tests'})), 'accepted');

    await startWeir(t, {dir, command: 'engine', ready});
    await residue(dir, {delivered: true});
    const aside = await rows(dir, "SELECT reasons, event->>'flow_id' AS flow_id FROM quarantine ORDER BY position");
    assert.deepEqual(aside.map((row) => [row.reasons.toString(), row.flow_id]), [
        ['flow_bad_signature', foreign], ['flow_bad_signature', id], ['flow_expired', old], ['flow_in_future', next],
        ['flow_invalid', null], ['flow_invalid', null], ['flow_invalid', id], ['flow_expired', old]]);
    const replayed = await weir(dir, ['quarantine', 'replay', '--all']);
    assert.match(replayed.stdout + replayed.stderr, /8/);
    await residue(dir, {delivered: true});
    assert.deepEqual(await rows(dir, 'SELECT flow_id, flow_time FROM events ORDER BY position'), [
        {flow_id: id, flow_time: (await rows(dir, `SELECT flow_time FROM events WHERE flow_id = '${id}'`))[0].flow_time},
        {flow_id: old, flow_time: hour},
        {flow_id: 'f-1', flow_time: (await rows(dir, "SELECT flow_time FROM events WHERE flow_id = 'f-1'"))[0].flow_time}]);
    assert.equal((await rows(dir, "SELECT count(*) AS n FROM quarantine WHERE state = 'waiting'"))[0].n, 8);
});

test('a key is replaced while flows are under way', async (t) => {
    const begin = Date.now(), agent = 'an old browser';
    const oldId = mint(begin, older), newId = mint(begin), withAgent = mint(begin, key, agent);
    const results = async (flows) => {
        const collector = await startWeir(t, {dir: makeDir(t, flows)});
        const list = [];
        for (const id of [oldId, newId, withAgent])
            list.push(outcome(await post(collector, step(id, begin), {...page, headers: {origin, 'user-agent': agent}})));
        const {body} = await get(collector);
        return [...list, createHmac('sha256', key).update(`${body.flowId.slice(0, 32)}\n${body.flowBeginTime.toString(16)}`)
            .digest('hex').startsWith(body.flowId.slice(32)) ? 'new' : 'old'];
    };

    assert.deepEqual(await results({keys: [older, key]}), ['accepted', 'accepted', 'flow_bad_signature', 'old']);
    assert.deepEqual(await results({keys: [key], user_agent: true}), ['flow_bad_signature', 'accepted', 'accepted', 'new']);
});

test('weir flow mints and says what is wrong with an id', async (t) => {
    const dir = makeDir(t, {keys: [key, older]});
    const begin = Date.now();
    const verify = async (id, at = begin, ...more) => {
        const {code, stdout, stderr} = await weir(dir, ['flow', 'verify', '--begin', String(at), ...more, id]);
        return `${code} ${(stdout + stderr).split(/[:;]/)[0]}`;
    };

    const {code, stdout} = await weir(dir, ['flow', 'mint']);
    const minted = JSON.parse(stdout);
    assert.equal(code, 0);
    assert.ok(minted.flowBeginTime >= begin);
    assert.equal(await verify(minted.flowId, minted.flowBeginTime), '0 valid');
    assert.deepEqual(JSON.parse((await weir(dir, ['flow', 'mint', '--begin', '0'])).stdout).flowBeginTime, 0);
    assert.equal(await verify(mint(begin, older)), '0 valid');
    assert.equal(await verify(mint(begin, 'another key')), '3 bad signature');
    assert.equal(await verify('x'), '3 invalid');
    assert.equal(await verify(mint(begin - 7_300_000), begin - 7_300_000), '3 expired');
    assert.equal(await verify(mint(begin - 7_300_000), begin - 7_300_000, '--ignore-expiry'), '0 valid');
    assert.equal(await verify(mint(begin + 3_600_000), begin + 3_600_000), '3 in the future');
    assert.match((await weir(dir, ['flow', 'verify', '--begin', String(begin), '--user-agent', 'curl',
        mint(begin, key, 'curl')])).stdout, /^bad signature: it holds the user agent.*user_agent: true/);
    assert.match((await weir(dir, ['flow', 'verify', '--begin', String(Math.floor(begin / 1000)), minted.flowId])).stdout,
        /^bad signature: milliseconds are expected for --begin; \d{10} of them are 1970-01-/);
    for (const args of [['flow'], ['flow', 'make'], ['flow', 'verify', 'x'], ['flow', 'verify', '--begin', '1'],
        ['flow', 'verify', '--begin', '1', 'x', 'y'], ['flow', 'mint', '--begin', '253402300800000'], ['flow', 'mint', 'x']])
        assert.equal((await weir(dir, args)).code, 2, args.join(' '));
    const full = openSync('/dev/full', 'w');
    t.after(() => closeSync(full));
    for (const args of [['flow', 'mint'], ['flow', 'verify', '--begin', String(begin), mint(begin)]])
        assert.equal(spawnSync(program, [...args, '--config', `${dir}/weir.yaml`],
            {cwd: dir, stdio: ['ignore', full, 'ignore']}).status, 1, args.join(' '));
    const bare = makeDir(t, {expiry: '1h'});
    const none = await weir(bare, ['flow', 'mint']);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /has no `flows: \{keys/);
});
