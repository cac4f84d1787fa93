// SPDX-License-Identifier: Apache-2.0
//
// What the agent does not do, in Chromium: store, follow, run where it may not, or break a page that forbids it.
// On the build as shipped alone: no part of the program runs here.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {after, before, describe, test} from 'node:test';

import {startBrowser, until} from '../../tests/e2e/lib/browser.mjs';
import {untilAfter} from '../../tests/e2e/lib/weir.mjs';
import {collector, ended, events, host, key, openPage, script, sent, startRecorder, untilEvents, visit} from './collector.mjs';

// Everything that a page can leave behind in a browser.
function stored(page) {
    return page.evaluate(async () => ({
        cookies: document.cookie,
        local: {...localStorage},
        session: {...sessionStorage},
        databases: (await indexedDB.databases()).map(({name}) => name),
    }));
}

const nothing = {cookies: '', local: {}, session: {}, databases: []};

// Uses all there is; nothing may throw, and nothing may come of it.
async function useAll(page) {
    return page.evaluate(async () => {
        recordEvent('a', 'b');
        weir.track('c', {d: 1});
        weir.page();
        history.pushState({}, '', '/elsewhere');
        document.body.click();
        weir.flush();
        await new Promise((done) => setTimeout(done, 1300));
        dispatchEvent(new PageTransitionEvent('pagehide'));
        return typeof recordEvent;
    });
}

