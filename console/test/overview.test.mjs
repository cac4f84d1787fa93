// SPDX-License-Identifier: Apache-2.0
//
// Overview: every number is what SQL says of the same events, in every panel; rows filter the page.

import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {after, before, test} from 'node:test';

import {axe, demoEvents, drag, openConsole, send, settled, shoot, sql, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after);
const days = "time >= date_trunc('day', now()::TIMESTAMP) - INTERVAL 29 DAY AND time < date_trunc('day', now()::TIMESTAMP) + INTERVAL 1 DAY";
const people = `${days} AND bot IS NOT TRUE`;
const visitors = 'CAST(count(DISTINCT (CAST(time AS DATE), visitor)) FILTER (visitor IS NOT NULL) AS BIGINT)';
let weir, browser;

// Who is here now is sent by the test of it alone: what is sent first ends an hour ago.
before(async () => ({weir, browser} = await startBoth(all, {events: {end: new Date(Date.now() - 3600000)}})));

// What a table on the page says: [[first cell, number, …], …]; numbers by what screen readers hear.
function tableOf(page, name) {
    return page.getByRole('table', {name, exact: true}).evaluate((table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell, i) => {
        const copy = cell.cloneNode(true);
        copy.querySelectorAll('[aria-hidden="true"], .change').forEach((one) => one.remove());
        const text = copy.textContent.trim();
        return i ? Number(text.replaceAll(',', '')) : text;
    })));
}

const numberOf = async (page, name) => Number((await page.getByRole('group', {name: 'What the chart shows'}).getByRole('button', {name})
    .locator('.num').evaluate((node) => (node.querySelector('.unseen') ?? node).textContent)).replaceAll(',', ''));

// The rows a panel should have.
async function expected(column, where = people) {
    const rows = await sql(weir, `SELECT ${column} AS value, ${visitors} AS visitors, count(*) AS events FROM events WHERE ${where} GROUP BY 1
        ORDER BY events DESC, value`);
    const named = rows.filter(({value}) => value !== null && value !== '' && value !== '(other)'), none = rows.filter(({value}) => value === null || value === '');
    return {top: named.slice(0, 10), rest: named.slice(10).reduce((sum, {events}) => sum + events, 0), none: none.reduce((sum, {events}) => sum + events, 0), named};
}

test('headline, chart and panels say what SQL says, and agree with each other', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview');
    await settled(page);
    const [total] = await sql(weir, `SELECT count(*) AS events, ${visitors} AS visitors FROM events WHERE ${people}`);
    assert.ok(total.events > 1500);
    assert.deepEqual([await numberOf(page, 'Events'), await numberOf(page, 'Visitors')], [total.events, total.visitors]);
    for (const [panel, column] of [['Events', 'name'], ['Sources', 'source'], ['Pages', 'path'], ['Browsers', 'ua_browser'], ['Systems', 'ua_os'], ['Campaigns', 'utm_campaign']]) {
        const shown = await tableOf(page, panel), {top, rest, none} = await expected(column);
        assert.equal(shown.reduce((sum, row) => sum + row.at(-1), 0), total.events, `${panel} add up`);
        const named = shown.filter(([value]) => value !== '(other)' && value !== '(none)');
        assert.deepEqual(named.map((row) => row.at(-1)), top.map(({events}) => events), panel);
        assert.deepEqual([...named].map(([value, n]) => `${value} ${n}`).sort().slice(0, rest ? 0 : undefined), rest ? [] : top.map(({value, visitors: n}) => `${value} ${n}`).sort(), panel);
        assert.equal(shown.find(([value]) => value === '(other)')?.at(-1) ?? 0, rest, panel);
        assert.equal(shown.find(([value]) => value === '(none)')?.at(-1) ?? 0, none, panel);
    }
    const [bots] = await sql(weir, `SELECT ${visitors} AS n FROM events WHERE ${days} AND bot`);
    await page.getByRole('button', {name: `Bots ${bots.n}`}).waitFor();
    await axe(page);
    await shoot(page, 'overview');

    // The table behind the chart, by its key: a row for each day, which add up to the headline.
    await page.keyboard.press('v');
    const buckets = await page.locator('.chart-table tbody tr').evaluateAll((rows) => rows.map((row) => Number(row.cells[1].textContent)));
    assert.equal(buckets.length, 30);
    assert.equal(buckets.reduce((sum, n) => sum + n, 0), total.visitors);
    assert.equal(await page.getByRole('table', {name: 'Campaigns'}).getByRole('row', {name: '(none)'}).locator('.share-rest').count(), 1);

    // What has not come yet has no bar: the last one is that of now.
    const [{last}] = await sql(weir, 'SELECT epoch_ms(max(time)) AS last FROM events');
    await page.clock.setFixedTime(last); // on the first of a month nothing may have come yet
    await page.goto(`${weir.url}/overview?range=month`);
    await settled(page);
    await page.keyboard.press('v');
    assert.equal(await page.locator('.chart-table tbody tr').count(), new Date(last).getUTCDate());
});

