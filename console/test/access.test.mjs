// SPDX-License-Identifier: Apache-2.0
//
// A person's way in: the password of the first start, wrong ones, the way out; and from an empty console over its first
// event, sent as the page says, to the overview.

import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {after, before, test} from 'node:test';

import {axe, keyOf, openConsole, shoot, startBrowser, startConsole, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after);
const refused = /status of (401|429)/; // what the browser notes by itself of a request that was refused
let weir, browser, password;

before(async () => {
    [weir, browser] = await Promise.all([startConsole(all, {events: false}), startBrowser(all)]);
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
    await page.getByRole('menuitem', {name: 'Sign out', exact: true}).click();
    await page.waitForURL(/\/login$/);
    await page.goto(`${weir.url}/overview`);
    await page.waitForURL(/\/login\?to=/);
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
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(text, await command.textContent());
    const answer = JSON.parse(await new Promise((done, failed) =>
        execFile('sh', ['-c', text], (error, stdout) => error ? failed(error) : done(stdout))));
    assert.deepEqual([answer.received, answer.accepted], [1, 1], JSON.stringify(answer));
    await page.waitForURL(/\/overview/);

    await untilLoaded(weir);
    await page.goto(`${weir.url}/start`); // to read it again does not lead away
    await page.getByText('Events are coming in.').waitFor();
    await page.goto(`${weir.url}/`);
    await page.waitForURL(/\/overview/);
});

test('after wrong passwords the page says how long to wait, and signs in after it', async (t) => {
    const page = await openConsole(t, browser, weir, '/login', {token: null, allow: refused});
    for (let i = 0; i < 5; i++) {
        await signIn(page, `wrong password ${i}`);
        await page.getByText('That is not the password.').waitFor();
        await until(async () => await page.getByRole('button', {name: 'Sign in'}).isEnabled() || i === 4, {what: 'the answer'});
    }
    await page.getByText(/Try again in [1-5] seconds?\./).waitFor();
    assert.equal(await page.getByRole('button', {name: 'Sign in'}).isDisabled(), true);
    await shoot(page, 'login_wait');
});
