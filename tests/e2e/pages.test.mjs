// SPDX-License-Identifier: Apache-2.0
//
// From pages in a real browser to rows: two sites, one with permission and one that copies it; what the agent, the
// collector, the store and the counts make of a visit.
// On the build as shipped alone: most of the work is the browser's.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';

import {openPage, startBrowser, startSite, until} from './lib/browser.mjs';
import {makeFolder, residue, root, runWeir, startWeir, untilAfter} from './lib/weir.mjs';

const key = 'web_pages_test';
const own = 'www.example.org';
const mirror = 'mirror.example.net';
const skipped = 'staging.example.org';
const collectorHost = 'stats.example.org';
const siteCatalogue = readFileSync(join(root, 'catalogues/site/events.yaml'), 'utf8');
const hostile = ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', "'; DROP TABLE events; --",
    '{{constructor.constructor("alert(1)")()}}', '${7*7}', '=cmd|\' /C calc\'!A0', '\u202Egnp.exe', 'ünï¢ødé 🛶', 'a\tb\\n"c"'];

let browser, site, proxy, weir, dir;

// What the proxy before the collector does with the next requests: nothing, unless a test sets it.
let meddle = null;

// Between the page and the collector, under the name of the site's own collector.
async function pass({method, path, query, headers, body}) {
    const forward = () => fetch(`${weir.url}${path}?${query}`, {
        method,
        headers: Object.fromEntries(['origin', 'content-type', 'user-agent', 'referer', 'dnt', 'sec-gpc', 'access-control-request-method']
            .filter((name) => headers[name]).map((name) => [name, headers[name]])),
        body: method === 'POST' ? body : undefined,
    }).then(async (answer) => ({
        status: answer.status,
        headers: Object.fromEntries([...answer.headers].filter(([name]) =>
            !['content-encoding', 'content-length', 'connection', 'date', 'transfer-encoding'].includes(name))),
        body: Buffer.from(await answer.arrayBuffer()),
    }), () => null);

    return meddle && path === '/e' ? meddle(forward, body) : forward();
}

function html({attributes = '', body = '', head = ''} = {}) {
    return `<!doctype html><meta charset=utf-8><title>The mill</title>${head}
        <script defer src="${proxy.origin(collectorHost)}/agent.js" data-key="${key}" ${attributes}></script>${body}`;
}

