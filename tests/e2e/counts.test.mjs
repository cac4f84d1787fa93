// SPDX-License-Identifier: Apache-2.0
//
// Counts of what pages send, as the catalogue of a website has it: each note where it is a dimension, no other note
// anywhere, nothing about who it was; in windows of the events' own time; and events and counts go apart from each other.

import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {makeFolder, origin, post, root, runWeir, startWeir, until, untilAfter} from './lib/weir.mjs';

const catalogue = readFileSync(join(root, 'catalogues/site/events.yaml'), 'utf8');
const names = ['page.viewed', 'socialClick', 'searchTermIntercepted', 'bentest2'];
const quarter = (time) => new Date(Math.floor(time / 900e3) * 900e3).toISOString();
const forAll = untilAfter(after);
let dir, engine, collector, token;

async function api(path, body) {
    const answer = await fetch(engine.url + path, {method: body ? 'POST' : 'GET', body: body && JSON.stringify(body),
        headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'}});
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json();
}

async function ask(sql) {
    return (await api('/api/query', {sql})).rows;
}

const report = async (query) => (await api(`/api/report/counts?${query}`)).rows;

async function startEngine() {
    engine = await startWeir(forAll, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    token = readFileSync(join(dir, 'data/console.token'), 'utf8').trim();
}

const counted = (position) => until(`position ${position}`, async () =>
    Number((await ask('SELECT position FROM model_state'))[0]?.[0] ?? 0) >= position);

// The document's body, as the agent sends it.
function hit(event, more = {}) {
    return {domain: 'www.example.org', page: '/posts/1.html', timezone: -60, platform: 'Linux x86_64', sess_id: '07ab-8022', event, note: '', ...more};
}

async function send(body, status = 204) {
    const answer = await fetch(`${collector.url}/e?key=browser-key-of-the-tests`,
        {method: 'POST', headers: {origin, 'content-type': 'text/plain'}, body: JSON.stringify(body)});
    assert.equal(answer.status, status, await answer.text());
}

before(async () => {
    dir = makeFolder(forAll, {files: {'catalogue/events.yaml': catalogue}, settings: (s) => ((s.sources[1].events = names), s)});
    collector = await startWeir(forAll, {dir});
    await startEngine();
});

describe('counts', () => {
    let sent;

    test('four equal hits of one instant count four, and a retry counts nothing', async () => {
        const retried = hit('socialClick', {note: 'reddit', id: randomUUID()});

        sent = Date.now();
        await Promise.all(Array.from({length: 4}, () => send(hit('page.viewed'))));
        await send([hit('SOCIALCLICK', {note: 'mastodon'}), hit('socialclick', {note: 'mastodon', domain: 'WWW.Example.org'}), retried, retried]);
        await send(retried);
        await send([hit('searchTermIntercepted', {note: 'my private illness'}), hit('bentest2', {note: 'of bentest2'})]);
        await counted(9);
        assert.deepEqual(await ask(`SELECT event, clicked, sum(count) FROM event_counts GROUP BY ALL ORDER BY ALL`), [
            ['bentest2', null, 1], ['page.viewed', null, 4], ['searchTermIntercepted', null, 1],
            ['socialClick', 'mastodon', 2], ['socialClick', 'reddit', 1],
        ]);
        assert.deepEqual(await ask('SELECT DISTINCT source, domain, page, timezone, platform, bot FROM event_counts'),
            [['website', 'www.example.org', '/posts/1.html', '-60', 'Linux x86_64', false]]);
    });

    test('no note but that of a dimension is in the counts, and nobody', async () => {
        const tables = ['event_counts', 'event_count_rows', 'event_counts_data', 'event_counts_fresh_data', 'event_counts_kept_data'];
        for (const table of tables)
            assert.deepEqual(await ask(`SELECT count(*) FROM ${table} AS t WHERE regexp_matches(CAST(t AS VARCHAR), 'private|of bentest2|07ab')`), [[0]], table);
        assert.deepEqual((await ask('SELECT note FROM events WHERE name = \'searchTermIntercepted\'')).flat(), ['my private illness'],
            'the event has it, for who may see it');
    });

    test('a late event is counted in the window of its time', async () => {
        const time = sent - 86400e3 * 3;
        const {body} = await post(collector, [{name: 'page.viewed', time, context: {url: `${origin}/late`}}]);

        assert.equal(body.accepted, 1);
        await counted(10);
        const [[window, count]] = await ask(`SELECT CAST(epoch_ms(time) AS BIGINT), count FROM event_counts WHERE page = '/late'`);
        assert.deepEqual([new Date(Number(window)).toISOString(), count], [quarter(time), 1]);
    });

    test('reports: per window, domain and note, and what is not named adds up', async () => {
        assert.deepEqual(await report('event=socialClick&by=domain&by=clicked&bucket=none'),
            [['www.example.org', 'mastodon', 2], ['www.example.org', 'reddit', 1]]);
        assert.deepEqual(await report('by=clicked&bucket=none'), [['(none)', 7], ['mastodon', 2], ['reddit', 1]]);
        assert.deepEqual(await report('by=event&bucket=none&limit=1'), [['page.viewed', 5], ['(other)', 5]]);
        const windows = await report('event=page.*&bucket=15m&filter=page!=/late');
        assert.equal(windows.reduce((sum, [, count]) => sum + count, 0), 4);
        assert.ok(windows.every(([begin]) => Date.parse(`${begin.replace(' ', 'T')}Z`) % 900e3 === 0));
        const filled = await report(`event=page.*&bucket=hour&fill=1&from=${new Date(sent - 86400e3).toISOString()}&to=${new Date(sent + 3600e3).toISOString()}`);
        assert.ok(filled.length >= 25 && filled.some(([, count]) => count === 0));
        const {stdout, code} = await runWeir(['report', 'counts', '--event', 'socialClik', '--config', join(dir, 'weir.yaml')]);
        assert.equal(code, 0);
        assert.match(stdout, /--event: no accepted event is called `socialClik`; did you mean `socialClick`\?/);
        const printed = await runWeir(['report', 'counts', '--by', 'clicked', '--bucket', 'none', '--sql', '--config', join(dir, 'weir.yaml')]);
        assert.deepEqual(await ask(printed.stdout), await report('by=clicked&bucket=none'));
    });

    test('hours of time zones: one that comes twice, and those that begin at a quarter', async () => {
        const times = ['2025-10-26T00:30:00Z', '2025-10-26T01:30:00Z', '2025-10-26T01:14:59Z'];
        const hours = async (zone) => (await report(`event=bentest2&bucket=hour&time_zone=${zone}&filter=page=/clock`)).map((row) => row.slice(0, -1)
            .map((time) => time.slice(11, 16)).concat(row.at(-1)));

        assert.equal((await post(collector, times.map((time) => ({name: 'bentest2', time, context: {url: `${origin}/clock`}})))).body.accepted, 3);
        await counted(13);
        assert.deepEqual(await hours('Europe/Berlin'), [['02:00', '00:00', 1], ['02:00', '01:00', 2]]);
        assert.deepEqual(await hours('Asia/Kathmandu'), [['06:00', '00:15', 2], ['07:00', '01:15', 1]]);
        assert.deepEqual(await hours('UTC'), [['00:00', 1], ['01:00', 2]]);
        assert.deepEqual((await report('event=bentest2&filter=page=/clock&bucket=month&time_zone=Pacific/Auckland&fill=1&from=2025-09-01&to=2025-12-01')),
            [['2025-09-01', 0], ['2025-10-01', 3], ['2025-11-01', 0]]);
    });

    test('a replayed event is counted once, when it happened', async () => {
        const file = join(dir, 'catalogue/events.yaml'), time = sent - 86400e3 * 4;
        const {body} = await post(collector, [{name: 'socialClick', time, properties: {note: '<new>'}, context: {url: `${origin}/mended`}}]);

        assert.equal(body.quarantined, 1);
        await counted(14);
        writeFileSync(file, catalogue.replace(/ pattern: '.A-Za[^']*',/, ''));
        for (const command of [['reload'], ['quarantine', 'replay', '--all']]) {
            const {code, stderr} = await runWeir([...command, '--config', join(dir, 'weir.yaml')]);
            assert.equal(code, 0, stderr);
        }
        await until('the replayed one', async () => (await ask('SELECT 1 FROM event_counts WHERE page = \'/mended\'')).length > 0);
        assert.deepEqual(await ask('SELECT CAST(epoch_ms(time) AS VARCHAR), clicked, count FROM event_counts WHERE page = \'/mended\''),
            [[String(Date.parse(quarter(time))), '<new>', 1]]);
    });

    test('events go and counts stay, counts go and events stay, source by source', async () => {
        const file = join(dir, 'weir.yaml');

        await engine.stop();
        await collector.stop();
        writeFileSync(file, readFileSync(file, 'utf8')
            .replace('name: "backend"', 'name: "backend", retention: {counts: 1h}')
            .replace('name: "website"', 'name: "website", retention: {raw: 1s}'));
        await startEngine();
        await until('both are gone', async () => (await ask('SELECT count(DISTINCT rule) FROM deletions'))[0][0] === 2);
        assert.deepEqual(await ask('SELECT source, count(*) FROM events GROUP BY ALL'), [['backend', 5]]);
        assert.deepEqual(await ask('SELECT source, sum(count) FROM event_counts GROUP BY ALL'), [['website', 9]]);
        assert.deepEqual(await ask('SELECT table_name, source, rule, CAST(sum(rows) AS INTEGER) FROM deletions GROUP BY ALL ORDER BY ALL'),
            [['event_counts', 'backend', 'retention.counts', 5], ['events', 'website', 'retention.raw', 9]]);
        await engine.stop();

        const rebuilt = await runWeir(['rebuild', '--config', file]);
        assert.equal(rebuilt.code, 0, rebuilt.stderr);
        const left = await runWeir(['query', '--config', file, '--format', 'csv', 'SELECT source, CAST(sum(count) AS INTEGER) AS n FROM event_counts GROUP BY ALL']);
        assert.equal(left.stdout.trim(), 'source,n\r\nwebsite,9');
    });
});
