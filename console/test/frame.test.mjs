// SPDX-License-Identifier: Apache-2.0
//
// The frame: state in the address, Back, keys, themes, phones; and how the engine serves the pages.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {addressOf, ask, axe, openConsole, settled, shoot, startBoth, untilAfter} from './lib/console.mjs';

const all = untilAfter(after);
const html = {accept: 'text/html,application/xhtml+xml,*/*;q=0.8'};
let weir, browser;

before(async () => ({weir, browser} = await startBoth(all, {events: {count: 500}})));

test('a page needs no login, has a nonce of its own, and a policy under which only it runs', async () => {
    const seen = new Set();
    for (const path of ['/', '/overview', '/trail/x', '/no/such/page']) {
        const answer = await fetch(weir.url + path, {headers: html}), body = await answer.text();
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
        assert.equal(answer.headers.get('cross-origin-opener-policy'), 'same-origin');
        const policy = answer.headers.get('content-security-policy'), [, nonce] = /script-src 'self' 'nonce-([0-9a-f]{32})'/.exec(policy);
        assert.match(policy, /^default-src 'none'; .*frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'; report-uri \/api\/csp$/);
        assert.ok(!policy.includes('unsafe'));
        assert.ok(body.includes(`nonce="${nonce}"`) && !body.includes('weir-nonce'));
        seen.add(nonce);
    }
    assert.equal(seen.size, 4);
    const head = await fetch(weir.url + '/overview', {method: 'HEAD', headers: html});
    assert.deepEqual([head.status, await head.text()], [200, '']);
});

test('assets are kept forever, packed or not as the client says; data and other paths need a login', async () => {
    const body = await (await fetch(weir.url + '/', {headers: html})).text();
    const assets = [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    assert.ok(assets.length >= 3, body);
    for (const path of assets) {
        const packed = await fetch(weir.url + path, {headers: {'accept-encoding': 'gzip'}});
        const plain = await fetch(weir.url + path, {headers: {'accept-encoding': 'identity'}});
        assert.equal(packed.headers.get('content-encoding'), 'gzip');
        assert.equal(plain.headers.get('content-encoding'), null);
        assert.equal(await packed.text(), await plain.text());
        assert.equal(packed.headers.get('cache-control'), 'public, max-age=31536000, immutable');
        assert.equal(packed.headers.get('x-content-type-options'), 'nosniff');
        assert.match(packed.headers.get('content-type'), path.endsWith('.js') ? /^text\/javascript/ : path.endsWith('.css') ? /^text\/css/ : /^image\/svg/);
    }
    for (const path of ['/assets', '/assets/', '/assets/index.html', '/assets/%2e%2e%2findex.html', '/assets/none.js'])
        assert.equal((await fetch(weir.url + path, {headers: html})).status, 404, path);
    assert.equal((await fetch(weir.url + '/api/status', {headers: html})).status, 401);
    assert.equal((await fetch(weir.url + '/overview', {method: 'POST', headers: html})).status, 401);
    const help = await ask(weir, '/');
    assert.match(help.headers.get('content-type'), /^text\/plain/);
    assert.equal((await ask(weir, '/overview')).status, 404);
});

test('what the bar says stands in the address, and Back goes through it', async (t) => {
    const page = await openConsole(t, browser, weir, '/');
    const query = async () => (await addressOf(page)).search;
    await page.waitForURL('**/overview');
    await page.getByRole('button', {name: 'Range: 30 days'}).click();
    await page.getByRole('button', {name: '7 days', exact: true}).click();
    await page.waitForURL('**/overview?range=7d');
    await page.getByRole('button', {name: 'Traffic: People'}).click();
    await page.getByRole('menuitemradio', {name: /^Bots/}).click();
    await page.getByRole('button', {name: 'Filter', exact: true}).click();
    await page.getByLabel('Column or property').fill('country');
    await page.getByLabel('Value').fill('N/L:,&=é"<b>');
    await page.getByRole('button', {name: 'Use this filter'}).click();
    assert.deepEqual([...new URLSearchParams(await query())], [['range', '7d'], ['traffic', 'bots'], ['filter', 'country=N/L:,&=é"<b>']]);
    await page.reload();
    const chip = page.getByRole('button', {name: 'Edit the filter: country is N/L:,&=é"<b>'});
    await chip.click();
    await page.getByRole('button', {name: 'is not instead'}).click();
    await page.getByRole('button', {name: 'Edit the filter: country is not N/L'}).waitFor();
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
    assert.match(await focused(), /^Edit the filter: country is not N\/L/);
    await page.goBack();
    await chip.waitFor();
    await page.goBack();
    await page.goBack();
    assert.equal(await query(), '?range=7d');
    await page.goForward();
    await page.getByRole('button', {name: 'Traffic: Bots'}).waitFor();
});

test('the focus stays with the filter that was changed by keyboard, and goes on from one that was removed', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview?filter=name=page.viewed&filter=name=page_visited');
    await settled(page);
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
    await page.getByRole('button', {name: 'Edit the filter: name is page.viewed'}).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Value').fill('timer.started');
    await page.keyboard.press('Enter');
    await page.waitForURL(/filter=name%3Dtimer\.started&filter=name%3Dpage_visited/);
    assert.equal(await focused(), 'Edit the filter: name is timer.started');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\?filter=name%3Dpage_visited$/);
    assert.equal(await focused(), 'Filter');
});