describe('the agent keeps its promises', {concurrency: 4}, () => {
    const whole = untilAfter(after);
    let browser;

    before(async () => {
        browser = await startBrowser(whole);
    });

    test('stores a count of pages for the tab, and nothing else', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {path: '/one'});
        await page.goto(recorder.url(host, '/two'));
        assert.deepEqual((await ended(recorder, page)).map((e) => [e.page, e.pages_in_session, 'sess_id' in e]).at(-1),
            ['/two', 2, false]);
        assert.deepEqual(await stored(page), {...nothing, session: {[`weir.pages.${host}`]: '2'}});
        assert.deepEqual(await page.context().cookies(), []);
    });

    test('has a session id only where told to', async (t) => {
        const recorder = await startRecorder(t, {options: 'data-session'});
        const page = await visit(t, browser, recorder, {path: '/one'});
        await ended(recorder, page);
        await page.goto(recorder.url(host, '/two'));
        const [event] = await ended(recorder, page);
        assert.match(event.sess_id, /^[0-9a-f]{8}-[0-9a-f]{4}$/);
        assert.equal(event.sequence, 3, 'behind the view and the end of the first page');
        assert.deepEqual(await stored(page), {...nothing, session: {[`weir.session.${host}`]: event.sess_id,
            [`weir.pages.${host}`]: '2', [`weir.events.${host}`]: '4'}});
        const other = await visit(t, browser, recorder);
        assert.notEqual((await ended(recorder, other))[0].sess_id, event.sess_id);
    });

    test('stores nothing where told so, or where the browser forbids it', async (t) => {
        for (const [options, init] of [['data-no-storage data-session', ''], ['data-session',
            `Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no', 'SecurityError'); }})`]]) {
            const recorder = await startRecorder(t, {options});
            const page = await visit(t, browser, recorder, {init});
            const [view] = await ended(recorder, page);
            assert.deepEqual([view.page, view.pages_in_session, view.sess_id], ['/', null, undefined]);
            if (!init)
                assert.deepEqual(await stored(page), nothing);
            assert.deepEqual(page.complaints, []);
        }
    });

    for (const [name, init] of [
        ['Do Not Track', `Object.defineProperty(navigator, 'doNotTrack', {get: () => '1'})`],
        ['Global Privacy Control', `Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})`],
    ])
        test(`sends and stores nothing under ${name}`, async (t) => {
            const recorder = await startRecorder(t, {options: 'data-session data-outbound'});
            const page = await visit(t, browser, recorder, {init});
            assert.equal(await useAll(page), 'function');
            assert.equal(sent(recorder).length, 0);
            assert.deepEqual(await stored(page), nothing);
            assert.deepEqual(page.complaints, []);
        });

    test('also counts where a browser says it may be tracked', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {init: `
            Object.defineProperty(navigator, 'doNotTrack', {get: () => '0'});
            Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => false});`});
        assert.equal((await ended(recorder, page)).length, 1);
    });

    test('leaves the developer\'s own machine out', async (t) => {
        const recorder = await startRecorder(t);
        const page = await openPage(t, browser);
        for (const at of ['localhost', 'app.localhost', '127.0.0.1']) {
            await visit(t, browser, recorder, {at, page});
            assert.equal(await page.evaluate(() => {
                recordEvent('a');
                weir.flush();
                return typeof recordEvent;
            }), 'function');
        }
        for (const at of ['localhost.example.org', 'notlocalhost']) {
            await visit(t, browser, recorder, {at, page, path: '/localhost/'});
            assert.deepEqual((await ended(recorder, page)).map((e) => e.domain), [at]);
        }
        recorder.options = 'data-local';
        await visit(t, browser, recorder, {at: 'localhost', page});
        assert.deepEqual((await ended(recorder, page)).map((e) => e.domain), ['localhost']);
    });

    test('waits with a page that nobody has seen yet', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {init: `
            window.early = true;
            Object.defineProperty(document, 'prerendering', {get: () => early});`});
        await page.evaluate(async () => {
            recordEvent('before');
            weir.flush();
            await new Promise((done) => setTimeout(done, 1300));
            dispatchEvent(new PageTransitionEvent('pagehide'));
        });
        assert.equal(sent(recorder).length, 0);
        assert.deepEqual(await stored(page), nothing);
        await page.evaluate(() => {
            window.early = false;
            document.dispatchEvent(new Event('prerenderingchange'));
        });
        const all = await untilEvents(recorder, 2);
        assert.deepEqual(all.map((e) => e.event ?? e.page).sort(), ['/', 'before']);
    });

    test('works under a strict policy, with an integrity hash and trusted types', async (t) => {
        const recorder = await startRecorder(t, {options: 'data-session data-outbound data-query="all"'});
        const origin = recorder.origin(collector);
        const hash = createHash('sha384').update(script).digest('base64');
        const reports = [];
        recorder.options += ` integrity="sha384-${hash}" crossorigin="anonymous"`;
        recorder.routes['/report'] = ({body}) => (reports.push(body), {status: 204});
        recorder.headers = {'content-security-policy': `default-src 'none'; script-src ${origin}; connect-src ${origin}; ` +
            `img-src data:; require-trusted-types-for 'script'; trusted-types 'none'; report-uri /report`};
        const page = await visit(t, browser, recorder, {path: '/strict?a=1'});
        await page.evaluate(() => {
            recordEvent('a');
            history.pushState({}, '', '/next');
        });
        assert.deepEqual((await ended(recorder, page)).map((e) => e.event ?? e.page), ['/strict', 'a', '/next']);
        await page.evaluate(() => recordEvent('left'));
        await page.goto('about:blank');
        await untilEvents(recorder, 1);
        assert.deepEqual(page.complaints, []);
        assert.deepEqual(reports, []);
    });

    test('leaves a page that blocks it, or its collector, as it is', async (t) => {
        const recorder = await startRecorder(t, {body: `<script>
            addEventListener('load', () => {
                if (typeof recordEvent === 'function')
                    recordEvent('loaded');
                window.done = true;
            });</script>`});
        const page = await openPage(t, browser);
        await page.route('**/agent.js', (route) => route.abort());
        await page.goto(recorder.url(host));
        assert.deepEqual(await page.evaluate(() => [done, typeof recordEvent, typeof weir]), [true, 'undefined', 'undefined']);
        await page.unroute('**/agent.js');
        await page.route('**/e?key=*', (route) => route.abort());
        page.complaints.length = 0;
        await page.goto(recorder.url(host));
        await page.evaluate(() => {
            weir.flush();
            return new Promise((next) => setTimeout(next, 300));
        });
        assert.ok(page.complaints.every((text) => text.includes('Failed to load resource')), `${page.complaints}`);
        assert.equal(sent(recorder).length, 0);
    });

    test('survives a browser without what it would like to use', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {init: `
            delete window.requestIdleCallback;
            Navigator.prototype.sendBeacon = undefined;
            performance.getEntriesByType = () => [];`});
        const [view] = await untilEvents(recorder, 1);
        assert.equal(view.load_time_ms, null);
        await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
        assert.deepEqual(page.complaints, []);
    });

    test('takes a tag without a sensible address for none', async (t) => {
        const recorder = await startRecorder(t, {options: 'data-to="http://["'});
        const page = await visit(t, browser, recorder);
        assert.equal(await page.evaluate(() => typeof recordEvent), 'undefined');
        assert.deepEqual(page.complaints, []);
    });

    test('stands beside another agent for another site', async (t) => { // no globals but its two
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder);
        const names = await page.evaluate(() => {
            const frame = document.createElement('iframe');
            document.body.append(frame);
            const fresh = new Set(Object.getOwnPropertyNames(frame.contentWindow));
            return Object.getOwnPropertyNames(window).filter((name) => !fresh.has(name) && !/^\d|^__/.test(name));
        });
        assert.deepEqual(names.sort(), ['recordEvent', 'weir']);
        assert.equal((await until(() => events(recorder)[0])).domain, host);
        assert.equal(sent(recorder)[0].query.get('key'), key);
    });
});
