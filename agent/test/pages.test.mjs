// SPDX-License-Identifier: Apache-2.0
//
// What the agent tells, in Chromium: page views of every kind, events, and what it leaves out.
// On the build as shipped alone: no part of the program runs here.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {after, before, describe, test} from 'node:test';

import {startBrowser, until} from '../../tests/e2e/lib/browser.mjs';
import {untilAfter} from '../../tests/e2e/lib/weir.mjs';
import {built, collector, ended, host, key, openPage, sent, startRecorder, untilEvents, visit} from './collector.mjs';

const names = (all) => all.map(({event, page}) => event ?? page);

describe('the agent', {concurrency: 4}, () => {
    const whole = untilAfter(after);
    let browser;

    before(async () => {
        browser = await startBrowser(whole);
    });

    test('sends a page view on load, in one request without preflight', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {path: '/a/b.html?secret=1#part',
            timezoneId: 'Europe/Paris', screen: {width: 1280, height: 800}, viewport: {width: 900, height: 600}});
        const [view] = await untilEvents(recorder, 1);
        const [request] = sent(recorder);

        assert.equal(request.method, 'POST');
        assert.equal(request.host, collector);
        assert.equal(request.query.get('key'), key);
        assert.equal(request.headers['content-type'], 'text/plain;charset=UTF-8');
        assert.equal(request.headers.origin, recorder.origin(host));
        assert.match(view.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.ok(view.age >= 900 && view.age < 60000, `age ${view.age}`);
        assert.ok(view.load_time_ms > 0 && view.load_time_ms < 60000, `load time ${view.load_time_ms}`);
        const {id, age, load_time_ms, timezone, ...rest} = view;
        assert.ok(timezone === -60 || timezone === -120);
        assert.deepEqual(rest, {domain: host, platform: await page.evaluate(() => navigator.platform), screen: 'l',
            sequence: 1, page: '/a/b.html', pages_in_session: 1, referrer: ''});
        assert.deepEqual(page.complaints, []);
    });

    test('says of the screen only how wide it is, roughly', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder);
        for (const [width, name] of [[479, 'xs'], [480, 's'], [768, 'm'], [1200, 'l'], [1920, 'xl']]) {
            await page.evaluate((width) => {
                Object.defineProperty(screen, 'width', {value: width, configurable: true});
                recordEvent('looked');
            }, width);
            assert.equal((await ended(recorder, page)).at(-1).screen, name);
        }
    });

    test('follows a single-page application through its history', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {path: '/start'});
        await page.evaluate(async () => {
            const back = () => {
                const arrived = new Promise((done) => addEventListener('popstate', done, {once: true}));
                history.back();
                return arrived;
            };
            history.pushState({}, '', '/one?x=1');
            history.pushState({}, '', '/one?x=2'); // the same page
            history.replaceState({}, '', '/one#there');
            history.replaceState({}, '', '/two');
            history.pushState({n: 3}, '', '/three');
            await new Promise((done) => {
                addEventListener('hashchange', done, {once: true});
                location.hash = 'far';
            });
            await back();
            await back();
        });
        const all = await ended(recorder, page);
        assert.deepEqual(names(all), ['/start', '/one', '/two', '/three', '/two']);
        assert.deepEqual(all.map((e) => e.sequence), [1, 2, 3, 4, 5]);
        assert.deepEqual(all.map((e) => e.pages_in_session), [1, 2, 3, 4, 5]);
        assert.deepEqual(all.map((e) => e.load_time_ms > 0), [true, false, false, false, false]);
        assert.equal(await page.evaluate(() => history.length), 6);
    });

    test('leaves what the page does with its history as it is', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder);
        const state = await page.evaluate(() => {
            let refused;
            try {
                history.pushState({}, '', 'https://elsewhere.example.com/');
            } catch (error) {
                refused = error.name;
            }
            history.pushState({a: 1}, '', '/x');
            return [history.state, location.pathname, refused];
        });
        assert.deepEqual(state, [{a: 1}, '/x', 'SecurityError']);
    });

    test('takes routes behind # as pages where it is told to', async (t) => {
        const recorder = await startRecorder(t, {options: 'data-hash'});
        const page = await visit(t, browser, recorder, {path: '/app/#!/users?id=7'});
        await page.evaluate(async () => {
            await new Promise((done) => {
                addEventListener('hashchange', done, {once: true});
                location.hash = '#/orders/3';
            });
        });
        assert.deepEqual(names(await ended(recorder, page)), ['/app/users', '/app/orders/3']);
    });

    test('sends of the query what is allowed', async (t) => {
        const path = '/s?utm_source=a%26b&token=1&utm_medium=mail&utm_source=c&=x';
        const page = await openPage(t, browser);
        for (const [options, query] of [['', undefined], ['data-query="utm_source, page"', 'utm_source=a%26b&utm_source=c'],
            ['data-query="all"', 'utm_source=a%26b&token=1&utm_medium=mail&utm_source=c&=x']]) {
            const recorder = await startRecorder(t, {options});
            await visit(t, browser, recorder, {path, page});
            const [view] = await ended(recorder, page);
            assert.equal(view.page, '/s');
            assert.equal(view.query, query);
        }
        const recorder = await startRecorder(t, {options: 'data-query="q"'});
        await visit(t, browser, recorder, {path: '/s?q=1', page});
        await page.evaluate(() => {
            history.replaceState({}, '', '/s?q=2'); // a correction
            history.pushState({}, '', '/s?q=3');
            history.pushState({}, '', '/s?q=3&other=1');
        });
        assert.deepEqual((await ended(recorder, page)).map((e) => e.query), ['q=1', 'q=3']);
    });

    test('tells where a visitor came from, without query, and not from where on this site', async (t) => {
        const recorder = await startRecorder(t, {head: '<meta name="referrer" content="unsafe-url">',
            body: `<a id="own" href="/next">next</a>`});
        const page = await openPage(t, browser);
        recorder.body += `<a id="away" href="${recorder.url(host, '/landed')}">there</a>`;
        await page.goto(recorder.url('blog.example.com', '/post?private=1#x'));
        await page.click('#away');
        await page.waitForURL(/landed/);
        await page.click('#own');
        await page.waitForURL(/next/);
        const all = await ended(recorder, page);
        const by = Object.fromEntries(all.map((e) => [e.page, e.referrer]));
        assert.deepEqual(by, {'/post': '', '/landed': recorder.url('blog.example.com', '/post'), '/next': undefined});
    });

    test('takes an origin that only begins like its own for another', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder,
            {init: `Object.defineProperty(document, 'referrer', {get: () => location.origin + '0.example.com/x'})`});
        const [view] = await ended(recorder, page);
        assert.equal(view.referrer, `${recorder.origin(host)}0.example.com/x`);
    });

    test('records events with notes and with properties', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {path: '/p'});
        await page.evaluate(() => {
            const changing = {plan: 'small', seats: [1, 2]};
            recordEvent('searchTermIntercepted', 'a term');
            recordEvent('bentest');
            recordEvent('counted', 0);
            weir.track('project.created', changing);
            changing.plan = 'large';
            weir.track('plain');
            weir.page();
        });
        const [, ...all] = await ended(recorder, page);
        assert.deepEqual(all.map(({event, note, properties}) => ({event, note, properties})), [
            {event: 'searchTermIntercepted', note: 'a term', properties: undefined},
            {event: 'bentest', note: '', properties: undefined},
            {event: 'counted', note: '0', properties: undefined},
            {event: 'project.created', note: undefined, properties: {plan: 'small', seats: [1, 2]}},
            {event: 'plain', note: undefined, properties: undefined},
            {event: undefined, note: undefined, properties: undefined},
        ]);
        assert.ok(all.every((e) => e.page === '/p' && e.domain === host));
        assert.equal(new Set(all.map((e) => e.id)).size, all.length);
    });

    test('takes anything for a name or a note, and throws nothing', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder);
        const hostile = ['<script>alert(1)</script>', '"};alert(1)//', `'; DROP TABLE events; --`, '\\ud800 \\\\ud800', '\u2028\0\u{1f600}'];
        const thrown = await page.evaluate((texts) => {
            try {
                const loop = {};
                loop.self = loop;
                weir.track('loop', loop);
                weir.track('big', {n: 10n});
                weir.track('trap', {get x() { throw new Error('trap'); }});
                recordEvent(Symbol('s'), 'x');
                recordEvent();
                recordEvent('');
                weir.track(null);
                recordEvent('obj', {toString() { throw new Error('no'); }});
                weir.track('huge', {text: 'x'.repeat(70000)});
                recordEvent('half', 'a\ud83d');
                for (const text of texts)
                    recordEvent(text, text);
                return null;
            } catch (error) {
                return `${error}`;
            }
        }, hostile);
        assert.equal(thrown, null);
        const [, half, ...all] = await ended(recorder, page);
        assert.deepEqual([half.event, half.note], ['half', 'a']);
        assert.deepEqual(all.map((e) => e.event), hostile);
        assert.deepEqual(all.map((e) => e.note), hostile);
        assert.deepEqual(page.complaints, []);
    });

    test('survives a page that taught its arrays to be text', async (t) => {
        const recorder = await startRecorder(t, {head: `<script>
            Array.prototype.toJSON = function () { return 'broken'; };
            String.prototype.toJSON = function () { return 'broken'; };
            Array.prototype.extra = function () {};</script>`});
        const page = await visit(t, browser, recorder);
        await page.evaluate(() => weir.track('a', {list: ['x', ['y']], n: {deep: [1]}}));
        const [view, event] = await ended(recorder, page);
        assert.equal(view.page, '/');
        assert.deepEqual(event.properties, {list: ['x', ['y']], n: {deep: [1]}});
    });

    test('counts clicks on elements that name an event, and links elsewhere where told to', async (t) => {
        const body = `<button data-weir-event="menu.opened" data-weir-note="top"><b id="inner">open</b></button>
            <button id="bare" data-weir-event="bare">bare</button><button id="empty" data-weir-event="">none</button>
            <a id="out" href="https://shop.example.com/buy/it?token=1#x"><i id="icon">buy</i></a>
            <a id="own" href="/here">own</a><a id="mail" href="mailto:a@example.org">mail</a><a id="no">no</a>
            <p id="plain">plain</p>
            <script>document.addEventListener('click', (e) => { e.preventDefault(); e.stopPropagation(); }, true)</script>`;
        const page = await openPage(t, browser);
        for (const outbound of [true, false]) {
            const recorder = await startRecorder(t, {body, options: outbound ? 'data-outbound' : ''});
            await visit(t, browser, recorder, {page});
            await page.evaluate(() => {
                for (const id of ['inner', 'bare', 'empty', 'icon', 'own', 'mail', 'no', 'plain'])
                    document.getElementById(id).click();
                document.dispatchEvent(new MouseEvent('click'));
            });
            await page.click('#out', {button: 'middle'});
            const [, ...all] = await ended(recorder, page);
            const out = outbound ? [['link.outbound', 'shop.example.com/buy/it']] : [];
            assert.deepEqual(all.map(({event, note}) => [event, note]),
                [['menu.opened', 'top'], ['bare', ''], ...out, ...out]);
        }
    });

    test('tells a page that was not found from the others', async (t) => {
        const page = await openPage(t, browser);
        for (const [options, head, expected] of [['data-status="404"', '', ['page.not_found', 404]],
            ['', '<meta name="weir:status" content="404">', ['page.not_found', 404]], ['data-status="200"', '', [undefined, 200]]]) {
            const recorder = await startRecorder(t, {options, head});
            await visit(t, browser, recorder, {path: '/lost', page});
            await page.evaluate(() => history.pushState({}, '', '/found'));
            const [view, next] = await ended(recorder, page);
            assert.deepEqual([view.event, view.status], expected);
            assert.deepEqual([next.page, next.event, next.status], ['/found', undefined, undefined]);
        }
    });

    test('tells of a copy of the site what identifies it', async (t) => {
        const recorder = await startRecorder(t, {options: 'data-domains="www.example.org, *.example.com"'});
        const page = await openPage(t, browser,
            {init: `Object.defineProperty(document, 'referrer', {get: () => location.origin + '/list?u=1'})`});
        for (const [at, told] of [[host, false], ['a.b.example.com', false], ['mirror.example.net', true], ['example.com', true]]) {
            await visit(t, browser, recorder, {at, path: '/p', page});
            const [view] = (await ended(recorder, page)).slice(-1);
            assert.deepEqual([view.domain, view.title, view.referrer],
                told ? [at, 'A title', `${recorder.origin(at)}/list?u=1`] : [at, undefined, undefined]);
        }
    });

    test('takes the calls that were made before it was there', async (t) => {
        const recorder = await startRecorder(t, {head: `<script>
            window.weir = window.weir || {q: [], track(...call) { this.q.push(call); }};
            weir.track('early', {n: 1});</script>`});
        const page = await visit(t, browser, recorder);
        const [view, early] = await ended(recorder, page);
        assert.equal(view.page, '/');
        assert.deepEqual([early.event, early.properties], ['early', {n: 1}]);
    });

    test('counts once where its tag stands twice', async (t) => {
        const recorder = await startRecorder(t);
        recorder.body = recorder.tag();
        const page = await visit(t, browser, recorder);
        assert.equal((await ended(recorder, page)).length, 1);
    });

    test('counts a page that comes back from the browser\'s cache', async (t) => {
        const recorder = await startRecorder(t);
        const page = await visit(t, browser, recorder, {path: '/one'});
        await page.evaluate(() => {
            dispatchEvent(new PageTransitionEvent('pageshow', {persisted: false}));
            dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}));
        });
        assert.deepEqual(names(await ended(recorder, page)), ['/one', '/one']);
    });

    test('sends to another address where told to', async (t) => {
        const recorder = await startRecorder(t, {options: 'data-to="/count/in?site=3"'});
        recorder.routes['/count/in'] = {status: 204, headers: {'access-control-allow-origin': '*'}};
        await visit(t, browser, recorder);
        const request = await until(() => recorder.requests.find(({path}) => path === '/count/in'));
        assert.equal(request.host, collector);
        assert.deepEqual([request.query.get('site'), request.query.get('key')], ['3', key]);
    });

    test('also runs as a module', async (t) => {
        const recorder = await startRecorder(t);
        recorder.routes['/m.html'] = `<!doctype html><script type="module">
            import {start, track, recordEvent, page, flush} from '/agent.mjs';
            track('too early');
            start({to: '${recorder.url(collector, '/e')}', key: '${key}', session: true, outbound: false, query: ['a', 'b']});
            start({to: '/elsewhere'});
            Object.assign(window, {recordEvent, weir: {track, page, flush}});
            track('made', {n: 1});</script>`;
        recorder.routes['/agent.mjs'] = {headers: {'content-type': 'text/javascript'},
            body: readFileSync(`${built}/agent.mjs`, 'utf8')};
        const page = await visit(t, browser, recorder, {path: '/m.html?b=1&c=2'});
        const all = await ended(recorder, page);
        assert.deepEqual(names(all), ['/m.html', 'made']);
        assert.equal(all[0].query, 'b=1');
        assert.match(all[0].sess_id, /^[0-9a-f]{8}-[0-9a-f]{4}$/);
        assert.deepEqual(page.complaints, []);
    });
});
