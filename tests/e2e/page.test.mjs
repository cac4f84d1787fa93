// SPDX-License-Identifier: Apache-2.0
//
// POST /e and GET /count.gif: what web pages send, asserted from the rows that come of it.

import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';

import {makeFolder, metrics, origin, rawRequest, residue, root, runWeir, startWeir, statuses} from './lib/weir.mjs';

const key = 'web_5f3a', serverKey = 'server-key-of-the-tests', host = new URL(origin).host;
const site = readFileSync(join(root, 'catalogues/site/events.yaml'), 'utf8');
const files = {'catalogue/site.yaml': site};

// What a client of the format in its first shape sends, byte for byte.
const literal = `{
"domain":"www.bentasker.co.uk",
"page":"/posts/blog/general/695-an-analysis-of-search-terms-used-on-bentasker-co-uk.html",
"timezone":-60,
"platform":"Linux x86_64",
"sess_id":"07ab-8022",
"event":"bentest",
"note":""
}`;

// `more` goes into the source, `top` beside the sources.
function settings(more = {}, top = {}) {
    return (all) => ({...all, ...top, sources: [
        {name: 'website', kind: 'browser', key, origins: [origin], events: ['*'], rate: 'unlimited', ...more},
        {name: 'backend', kind: 'server', key: serverKey},
    ]});
}

// As sendBeacon posts it: a text, without a preflight.
async function send(weir, body, {path = '/e', headers = {}} = {}) {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(weir.url + path, {method: 'POST', body: raw ? body : JSON.stringify(body),
        headers: {'content-type': 'text/plain;charset=UTF-8', origin, ...headers}});
    const text = await answer.text();

    return {status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null};
}

async function image(weir, {path = '/count.gif', method = 'GET', headers = {}, query = ''} = {}) {
    const answer = await fetch(weir.url + path + query, {method, headers: {referer: `${origin}/posts/1.html?a=b#c`, ...headers}});

    return {status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer())};
}

