// SPDX-License-Identifier: Apache-2.0
//
// libweir and a collector that answers everything there is: what is sent again, what is given up, what is told.

import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {serverKey} from '../../tests/e2e/lib/weir.mjs';
import {accounted, makeSpool, spoolFiles, startCollector, startDriver, until, verdicts} from './driver.mjs';

const ids = (request) => request.events.map((event) => event.id);
const fault = (code) => ({body: {error: {code, message: `This is ${code}.`}}});

test('a retry has the same ids and another sent_at, and waits for Retry-After', async (t) => {
    const times = [];
    const collector = await startCollector(t, (events, number) => {
        times.push(Date.now());
        return number === 1 ? null : number === 2 ? {status: 503, headers: {'retry-after': '1'}, ...fault('overloaded')} : {};
    });
    const client = startDriver(t, {url: `${collector.url}/`});

    await client.tell('trigger 5');
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    const [first, second, third] = collector.requests;
    assert.equal(collector.requests.length, 3);
    assert.equal(first.url, '/v1/events');
    assert.equal(first.headers.authorization, `Bearer ${serverKey}`);
    assert.equal(first.headers['content-type'], 'application/x-ndjson');
    assert.match(first.headers['user-agent'], /^libweir\/\d/);
    assert.deepEqual(ids(second), ids(first));
    assert.deepEqual(ids(third), ids(first));
    assert.ok(second.events[0].sent_at > first.events[0].sent_at);
    assert.equal(second.events[0].time, first.events[0].time);
    assert.ok(times[2] - times[1] >= 990, `${times[2] - times[1]} ms`);
    assert.match(client.problems[0], /^unreachable 0 /);
    assert.match(client.problems[1], /^unreachable 503 0 id= code=overloaded path= message=This is overloaded\./);
    const stats = await client.stats();
    assert.equal(stats.accepted, 5);
    assert.equal(stats.failed, 2);
});

test('rejected events are told one by one and never sent again', async (t) => {
    const collector = await startCollector(t, (events) => ({status: 207,
        body: verdicts(events, (event) => ['accepted', 'quarantined', 'refused', 'duplicate'][event.properties.seats])}));
    const client = startDriver(t, {url: collector.url});

    await client.tell('trigger 4');
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    const stats = await client.stats();
    assert.deepEqual([stats.accepted, stats.rejected, stats.duplicate, stats.requests], [1, 2, 1, 1]);
    const id = ids(collector.requests[0])[1];
    assert.equal(client.problems[0], `rejected 207 1 id=${id} code=some_fault path=/name message=It "is" wrong.`);
    assert.equal(client.problems.length, 2);
});

// At most a request each interval, and 4 that were full.
test('what the counts say while a file of the spool is answered for adds up', async (t) => {
    let back = false;
    const collector = await startCollector(t, (events) => back ? {status: 207, body: verdicts(events, () => 'quarantined')} : {status: 503, ...fault('overloaded')});
    const client = startDriver(t, {url: collector.url, spool: makeSpool(t)});

    await client.tell('trigger 4');
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    assert.equal((await client.stats()).spooled, 4);
    back = true;
    await until(async () => (await client.stats()).rejected === 4, 'the rejection');
    assert.deepEqual(client.problems.filter((text) => /counts that cannot be/.test(text)), []);
    const stats = await client.stats();
    assert.deepEqual([stats.queued, stats.spooled, accounted(stats)], [0, 0, 4]);
});

test('a Retry-After without reason is no reason to hurry', async (t) => {
    const collector = await startCollector(t, () => ({status: 503, headers: {'retry-after': '9223372036854775'}, ...fault('overloaded')}));
    const client = startDriver(t, {url: collector.url});

    await client.tell('trigger 1');
    await until(() => collector.requests.length, 'a request');
    assert.equal(await client.tell('flush 1200'), 'flushed -1');
    assert.equal(collector.requests.length, 1);
});

