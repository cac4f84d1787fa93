// SPDX-License-Identifier: Apache-2.0
//
// POST /metrics: batches as a content server's pages send them, and what becomes of them in the tables.

import assert from 'node:assert/strict';
import {createHmac, randomBytes} from 'node:crypto';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';

import {makeFolder, metrics, rawRequest, residue, root, runWeir, startWeir, statuses} from './lib/weir.mjs';

const key = 'content-key-of-the-tests', flowKey = 'a key of these tests alone', origin = 'https://accounts.example.org';
const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:63.0) Gecko/20100101 Firefox/63.0';
const folder = join(root, 'catalogues/accounts');
const files = Object.fromEntries(readdirSync(folder).filter((file) => file.endsWith('.yaml'))
    .map((file) => [`catalogue/${file}`, readFileSync(join(folder, file), 'utf8')]));

// `more` goes into the source; `flows` into its section.
function settings(more = {}, flows = {source: 'pages'}) {
    return (all) => ({...all, flows: {keys: [flowKey], ...flows}, sources: [
        {name: 'pages', kind: 'browser', key, origins: [origin], events: ['flow.*'], rate: 'unlimited', ...more},
        {name: 'backend', kind: 'server', key: 'server-key-of-the-tests'},
    ]});
}

function flow(begin = Date.now() - 5000, salt = randomBytes(16).toString('hex')) {
    const signature = createHmac('sha256', flowKey).update(`${salt}\n${begin.toString(16)}`).digest('hex');

    return {flowId: salt + signature.slice(0, 32), flowBeginTime: begin};
}

// What a page sends that has been open for 15 s, from a client whose clock is an hour behind.
function batch(more = {}, began = flow()) {
    const startTime = began.flowBeginTime - 3600000 - 5, navigation = {connectEnd: 3, connectStart: 1, domComplete: 331,
        domContentLoadedEventEnd: 90, domContentLoadedEventStart: 80, domInteractive: 79, domLoading: 21,
        domainLookupEnd: 1, domainLookupStart: 0, fetchStart: 0, loadEventEnd: 340, loadEventStart: 331,
        navigationStart: 0, redirectEnd: 0, redirectStart: 0, requestStart: 3, responseEnd: 17, responseStart: 11,
        secureConnectionStart: null, unloadEventEnd: 0, unloadEventStart: 0};

    return {broker: 'fx-desktop-v3', context: 'fx_desktop_v3', deviceId: '40c042ad821b420d844d7983bd3f97d4', duration: 4000,
        entrypoint: 'fxa:signup', events: [{type: 'flow.begin', offset: 83}, {type: 'screen.oauth.signup', offset: 98},
            {type: 'loaded', offset: 104}, {type: 'flow.signup.engage', offset: 3603},
            {type: 'flow.timing.signup.submit.250', offset: 3700}, {type: 'tooslow', offset: 3800}],
        experiments: [{choice: 'sendSms', group: 'treatment'}], ...began,
        flushTime: startTime + 4000, initialView: 'signup', isSampledUser: false, lang: 'pt-BR', marketing: [], migration: 'none',
        navigationTiming: navigation, referrer: 'https://www.example.org/start?a=b',
        screen: {clientHeight: 698, clientWidth: 1280, devicePixelRatio: 2, height: 1050, width: 1680}, service: 'sync',
        startTime, timers: {}, uid: 'none', uniqueUserId: 'e7531820-c65a-48f5-a178-1743dd9d721d',
        utm_campaign: 'page+referral+-+not+part+of+a+campaign', utm_content: 'none', utm_medium: 'firefox/sync',
        utm_source: 'newsletter', utm_term: 'a%20b', ...more};
}

// As sendBeacon posts it: a text, without a preflight.
async function send(weir, body, {path = '/metrics', headers = {}} = {}) {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(weir.url + path, {method: 'POST', body: raw ? body : JSON.stringify(body),
        headers: {'content-type': 'text/plain;charset=UTF-8', 'user-agent': agent, origin, ...headers}});
    const text = await answer.text();

    return {status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null};
}

