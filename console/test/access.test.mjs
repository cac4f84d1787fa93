// SPDX-License-Identifier: Apache-2.0
//
// A person's way in: the password of the first start, wrong ones, the way out; and from an empty console over its first
// event, sent as the page says, to the overview.

import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {get} from 'node:http';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {axe, keyOf, openConsole, runWeir, shoot, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after);
const refused = /status of (401|429)|ERR_FAILED.*api\/session/; // what the browser notes by itself of a request that was refused
let weir, browser, password;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: false}));
    [, password] = /sign in at \S+ with the password (\S+)\n/.exec(weir.stdout());
});

async function signIn(page, text) {
    await page.getByLabel('Password').fill(text);
    await page.getByRole('button', {name: 'Sign in'}).click();
}

test('whoever is not signed in signs in, and goes on to where they wanted to go', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview?range=7d&filter=country%3DNL', {token: null, allow: refused});
    await page.waitForURL(/\/login\?to=/);
    await axe(page);
    await shoot(page, 'login');
    await page.getByRole('button', {name: 'Sign in'}).click();
    await page.getByText('Type the password.').waitFor();
    await signIn(page, 'not the password');
    await page.getByText('That is not the password.').waitFor();
    assert.equal(await page.getByLabel('Password').inputValue(), 'not the password');
    await signIn(page, password);
    await page.waitForURL(/\/overview\?/);
    const query = new URL(page.url()).searchParams;
    assert.deepEqual([query.get('range'), query.get('filter')], ['7d', 'country=NL']);
    const [cookie] = await page.context().cookies();
    assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite, cookie.path], ['weir_session', true, 'Strict', '/']);
    assert.equal(await page.evaluate(() => document.cookie), '');

    await page.reload();
    await page.getByRole('button', {name: 'Signed in as admin'}).click();
    await page.getByText('all rights').waitFor();
    await shoot(page, 'session_menu');
    assert.equal(await page.evaluate(() => document.activeElement.innerText.trim()), 'First steps');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.evaluate(() => document.activeElement.innerText.trim()), 'Sign out');
    await page.route('**/api/session', (route) => route.abort());
    await page.getByRole('menuitem', {name: 'Sign out', exact: true}).click();
    await page.getByRole('dialog', {name: 'You are still signed in'}).getByText('The engine does not answer').waitFor();
    await page.keyboard.press('Escape');
    await page.unroute('**/api/session');
    await page.getByRole('button', {name: 'Signed in as admin'}).click();
    await page.getByRole('menuitem', {name: 'Sign out', exact: true}).click();
    await page.waitForURL(/\/login$/);
    await page.goto(`${weir.url}/overview`);
    await page.waitForURL(/\/login\?to=/);
});

test('who is not signed in comes to sign in without a question in vain', async (t) => {
    const page = await openConsole(t, browser, weir, '/', {token: null}); // complaints are the browser's lines about answers that say no
    for (const path of ['/', '/overview?range=7d', '/login', '/health']) {
        await page.goto(weir.url + path);
        await page.getByLabel('Password').waitFor();
        await page.waitForTimeout(100);
    }
    assert.equal(new URL(page.url()).search, '?to=%2Fhealth');
});

test('the page says that nobody asked for it, but not where a browser kept the cookie back', async () => {
    const says = (headers) => new Promise((done, failed) => get(`${weir.url}/overview`, {headers: {accept: 'text/html', ...headers}}, (answer) => { // fetch has its own mind about sec-fetch-mode
        let text = '';
        answer.on('data', (piece) => (text += piece)).on('end', () => done(/data-asker="(\w*)"/.exec(text)?.[1]));
    }).on('error', failed));
    assert.equal(await says({'sec-fetch-site': 'none'}), 'nobody');
    assert.equal(await says({'sec-fetch-site': 'same-origin'}), 'nobody');
    assert.equal(await says({'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate'}), '');
    assert.equal(await says({}), '');
    assert.equal(await says({'sec-fetch-site': 'none', authorization: `Bearer ${weir.token}`}), '');
});

test('a page that knows a token of before asks for the present one', async (t) => {
    const page = await openConsole(t, browser, weir, '/login?to=/sql', {token: null, allow: /status of (401|403)/, init: () => {
        const ask = window.fetch;
        window.asked = 0;
        window.fetch = async (path, init) => {
            const answer = await ask(path, init);
            if (path !== '/api/session' || (init.method ?? 'GET') !== 'GET' || window.asked++ > 0)
                return answer;
            return new Response(JSON.stringify({...await answer.json(), csrf: '0'.repeat(32)}), {status: 200});
        };
    }});
    await signIn(page, password);
    await page.waitForURL(/\/sql/);
    await page.waitForFunction(() => window.asked > 0);
    await page.getByLabel('Question in SQL').fill('SELECT 6 * 7 AS answer');
    await page.getByRole('button', {name: 'Run'}).click();
    await page.getByRole('cell', {name: '42'}).waitFor();
    assert.ok(await page.evaluate(() => window.asked) >= 2);
});

test('the address of the sign-in page leads to no other site', async (t) => {
    const page = await openConsole(t, browser, weir, '/login', {token: null, allow: refused});
    for (const to of ['//example.org/', 'https://example.org/', '/\\example.org/', 'javascript:alert(1)']) {
        await page.context().clearCookies();
        await page.goto(`${weir.url}/login?to=${encodeURIComponent(to)}`);
        await signIn(page, password);
        await page.waitForURL((url) => url.pathname !== '/login');
        assert.equal(new URL(page.url()).origin, weir.url);
    }
});

