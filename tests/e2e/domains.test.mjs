// SPDX-License-Identifier: Apache-2.0
//
// Permitted and skipped domains, and the table of hosts that send without permission: over a stop, a kill and a
// rebuild.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {browserKey, catalogue, inOneHour, makeFolder, metrics, origin, post, residue, runWeir, serverKey, startWeir, until} from './lib/weir.mjs';

const settings = (s) => {
    Object.assign(s.sources[1], {domains: ['www.example.org', '*.shop.example'], skip_domains: ['test.shop.example'], rate: 'unlimited'});
    return s;
};
const page = (context, more = {}) => ({name: 'page.viewed', context, ...more});
const send = (weir, body) => post(weir, body, {key: browserKey, headers: {origin}});

async function ask(dir, sql) {
    const {code, stdout, stderr} = await runWeir(['query', '--format', 'ndjson', '--config', join(dir, 'weir.yaml'), sql], {cwd: dir});

    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const engineReady = /console on (\S+):(\d+)/;
const foreign = 'SELECT domain, events, page, title, referrer FROM unauthorised_domains ORDER BY domain';

test('a host without permission is refused and counted, one that is skipped leaves nothing', inOneHour(async (t) => {
    const dir = makeFolder(t, {settings});
    const weir = await startWeir(t, {dir});
    const mixed = await send(weir, [
        page({url: 'https://www.example.org/a'}),
        page({host: 'WWW.example.org:8443', path: '/b'}),
        page({url: 'https://a.shop.example/c'}),
        page({path: '/of-the-origin'}),
        page({url: 'https://mirror.example.net/copy?who=me', title: 'A "copy" <b>', referrer: 'https://search.example/?q=secret'}),
        page({url: 'https://shop.example/'}),
        page({url: 'https://test.shop.example/x'}),
    ]);

    assert.equal(mixed.status, 207);
    assert.deepEqual(mixed.body.events.map((e) => e.errors?.[0].code ?? e.verdict),
        ['accepted', 'accepted', 'accepted', 'accepted', 'domain_not_permitted', 'domain_not_permitted', 'domain_skipped']);
    assert.equal(mixed.body.events[4].errors[0].path, '/context/host');
    const alone = await send(weir, page({url: 'https://mirror.example.net/second', title: 'Later'}));
    assert.equal(alone.status, 403);
    // Who asks not to be tracked leaves nothing of where he came from, here neither.
    const quiet = page({url: 'https://quiet.example/', title: 'Ours', referrer: 'https://search.example/'});
    assert.equal((await post(weir, quiet, {key: browserKey, headers: {origin, 'sec-gpc': '1'}})).status, 403);
    assert.equal((await send(weir, page({...quiet.context, url: 'https://calm.example/', dnt: true}))).status, 403);
    // A server names the hosts of its own: none of these rules are its own.
    assert.equal((await post(weir, page({url: 'https://mirror.example.net/'}), {key: serverKey})).status, 200);
    const m = await metrics(weir);
    assert.equal(m['weir_domains_refused_total{source="website"}'], 5);
    assert.equal(m['weir_refusals_total{source="website",reason="domain_skipped"}'], 1);
    assert.equal(m['weir_refusals_total{source="website",reason="domain_not_permitted"}'], 5);
    await weir.stop();

    const engine = await startWeir(t, {dir, command: 'engine', ready: engineReady});
    await residue(dir, {delivered: true});
    const rows = [
        {domain: 'calm.example', events: 1, page: '/', title: 'Ours', referrer: null},
        {domain: 'mirror.example.net', events: 2, page: '/copy', title: 'A "copy" <b>', referrer: 'https://search.example/'},
        {domain: 'quiet.example', events: 1, page: '/', title: 'Ours', referrer: null},
        {domain: 'shop.example', events: 1, page: '/', title: null, referrer: null},
    ];
    assert.deepEqual(await ask(dir, foreign), rows);
    assert.equal((await ask(dir, "SELECT * FROM events WHERE host IN ('test.shop.example', 'mirror.example.net') AND source = 'website'")).length, 0);
    assert.ok(!JSON.stringify(await ask(dir, 'SELECT note FROM notes')).includes('secret'));
    assert.equal((await ask(dir, 'SELECT count(*) AS n FROM unauthorised_domains WHERE day = CAST(first_seen AS DATE) AND first_seen <= last_seen'))[0].n, 4);

    // A second run counts on, and a rebuild from the journal comes to the same.
    const again = await startWeir(t, {dir});
    await send(again, page({url: 'https://mirror.example.net/third', title: 'Third'}));
    await again.stop();
    await residue(dir, {delivered: true});
    rows[1].events = 3;
    assert.deepEqual(await ask(dir, foreign), rows);
    await engine.stop();
    assert.equal((await runWeir(['rebuild', '--config', join(dir, 'weir.yaml')], {cwd: dir})).code, 0);
    assert.deepEqual(await ask(dir, foreign), rows);
}));

test('a page of another site that has our script is known by its origin', inOneHour(async (t) => {
    const dir = makeFolder(t, {settings: (s) => {
        s.sources[1].events = ['page.viewed', 'page.counted'];
        s.sources[1].skip_domains = ['staging.example.org'];
        return s;
    }, files: {'catalogue/events.yaml': catalogue.replace('  - name: page.viewed', `  - {name: page.counted, description: d, trigger: t, since: 2025-01-01, kind: page}
  - name: page.viewed`)}});
    const weir = await startWeir(t, {dir});
    const page = async (from, body) => {
        const answer = await fetch(`${weir.url}/e?key=${browserKey}`, {method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers: {origin: from, 'content-type': 'text/plain'}});
        return [answer.status, await answer.text(), answer.headers.get('access-control-allow-origin')];
    };
    const viewed = {domain: 'www.example.org', page: '/copied', title: 'Ours'};

    assert.equal((await page(origin, viewed))[0], 204);
    const [status, body, cors] = await page('https://mirror.example.net:8443', [viewed, {...viewed, event: 'no.such', page: '/next'}]);
    assert.deepEqual([status, cors], [403, '*'], 'which its script may read, so that it does not ask again');
    assert.deepEqual(JSON.parse(body).events.map((e) => [e.verdict, e.errors[0].code]), Array(2).fill(['refused', 'domain_not_permitted']));
    assert.equal((await page('https://mirror.example.net', '{'))[0], 400, 'read, so it must be JSON');
    assert.equal((await page('https://staging.example.org', viewed))[0], 403);
    assert.equal((await page('null', {...viewed, domain: 'file.example'}))[0], 403, 'a frame that hides its origin says its domain');
    const image = await fetch(`${weir.url}/count.gif?key=${browserKey}`, {headers: {referer: 'https://frame.example/x?y=z'}});
    assert.deepEqual([image.status, image.headers.get('content-type')], [403, 'image/gif']);
    await weir.stop();
    await startWeir(t, {dir, command: 'engine', ready: engineReady});
    const answer = await residue(dir, {delivered: true});
    assert.deepEqual((await ask(dir, foreign)).map(({domain, events, page, title}) => [domain, events, page, title]), [
        ['file.example', 1, '/copied', 'Ours'], ['frame.example', 1, '/x', null], ['mirror.example.net', 2, '/copied', 'Ours']]);
    assert.deepEqual(answer.unauthorised_domains.map((r) => [r.domain, r.events]), [['mirror.example.net', 2], ['file.example', 1], ['frame.example', 1]]);
    const row = answer.rows.find((r) => r.source === 'website');
    assert.deepEqual(row.reasons, {domain_not_permitted: 4, domain_skipped: 1, invalid_json: 1});
    assert.equal((await ask(dir, 'SELECT count(*) AS n FROM events'))[0].n, 1);
}));

test('a kill takes what came since the last note, and no note counts twice', inOneHour(async (t) => {
    const dir = makeFolder(t, {settings});
    const weir = await startWeir(t, {dir});
    let engine = await startWeir(t, {dir, command: 'engine', ready: engineReady});
    const headers = {'content-type': 'application/json', authorization: `Bearer ${readFileSync(join(dir, 'data/console.token'), 'utf8').trim()}`};
    const events = async () => {
        const answer = await fetch(`${engine.url}/api/query`, {method: 'POST', headers, body: JSON.stringify({sql: foreign})});
        return Number((await answer.json()).rows[0]?.[1] ?? 0);
    };

    const sent = Date.now();
    await send(weir, page({url: 'https://mirror.example.net/'}));
    await until('a note', events);
    assert.equal(await events(), 1);
    await send(weir, page({url: 'https://mirror.example.net/'})); // the next note is five seconds behind the first
    const took = Date.now() - sent;
    await weir.stop('SIGKILL');
    await engine.stop('SIGKILL');
    engine = await startWeir(t, {dir, command: 'engine', ready: engineReady});
    await residue(dir, {delivered: true});
    const noted = await events();
    assert.ok(noted === 1 || noted === 2 && took > 4000, `${noted} after ${took} ms`);
    const again = await startWeir(t, {dir});
    await send(again, page({url: 'https://mirror.example.net/again'}));
    await again.stop();
    await residue(dir, {delivered: true});
    assert.equal(await events(), noted + 1);
}));

test('settings name hosts, not addresses of pages', async (t) => {
    for (const domain of ['https://www.example.org', 'www.example.org/x', 'www.example.org:80', '*', '*.', 'a.*.org']) {
        const dir = makeFolder(t, {settings: (s) => {
            s.sources[1].domains = [domain];
            return s;
        }});
        const {code, stderr} = await runWeir(['collect', '--config', join(dir, 'weir.yaml')], {cwd: dir});

        assert.equal(code, 1, domain);
        assert.match(stderr, /is no host/);
    }
});

test('a copy of the site takes nothing from the rate of its own pages', async (t) => {
    const weir = await startWeir(t, {settings: (s) => {
        s.sources[1].rate = '1/s'; // with a burst of 100
        return s;
    }});
    const viewed = (from, count) => post(weir, Array.from({length: count}, () => ({domain: 'www.example.org', page: '/'})),
        {key: browserKey, path: '/e', headers: {origin: from}});

    assert.equal((await viewed('https://mirror.example.net', 100)).status, 403);
    assert.equal((await viewed('https://mirror.example.net', 100)).status, 429, 'it has no more of its own');
    assert.equal((await viewed(origin, 100)).status, 204);
    assert.equal((await viewed(origin, 100)).status, 429);
});