async function ask(sql) {
    const {code, stdout, stderr} = await runWeir(['query', '--format', 'ndjson', '--config', join(dir, 'weir.yaml'), sql], {cwd: dir});

    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// Rows of events of one test, which marks its pages by a path of its own.
function rowsOf(mark, columns = 'name, path, referrer, query, properties') {
    return ask(`SELECT ${columns} FROM events WHERE path LIKE '/${mark}%' ORDER BY position`);
}

// The same once there are so many.
async function rowsOnce(mark, count, columns) {
    await until(async () => (await rowsOf(mark, 'name')).length >= count, {what: `${count} rows of /${mark}`});
    return rowsOf(mark, columns);
}

function note(row) {
    return (typeof row.properties === 'string' ? JSON.parse(row.properties) : row.properties).note ?? null;
}

// What waits is sent.
async function leave(page) {
    await page.goto('about:blank');
}

describe('pages in a browser', () => {
    const end = untilAfter(after);
    const visit = (options) => openPage(end, browser, options);

    before(async () => {
        browser = await startBrowser(end);
        proxy = await startSite(end, {'*': pass});
        site = await startSite(end, {'*': () => html()});
        dir = makeFolder(end, {
            files: {'catalogue/site.yaml': siteCatalogue},
            settings: (all) => ({
                ...all,
                sources: [{
                    name: 'website', kind: 'browser', key, origins: [site.origin(own), site.origin(skipped)], domains: [own],
                    skip_domains: [skipped], rate: 'unlimited', budget: {note: 40},
                    events: ['page.*', 'link.outbound', 'socialClick', 'searchTermIntercepted', 'bentest', 'bentest2'],
                }],
            }),
        });
        weir = await startWeir(end, {dir, command: 'serve'});
    });

    test('a visit is a row a page, with nothing of the visitor', async () => {
        const page = await visit();

        site.routes['/seen'] = html({body: '<a href="/seen/next?secret=1#part">on</a>'});
        site.routes['/seen/next'] = html({attributes: 'data-query="tab"'});
        await page.goto(site.url(own, '/seen?utm=1'), {referer: 'https://search.example/?q=private'});
        await page.click('a');
        await page.waitForURL('**/seen/next*');
        await page.goto(site.url(own, '/seen/next?tab=2&name=me'));
        const platform = await page.evaluate(() => navigator.platform);
        const timezone = await page.evaluate(() => String(new Date().getTimezoneOffset()));
        await leave(page);

        const rows = await rowsOnce('seen', 3, `name, source, host, path, query, referrer, timezone, platform, session, actor, ip,
            user_agent, title, properties`);
        const told = ({properties}) => typeof properties === 'string' ? JSON.parse(properties) : properties;
        rows.sort((a, b) => told(a).pages_in_session - told(b).pages_in_session); // each page sends its own, which may overtake another's
        assert.deepEqual(rows.map((row) => [row.name, row.source, row.host, row.path, row.query]), [
            ['page.viewed', 'website', own, '/seen', null],
            ['page.viewed', 'website', own, '/seen/next', null],
            ['page.viewed', 'website', own, '/seen/next', 'tab=2'],
        ]);
        assert.deepEqual([rows[0].referrer, rows[1].referrer], ['https://search.example/', null], 'the site itself is no referrer');
        for (const row of rows) {
            assert.deepEqual([row.platform, row.timezone], [platform, timezone]);
            assert.deepEqual([row.session, row.actor, row.ip, row.user_agent, row.title], [null, null, null, null, null]);
        }
        const properties = rows.map(told);
        assert.deepEqual(properties.map((some) => some.pages_in_session), [1, 2, 3]);
        assert.ok(properties[0].load_time_ms >= 0);
        assert.deepEqual(page.complaints, []);
    });

    test('pages of one document, and back', async () => {
        const page = await visit();

        await page.goto(site.url(own, '/spa'));
        await page.evaluate(() => {
            history.pushState(null, '', '/spa/two?x=1');
            history.replaceState({}, '', '/spa/two?x=2');
            history.pushState(null, '', '/spa/three');
        });
        await page.goBack();
        await leave(page);
        assert.deepEqual((await rowsOnce('spa', 4)).map((row) => row.path), ['/spa', '/spa/two', '/spa/three', '/spa/two']);
    });

    test('four equal events in one instant count four, and a note is counted where the catalogue says so', async () => {
        const page = await visit();

        site.routes['/four'] = html({body: '<button data-weir-event="socialclick" data-weir-note="Mastodon">m</button>'});
        await page.goto(site.url(own, '/four'));
        await page.click('button');
        await page.evaluate(() => {
            for (let i = 0; i < 4; i++)
                window.recordEvent('BenTest');
            window.recordEvent('searchTermIntercepted', 'a private term');
            window.recordEvent('socialClick', 'Reddit');
            window.recordEvent('nonsense', 'of somebody');
            window.weir.track('bentest2', {note: 'by its properties'});
        });
        await leave(page);
        await rowsOnce('four', 9);
        const counts = () => ask(`SELECT event, dimensions::VARCHAR AS dimensions, sum(count)::INTEGER AS n,
            bool_and(minute(time) % 15 = 0 AND second(time) = 0) AS quarters FROM event_counts WHERE page = '/four' GROUP BY ALL ORDER BY ALL`);
        await until(async () => (await counts()).length === 6, {what: 'the counts'});
        assert.deepEqual((await counts()).map((row) => [row.event, row.dimensions && JSON.parse(row.dimensions), row.n, row.quarters]), [
            ['bentest', null, 4, true], ['bentest2', null, 1, true], ['page.viewed', null, 1, true], ['searchTermIntercepted', null, 1, true],
            ['socialClick', {clicked: 'Mastodon'}, 1, true], ['socialClick', {clicked: 'Reddit'}, 1, true],
        ]);
        assert.equal((await ask("SELECT count(*)::INTEGER AS n FROM events WHERE name ILIKE 'nonsense'"))[0].n, 0);
    });

    test('a page that is left during a slow answer loses nothing and counts once', async () => {
        const page = await visit();
        const bodies = [];

        await page.goto(site.url(own, '/slow'));
        await rowsOnce('slow', 1);
        meddle = async (forward, body) => {
            bodies.push(body);
            const answer = await forward();
            await new Promise((done) => setTimeout(done, 700));
            return answer;
        };
        await page.evaluate(() => {
            window.recordEvent('bentest2', 'before');
            window.weir.flush();
        });
        await until(() => bodies.length === 1, {what: 'the first batch'});
        await page.evaluate(() => window.recordEvent('bentest2', 'while the answer is awaited'));
        await leave(page);
        await until(() => bodies.length >= 2, {what: 'the second batch'});
        const rows = await rowsOnce('slow', 3);
        meddle = null;
        assert.deepEqual(rows.map(note), [null, 'before', 'while the answer is awaited']);
        await residue(dir, {delivered: true});
        assert.equal((await rowsOf('slow')).length, 3);
    });

    test('a collector that is away for a while gets everything, once', async () => {
        const page = await visit();
        let tries = 0;

        await page.goto(site.url(own, '/down'));
        await rowsOnce('down', 1);
        meddle = async (forward) => {
            if (++tries === 2)
                await forward(); // it took the events, and the answer was lost
            return tries < 3 ? null : forward();
        };
        await page.evaluate(() => {
            for (let i = 0; i < 5; i++)
                window.recordEvent('bentest2', `number ${i}`);
        });
        await until(() => tries >= 3, {what: 'the third try'});
        const rows = await rowsOnce('down', 6);
        meddle = null;
        await leave(page);
        assert.deepEqual(rows.map(note), [null, ...[0, 1, 2, 3, 4].map((i) => `number ${i}`)]);
    });

    test('a copy of the site counts nothing, but is known by name; a skipped host leaves nothing', async () => {
        const page = await visit();
        const unauthorised = () => ask('SELECT * EXCLUDE (day) FROM unauthorised_domains');

        site.routes['/copied'] = html({attributes: `data-domains="${own}"`});
        await page.goto(site.url(mirror, '/copied?q=1'), {referer: 'https://links.example/to-the-copy'});
        await leave(page);
        await page.goto(site.url(skipped, '/copied'));
        await leave(page);
        const [seen] = await until(async () => (await unauthorised()).length && unauthorised(), {what: 'the host in its table'});
        assert.deepEqual([seen.source, seen.domain, seen.events, seen.page, seen.title, seen.referrer],
            ['website', mirror, 1, '/copied', 'The mill', 'https://links.example/to-the-copy']);
        assert.equal((await unauthorised()).length, 1);
        assert.equal((await rowsOf('copied')).length, 0);
        await residue(dir, {delivered: true});
    });

    for (const [name, mark, init] of [
        ['Do Not Track', 'asked', () => Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})],
        ['Global Privacy Control', 'controlled', () => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})],
    ]) {
        test(`${name}: nothing is sent`, async () => {
            const page = await visit({init});
            const sent = () => proxy.requests.filter((request) => request.path === '/e').map((request) => request.body);
            const before = sent().length;

            await page.goto(site.url(own, '/private'));
            await page.evaluate(() => window.recordEvent('bentest'));
            await leave(page);
            // Whatever it had sent would be there before what another page sends now.
            const other = await visit();
            await other.goto(site.url(own, `/${mark}`));
            await leave(other);
            await rowsOnce(mark, 1);
            const bodies = sent().slice(before);
            assert.ok(bodies.length > 0 && bodies.every((body) => body.includes(`/${mark}`) && !body.includes('/private')), bodies.join('\n'));
            assert.equal((await rowsOf('private')).length, 0);
        });
    }

    test('a page works where the agent is blocked', async () => {
        const page = await visit();

        await page.route('**/agent.js', (route) => route.abort('blockedbyclient'));
        site.routes['/blocked'] = html({body: `<button>x</button><script>
            document.querySelector('button').onclick = (event) => {
                if (typeof recordEvent === 'function')
                    recordEvent('bentest');
                event.target.textContent = 'done';
            };</script>`});
        await page.goto(site.url(own, '/blocked'));
        await page.click('button');
        assert.equal(await page.textContent('button'), 'done');
        assert.equal((await rowsOf('blocked')).length, 0);
    });

    test('a strict policy and an integrity hash are enough', async () => {
        const page = await visit();
        const from = proxy.origin(collectorHost);
        const {stdout, code, stderr} = await runWeir(['agent', '--url', from, '--config', join(dir, 'weir.yaml')], {cwd: dir});

        assert.equal(code, 0, stderr);
        const [tag] = /<script[^]*?<\/script>/.exec(stdout);
        assert.match(tag, /integrity="sha/);
        site.routes['/strict'] = {
            body: `<!doctype html><title>s</title>${tag}`,
            headers: {'content-security-policy': `default-src 'none'; script-src ${from}; connect-src ${from}; ` +
                "require-trusted-types-for 'script'; trusted-types 'none'"},
        };
        await page.goto(site.url(own, '/strict'));
        await page.evaluate(() => window.recordEvent('bentest'));
        await leave(page);
        assert.deepEqual((await rowsOnce('strict', 2)).map((row) => row.name), ['page.viewed', 'bentest']);
        assert.deepEqual(page.complaints.filter((text) => !text.includes('favicon')), []);
    });

    test('without scripts a picture counts', async () => {
        const page = await visit({javaScriptEnabled: false});

        site.routes['/pixel'] = `<!doctype html><noscript><img alt="" src="${proxy.origin(collectorHost)}/count.gif?key=${key}&amp;page=/pixel">
            </noscript>`;
        await page.goto(site.url(own, '/pixel'));
        const [row] = await rowsOnce('pixel', 1, 'name, host, path, session, ip');
        assert.deepEqual(row, {name: 'page.counted', host: own, path: '/pixel', session: null, ip: null});
    });

    test('hostile texts are texts', async () => {
        const page = await visit();

        await page.goto(site.url(own, '/hostile'), {referer: `https://evil.example/${encodeURIComponent(hostile[0])}`});
        await page.evaluate((texts) => {
            for (const text of texts) {
                window.recordEvent('bentest2', text);
                window.recordEvent(text, 'as a name');
            }
            for (const text of texts)
                history.pushState(null, '', `/hostile/${encodeURIComponent(text)}`);
        }, hostile);
        await leave(page);
        const rows = await rowsOnce('hostile', 1 + 2 * hostile.length);
        assert.deepEqual(rows.filter((row) => row.name === 'bentest2').map(note), hostile);
        assert.deepEqual(rows.filter((row) => row.name === 'page.viewed').slice(1).map((row) => decodeURIComponent(row.path.slice(9))), hostile);
    });

    test('distinct notes end at their budget, and it is told who sends them', async () => {
        const page = await visit();

        await page.goto(site.url(own, '/flood'));
        await page.evaluate(() => {
            for (let i = 0; i < 60; i++)
                window.recordEvent('bentest2', `flood ${i}`);
        });
        await leave(page);
        await rowsOnce('flood', 61);
        const [{kept, folded}] = await ask(`SELECT count(DISTINCT note) FILTER (note <> '(other)')::INTEGER AS kept,
            count(*) FILTER (note = '(other)')::INTEGER AS folded FROM events WHERE received::DATE = (SELECT max(received::DATE) FROM events)`);
        assert.equal(kept, 40);
        const [row] = await until(async () => {
            const rows = await ask("SELECT * FROM folded_values WHERE field = 'note'");
            return rows[0]?.events === folded && rows;
        }, {what: 'what was folded in its table'});
        assert.equal(row.source, 'website');
        assert.ok(JSON.stringify(row.senders).length > 10);
        await residue(dir, {delivered: true});
    });
});