test('an empty console shows how to send the first event, and becomes the overview when it arrives', async (t) => {
    const page = await openConsole(t, browser, weir, '/', {token: null, allow: refused, permissions: ['clipboard-read', 'clipboard-write']});
    await page.waitForURL(/\/login/);
    await signIn(page, password);
    await page.waitForURL(/\/start$/);
    const command = page.getByRole('region', {name: 'A shell'}).locator('pre');
    await command.waitFor();
    assert.match(await page.getByRole('region', {name: 'A web page'}).locator('pre').textContent(),
        new RegExp(`^<script defer src="${weir.collector}/agent.js" data-key="${keyOf('site')}"></script>$`));
    assert.match(await page.getByRole('region', {name: 'A program in C'}).locator('pre').textContent(), new RegExp(`options\\.key = "${keyOf('service')}"`));
    await axe(page);
    await shoot(page, 'start');
    await page.getByRole('button', {name: 'Copy: A shell'}).click();
    const text = await command.textContent();
    await until(async () => await page.evaluate(() => navigator.clipboard.readText()) === text, {what: 'the command in the clipboard'});
    const answer = JSON.parse(await new Promise((done, failed) =>
        execFile('sh', ['-c', text], (error, stdout) => error ? failed(error) : done(stdout))));
    assert.deepEqual([answer.received, answer.accepted], [1, 1], JSON.stringify(answer));
    await page.waitForURL(/\/overview/);

    await untilLoaded(weir);
    await page.goto(`${weir.url}/start`); // to read it again does not lead away
    await page.getByText('Events are coming in.').waitFor();
    await page.route('**/api/catalogue', async (route) => { // as cheap as any, but what pages send is nothing for a program
        const answer = await route.fetch(), catalogue = await answer.json(), [free] = catalogue.events.filter(({name}) => name === 'page.viewed');
        await route.fulfill({response: answer, json: {...catalogue, events: [{...free, properties: [], sources: null},
            ...catalogue.events.map((event) => ({...event, properties: [...event.properties.map((one) => ({...one, required: true, parameter: false}))]}))]}});
    });
    await page.reload();
    await command.waitFor();
    assert.ok(!/"name":"page\./.test(await command.textContent()), await command.textContent());
    await page.goto(`${weir.url}/`);
    await page.waitForURL(/\/overview/);
});

test('without a source for pages, or its event in the catalogue, the first steps say what to add', async (t) => {
    const page = await openConsole(t, browser, weir, '/start');
    const way = page.getByRole('region', {name: 'A web page'});
    let change = (start) => start;
    await page.route('**/api/start', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({response: answer, json: change(await answer.json())});
    });
    change = (start) => ({...start, sources: start.sources.filter(({kind}) => kind !== 'browser')});
    await page.reload();
    const line = await way.locator('pre').textContent();
    assert.match(line, /^ {2}- \{name: website, kind: browser, key: web_[0-9a-f]{8}, origins: /);
    const file = join(weir.dir, 'added.yaml');
    writeFileSync(file, `sources:\n${line}\n`);
    assert.match((await runWeir(['check', '--config', file])).stdout, /added\.yaml: 1 source\n/);

    change = (start) => start;
    await page.reload();
    await way.getByText('the next visit is the first event').waitFor();
    await page.waitForLoadState('networkidle'); // the catalogue was asked about the event
    assert.equal(await way.getByText('Before that').count(), 0);
    change = (start) => ({...start, agent: '/assets/site.js', page_events: '/assets/s',
        sources: start.sources.map((one) => ({...one, origins: [...one.origins, 'http://localhost:8000']}))});
    await page.reload();
    await way.getByText('data-to="http').waitFor();
    assert.match(await way.locator('pre').textContent(), new RegExp(`src="${weir.collector}/assets/site\\.js" data-key="${keyOf('site')}" data-to="${weir.collector}/assets/s" data-local></script>$`));
    change = (start) => ({...start, sources: start.sources.map((one) => one.kind === 'browser' ? {...one, events: ['else.*']} : one)});
    await page.reload();
    await way.getByText('Before that, describe page.viewed').waitFor();
});

test('after wrong passwords the page says how long to wait, and signs in after it', async (t) => {
    const page = await openConsole(t, browser, weir, '/login', {token: null, allow: refused});
    for (let i = 0; i < 4; i++) {
        await signIn(page, `wrong password ${i}`);
        await page.getByText('That is not the password.').waitFor();
        await page.getByRole('button', {name: 'Sign in'}).waitFor(); // until it is answered it is called otherwise
    }
    const waits = page.waitForFunction(() => /^Try again in [1-5] seconds?\.$/.test(document.querySelector('.login-wait').textContent) &&
        document.querySelector('.login button[type="submit"]').disabled); // it waits for seconds only: looked for from before
    await signIn(page, 'wrong password 4');
    await waits;
    await shoot(page, 'login_wait');
    await page.locator('.login button[type="submit"]:enabled').waitFor();
    await signIn(page, password);
    await page.waitForURL(({pathname}) => pathname !== '/login');
});
