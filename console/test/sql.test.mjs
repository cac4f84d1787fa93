// SPDX-License-Identifier: Apache-2.0
//
// SQL: the answer is the engine's; an error keeps what was typed and marks its place; a question is seen and stopped.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';

import {addressOf, ask, axe, openConsole, send, settled, shoot, sql, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after), hostile = '<img src=x onerror=alert(1)>';
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 1200, days: 5}, settings: (settings) => ({...settings, console: {...settings.console, query_timeout: '10m'}})}));
    await send(weir, 'site', [{name: 'page.viewed', context: {url: `https://www.example.org/${hostile}`}}]);
    await untilLoaded(weir);
});

const open = (t, q, more) => openConsole(t, browser, weir, `/sql${q ? `?q=${encodeURIComponent(q)}` : ''}`, more);
const grid = (page) => page.$$eval('.sql-grid tbody tr', (rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
const counted = 'SELECT source, count(*) AS events, count(actor) AS actors, NULL AS nothing FROM events GROUP BY source ORDER BY source';

test('a question in the address is asked, and its answer is that of the engine', async (t) => {
    const page = await open(t, counted);
    await page.locator('.sql-grid').waitFor();
    const expected = (await sql(weir, counted)).map((row) => [row.source, row.events.toLocaleString('en-US'), row.actors.toLocaleString('en-US'), 'NULL']);
    assert.deepEqual(await grid(page), expected);
    await page.getByRole('button', {name: 'events', exact: true}).first().click();
    const sorted = (await grid(page)).map((row) => Number(row[1].replace(/,/g, '')));
    assert.deepEqual(sorted, [...sorted].sort((a, b) => b - a));
    await shoot(page, 'sql');
    await axe(page);
    await page.getByRole('radio', {name: 'Chart'}).click();
    await page.locator('.chart-plot, .chart-root').first().waitFor();
    await shoot(page, 'sql-chart');
    const [download] = await Promise.all([page.waitForEvent('download'), (async () => {
        await page.getByRole('button', {name: 'Export'}).click();
        await page.getByText('CSV').click();
    })()]);
    const csv = readFileSync(await download.path(), 'utf8').trim().split('\n');
    assert.equal(csv.length, expected.length + 1);
    assert.equal(csv[0].trim(), 'source,events,actors,nothing');
});

test('keys: Ctrl+Enter runs, Tab indents, Esc and Tab leave', async (t) => {
    const page = await open(t, null);
    const editor = page.getByLabel('Question in SQL');
    await editor.fill('SELECT');
    await editor.press('Tab');
    await page.keyboard.type('41 + 1 AS answer');
    assert.equal(await editor.inputValue(), 'SELECT    41 + 1 AS answer');
    await editor.press('Control+Enter');
    await until(async () => (await grid(page))[0]?.[0] === '42', {what: 'the answer'});
    assert.match((await addressOf(page)).search, /^\?q=SELECT/);
    await editor.press('Escape');
    await editor.press('Tab');
    assert.notEqual(await page.evaluate(() => document.activeElement.tagName), 'TEXTAREA');
    await page.getByRole('button', {name: 'History'}).click();
    await page.getByRole('menuitem', {name: 'SELECT 41 + 1 AS answer'}).waitFor();
});

test('an error says what and where, and what was typed stays', async (t) => {
    const page = await open(t, null, {allow: /status of 400/});
    const editor = page.getByLabel('Question in SQL'), text = 'SELECT name,\n  cout(*)\nFROM events';
    await editor.fill(text);
    await page.getByRole('button', {name: 'Run'}).click();
    await page.getByText('Did you mean "count"?').waitFor();
    await page.getByText('Line 2 is marked in the editor.').waitFor();
    assert.equal(await editor.inputValue(), text);
    assert.equal(await editor.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd)), 'cout');
    await shoot(page, 'sql-error');
    await editor.fill('DROP TABLE events');
    await editor.press('Control+Enter');
    await page.getByText(/only questions are answered here/i).waitFor();
});

