// SPDX-License-Identifier: Apache-2.0
//
// Trail: what it shows is what SQL says of the same events; nothing of an event becomes markup.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {ask, axe, openConsole, send, settled, shoot, sql, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after), installation = 424242, hostile = '"><img src=x onerror=alert(1)>';
const steps = [
    ['installation.created', 'created', 'webhook'], ['installation.enabled', 'enabled', 'webhook'],
    ['installation.disabled', 'disabled', 'stafftools'], ['installation.destroyed', 'destroyed', 'stafftools'], ['installation.destroyed', 'destroyed', hostile],
];
const reader = 'a-token-that-reads-and-no-more';
const readers = (settings) => ({...settings, console: {...settings.console, tokens: [{name: 'reader', key: reader, rights: ['read']}]}});
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 1500, days: 10}, settings: readers}));
    await send(weir, 'integrations', steps.map(([name, action, reason], i) => ({
        name, time: new Date(Date.now() - (5 - i) * 8 * 3600000).toISOString(),
        properties: {association: 'installation', action, reason, github_installation_id: installation, jira_hostname: 'https://secret.example', github_actor: i > 1 ? 'mona' : 'hubot'},
    })));
    await send(weir, 'site', [{name: 'page.viewed', context: {url: `https://www.example.org/${hostile}`}}]);
    await until(async () => (await sql(weir, "SELECT count(*) AS n FROM events WHERE path LIKE '%onerror%'"))[0].n === 1, {what: 'the last event'});
    await untilLoaded(weir);
});

const positions = (page) => page.$$eval('.trail-position', (list) => list.map((one) => Number(one.textContent.slice(1))));
const trailOf = (where, more = '') => `/trail?where=${encodeURIComponent(where)}${more}`;

test('a value is looked for, and leads from where it is found to its trail', async (t) => {
    const page = await openConsole(t, browser, weir, '/trail');
    await settled(page);
    await page.getByRole('button', {name: 'github_installation_id'}).waitFor();
    await shoot(page, 'trail-begin');
    const field = page.getByLabel('Whose trail');
    await field.fill(String(installation));
    await field.press('Enter');
    await page.waitForURL(`**/trail?q=${installation}`);
    const row = page.getByRole('row', {name: /github_installation_id/});
    const [{n}] = await sql(weir, `SELECT count(*) AS n FROM events WHERE github_installation_id = ${installation}`);
    assert.equal(n, 4);
    await row.waitFor();
    assert.deepEqual((await row.getByRole('cell').allTextContents()).slice(0, 2), [`github_installation_id ${installation}`, String(n)]);
    await row.getByRole('button').click();
    await page.waitForURL(`**/trail?where=github_installation_id%3D${installation}`);
    await page.goBack();
    await row.waitFor();
    await field.fill('no such value');
    await page.getByRole('button', {name: 'Look', exact: true}).click();
    await page.getByText('No event of this range has this value').waitFor();
    await field.fill('actor=0123');
    await field.press('Enter');
    await page.getByText('No event of this range is in this trail').waitFor();
    await page.getByRole('button', {name: 'Look in all time'}).click();
    await page.waitForURL(/range=custom&from=2000-01-01/);
});

test('who destroyed this installation, when and why', async (t) => {
    const page = await openConsole(t, browser, weir, trailOf(`github_installation_id=${installation}`));
    await settled(page);
    const rows = await sql(weir, `SELECT position, time FROM events WHERE github_installation_id = ${installation}
        UNION ALL SELECT position, time FROM quarantine WHERE CAST(event->>'$.properties.github_installation_id' AS BIGINT) = ${installation} ORDER BY time DESC`);
    assert.deepEqual(await positions(page), rows.map(({position}) => position));
    const entries = page.locator('.trail-entry');
    assert.equal(await entries.count(), 5);
    assert.match(await entries.nth(0).textContent(), /in quarantine: not_in_values/);
    assert.match(await entries.nth(1).textContent(), /installation\.destroyed.*stafftools.*integrations/);
    assert.match(await entries.nth(1).textContent(), /Changed: action disabled → destroyed/);
    assert.match(await entries.nth(3).textContent(), /Changed: action created → enabled/);
    await entries.nth(1).getByRole('button', {name: 'Show the record'}).click();
    const [{id, received}] = await sql(weir, `SELECT id, received FROM events WHERE position = ${rows[1].position}`);
    const record = await entries.nth(1).locator('.trail-record').textContent();
    assert.ok(record.includes(id) && record.includes(received.slice(0, 19)), record);
    assert.ok(!(await page.textContent('main')).includes('secret.example'));
    await shoot(page, 'trail');
    await axe(page, {within: '.page'});
    await page.goto(`${weir.url}${trailOf(`github_installation_id=${installation}`, '&hidden=1&order=oldest')}`);
    await settled(page);
    assert.deepEqual(await positions(page), rows.map(({position}) => position).reverse());
    await entries.nth(0).getByRole('button', {name: 'Show the record'}).click();
    await entries.nth(0).getByText('https://secret.example').waitFor();
});

