// SPDX-License-Identifier: Apache-2.0
//
// That nothing is lost and nothing counted twice, in Chromium: batches, retries, pages that are left, a collector
// that is slow, full, or gone.
// On the build as shipped alone: no part of the program runs here.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {startBrowser, until} from '../../tests/e2e/lib/browser.mjs';
import {sleep as wait, untilAfter} from '../../tests/e2e/lib/weir.mjs';
import {events, host, openPage, sent, setHidden, startRecorder, untilEvents, untilOver, visit} from './collector.mjs';

const names = (all) => all.map(({event, page}) => event ?? page);
const ids = (all) => all.map(({id}) => id);

describe('the queue', {concurrency: 4}, () => {
    const whole = untilAfter(after);
    let browser;

    before(async () => {
        browser = await startBrowser(whole);
    });

    test('sends what comes together in one batch, and waits until the page has loaded', async (t) => {
        const recorder = await startRecorder(t, {body: '<img src="/slow.png">'});
        let release;
        recorder.routes['/slow.png'] = () => new Promise((done) => {
            release = () => done({status: 404});
        });
        const page = await openPage(t, browser);
        await page.goto(recorder.url(host), {waitUntil: 'domcontentloaded'});
        await page.evaluate(() => {
            recordEvent('one');
            recordEvent('two');
        });
        await wait(1500);
        assert.equal(sent(recorder).length, 0);
        release();
        const all = await untilEvents(recorder, 3);
        assert.equal(sent(recorder).length, 1);
        assert.deepEqual(names(all), ['/', 'one', 'two']);
        assert.ok(all[0].load_time_ms >= 1500);
    });

    test('sends the same again where the answer says later', async (t) => {
        const answers = [503, 429, 507];
        const recorder = await startRecorder(t, {answer: () => answers.shift() ?? 204});
        const page = await visit(t, browser, recorder);
        for (let tries = 1; tries <= 4; tries++) { // its own pauses would take 14 seconds
            await until(() => sent(recorder).length >= tries);
            await untilOver(page, tries);
            await wait(5); // for another age
            await page.evaluate(() => weir.flush());
        }
        await wait(200);
        const all = events(recorder);
        assert.equal(all.length, 4);
        assert.equal(new Set(ids(all)).size, 1);
        assert.deepEqual([...new Set(all.map((e) => e.sequence))], [1]);
        const ages = all.map((e) => e.age);
        assert.deepEqual(ages, [...new Set(ages)].sort((a, b) => a - b), 'ages are those of each sending');
    });

    test('retries by itself, later each time', async (t) => {
        const times = [];
        const recorder = await startRecorder(t, {answer: () => (times.push(Date.now()), times.length < 3 ? 503 : 204)});
        await visit(t, browser, recorder);
        await until(() => times.length === 3);
        assert.ok(times[1] - times[0] >= 1900 && times[2] - times[1] >= 3900, `${times}`);
    });

    test('takes every other answer as final', async (t) => {
        const answers = [200, 207, 400, 401, 403, 404, 413, 422, 500];
        const recorder = await startRecorder(t, {answer: () => answers.shift() ?? 204});
        const page = await visit(t, browser, recorder);
        const expected = ['/'];
        while (answers.length > 0) {
            await page.evaluate(() => weir.flush());
            await untilEvents(recorder, expected.length);
            await untilOver(page, expected.length);
            expected.push(`e${answers[0]}`);
            await page.evaluate((name) => recordEvent(name), expected.at(-1));
        }
        await untilEvents(recorder, expected.length);
        await wait(200);
        assert.deepEqual(names(events(recorder)), expected);
    });

    test('asks again where the page\'s own fetch fails without a word', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {init: `
            const original = window.fetch;
            let calls = 0;
            window.fetch = (...args) => calls++ ? original(...args) : Promise.reject();`});
        assert.deepEqual(names(await untilEvents(recorder, 1)), ['/']);
        assert.deepEqual(page.complaints, [], 'nothing reaches the page');
    });

    test('brings everything when a collector that was gone is back', async (t) => {
        const recorder = await startRecorder(t, {answer: null});
        const page = await visit(t, browser, recorder);
        await until(() => sent(recorder).length > 0);
        await page.evaluate(() => recordEvent('meanwhile'));
        recorder.requests.length = 0;
        recorder.answer = 204;
        const all = await untilEvents(recorder, 2);
        assert.deepEqual(names(all), ['/', 'meanwhile']);
        assert.ok(page.complaints.every((text) => text.includes('Failed to load resource')), `${page.complaints}`);
    });

    test('keeps the oldest 100 while nobody answers, and numbers the rest', async (t) => {
        const recorder = await startRecorder(t, {answer: null});
        const page = await visit(t, browser, recorder);
        await until(() => sent(recorder).length > 0);
        await untilOver(page);
        await page.evaluate(() => {
            for (let i = 2; i <= 150; i++)
                recordEvent(`e${i}`);
        });
        recorder.requests.length = 0;
        recorder.answer = 204;
        await page.evaluate(() => weir.flush());
        await untilEvents(recorder, 100);
        await untilOver(page, 2);
        await page.evaluate(() => recordEvent('after'));
        const all = await untilEvents(recorder, 101);
        assert.deepEqual(all.map((e) => e.sequence), [...Array.from({length: 100}, (_, i) => i + 1), 151]);
        assert.ok(sent(recorder).every(({body}) => Buffer.byteLength(body) <= 60 * 1024));
    });

    test('cuts what is large into batches that a page may leave behind', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder);
        await page.evaluate(() => {
            for (let i = 0; i < 8; i++)
                weir.track('large', {i, text: '漢'.repeat(9000)});
            weir.flush();
        });
        const all = await untilEvents(recorder, 9);
        assert.deepEqual(all.slice(1).map((e) => e.properties.i), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert.ok(sent(recorder).length >= 4);
        for (const {body} of sent(recorder))
            assert.ok(Buffer.byteLength(body) <= 60 * 1024, `${Buffer.byteLength(body)} bytes`);
    });

    test('hands all to the browser when the page is left', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {init: 'window.requestIdleCallback = () => 0;'}); // sends nothing by itself
        await page.evaluate(() => {
            recordEvent('last');
            location.href = 'about:blank';
        });
        const all = await untilEvents(recorder, 2);
        assert.deepEqual(names(all), ['/', 'last']);
        await wait(1500);
        assert.equal(events(recorder).length, 2);
    });

    test('takes a beacon for a page that is hidden, which waits for no answer', async (t) => {
        const recorder = await startRecorder(t, {answer: () => new Promise(() => {})}); // also to what it may have sent already
        const page = await visit(t, browser, recorder, {init: `
            window.beacons = 0;
            const original = navigator.sendBeacon;
            navigator.sendBeacon = function () { beacons++; return original.apply(this, arguments); }`});
        await setHidden(page);
        await untilEvents(recorder, 1);
        assert.equal(await page.evaluate(() => beacons), 1);
        await setHidden(page);
        assert.equal(await page.evaluate(() => beacons), 1, 'nothing is left to send');
    });

    test('sends what is under way once more when the page is left during a slow answer', async (t) => {
        let release;
        const recorder = await startRecorder(t,
            {answer: (request) => request.body.includes('second') ? 204 : new Promise((done) => (release = () => done(204)))});
        const page = await visit(t, browser, recorder);
        await until(() => release);
        await page.evaluate(() => recordEvent('second'));
        await page.goto('about:blank');
        await until(() => sent(recorder).length === 2);
        const [first, again, second] = events(recorder);
        assert.deepEqual(names([first, again, second]), ['/', '/', 'second']);
        assert.equal(first.id, again.id);
        assert.equal(first.sequence, again.sequence);
        assert.ok(again.age >= first.age);
        release();
    });

    test('forgets what was handed over, and no more, when a hidden page comes back', async (t) => {
        let release;
        const recorder = await startRecorder(t, {answer: () => new Promise((done) => (release ??= done))});
        const page = await visit(t, browser, recorder);
        await until(() => release);
        await page.evaluate(() => recordEvent('waiting'));
        await setHidden(page);
        await setHidden(page); // pagehide behind visibilitychange
        await until(() => sent(recorder).length === 2);
        await setHidden(page, false);
        recorder.answer = 204;
        release(503); // so the first is not done
        await page.evaluate(() => recordEvent('back'));
        const all = await untilEvents(recorder, 5);
        assert.deepEqual(names(all), ['/', '/', 'waiting', '/', 'back']);
        assert.equal(new Set(ids(all)).size, 3);
        await wait(300);
        assert.equal(events(recorder).length, 5);
    });

    test('forgets nothing at a hidden page while the collector is gone', async (t) => {
        const recorder = await startRecorder(t, {answer: null});
        const page = await visit(t, browser, recorder);
        await until(() => sent(recorder).length > 0);
        await untilOver(page);
        await page.evaluate(() => recordEvent('kept'));
        const before = sent(recorder).length;
        await setHidden(page);
        await until(() => sent(recorder).length > before);
        await setHidden(page, false);
        recorder.requests.length = 0;
        recorder.answer = 204;
        assert.deepEqual(names(await untilEvents(recorder, 2)), ['/', 'kept']);
    });

    test('sends itself what the browser does not take over', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {init: 'navigator.sendBeacon = () => false'});
        await untilEvents(recorder, 1);
        await page.evaluate(() => recordEvent('refused'));
        await setHidden(page);
        assert.deepEqual(names(await untilEvents(recorder, 2)), ['/', 'refused']);
        await wait(300);
        assert.equal(events(recorder).length, 2);
    });

    test('never delays a page that is left', async (t) => {
        const recorder = await startRecorder(t, {answer: () => new Promise(() => {})});
        const page = await visit(t, browser, recorder);
        await until(() => sent(recorder).length === 1);
        const began = Date.now();
        await page.goto(recorder.url('other.example.com', '/quick'), {waitUntil: 'commit'});
        assert.ok(Date.now() - began < 20000);
    });
});