test('what takes its time shows how far it is, and can be stopped', async (t) => {
    const page = await open(t, null, {allow: /status of 409/});
    await page.getByLabel('Question in SQL').fill('SELECT sum(n) FROM (SELECT count(*) AS n FROM events x, events y, events z, events w WHERE hash(x.position, y.position, z.position, w.position) % 7 = 1 GROUP BY x.position % 10)');
    await page.getByRole('button', {name: 'Run'}).click();
    await page.getByText(/Under way for \d/).waitFor();
    await page.getByRole('button', {name: 'Stop'}).click();
    await page.getByText('The question was stopped on request.').waitFor();
    assert.equal(await page.getByRole('button', {name: 'Stop'}).count(), 0);
    await page.getByRole('button', {name: 'Run'}).click();
    await page.getByText(/Under way for \d/).waitFor();
    await page.getByRole('link', {name: 'Health'}).click(); // then nobody waits for it any more
    await until(async () => (await (await ask(weir, '/api/questions')).json()).questions.length === 0, {what: 'the end of the question'});
});

test('tables are listed, a name goes where the cursor is; what events say is text', async (t) => {
    const page = await open(t, null);
    const editor = page.getByLabel('Question in SQL');
    await editor.fill('SELECT count() FROM events');
    await editor.evaluate((area) => area.setSelectionRange(13, 13));
    await page.getByLabel('Tables and columns').fill('visitor_epoch');
    await page.getByRole('button', {name: /^visitor_epoch/}).first().click();
    await until(async () => await editor.inputValue() === 'SELECT count(visitor_epoch) FROM events', {what: 'the name'});
    await editor.fill(`SELECT path FROM events WHERE path LIKE '%onerror%'`);
    await editor.press('Control+Enter');
    await until(async () => (await grid(page))[0]?.[0]?.includes('onerror'), {what: 'the row'});
    assert.equal(await page.locator('main img').count(), 0);
    await settled(page);
});

test('what is typed stands in colours behind the editor, letter for letter, where the editor has it', async (t) => {
    const page = await open(t, null), editor = page.getByLabel('Question in SQL');
    const colours = () => page.$eval('.sql-colours', (root) => [...root.children].map((line) => line.textContent).join('\n'));
    const of = (kind) => page.$$eval(`.sql-is-${kind}`, (list) => list.map((one) => one.textContent));
    const text = `-- what 'is' here\nSELECT "a name", 'it''s -- ${hostile}\n two lines' || '', $$ 'x' $$, 1.5e3 /* a\nnote */ FROM events WHERE x ->> '$.a' <> '' \u{1f600} -`;
    await editor.fill(text);
    assert.equal(await colours(), text);
    assert.deepEqual(await of('note'), ["-- what 'is' here", '/* a', 'note */']);
    assert.deepEqual(await of('text'), [`'it''s -- ${hostile}`, " two lines'", "''", "$$ 'x' $$", "'$.a'", "''"]);
    assert.deepEqual(await of('word'), ['SELECT', 'FROM', 'WHERE']);
    assert.deepEqual([await of('name'), await of('number')], [['"a name"'], ['1.5e3']]);
    assert.equal(await page.locator('.sql-colours').getAttribute('aria-hidden'), 'true');
    for (const theme of ['light', 'dark']) {
        await page.emulateMedia({colorScheme: theme});
        assert.equal(await editor.evaluate((area) => getComputedStyle(area).color), 'rgba(0, 0, 0, 0)');
    }

    const long = `SELECT ${'a_rather_long_name + '.repeat(20)}1,\n\t'x'\n\n`.repeat(230); // 100 kB
    assert.ok(long.length > 100000);
    await editor.fill(long);
    await editor.press('End');
    const client = await page.context().newCDPSession(page);
    await client.send('Performance.enable', {timeDomain: 'threadTicks'}); // what the page itself works, whatever else the machine does
    const worked = async () => (await client.send('Performance.getMetrics')).metrics.find(({name}) => name === 'TaskDuration').value, before = await worked();
    await page.keyboard.type(' -- ten more', {delay: 0});
    await page.waitForFunction(() => document.querySelector('.sql-colours').lastChild.textContent.endsWith('more'));
    const seconds = await worked() - before;
    assert.ok(seconds > 0 && seconds < 5, `${seconds} s for twelve letters`);
    assert.equal(await colours(), await editor.inputValue());
    const at = await page.evaluate(() => {
        const area = document.querySelector('.sql-typed'), behind = document.querySelector('.sql-colours');
        area.scrollTop = 5000;
        area.dispatchEvent(new Event('scroll'));
        return [area.scrollTop, behind.scrollTop, area.scrollHeight, behind.scrollHeight, area.clientWidth, behind.clientWidth];
    });
    assert.ok(at[0] > 0 && at[0] === at[1] && Math.abs(at[2] - at[3]) <= 2 && at[4] === at[5], String(at));
    await editor.fill('x'.repeat(100000));
    assert.equal((await colours()).length, 100000);
});