test('a click filters the whole page, a shift-click leaves out, keys do the same', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview?range=30d');
    await settled(page);
    const {top: [first, second]} = await expected('ua_browser');
    await page.getByRole('table', {name: 'Browsers'}).getByRole('button', {name: first.value, exact: true}).click();
    await page.getByRole('button', {name: `Edit the filter: ua_browser is ${first.value}`}).waitFor();
    await page.waitForFunction((n) => [...document.querySelectorAll('.overview-number')].at(-1).textContent.replaceAll(',', '').includes(String(n)), first.events);
    await settled(page);
    assert.equal(await numberOf(page, 'Events'), first.events);
    assert.equal((await tableOf(page, 'Sources')).reduce((sum, row) => sum + row.at(-1), 0), first.events);
    await page.goBack();
    await page.getByRole('table', {name: 'Browsers'}).getByRole('button', {name: second.value, exact: true}).click({modifiers: ['Shift']});
    await page.getByRole('button', {name: `Edit the filter: ua_browser is not ${second.value}`}).waitFor();
    await page.getByRole('button', {name: `Remove the filter: ua_browser is not ${second.value}`}).click();
    await settled(page);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    const [path] = (await tableOf(page, 'Pages'))[0];
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('filter') === `path=${path}`);
});

test('(none) filters, (other) opens with a search over all values, and exports keep the filters', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview?filter=source!=service');
    await settled(page);
    const {named} = await expected('name', `${people} AND source <> 'service'`), panel = page.getByRole('region', {name: 'Events', exact: true});
    assert.ok(named.length > 10);
    await panel.getByRole('button', {name: 'More'}).click();
    await panel.getByRole('searchbox').waitFor();
    await settled(page);
    assert.deepEqual((await tableOf(page, 'Events')).filter(([value]) => value !== '(other)').map((row) => row.at(-1)), named.slice(0, 100).map(({events}) => events));
    await panel.getByRole('searchbox').fill('PAGE.');
    await page.waitForFunction(() => [...document.querySelectorAll('table[aria-label="Events"] tbody tr')].every((row) => /page\./i.test(row.cells[0].textContent)));
    await panel.getByRole('button', {name: 'Export'}).click();
    const href = await panel.getByRole('menuitem', {name: 'CSV'}).getAttribute('href');
    assert.match(href, /filter=source%21%3Dservice/);
    assert.match(href, /search=PAGE/);
    await page.keyboard.press('Escape');
    await page.getByRole('table', {name: 'Campaigns'}).getByRole('button', {name: '(none)'}).click();
    await page.getByRole('button', {name: 'Edit the filter: utm_campaign is (none)'}).waitFor();
    await settled(page);
    const [{n}] = await sql(weir, `SELECT count(*) AS n FROM events WHERE ${people} AND source <> 'service' AND coalesce(utm_campaign, '') = ''`);
    assert.equal(await numberOf(page, 'Events'), n);
});