async function rows(dir, sql) {
    const {code, stdout, stderr} = await runWeir(['query', '--format', 'ndjson', sql, '--config', join(dir, 'weir.yaml')]);
    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const count = async (dir, what) => (await rows(dir, `SELECT count(*) AS n FROM ${what}`))[0].n;
const codes = ({body}) => body.events.flatMap(({errors = []}) => errors.map(({code, path}) => `${code} ${path}`));

test('the body of a first client, lists and batches become rows, each counted once', async (t) => {
    const dir = makeFolder(t, {settings: settings(), files}), weir = await startWeir(t, {dir, command: 'serve'});

    const first = await send(weir, literal);
    assert.deepEqual([first.status, first.body, first.headers.get('access-control-allow-origin')], [204, null, origin]);
    await residue(dir, {delivered: true});
    assert.deepEqual(await rows(dir, `SELECT name, source, host, path, timezone, platform, session IS NOT NULL AS session,
        properties, query, referrer, visitor IS NOT NULL AS visitor, time = received AS now FROM events`), [
        {name: 'bentest', source: 'website', host: 'www.bentasker.co.uk',
            path: '/posts/blog/general/695-an-analysis-of-search-terms-used-on-bentasker-co-uk.html', timezone: '-60',
            platform: 'Linux x86_64', session: true, properties: {}, query: null, referrer: null, visitor: true, now: true}]);

    // Four equal hits in one instant are four; the same id is one, in whatever form and however often.
    const id = randomUUID(), one = {...JSON.parse(literal), id}, own = Array.from({length: 3}, () => ({id: randomUUID(), age: 60000}));
    assert.equal((await send(weir, `[${[literal, literal, literal, literal]}]`)).status, 204);
    for (const {status} of await Promise.all([one, [one, one], {...JSON.parse(literal), events: [{id}]}, one].map((body) => send(weir, body))))
        assert.equal(status, 204);
    const batch = {domain: 'WWW.Example.Org', page: '/all', timezone: 0, sess_id: ' ', screen: 'm', events: [
        {event: 'SOCIALCLICK', note: 'mastodon', ...own[0], sequence: 1},
        {page: '/next?q=secret#frag', query: '?ref=a', load_time_ms: 412.5, pages_in_session: 2, title: 'T', locale: 'pt-BR',
            referrer: 'https://search.example/', ...own[1], sequence: 2},
        {event: 'link.outbound', note: 'blog.example.net/', load_time_ms: 3, pages_in_session: 2, ...own[2], sequence: 3}]};
    for (let again = 0; again < 3; again++)
        assert.equal((await send(weir, {...batch, events: batch.events.map((event) => ({...event, age: 60000 + again}))})).status, 204);
    await residue(dir, {delivered: true});
    assert.deepEqual(await rows(dir, `SELECT name, count(*) AS n, count(DISTINCT id) AS ids FROM events GROUP BY 1 ORDER BY 1`), [
        {name: 'bentest', n: 6, ids: 6}, {name: 'link.outbound', n: 1, ids: 1}, {name: 'page.viewed', n: 1, ids: 1}, {name: 'socialClick', n: 1, ids: 1}]);
    assert.deepEqual(await rows(dir, `SELECT name, host, path, query, title, locale, referrer, timezone, screen, session, sequence, properties,
        round(epoch(received) - epoch(time)) AS age FROM events WHERE timezone = '0' ORDER BY sequence`), [
        {name: 'socialClick', path: '/all', query: null, title: null, locale: null, referrer: null, properties: {note: 'mastodon'}, sequence: 1},
        {name: 'page.viewed', path: '/next', query: 'ref=a', title: 'T', locale: 'pt-BR', referrer: 'https://search.example/',
            properties: {load_time_ms: 412.5, pages_in_session: 2, referrer_domain: 'search.example'}, sequence: 2},
        {name: 'link.outbound', path: '/all', query: null, title: null, locale: null, referrer: null, properties: {note: 'blog.example.net/'}, sequence: 3},
    ].map((row) => ({...row, host: 'www.example.org', timezone: '0', screen: 'm', session: null, age: 60})));
});

test('markup and statements are stored as text, wherever they stand', async (t) => {
    const wild = site.replace("pattern: '[A-Za-z0-9][\\w .+-]*',", '').replace('- name: bentest2', '- name: "{any}"\n    parameters: {any: {pattern: ".*", max_values: 9}}');
    const dir = makeFolder(t, {settings: settings(), files: {'catalogue/site.yaml': wild}});
    const weir = await startWeir(t, {dir, command: 'serve'});
    const evil = ['<script>alert(1)</script>', "'; DROP TABLE events; --", '"><img src=x onerror=alert(1)>', '\\u0000 %00 ${x} {{x}}',
        "x' UNION SELECT * FROM quarantine --", '=cmd|\' /C calc\'!A0', 'a\u0000b\u0007\r\n\u2028\ud83d\ude00', '../../etc/passwd'];

    for (const text of evil) {
        const path = `/${text.replace(/[?#].*/s, '')}`;
        assert.equal((await send(weir, {event: 'socialClick', note: text.slice(0, 64), domain: text, page: path, referrer: text, platform: text,
            title: text, locale: text, screen: text, query: text, sess_id: text.replaceAll('\0', ''), timezone: 0})).status, 204, text);
    }
    // A name that the catalogue does not have is kept aside, as text as well.
    for (const event of evil.filter((text) => !text.includes('\0')))
        assert.equal((await send(weir, {event: `x.${event}.y.z`})).status, 422, event);
    await residue(dir, {delivered: true});
    assert.deepEqual((await rows(dir, `SELECT properties, host, path, referrer, platform, title, locale, screen, query FROM events ORDER BY position`)),
        evil.map((text) => ({properties: {note: text}, host: text.toLowerCase(), path: `/${text}`, referrer: text.replace(/#.*/s, ''), platform: text,
            title: text, locale: text, screen: text, query: text.replace(/#.*/s, '')})));
    assert.deepEqual((await rows(dir, `SELECT name FROM quarantine ORDER BY position`)).map(({name}) => name),
        evil.filter((text) => !text.includes('\0')).map((text) => `x.${text}.y.z`));
    assert.equal(await count(dir, 'events'), evil.length);
});

test('wrong types and unknown members are kept aside with their places; a body that is no JSON is refused', async (t) => {
    const dir = makeFolder(t, {settings: settings(), files}), weir = await startWeir(t, {dir, command: 'serve'});
    const wrong = await send(weir, {domain: 7, timezone: '-60', nonsense: 1, events: [
        {domain: 'a', timezone: 0}, {event: 'bentest', page: ['/'], note: 5, status: 'x'}, {event: 'socialClick', note: ''},
        {event: 'socialClick'}, {event: 'bentest', properties: {plan: 'x'}}, {event: 'bentest', id: 'x', age: -1}]});

    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.body.events.map(({verdict, errors}) => `${verdict} ${errors.map(({path}) => path).join(' ')}`), [
        'quarantined /nonsense', 'quarantined /nonsense /domain /page /timezone /note /status',
        'quarantined /nonsense /domain /timezone /properties/note', 'quarantined /nonsense /domain /timezone /properties/note',
        'quarantined /nonsense /domain /timezone /properties/plan', 'quarantined /nonsense /domain /timezone /id /age']);
    assert.deepEqual(codes(await send(weir, {event: 'unheardOf', note: 'x'})), ['unknown_event /name']);
    // A wrong name is nobody's: it is refused, like one that the source does not list.
    const name = await send(weir, {event: 7});
    assert.deepEqual([name.status, codes(name)], [422, ['wrong_field /event']]);
    const some = await send(weir, [{event: 'bentest'}, {event: 'bentest', timezone: true}]);
    assert.deepEqual([some.status, some.body.accepted, some.body.quarantined], [207, 1, 1]);
    const broken = await send(weir, '{"events":[{},{"page":"\\ud800"}]}');
    assert.deepEqual([broken.status, broken.body.error.code], [400, 'invalid_json']);
    for (const body of ['{', '[{},', '{"a":1,"a":2}', '{"events":[{}],"events":[{}]}', `{"events":[${'['.repeat(100)}`, '{}{}', Buffer.from([0x7b, 0xff]),
        JSON.stringify({note: 'x'.repeat(17000), events: [{}]})]) {
        const answer = await send(weir, body);
        assert.deepEqual([answer.status, answer.body.error.code], [400, 'invalid_json'], String(body).slice(0, 40));
    }
    assert.equal((await send(weir, ' ')).status, 400);
    assert.equal((await send(weir, '')).status, 400);
    assert.equal((await send(weir, {events: []})).status, 204);
    assert.equal((await send(weir, `[${Array(10001).fill('{}')}]`)).status, 413);
    const whole = await send(weir, `{"event":"bentest","events":[${Array(10000).fill('{}')}]}`);
    assert.equal(whole.status, 204);
    assert.equal((await send(weir, {event: 'bentest2', title: 't'.repeat(131072)})).status, 422);
    await residue(dir, {delivered: true});
    assert.equal(await count(dir, 'events'), 10001);
});

test('who may send is asked as everywhere, at the paths of the settings', async (t) => {
    const paths = {agent: '/assets/a.js', events: '/assets/e', pixel: '/assets/p.gif'};
    const weir = await startWeir(t, {settings: settings({events: ['page.*', 'bentest']}, {pages: paths}), files});
    const at = {path: paths.events};
    const status = async (options, body = literal) => (await send(weir, body, {...at, ...options})).status;

    assert.deepEqual([await status({}), (await send(weir, literal)).status, (await image(weir)).status], [204, 404, 404]);
    assert.equal((await image(weir, {path: paths.pixel})).status, 200);
    assert.equal(await status({path: `${paths.events}?key=${key}`}), 204);
    assert.equal(await status({path: `${paths.events}?key=${serverKey}`}), 204);
    assert.equal(await status({path: `${paths.events}?key=other`}), 401);
    assert.equal(await status({headers: {authorization: 'Bearer other'}}), 401);
    assert.equal(await status({headers: {origin: 'https://elsewhere.example'}}), 403);
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain'])
        assert.equal(await status({headers: {'content-type': type}}), 204, type);
    assert.equal(await status({headers: {'content-type': 'text/html'}}), 415);
    assert.equal(await status({headers: {'content-encoding': 'gzip'}}, gzipSync(literal)), 204);
    const refused = await send(weir, {event: 'socialClick', note: 'x'}, at);
    assert.deepEqual([refused.status, codes(refused)], [403, ['event_not_allowed /name']]);
    const bare = await rawRequest(weir.port, [`POST ${paths.events} HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\nContent-Length: 2\r\n\r\n{}`,
        `GET ${paths.events} HTTP/1.1\r\nHost: a\r\n\r\n`, `POST ${paths.events} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`], {answers: 3});
    assert.deepEqual(statuses(bare.text), [204, 405, 403]);
    const preflight = await fetch(weir.url + paths.events, {method: 'OPTIONS', headers: {origin, 'access-control-request-method': 'POST'}});
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('access-control-allow-methods'),
        preflight.headers.get('allow')], [204, origin, 'POST', 'POST, OPTIONS']);
    assert.equal((await fetch(weir.url + paths.events, {method: 'OPTIONS', headers: {origin: 'https://elsewhere.example'}})).status, 403);
    assert.equal((await metrics(weir))['weir_ledger_residue{source="website"}'], 0);

    // Where there are two browser sources, none is anybody's without a word.
    const two = (all) => ({...settings()(all), sources: ['one', 'two'].map((name) =>
        ({name, kind: 'browser', key: `web_${name}`, origins: [origin], events: ['*']}))});
    const open = await startWeir(t, {settings: two, files});
    assert.equal((await send(open, literal)).status, 401);
    assert.equal((await send(open, literal, {path: '/e?key=web_two'})).status, 204);
    const chosen = await startWeir(t, {settings: (all) => ({...two(all), pages: {source: 'two'}}), files});
    assert.equal((await send(chosen, literal)).status, 204);
    assert.equal((await metrics(chosen))['weir_events_accepted_total{source="two"}'], 1);
});

test('count.gif counts the page it stands in, and is an image whatever happens', async (t) => {
    const dir = makeFolder(t, {settings: settings({events: ['page.*', 'bentest']}), files}), weir = await startWeir(t, {dir, command: 'serve'});
    const gif = async (options, expected = 200) => {
        const answer = await image(weir, options);
        assert.equal(answer.status, expected, JSON.stringify(options));
        if (options?.method !== 'HEAD')
            assert.equal(answer.bytes.length, 43);
        assert.deepEqual(['content-type', 'cache-control', 'cross-origin-resource-policy', 'content-length'].map((name) => answer.headers.get(name)),
            ['image/gif', 'no-store', 'cross-origin', '43']);
        assert.ok(options?.method === 'HEAD' || answer.bytes.subarray(0, 6).toString() === 'GIF89a');
        return answer;
    };

    await gif();
    await gif({query: `?key=${key}&page=/own%3Fa=b&nocache=123`});
    await gif({query: '?event=bentest', headers: {referer: `${origin}/`}});
    await gif({headers: {dnt: '1'}});
    await gif({headers: {referer: '', origin}, query: '?page=/by-origin'});
    await gif({method: 'HEAD'});
    await gif({headers: {'sec-purpose': 'prefetch;prerender'}});
    await gif({headers: {purpose: 'prefetch'}});
    await gif({headers: {'x-moz': 'prefetch'}});
    await gif({query: '?key=other'}, 401);
    await gif({headers: {referer: 'https://elsewhere.example/'}}, 403);
    await gif({headers: {referer: ''}}, 403);
    await gif({headers: {referer: 'about:blank'}}, 403);
    await gif({query: '?event=socialClick'}, 403);
    await gif({query: '?event=page.nonsense'}, 422);
    await gif({query: '?page=/a&page=/b'}, 400);
    await gif({query: '?page=%ff'}, 400);
    await gif({query: `?event=${'x'.repeat(129)}`}, 400);
    await gif({method: 'HEAD', query: '?key=other'}, 401);
    await gif({method: 'HEAD', headers: {referer: 'https://elsewhere.example/'}}, 403);
    assert.equal((await fetch(`${weir.url}/count.gif`, {method: 'POST'})).status, 405);
    const own = await rawRequest(weir.port, [`GET /count.gif HTTP/1.1\r\nHost: ${host}\r\nSec-Fetch-Site: same-origin\r\n\r\n`]);
    assert.deepEqual(statuses(own.text), [200]);
    const answer = await residue(dir, {delivered: true});
    assert.ok(answer.residue.events === 0);
    assert.deepEqual(await rows(dir, `SELECT name, host, path, query, referrer, visitor IS NOT NULL AS visitor FROM events ORDER BY position`), [
        {name: 'page.counted', host, path: '/posts/1.html', visitor: true}, {name: 'page.counted', host, path: '/own', visitor: true},
        {name: 'bentest', host, path: '/', visitor: true}, {name: 'page.counted', host, path: '/posts/1.html', visitor: false},
        {name: 'page.counted', host: null, path: '/by-origin', visitor: true}, {name: 'page.counted', host: null, path: null, visitor: true},
    ].map((row) => ({query: null, referrer: null, ...row})));
    const counters = await metrics(weir);
    assert.deepEqual(['accepted', 'quarantined', 'refused', 'received'].map((what) => counters[`weir_events_${what}_total{source="website"}`]), [6, 1, 7, 14]);
});
