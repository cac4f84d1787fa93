// SPDX-License-Identifier: Apache-2.0
//
// Live: what comes is shown as it came, filtered, paused and gone on with; nothing of an event becomes markup.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {axe, openConsole, send, shoot, sql, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after), hostile = '<img src=x onerror=alert(1)>';
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 400, days: 2}}));
});

const names = (page) => page.$$eval('.live-table tbody .row-button', (list) => list.map((one) => one.textContent));
const viewed = (path) => ({name: 'page.viewed', context: {url: `https://www.example.org${path}`}});

test('events are there from the beginning, and come as they are sent', async (t) => {
    const page = await openConsole(t, browser, weir, '/live');
    await page.getByText('Following the journal').waitFor();
    await until(async () => (await names(page)).length === 50, {what: 'the last fifty'});
    const last = await sql(weir, 'SELECT name FROM (SELECT position, name FROM events UNION ALL SELECT position, event->>\'$.name\' FROM quarantine) ORDER BY position DESC LIMIT 50');
    assert.deepEqual((await names(page)).map((name) => name.replace('Quarantined: ', '')), last.map(({name}) => name));
    const field = page.getByRole('textbox', {name: 'Event'});
    await field.fill('half a na');
    await send(weir, 'site', [viewed(`/${hostile}`), {name: 'page.nonsense', properties: {text: hostile}}]);
    await until(async () => (await names(page)).length === 52, {what: 'two more'});
    assert.equal(await field.inputValue(), 'half a na');
    await field.fill('');
    assert.match((await names(page))[0], /^Quarantined: page\.nonsense$/);
    await page.locator('.live-table tbody tr').nth(1).getByRole('button').click();
    const dialog = page.getByRole('dialog');
    assert.match(await dialog.innerText(), /"page\.viewed"[^]*"host": "www\.example\.org"/);
    await page.keyboard.press('Escape');
    await shoot(page, 'live');
    await axe(page);
});

test('Space pauses and goes on without a gap', async (t) => {
    const page = await openConsole(t, browser, weir, '/live?name=page.*');
    await page.getByText('Following the journal').waitFor();
    await untilLoaded(weir);
    const [{n}] = await sql(weir, 'SELECT count(*) AS n FROM (SELECT name FROM events UNION ALL SELECT event->>\'$.name\' FROM quarantine) WHERE name LIKE \'page.%\''), before = Math.min(n, 50);
    await until(async () => (await names(page)).length === before, {what: 'those that came last'}); // in more than one piece, perhaps
    await page.locator('h1').click();
    await page.keyboard.press('Space');
    await page.getByText('Paused.').waitFor();
    await send(weir, 'site', ['/a', '/b', '/c'].map(viewed));
    await page.waitForTimeout(600);
    assert.equal((await names(page)).length, before);
    await page.keyboard.press('Space');
    await until(async () => (await names(page)).length === before + 3, {what: 'what came meanwhile'});
    const says = await page.$$eval('.live-says', (list) => list.slice(0, 3).map((one) => one.textContent));
    ['/c', '/b', '/a'].forEach((path, i) => assert.ok(says[i].includes(path), says[i]));
});

test('filters stand in the address, and choose', async (t) => {
    const page = await openConsole(t, browser, weir, '/live');
    await page.getByLabel('Verdict').selectOption('quarantined');
    await page.waitForURL('**/live?verdict=quarantined');
    await untilLoaded(weir);
    const [{n}] = await sql(weir, 'SELECT count(*) AS n FROM quarantine');
    await until(async () => {
        const list = await names(page);
        return list.length === Math.min(n, 50) && list.every((name) => name.startsWith('Quarantined: '));
    }, {what: 'the quarantined ones, and no others'});
    const field = page.getByRole('textbox', {name: 'Event'});
    await field.fill('no.such.*');
    await field.press('Enter');
    await page.getByText('Nothing fits so far').waitFor();
    await page.goBack();
    await until(async () => (await names(page)).length > 0, {what: 'them again'});
});

test('what is more than can be drawn is counted, and the page stays quick', async (t) => {
    const page = await openConsole(t, browser, weir, '/live?source=site');
    await page.getByText('Following the journal').waitFor();
    await until(async () => (await names(page)).length > 0, {what: 'some'});
    await send(weir, 'site', Array.from({length: 500}, (_, i) => viewed(`/many/${i}`)));
    await page.getByText(/\d+ left out/).waitFor();
    await until(async () => { // they come in more than one piece
        const left = Number(/(\d+) left out/.exec(await page.locator('.live-left').innerText())?.[1]);
        const shown = await page.$$eval('.live-says', (list) => list.filter((one) => one.textContent.includes('/many/')).length);
        return left + shown === 500;
    }, {what: 'that each of the 500 is shown or counted'});
});
