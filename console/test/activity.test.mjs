// SPDX-License-Identifier: Apache-2.0
//
// Activity: its numbers are those that SQL counts one by one.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {ask, axe, openConsole, settled, shoot, sql, startBoth, until, untilAfter} from './lib/console.mjs';

const all = untilAfter(after);
// All of it ends with yesterday, so that nothing changes where a day begins while the tests run.
const today = Math.floor(Date.now() / 86400000) * 86400000;
const dayOf = (ago) => new Date(today - ago * 86400000).toISOString().slice(0, 10);
const yesterday = dayOf(1), range = `range=custom&from=${dayOf(20)}&to=${dayOf(0)}`;
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 2000, days: 25, names: ['accounts'], end: new Date(today)}}));
    await until(async () => {
        const [{n, behind}] = await sql(weir, 'SELECT count(*) AS n, max(position) - (SELECT min(position) FROM model_state) AS behind FROM events');
        return n > 1900 && behind <= 0;
    }, {what: 'that all activity is there'});
});

const measure = (page, title, id) => page.getByRole('region', {name: title, exact: true}).locator(`[data-measure="${id}"] .num`).first().evaluate((num) => (num.querySelector('.unseen') ?? num).textContent);
const plain = (text) => Number(text.replace(/[%,]/g, ''));
const dayName = (time) => new Date(time).toUTCString().replace(/^(\w+), 0?(.*) [\d:]+ GMT$/, '$1 $2'); // as tables have it: Sat 7 Nov 2026
const usersIn = (days) => `(SELECT count(DISTINCT uid) FROM activity_events WHERE timestamp >= DATE '${yesterday}' - ${days - 1} AND timestamp < DATE '${yesterday}' + 1)`;

test('daily, weekly and monthly users, and the engagement ratio', async (t) => {
    const page = await openConsole(t, browser, weir, `/activity?${range}`);
    await settled(page);
    const [said] = await sql(weir, `SELECT ${usersIn(1)} AS dau, ${usersIn(7)} AS wau, ${usersIn(28)} AS mau,
        round(100.0 * (SELECT count(DISTINCT (CAST(timestamp AS DATE), uid)) FROM activity_events WHERE timestamp >= DATE '${yesterday}' - 6 AND timestamp < DATE '${yesterday}' + 1) / 7 / ${usersIn(28)}, 1) AS ratio`);
    assert.ok(said.dau > 0 && said.mau > said.wau, JSON.stringify(said));
    for (const id of ['dau', 'wau', 'mau'])
        assert.equal(plain(await measure(page, 'Active users', id)), said[id], id);
    assert.ok(Math.abs(plain(await measure(page, 'Engagement ratio', 'engagement_ratio')) - said.ratio) < 0.1);
    await shoot(page, 'activity');
    await axe(page, {within: '.page'});
    await page.getByRole('region', {name: 'Active users', exact: true}).getByRole('button', {name: 'Show as table'}).click();
    const row = page.locator('.chart-table tbody tr').filter({has: page.getByRole('rowheader', {name: dayName(today - 86400000), exact: true})});
    await row.waitFor();
    assert.deepEqual((await row.getByRole('cell').allTextContents()).map(plain), [said.dau, said.wau, said.mau]);
});

test('several devices, by the reading that is chosen', async (t) => {
    const page = await openConsole(t, browser, weir, `/activity?${range}`);
    await settled(page);
    const region = page.getByRole('region', {name: 'Several devices', exact: true});
    await region.getByLabel('Another device').selectOption('before');
    await page.waitForURL(/reading=before/);
    await region.getByText('two devices of one day do not count').waitFor();
    await settled(page);
    const [{n}] = await sql(weir, `SELECT count(DISTINCT a.uid) AS n FROM daily_activity_per_device AS a JOIN daily_activity_per_device AS b
        ON b.uid = a.uid AND b.device_id <> a.device_id AND b.day < a.day AND b.day >= a.day - 5 WHERE a.day = DATE '${yesterday}'`);
    assert.equal(plain(await measure(page, 'Several devices', 'md_dau')), n);
});

test('split by browser, each part is counted as if there were no other', async (t) => {
    const page = await openConsole(t, browser, weir, `/activity?${range}`);
    await settled(page);
    await page.getByLabel('Split by').selectOption('ua_browser');
    await page.waitForURL(/split=ua_browser/);
    const table = page.getByRole('table', {name: 'Active users by part'});
    await table.waitFor();
    await settled(page);
    const rows = await sql(weir, `SELECT ua_browser AS part, count(DISTINCT uid) AS mau FROM activity_events
        WHERE timestamp >= DATE '${yesterday}' - 27 AND timestamp < DATE '${yesterday}' + 1 GROUP BY 1 ORDER BY 2 DESC, 1`);
    const shown = await table.locator('tbody tr').evaluateAll((list) => list.map((tr) => [...tr.children].map((td) => td.textContent)));
    assert.deepEqual(new Map(shown.map(([part, , , mau]) => [part, Number(mau)])), new Map(rows.slice(0, 10).map(({part, mau}) => [part ?? '(none)', mau])));
    const parts = page.getByRole('table', {name: 'Retention by part'}), second = parts.getByRole('button').nth(1), name = await second.textContent();
    const [{n}] = await sql(weir, `SELECT count(*) AS n FROM (SELECT uid FROM activity_events GROUP BY uid HAVING min(timestamp) >= DATE '${dayOf(20)}')`);
    await second.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/part=/);
    assert.equal(await second.getAttribute('aria-pressed'), 'true');
    const users = async (at) => plain(await at.locator('.activity-users .num').first().textContent());
    assert.equal(await users(parts.getByRole('row').filter({has: page.getByRole('button', {name, exact: true})})), await users(page.locator('.activity-triangle tfoot')));
    const each = await parts.locator('tbody .activity-users .num').allTextContents();
    assert.equal(each.map(plain).reduce((sum, one) => sum + one, 0), n, 'who began is in one part');
    await shoot(page, 'activity-split');
});