test('events that come one by one are sent together, each flush interval', async (t) => {
    const collector = await startCollector(t);
    const client = startDriver(t, {url: collector.url, flush_ms: 100});
    const began = Date.now();

    await client.tell('trickle 2000 100');
    const intervals = (Date.now() - began) / 100;
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    assert.equal((await client.stats()).accepted, 2000);
    assert.ok(collector.requests.length <= intervals + 6, `${collector.requests.length} requests in ${intervals} intervals`);
});

test('an event that spoils the request is found by halving', async (t) => {
    const spoilt = (event) => event.properties.seats === 13;
    const collector = await startCollector(t, (events) =>
        events.some(spoilt) ? {status: 413, ...fault('batch_too_large')} : {});
    const client = startDriver(t, {url: collector.url});

    await client.tell('trigger 32');
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    const stats = await client.stats();
    assert.deepEqual([stats.accepted, stats.rejected], [31, 1]);
    assert.match(client.problems[0], /^rejected 413 1 id=\S+ code=batch_too_large/);
});

test('a proxy between gives no verdict; past its size, requests are smaller', async (t) => {
    const page = {body: '<html>no</html>'};
    const collector = await startCollector(t, (events, number) => number === 1 ? {status: 400, body: {error: 'bad request'}} :
        events.length > 4 || events.some((event) => event.properties.seats === 13) ? {status: 413, ...page} : {});
    const client = startDriver(t, {url: collector.url});

    await client.tell('trigger 16');
    await client.tell('flush 700');
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    const stats = await client.stats();
    assert.deepEqual([stats.accepted, stats.rejected], [15, 1]);
    assert.match(client.problems[0], /^denied 400 /);
    assert.match(client.problems[1], /^rejected 413 1 id=\S+ code= path= message=/);
});

test('a wrong key is told once, and nothing is lost by it: with a spool it is on the disk', async (t) => {
    let good = false;
    const collector = await startCollector(t, () => good ? {} : {status: 401, ...fault('unknown_key')});
    const spool = makeSpool(t);
    const plain = startDriver(t, {url: collector.url}), spooling = startDriver(t, {url: collector.url, spool});

    for (const client of [plain, spooling]) {
        await client.tell('trigger 10');
        await until(() => client.problems.length, 'a problem');
        await client.tell('flush 700');
        await client.tell('trigger 10');
        await client.tell('flush 700');
        assert.equal(client.problems.length, 1);
        assert.match(client.problems[0], /^denied 401 0 id= code=unknown_key path= message=This is unknown_key\./);
    }
    assert.equal((await plain.stats()).queued, 20);
    await until(async () => (await spooling.stats()).spooled === 20, 'all in the spool');
    good = true;
    assert.equal(await plain.tell('flush 60000'), 'flushed 0');
    assert.equal((await plain.stats()).accepted, 20);
});

test('answers that are none are "later": no event is given up for them', async (t) => {
    const answers = [{status: 200, body: {}}, {status: 200, body: {events: [{verdict: 'accepted'}]}},
        {status: 200, body: {events: [{verdict: 'maybe'}, {verdict: 'accepted'}]}}, {status: 302, body: []}];
    const collector = await startCollector(t, (events, number) => answers[number - 1] ?? {});
    const client = startDriver(t, {url: collector.url});

    await client.tell('trigger 2');
    for (let i = 0; i < answers.length; i++) {
        await until(() => collector.requests.length > i, 'a request');
        await client.tell('flush 300');
    }
    assert.equal(await client.tell('flush 60000'), 'flushed 0');
    assert.equal((await client.stats()).accepted, 2);
    assert.deepEqual(new Set(collector.requests.map((r) => ids(r).join())).size, 1);
});