async function rows(dir, sql) {
    const {code, stdout, stderr} = await runWeir(['query', '--format', 'ndjson', sql, '--config', join(dir, 'weir.yaml')]);
    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const refused = (counters, reason) => counters[`weir_refusals_total{source="pages",reason="${reason}"}`] ?? 0;

test('a batch becomes events of its flow, with corrected times and the attributes of the batch', async (t) => {
    const dir = makeFolder(t, {settings: settings(), files}), weir = await startWeir(t, {dir, command: 'serve'});
    const one = batch(), {status, headers, body} = await send(weir, one);

    assert.deepEqual([status, body, headers.get('access-control-allow-origin')], [200, {success: true}, origin]);
    // The same page without the campaign, by its own clock and with words too long.
    const quiet = batch({entrypoint: undefined, entryPoint: 'a'.repeat(128), service: 'none', client_id: '0123456789abcdef',
        context: 'c'.repeat(120), uid: 'b0'.repeat(16), events: [{type: 'flow.begin', offset: 0}]});
    assert.equal((await send(weir, quiet, {headers: {dnt: '1'}})).status, 200);
    await residue(dir, {delivered: true});

    const begin = one.flowBeginTime;
    const all = await rows(dir, `SELECT name, epoch_ms(time) - ${begin} AS since, flow_time, (properties->>'$.duration_ms')::BIGINT AS took,
        properties->>'$.entrypoint' AS entrypoint, properties->>'$.service' AS service, properties->>'$.context' AS context,
        properties->>'$.migration' AS migration FROM events WHERE flow_id = '${one.flowId}' ORDER BY position`);
    const shown = {entrypoint: 'fxa:signup', service: 'sync', context: 'fx_desktop_v3', migration: null};
    const late = all[1].since - 98; // from the flush to its receipt, and what the flow was ahead of the page's clock
    assert.ok(late > 900 && late < 20000, String(late));
    assert.deepEqual(all, [
        {name: 'flow.begin', since: 0, flow_time: 0, took: null, ...shown},
        {name: 'flow.signup.view', since: late + 98, flow_time: late + 98, took: null, ...shown},
        {name: 'flow.performance.auth', since: late + 104, flow_time: late + 104, took: late + 104, ...shown},
        {name: 'flow.signup.engage', since: late + 3603, flow_time: late + 3603, took: null, ...shown},
        {name: 'flow.timing.signup.submit', since: late + 3700, flow_time: 250, took: 250, ...shown},
        {name: 'flow.performance.auth.network', since: 9, flow_time: 9, took: 9, ...shown},
        {name: 'flow.performance.auth.server', since: 8, flow_time: 8, took: 8, ...shown},
        {name: 'flow.performance.auth.client', since: 310, flow_time: 310, took: 310, ...shown},
    ]);
    assert.deepEqual(await rows(dir, `SELECT ua_browser, ua_version, ua_os, locale, screen, referrer, utm_source, utm_term, utm_medium,
        utm_campaign, utm_content, actor, device IS NOT NULL AS device, source FROM events WHERE name = 'flow.begin' ORDER BY position`), [
        {ua_browser: 'Firefox', ua_version: '63.0', ua_os: 'Linux', locale: 'pt-BR', screen: '1680x1050',
            referrer: 'https://www.example.org/start?a=b', utm_source: 'newsletter', utm_term: 'a%20b', utm_medium: null,
            utm_campaign: null, utm_content: null, actor: null, device: true, source: 'pages'},
        {ua_browser: 'Firefox', ua_version: '63.0', ua_os: 'Linux', locale: 'pt-BR', screen: '1680x1050', referrer: null,
            utm_source: null, utm_term: null, utm_medium: null, utm_campaign: null, utm_content: null,
            actor: (await rows(dir, `SELECT actor FROM events WHERE actor IS NOT NULL`))[0].actor, device: true, source: 'pages'},
    ]);
    assert.deepEqual(await rows(dir, `SELECT properties->>'$.entrypoint' AS entrypoint, properties->>'$.service' AS service,
        properties->>'$.context' AS context FROM events WHERE flow_id = '${quiet.flowId}'`),
    [{entrypoint: 'a'.repeat(100), service: '0123456789abcdef', context: 'c'.repeat(100)}]);
    const counters = await metrics(weir);
    assert.equal(refused(counters, 'not_of_flow'), 1);
    assert.equal(counters['weir_events_received_total{source="pages"}'], 10);
});

test('events are counted once, however their batches overlap, repeat, race or meet a killed collector', async (t) => {
    const dir = makeFolder(t, {settings: settings(), files}), began = flow();
    let weir = await startWeir(t, {dir});
    const events = Array.from({length: 40}, (_, i) => ({type: i % 4 ? 'flow.signup.submit' : 'flow.signup.engage', offset: 100 + (i >> 1)}));
    const flush = (count) => {
        const one = batch({events: [{type: 'flow.begin', offset: 1}, {type: 'loaded', offset: 2}, ...events.slice(0, count)]}, began);
        return {...one, flushTime: one.startTime + 4000 + count};
    };

    for (const count of [10, 10, 25, 5]) // sent, repeated, overlapped, out of order
        assert.equal((await send(weir, flush(count))).status, 200);
    const racing = Array.from({length: 8}, () => send(weir, flush(40)).then(({status}) => status, () => 'gone'));
    process.kill(weir.pid, 'SIGKILL');
    await Promise.all(racing);
    await weir.exited;
    weir = await startWeir(t, {dir, command: 'serve'});
    assert.deepEqual(new Set(await Promise.all(Array.from({length: 6}, async () => (await send(weir, flush(40))).status))), new Set([200]));
    // Another source's, and another load of the page, are others.
    assert.equal((await send(weir, flush(3), {path: '/metrics?key=server-key-of-the-tests'})).status, 200);
    await residue(dir, {delivered: true});
    const count = 40 + 2 + 3;
    assert.deepEqual(await rows(dir, `SELECT source, count(*) AS n, count(DISTINCT id) AS ids, count(*) FILTER (name = 'flow.begin') AS begins,
        count(*) FILTER (name LIKE 'flow.performance.auth.%') AS phases FROM events GROUP BY 1 ORDER BY 1`),
    [{source: 'backend', n: 8, ids: 8, begins: 1, phases: 3}, {source: 'pages', n: count, ids: count, begins: 1, phases: 3}]);
    assert.deepEqual(await rows(dir, `SELECT name, count(*) AS n FROM events WHERE source = 'pages' AND name IN
        ('flow.signup.submit', 'flow.signup.engage') GROUP BY 1 ORDER BY 1`), [{name: 'flow.signup.engage', n: 10}, {name: 'flow.signup.submit', n: 30}]);
    assert.deepEqual(await rows(dir, `SELECT count(*) AS n FROM quarantine`), [{n: 0}]);
    const version = await rows(dir, `SELECT DISTINCT substr(id::VARCHAR, 15, 1) AS version FROM events`);
    assert.deepEqual(version, [{version: '8'}]);
});

test('a batch whose flow is not believed is answered as any other, and kept aside with the reason', async (t) => {
    const dir = makeFolder(t, {settings: settings(), files}), weir = await startWeir(t, {dir, command: 'serve'});
    const one = [{type: 'flow.begin', offset: 0}, {type: 'flow.signin.view', offset: 10}], now = Date.now();
    const sent = {
        flow_bad_signature: batch({events: one, flowId: 'a'.repeat(64)}),
        flow_expired: batch({events: one}, flow(now - 7300000)),
        flow_in_future: batch({events: one}, flow(now + 3600000)),
        flow_invalid: batch({events: one, flowId: flow().flowId.toUpperCase()}),
        missing_field: batch({events: one, flowBeginTime: undefined}),
        // A sound flow of a page that was open for three hours before.
        time_out_of_range: batch({events: [{type: 'flow.signin.view', offset: 10}], startTime: now - 3 * 3600000, flushTime: now}),
        wrong_field: batch({events: [{type: 'flow.timing.signin.submit', offset: 10}]}),
    };

    for (const each of Object.values(sent))
        for (let i = 0; i < 2; i++) {
            const {status, body} = await send(weir, {...each, navigationTiming: undefined});
            assert.deepEqual([status, body], [200, {success: true}]);
        }
    await residue(dir, {delivered: true});
    assert.deepEqual(await rows(dir, `SELECT reasons[1] AS reason, count(*) AS n FROM quarantine GROUP BY 1 ORDER BY 1`), [
        {reason: 'flow_bad_signature', n: 2}, {reason: 'flow_expired', n: 2}, {reason: 'flow_in_future', n: 2},
        {reason: 'flow_invalid', n: 2}, {reason: 'missing_field', n: 2}, {reason: 'time_out_of_range', n: 1}, {reason: 'wrong_field', n: 1}]);
    assert.deepEqual(await rows(dir, `SELECT count(*) AS n FROM events`), [{n: 0}]);
});

test('what cannot be taken is refused in the words that clients know, or kept aside, and counted', async (t) => {
    const weir = await startWeir(t, {settings: settings(), files});
    const wrong = async (body, message, ...keys) => assert.deepEqual(await send(weir, body).then(({status, body}) => ({status, body})),
        {status: 400, body: {error: 'Bad Request', message, statusCode: 400, validation: {keys}}});
    const one = batch();

    await wrong('{}', '"broker" is required', 'broker');
    await wrong('not JSON', '"broker" is required', 'broker');
    await wrong({...one, surprise: 1}, '"surprise" is not allowed', 'surprise');
    await wrong({...one, '<script>': 1}, '"*" is not allowed', '*');
    await wrong({...one, events: [{type: 'flow.begin', offset: 0}, {type: 'loaded', offset: -1}]},
        '"events.1.offset" must be an integer from 0 to 172800000', 'events.1.offset');
    await wrong({...one, events: [{type: 'flow.begin', offset: 4000}, {type: 'loaded', offset: 4001}]},
        'offset 4001 > maxiumum possible of 4000', 'offset');
    assert.equal((await send(weir, {...one, events: []})).status, 200);
    assert.equal((await send(weir, {...one, flowId: undefined, flowBeginTime: undefined})).status, 200);
    assert.equal((await send(weir, {...one, flowBeginTime: undefined})).status, 200);
    assert.equal((await send(weir, batch({}, flow(Date.now() - 60000)), {headers: {'content-type': 'application/json; charset=utf-8'}})).status, 200);
    assert.equal((await send(weir, gzipSync(JSON.stringify(batch())), {headers: {'content-encoding': 'gzip'}})).status, 200);
    assert.equal((await send(weir, one, {headers: {'content-type': 'text/html'}})).status, 415);
    assert.equal((await send(weir, one, {path: '/metrics?key=other'})).status, 401);
    assert.equal((await send(weir, one, {headers: {origin: 'https://elsewhere.example'}})).status, 403);
    const large = await rawRequest(weir.port, [`POST /metrics HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\nContent-Length: 1048577\r\n\r\n`]);
    assert.deepEqual(statuses(large.text), [413]);
    assert.equal((await send(weir, gzipSync(' '.repeat(1 << 20) + JSON.stringify(one)), {headers: {'content-encoding': 'gzip'}})).status, 413);
    assert.equal((await send(weir, JSON.stringify({...one, events: Array.from({length: 10001}, () => ({type: 'a', offset: 0}))}))).status, 413);
    const counters = await metrics(weir);
    // 6 + 6 + 2 + 2 of the wrong ones; the two that are no JSON, or have no list, count as one each.
    assert.deepEqual(['invalid_json', 'invalid_batch', 'no_flow', 'not_of_flow', 'unsupported_type', 'too_many_events']
        .map((reason) => refused(counters, reason)), [1, 17, 6, 3, 1, 10001]);
    assert.equal(counters['weir_ledger_residue{source="pages"}'], 0);
    assert.equal(counters['weir_events_quarantined_total{source="pages"}'], 8); // those without a begin
    assert.deepEqual((await fetch(`${weir.url}/metrics`)).status, 200);

    const preflight = await fetch(`${weir.url}/metrics`, {method: 'OPTIONS', headers: {origin, 'access-control-request-method': 'POST'}});
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('allow')],
        [204, origin, 'GET, HEAD, POST, OPTIONS']);
    const slow = await startWeir(t, {settings: settings({rate: '1/m'}), files});
    const many = Array.from({length: 100}, (_, offset) => ({type: 'flow.signin.engage', offset}));
    const answers = await Promise.all(Array.from({length: 5}, () => send(slow, batch({events: many}))));
    const told = answers.find(({status}) => status === 429);
    assert.ok(told && told.body.error.code === 'rate_limited' && Number(told.headers.get('retry-after')) > 0, JSON.stringify(answers.map(({status}) => status)));
    const without = await startWeir(t, {settings: settings({}, {}), files});
    assert.equal((await send(without, one)).status, 401);
    assert.equal((await send(without, one, {path: `/metrics?key=${key}`})).status, 200);
    const cut = await rawRequest(weir.port, [`POST /metrics HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`]);
    assert.deepEqual(statuses(cut.text), [400]);
});