test('the triangle: who began in a week, and came back', async (t) => {
    const page = await openConsole(t, browser, weir, `/activity?${range}`);
    await settled(page);
    const check = async (first) => {
        const rows = await sql(weir, `WITH firsts AS (SELECT uid, date_trunc('week', min(timestamp) ${first}) AS cohort, min(CAST(timestamp AS DATE)) ${first} AS day FROM activity_events GROUP BY uid),
            counted AS (SELECT cohort, CAST(date_diff('day', cohort, date_trunc('week', a.timestamp)) / 7 AS INTEGER) AS period, count(DISTINCT uid) AS active
            FROM firsts AS f JOIN activity_events AS a USING (uid) WHERE f.day >= DATE '${dayOf(20)}' GROUP BY ALL)
            SELECT CAST(CAST(cohort AS DATE) AS VARCHAR) AS cohort, period, active FROM counted WHERE period >= 0 ORDER BY 1, 2`);
        const shown = await page.locator('.activity-triangle tbody tr').evaluateAll((list) => list.map((tr) => [...tr.querySelectorAll('td')].map((td) => td.querySelector('small .num')?.textContent ?? td.textContent)));
        const cohorts = [...new Set(rows.map(({cohort}) => cohort))];
        assert.equal(shown.length, cohorts.length);
        cohorts.forEach((cohort, i) => {
            const of = rows.filter((row) => row.cohort === cohort), size = of.find(({period}) => period === 0).active;
            assert.equal(Number(shown[i][0]), size, cohort);
            shown[i].slice(1).forEach((text, period) => {
                if (text !== '')
                    assert.equal(Number(text), of.find((row) => row.period === period)?.active ?? 0, `${cohort}, ${period}`);
            });
        });
    };
    await check('');
    await page.getByLabel('Users begin with').selectOption('account.created');
    await page.waitForURL(/start=account\.created/);
    await settled(page);
    await page.getByRole('radio', {name: 'Days'}).click();
    await page.waitForURL(/period=day/);
    await settled(page);
    const [{n}] = await sql(weir, `SELECT count(*) AS n FROM (SELECT uid FROM activity_events WHERE type = 'account.created' GROUP BY uid HAVING min(timestamp) >= DATE '${dayOf(20)}')`);
    const users = page.locator('.activity-triangle tfoot .activity-users .num');
    assert.equal(plain(await users.textContent()), n);
    await shoot(page, 'activity-days');
});

test('a sample is multiplied, and said to be estimated', async (t) => {
    const page = await openConsole(t, browser, weir, `/activity?${range}&sample=half&filter=country=NL`);
    await settled(page);
    await page.getByText('country=NL is left aside here').waitFor();
    const answer = await (await ask(weir, `/api/report/activity?from=${yesterday}&to=${dayOf(0)}&sample=half`)).json();
    assert.equal(plain(await measure(page, 'Active users', 'mau')), 2 * answer.rows[0][3]);
    await page.getByRole('region', {name: 'Active users', exact: true}).getByRole('button', {name: 'What is counted here'}).click();
    await page.getByText('multiplied by 2').waitFor();
    await page.getByText('estimated', {exact: true}).waitFor();
});

// The engine answers four at once, and hears a moment later that nobody waits for one any more.
test('a page never asks for more at once than the engine answers, however quickly one changes one\'s mind', async (t) => {
    const page = await openConsole(t, browser, weir, `/activity?${range}`, {init: () => {
        const ask = window.fetch;
        let now = 0;
        window.most = window.all = 0;
        window.fetch = async (path, init) => {
            if (!/^\/api\/(report|marks)/.test(path))
                return ask(path, init);
            window.all++;
            window.most = Math.max(window.most, ++now);
            try {
                await new Promise((done, failed) => {
                    const timer = setTimeout(done, 300);
                    init.signal.addEventListener('abort', () => {
                        clearTimeout(timer);
                        failed(init.signal.reason);
                    });
                });
                return await ask(path, init);
            } finally {
                if (init.signal.aborted)
                    setTimeout(() => now--, 100);
                else
                    now--;
            }
        };
    }});
    await page.getByRole('heading', {name: 'Retention'}).waitFor();
    for (const split of ['service', 'ua_browser', 'ua_os', '']) {
        await page.getByLabel('Split by').selectOption(split);
        await page.waitForTimeout(80);
    }
    await settled(page);
    const {most, all: asked} = await page.evaluate(() => ({most: window.most, all: window.all}));
    assert.ok(asked >= 7, `${asked} questions`);
    assert.ok(most > 1 && most <= 4, `${most} at once`);
});