test('past its bounds, the queue drops the newest and counts it', async (t) => {
    const client = startDriver(t, {url: 'http://127.0.0.1:9', queue_bytes: 1});
    await client.tell('trigger 20000');
    await client.tell('flush 300');
    const stats = await client.stats();
    assert.ok(stats.dropped > 15000 && stats.dropped < 20000, `${stats.dropped}`);
    assert.equal(accounted(stats), 20000);
    await until(() => client.problems.some((text) => /^dropped 0 \d+ .*the queue was full/.test(text)), 'that it is told');

    const few = startDriver(t, {url: 'http://127.0.0.1:9', queue_events: 100, batch: 10});
    await few.tell('trigger 1000');
    const bounded = await few.stats();
    assert.ok(bounded.queued >= 100 && bounded.queued <= 130, `${bounded.queued}`);
    await few.tell('free 0');
});

test('with a spool, more than the queue holds survives a slow collector', async (t) => {
    const collector = await startCollector(t, (events, number) => number === 1 ? null : {});
    const spool = makeSpool(t);
    const client = startDriver(t, {url: collector.url, spool, queue_bytes: 1});

    for (let i = 0; i < 20; i++) {
        await client.tell(`trigger 500 ${i * 500}`);
        await client.tell('flush 60000');
    }
    await until(async () => (await client.stats()).accepted === 10000, 'all accepted');
    assert.equal((await client.stats()).dropped, 0);
    assert.equal(new Set(collector.requests.slice(1).flatMap(ids)).size, 10000);
});

test('a full spool leaves events in memory; damaged files are set aside and told', async (t) => {
    const spool = makeSpool(t);
    const client = startDriver(t, {url: 'http://127.0.0.1:9', spool, spool_bytes: 20000, batch: 50});

    await client.tell('trigger 300');
    await until(() => client.problems.some((text) => /^spool .*is full/.test(text)), 'that the spool is full');
    const stats = await client.stats();
    assert.ok(stats.spooled > 0 && stats.queued > 0, JSON.stringify(stats));
    assert.equal(accounted(stats), 300);
    await client.kill('SIGKILL');

    const [name, ...others] = spoolFiles(spool).sort();
    writeFileSync(join(spool, name), readFileSync(join(spool, name), 'utf8').replace('project', 'pr0ject'));
    const collector = await startCollector(t);
    const next = startDriver(t, {url: collector.url, spool});
    await until(() => next.problems.some((text) => /^spool .*is damaged; set aside/.test(text)), 'the damage told');
    assert.deepEqual(spoolFiles(spool, '.damaged'), [`${name}.damaged`]);
    await until(() => spoolFiles(spool).length === 0, `${others.length} sent`);
});

test('exit() ends a request under way, and a client that is freed from there saves what it has', async (t) => {
    const collector = await startCollector(t, () => 'never');
    const spool = makeSpool(t);
    const client = startDriver(t, {url: collector.url, spool, timeout_ms: 60000});

    await client.tell('trigger 10');
    await until(() => collector.requests.length, 'a request');
    await client.tell('trigger 10');
    client.tell('leave');
    const {code, signal} = await client.end();
    assert.deepEqual([code, signal], [3, null]);
    assert.equal(spoolFiles(spool).reduce((sum, name) => sum + Number(name.split('-')[3]), 0), 20);
});

test('without libcurl events go to the spool, or are dropped and counted', async (t) => {
    const spool = makeSpool(t);
    const plain = startDriver(t, {library: 'libnowhere.so.1'});
    const spooling = startDriver(t, {library: 'libnowhere.so.1', spool});

    for (const client of [plain, spooling]) {
        await client.tell('trigger 10');
        assert.equal(await client.tell('flush 60000'), 'flushed 0');
        await client.tell('trigger 10');
        assert.equal(await client.tell('flush 60000'), 'flushed 0');
        assert.equal(client.problems.filter((text) => /^library .*libcurl cannot be loaded: libnowhere/.test(text)).length, 1);
    }
    assert.equal((await plain.stats()).dropped, 20);
    assert.equal((await spooling.stats()).spooled, 20);
});