test('ranges step by their own length, months by months; wrong ones in the address are the default', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview?range=2026-03');
    const step = (name) => page.getByRole('button', {name}).click();
    await page.getByRole('button', {name: 'Range: March 2026'}).waitFor();
    await step('The span before');
    await page.getByRole('button', {name: 'Range: February 2026'}).waitFor();
    await page.goto(`${weir.url}/overview?range=custom&from=2026-05-04&to=2026-05-06`);
    await step('The span after');
    assert.equal((await addressOf(page)).search, '?range=custom&from=2026-05-06&to=2026-05-08');
    await page.goto(`${weir.url}/overview?range=%3Cscript%3E&zone=Mars/Olympus&traffic=aliens&compare=x`);
    await page.getByRole('button', {name: 'Range: 30 days'}).waitFor();
    await page.getByRole('button', {name: 'Time zone: UTC'}).waitFor();
    await page.getByRole('button', {name: 'Traffic: People'}).waitFor();
    for (const ends of ['from=yesterday&to=now', 'from=2026-13-01&to=2026-13-02', 'from=2026-05-04'])
        for (const path of ['/overview', '/flows']) {
            await page.goto(`${weir.url}${path}?range=custom&${ends}`);
            await page.getByRole('button', {name: 'Range: 30 days'}).waitFor();
            await settled(page);
        }
    await page.goto(`${weir.url}/overview?zone=Asia/Tokyo&range=custom&from=2026-05-04&to=2026-05-05T12:00:00Z`); // as a drag over a chart may leave it
    await step('The span before');
    assert.equal((await addressOf(page)).search, '?zone=Asia/Tokyo&range=custom&from=2026-05-01T18:00:00Z&to=2026-05-03T15:00:00Z');
});

test('the bar has on each page what changes something there', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview');
    const all = ['Range', 'Compare with', 'Traffic', 'Filter', 'Time zone'];
    const expected = {overview: all, events: all, flows: ['Range', 'Filter', 'Time zone'], activity: ['Range', 'Filter', 'Time zone'], trail: ['Range', 'Filter', 'Time zone'],
        quarantine: ['Range', 'Filter', 'Time zone'], catalogue: ['Range', 'Time zone'], live: [], health: [], sql: []};
    for (const [name, controls] of Object.entries(expected)) {
        await page.goto(`${weir.url}/${name}`);
        await page.waitForSelector('main h1');
        const bar = page.getByRole('region', {name: 'What is shown'});
        for (const control of all)
            assert.equal(await bar.getByRole('button', {name: new RegExp(`^${control}(:|$)`)}).count(), controls.includes(control) ? 1 : 0, `${name}: ${control}`);
    }
});

test('keys reach everything; they do not count while one types', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview');
    await settled(page);
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', {name: 'Keys'});
    await dialog.waitFor();
    await axe(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({state: 'hidden'});
    await page.keyboard.press('t');
    await page.getByRole('group', {name: 'Ranges'}).waitFor();
    await page.keyboard.press('Escape');
    await Promise.all([...'fgojk?'].map((key) => page.keyboard.press(key))); // without a pause: what follows f is for the field already
    await page.getByLabel('Column or property').waitFor();
    assert.equal(await page.getByLabel('Column or property').inputValue(), 'gojk?');
    await page.keyboard.press('Escape');
    await page.getByLabel('Column or property').waitFor({state: 'hidden'});
    await page.goto(`${weir.url}/catalogue`);
    await settled(page);
    await page.keyboard.press('/');
    await page.keyboard.type('page.v');
    await page.getByText('page_visited').waitFor({state: 'detached'});
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    assert.match(await page.evaluate(() => document.activeElement.textContent), /^page\.viewed/);
    assert.equal(await page.getByLabel('Search').first().inputValue(), 'page.v');
    await page.goto(`${weir.url}/no/such/page?range=7d`);
    await page.getByText('There is no such page').waitFor();
    await Promise.all([page.keyboard.press('g'), page.keyboard.press('o')]); // at once: between the two there is little time
    await page.waitForURL('**/overview?range=7d');
});

test('the theme is kept, and is there before the first paint', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview');
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.getByRole('button', {name: 'Theme'}).click();
    await page.getByRole('menuitemradio', {name: 'Dark'}).click();
    const dark = await ground();
    assert.notEqual(light, dark);
    await page.reload();
    assert.deepEqual([await ground(), await page.evaluate(() => document.documentElement.dataset.theme)], [dark, 'dark']);
    await page.getByRole('button', {name: 'Theme'}).click();
    await page.getByRole('menuitemradio', {name: 'As the system'}).click();
    assert.equal(await ground(), light);
});

test('on a phone the navigation is at the bottom and nothing is wider than the screen', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview', {viewport: {width: 390, height: 844}, hasTouch: true, isMobile: true});
    await settled(page);
    const nav = await page.getByRole('navigation').boundingBox();
    assert.ok(nav.y > 700 && nav.width === 390, JSON.stringify(nav));
    await page.getByRole('button', {name: /^Range/}).click();
    const box = await page.getByRole('group', {name: 'Ranges'}).boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.y + box.height <= 844, JSON.stringify(box));
    for (const month of await page.getByRole('group', {name: 'Months'}).getByRole('button').all()) {
        const {x, width} = await month.boundingBox();
        assert.ok(x >= 0 && x + width <= 374, `${await month.textContent()} ends at ${x + width}`);
    }
    await shoot(page, 'frame-range');
    await page.goto(`${weir.url}/sql`);
    const link = page.getByRole('link', {name: 'SQL'});
    await page.waitForFunction(() => document.querySelector('.nav-link[aria-current]').getBoundingClientRect().right < 390);
    const seen = await link.boundingBox();
    assert.ok(seen.x >= 0 && seen.x + seen.width <= 390, JSON.stringify(seen));
});
