// SPDX-License-Identifier: Apache-2.0
//
// Events: chart, table, totals and exports are what SQL says of the same events; values stay text; the address holds it all.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {ask, axe, drag, openConsole, send, settled, shoot, sql, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after), people = 'NOT coalesce(bot, false)';
const now = new Date(), dayOf = (ahead) => new Date(now.getTime() + ahead * 86400000).toISOString().slice(0, 10);
// Said outright, so that a day may begin while the tests run.
const daysUpToNow = (days) => `range=custom&from=${dayOf(1 - days)}&to=${dayOf(1)}`;
const long = `long ${'x'.repeat(160)} end`;
const hostile = ['<img src=x onerror=window.__xss=1>', '=1+1', '"><script>window.__xss=1</script>', '\u202egnirts\u202c', long];
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 1500, days: 10, end: now}}));
    await send(weir, 'service', hostile.flatMap((foo, i) => Array.from({length: i + 2}, () => ({
        name: 'something_happened', time: new Date(now.getTime() - i * 3600000).toISOString(), properties: {foo}, context: {url: 'https://jobs.example/hostile-values'},
    }))));
    await until(async () => (await sql(weir, "SELECT count(*) AS n FROM events WHERE path = '/hostile-values'"))[0].n === 20, {what: 'the last events'});
    await untilLoaded(weir);
});

async function open(t, path, options) {
    const page = await openConsole(t, browser, weir, path, options);
    await settled(page);
    return page;
}