test('each id and pseudonym leads to its own trail; names narrow it', async (t) => {
    const page = await openConsole(t, browser, weir, trailOf(`github_installation_id=${installation}`));
    await settled(page);
    const [{actor}] = await sql(weir, `SELECT actor FROM events WHERE name = 'installation.destroyed' AND github_installation_id = ${installation}`);
    await page.locator('.trail-who a').nth(1).click();
    await page.waitForURL(`**/trail?where=actor%3D${actor}`);
    await settled(page);
    const counted = async (more) => (await sql(weir, `SELECT position FROM (SELECT position, time, actor, name FROM events
        UNION ALL SELECT position, time, event->>'$.actor', name FROM quarantine) WHERE actor = '${actor}' ${more} ORDER BY time DESC`)).map(({position}) => position);
    assert.deepEqual(await positions(page), await counted(''));
    await page.getByRole('button', {name: 'installation.disabled'}).click();
    await page.waitForURL(/name=installation\.disabled/);
    await settled(page);
    const only = await counted("AND name = 'installation.disabled'");
    await page.waitForFunction((n) => document.querySelectorAll('.trail-entry').length === n, only.length);
    assert.deepEqual(await positions(page), only);
});

test('pages go on where the last one ended, and Back leads back', async (t) => {
    const page = await openConsole(t, browser, weir, trailOf('source=accounts', '&range=90d'));
    await settled(page);
    const expected = (await sql(weir, `SELECT position FROM (SELECT position, time, source FROM events UNION ALL SELECT position, time, source FROM quarantine)
        WHERE source = 'accounts' ORDER BY time DESC, position DESC LIMIT 200`)).map(({position}) => position);
    const first = await positions(page);
    assert.deepEqual(first, expected.slice(0, 100));
    await page.getByRole('button', {name: 'Older'}).click();
    await page.waitForURL(`**at=${first.at(-1)}*`);
    await page.waitForFunction((was) => document.querySelector('.trail-position').textContent !== `#${was}`, first[0]);
    assert.deepEqual(await positions(page), expected.slice(100, 200));
    await page.goBack();
    await page.waitForFunction((was) => document.querySelector('.trail-position').textContent === `#${was}`, first[0]);
    await page.getByRole('button', {name: 'Export'}).click();
    const link = await page.getByRole('menuitem', {name: 'CSV'}).getAttribute('href');
    const csv = await (await ask(weir, link)).text();
    assert.deepEqual(csv.trimEnd().split('\r\n').slice(1, 101).map((line) => Number(line.split(',')[0])), first);
});

test('what an event holds is text, wherever it stands', async (t) => {
    const [{path}] = await sql(weir, "SELECT path FROM events WHERE path LIKE '%onerror%'");
    const page = await openConsole(t, browser, weir, trailOf(`path=${path}`));
    await settled(page);
    await page.getByRole('button', {name: 'Show the record'}).click();
    assert.ok((await page.locator('.trail-page').textContent()).includes(path));
    await page.getByLabel('Whose trail').fill(`${path.slice(0, 5)}*`);
    await page.getByRole('button', {name: 'Look', exact: true}).click();
    await page.getByRole('row', {name: /onerror/}).waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await shoot(page, 'trail-found');
    await axe(page, {within: '.page'});
});

test('hidden values are for those with the right', async () => {
    const path = `/api/report/trail?where=github_installation_id=${installation}`;
    assert.ok(!(await (await ask(weir, path)).text()).includes('secret.example'));
    assert.ok((await (await ask(weir, `${path}&hidden=1`)).text()).includes('secret.example'));
    const refused = await (await ask(weir, '/api/report/trail?where=jira_hostname=https://secret.example')).json();
    assert.match(refused.error.message, /hidden/);
    const found = await (await ask(weir, '/api/report/search?value=https://secret.example')).json();
    assert.equal(found.row_count, 0);
});

test('who may only read gets the trail, without hidden values', async (t) => {
    const headers = {authorization: `Bearer ${reader}`}, path = `/api/report/trail?where=github_installation_id=${installation}`;
    const plain = await ask(weir, path, {headers}), hidden = await ask(weir, `${path}&hidden=1`, {headers});
    const body = await plain.text();
    assert.equal(plain.status, 200, body);
    assert.equal(JSON.parse(body).row_count, 5);
    assert.ok(!body.includes('secret.example'));
    assert.deepEqual([hidden.status, (await hidden.json()).error.code], [403, 'not_allowed']);
    assert.equal((await (await ask(weir, `/api/report/search?value=${installation}`, {headers})).json()).rows[0][3], 4);
    assert.equal((await ask(weir, '/api/report/search?value=https://secret.example&hidden=1', {headers})).status, 403);
    const page = await openConsole(t, browser, weir, trailOf(`github_installation_id=${installation}`), {token: reader});
    await settled(page);
    assert.equal(await page.locator('.trail-entry').count(), 5);
    assert.equal(await page.getByRole('button', {name: 'Hidden values'}).count(), 0);
});