test('a drag over the chart zooms; nothing in a range is said, with ways out; the last click wins', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview', {allow: /status of 400 .*nocolumn/});
    await settled(page);
    await page.locator('.overview-live').waitFor(); // what comes last moves the chart
    await drag(page, page.locator('.u-over'), 0.55, 0.95);
    await page.waitForURL(/range=custom&from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d$/);
    await page.goto(`${weir.url}/overview?filter=path=/no/such/page`);
    await page.getByText('No event in this range fits all filters').waitFor();
    await axe(page);
    await page.getByRole('button', {name: 'Remove the filters'}).click();
    await page.getByText('No events here').waitFor({state: 'hidden'});

    await page.goto(`${weir.url}/overview?filter=nocolumn=1`);
    await page.getByText('there is no column of events called `nocolumn`').waitFor();
    await page.getByRole('button', {name: 'Remove the filter: nocolumn is 1'}).click();
    await page.getByRole('table', {name: 'Pages'}).waitFor();

    // Answers that come late: the first request is held back until the second is answered.
    let free;
    const held = new Promise((done) => (free = done));
    await page.route(/traffic=bots/, async (route) => {
        await held;
        await route.continue().catch(() => {}); // given up by the page meanwhile
    });
    await page.getByRole('button', {name: /^Bots/}).click();
    await page.getByRole('button', {name: /^Internal/}).click();
    await page.waitForURL(/traffic=internal/);
    await settled(page);
    free();
    await page.waitForTimeout(300);
    assert.equal(await numberOf(page, 'Events'), 0);
});

test('the page is drawn from one question, asked before anything is drawn; the rest waits for the answer', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview');
    const answers = () => page.evaluate(() => performance.getEntriesByType('resource').filter(({name}) => name.includes('/api/')).map(({name, startTime, responseEnd, responseStatus}) => {
        const {pathname, searchParams} = new URL(name);
        return {what: `${pathname.slice('/api/'.length)}${searchParams.has('panel') ? ' panel' : ''}`, asked: startTime, came: responseEnd, status: responseStatus};
    }).filter(({status}) => status !== 503)); // by the page's own clock; what was turned away for want of room is asked again
    const all = await until(async () => {
        const list = await answers();
        return ['report/overview', 'report/overview panel', 'marks', 'session'].every((what) => list.some((one) => one.what === what)) && list;
    }, {what: 'all answers'});
    const of = (name) => all.filter(({what}) => what === name), [question, ...others] = of('report/overview'), said = JSON.stringify(all);
    assert.deepEqual(others, [], said);
    assert.ok(of('session').every(({asked}) => asked >= question.asked), said); // which the drawn frame asks for
    assert.ok([...of('report/overview panel'), ...of('marks')].every(({asked}) => asked >= question.came), said);
});

test('marks that come after the numbers leave the chart where it is, so that a drag goes on', async (t) => {
    const page = await openConsole(t, browser, weir, '/login');
    let free;
    const held = new Promise((done) => (free = done));
    await page.route(/api\/marks/, async (route) => {
        await held;
        await route.continue();
    });
    await page.goto(`${weir.url}/overview`);
    await settled(page);
    const plot = await page.locator('.u-over').elementHandle(), came = page.waitForResponse(/api\/marks/);
    free();
    assert.equal((await came).status(), 200);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))));
    assert.ok(await plot.evaluate((node) => node.isConnected));
});

test('who was here in the last five minutes is counted', async (t) => {
    const {site} = await demoEvents({count: 300, seed: 7, names: ['site']}), [one] = site.filter(({context}) => !/bot|crawl|spider|curl/i.test(context.user_agent));
    await send(weir, 'site', ['203.0.113.7', '203.0.113.8'].map((ip) => ({...one, id: randomUUID(), time: new Date().toISOString(), context: {...one.context, ip}})));
    await untilLoaded(weir);
    const [{n}] = await sql(weir, `SELECT ${visitors} AS n FROM events WHERE time >= now()::TIMESTAMP - INTERVAL 5 MINUTE AND bot IS NOT TRUE`);
    const page = await openConsole(t, browser, weir, '/overview');
    assert.ok(n >= 1);
    await page.getByText(`${n} ${n === 1 ? 'visitor' : 'visitors'} in the last 5 minutes`).waitFor();
});