// The rows of the table under the chart, as texts, without `More`.
async function tableOf(page) {
    const more = page.getByRole('button', {name: /^More \(/});
    if (await more.count())
        await more.click();
    return page.$$eval('.table-root tbody tr', (rows) => rows.map((row) => [...row.cells].map((cell) => (cell.querySelector('.unseen') ?? cell.querySelector('.cell-words') ?? cell).textContent.trim())));
}

const number = (text) => Number(text.replace(/,/g, ''));
const totalOf = async (page) => number(await page.locator('.events-total .unseen, .events-total .num').first().textContent());
const range = `time >= DATE '${dayOf(-29)}' AND time < DATE '${dayOf(1)}'`;

test('table, total and chart are what SQL says', async (t) => {
    const page = await open(t, `/events?event=auth.login&by=auth_method&${daysUpToNow(30)}`);
    const expected = await sql(weir, `SELECT coalesce(auth_method, '(none)') AS v, count(*) AS n FROM events WHERE name = 'auth.login' AND ${range} AND ${people} GROUP BY 1 ORDER BY 2 DESC, 1`);
    const sum = expected.reduce((total, {n}) => total + n, 0);
    assert.ok(expected.length > 1 && sum > 5);
    assert.deepEqual((await tableOf(page)).map(([v, n]) => [v, number(n)]), expected.map(({v, n}) => [v, n]));
    assert.equal(await totalOf(page), sum);
    await page.getByText(`The rows add up to ${sum}, the total.`).waitFor();
    await page.getByRole('button', {name: 'Show as table'}).click();
    const head = await page.$$eval('.chart-table thead th', (cells) => cells.map((cell) => cell.textContent)), rows = await page.$$eval('.chart-table tbody tr',
        (list) => list.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
    assert.deepEqual(head, ['Begin', ...expected.map(({v}) => v)]);
    const days = await sql(weir, `SELECT strftime(d, '%-d %b %Y') AS day, ${expected.map((_, i) => `count(*) FILTER (v = '${expected[i].v}') AS c${i}`)}
        FROM (SELECT CAST(unnest(generate_series(DATE '${dayOf(-29)}', DATE '${dayOf(0)}', INTERVAL 1 DAY)) AS DATE) AS d) AS s
        LEFT JOIN (SELECT CAST(time AS DATE) AS d, coalesce(auth_method, '(none)') AS v FROM events WHERE name = 'auth.login' AND ${people}) AS e USING (d) GROUP BY d ORDER BY d`);
    assert.deepEqual(rows.map(([day, ...counts]) => [day.slice(4), ...counts.map(number)]), days.map(({day, ...counts}) => [day, ...Object.values(counts)]));
});

test('two columns, visitors and a comparison', async (t) => {
    const page = await open(t, `/events?event=page.viewed&by=path&by=ua_os&measure=visitors&compare=previous&${daysUpToNow(7)}`);
    const expected = new Map((await sql(weir, `SELECT coalesce(nullif(path, ''), '(none)') AS a, coalesce(nullif(ua_os, ''), '(none)') AS b, count(DISTINCT (CAST(time AS DATE), visitor)) FILTER (visitor IS NOT NULL) AS n
        FROM events WHERE name = 'page.viewed' AND ${people} AND time >= DATE '${dayOf(-6)}' AND time < DATE '${dayOf(1)}' GROUP BY 1, 2`)).map(({a, b, n}) => [`${a}|${b}`, n])), rows = await tableOf(page);
    for (const [a, b, n] of rows.filter(([a]) => a !== '(other)'))
        assert.equal(number(n), expected.get(`${a}|${b}`), `${a} ${b}`);
    assert.ok(rows.length >= 5);
    assert.match(await page.locator('.events-sum').last().textContent(), /who has several values is in each of them/);
    assert.ok((await page.locator('.chart-legend').textContent()).includes('Before'));
    await shoot(page, 'events-two');
    await axe(page);
});

test('a click filters, with shift it excludes, and Back takes it back', async (t) => {
    const page = await open(t, '/events?event=auth.login&by=auth_method');
    await page.getByRole('button', {name: 'local', exact: true}).click();
    await page.waitForURL(/filter=auth_method%3Dlocal|filter=auth_method=local/);
    await settled(page);
    await until(async () => (await tableOf(page)).length === 1, {what: 'one row'});
    await page.goBack();
    await settled(page);
    await page.getByRole('button', {name: 'local', exact: true}).click({modifiers: ['Shift']});
    await page.waitForURL(/filter=auth_method(%21|!)(%3D|=)local/);
    await until(async () => !(await tableOf(page)).some(([v]) => v === 'local'), {what: 'no such row'});
});

test('a drag over the chart zooms, in the address', async (t) => {
    const page = await open(t, '/events?event=page.viewed');
    await page.getByRole('heading', {name: 'Break down by'}).waitFor(); // what comes last moves the chart
    await drag(page, page.locator('.chart-plot .u-over'), 0.7, 0.9);
    await page.waitForURL(/range=custom/);
    const {from, to} = Object.fromEntries(new URL(page.url()).searchParams), days = (Date.parse(to) - Date.parse(from)) / 86400000;
    assert.match(from, /^\d{4}-\d\d-\d\d$/);
    assert.ok(days >= 5 && days <= 9, `${from} to ${to}`);
    await settled(page);
    const [{n}] = await sql(weir, `SELECT count(*) AS n FROM events WHERE name = 'page.viewed' AND ${people} AND time >= '${from}' AND time < '${to}'`);
    await until(async () => await totalOf(page) === n, {what: `a total of ${n}`});
});

test('exports keep everything, and a spreadsheet runs none of it', async (t) => {
    const page = await open(t, '/events?event=something_happened&by=foo&bucket=none&filter=path=/hostile-values');
    await page.locator('.page-bar').getByRole('button', {name: 'Export'}).click();
    const links = await page.$$eval('.page-bar a[download]', (list) => list.map(({textContent, href}) => [textContent, href.replace(location.origin, '')]));
    assert.deepEqual(links.map(([name]) => name), ['CSV', 'JSON', 'Parquet']);
    const [csv, json, parquet] = await Promise.all(links.map(async ([, path]) => Buffer.from(await (await ask(weir, path)).arrayBuffer())));
    const rows = JSON.parse(json).rows;
    assert.deepEqual(rows.map(([, v, n]) => [v, n]), hostile.map((v, i) => [v, i + 2]).reverse());
    assert.equal(rows.reduce((sum, row) => sum + row[2], 0), await totalOf(page));
    assert.ok(csv.toString().includes(',"\'=1+1",3,') && csv.toString().includes('"""><script>'));
    assert.equal(parquet.subarray(0, 4).toString(), 'PAR1');
});

test('values are text, cut where they are long, with the whole on hover', async (t) => {
    const page = await open(t, '/events?event=something_happened&by=foo&filter=path=/hostile-values');
    assert.deepEqual((await tableOf(page)).map(([v, n]) => [v, number(n)]), hostile.map((v, i) => [v, i + 2]).reverse());
    const cell = page.locator('.cell-first .cell-words').first();
    assert.equal(await cell.getAttribute('title'), long);
    assert.ok(await cell.evaluate((node) => node.scrollWidth > node.clientWidth));
    assert.equal(await page.evaluate(() => window.__xss), undefined);
    assert.equal(await page.locator('main img, main script').count(), 0);
    await shoot(page, 'events-hostile');
});

test('an event that nobody has sent is said so, with the one that was meant', async (t) => {
    const page = await open(t, '/events?event=auth.logn');
    await page.getByText('Nobody has sent this').waitFor();
    await shoot(page, 'events-none');
    await page.getByRole('button', {name: 'Show auth.login'}).click();
    await page.waitForURL(/event=auth\.login$/);
});

test('a sum of what is no number says what to do', async (t) => {
    const page = await openConsole(t, browser, weir, '/events?event=auth.login&measure=sum:auth_method', {allow: /status of 400/});
    await page.getByText('holds no numbers').waitFor();
    await page.getByRole('button', {name: 'Count events by auth_method'}).click();
    await page.waitForURL(/by=auth_method/);
    await settled(page);
    assert.ok((await tableOf(page)).length > 1);
});

test('events and properties are picked from the catalogue, and the SQL gives the same', async (t) => {
    const page = await open(t, '/events');
    await page.getByRole('button', {name: 'Events: All events'}).click();
    await page.getByPlaceholder(/Search, or a name/).fill('auth.login');
    await page.getByRole('button', {name: /^auth\.login [A-Z]|^auth\.login$/}).first().click();
    await page.waitForURL(/event=auth\.login/);
    await page.getByRole('button', {name: 'By: nothing'}).click();
    assert.equal(await page.locator('.events-group h3').first().textContent(), 'Properties of these events');
    await shoot(page, 'events-pick');
    await page.locator('.events-group').first().getByRole('button', {name: /auth_method/}).click();
    await page.waitForURL(/by=auth_method/);
    await settled(page);
    const shown = (await tableOf(page)).map(([v, n]) => [v, number(n)]);
    await page.getByRole('button', {name: 'Show SQL'}).click();
    const text = await page.locator('.events-sql').textContent();
    assert.match(await page.getByRole('link', {name: 'Open in SQL'}).getAttribute('href'), /^\/sql\?q=WITH/);
    const rows = (await sql(weir, text)).filter(({bucket, auth_method: v}) => bucket === null && v !== null);
    assert.deepEqual(rows.map(({auth_method: v, value}) => [v, value]), shown);
    await axe(page, {themes: ['light']});
});

test('the page as it is pictured', async (t) => {
    const page = await open(t, '/events?event=page.viewed&by=path&range=30d');
    await shoot(page, 'events');
    await axe(page);
});
