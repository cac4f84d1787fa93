// SPDX-License-Identifier: Apache-2.0
//
// The page Catalogue: every entry with what has come of it, names that came undeclared, and one entry as it stands in its
// file.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {addressOf, ask, axe, openConsole, post, keyOf, settled, shoot, sql, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after);
const hostile = '"><svg onload=alert(1)>';
const odd = `events:
  - name: odd.started
    description: "${hostile.replace(/"/g, '\\"')}"
    trigger: "=1+1"
    owner: odd@example.org
    status: deprecated
    replaced_by: page.viewed
    expires: ${new Date(Date.now() + 5 * 86400000).toISOString().slice(0, 10)}
    properties:
      user_name: {type: string, privacy: keep, max_length: 7, description: "<b>Who</b>"}
  - name: odd.never
    description: Nothing sends it.
    trigger: Never
    owner: odd@example.org
  - name: odd.{part}.shown
    description: A part of it was shown.
    trigger: When it is shown
    owner: odd@example.org
    parameters: {part: {pattern: "[a-z]+", description: Which}}
    properties: {depth: {type: integer, required: true}}
`;
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 800, wrong: 40}, files: {'catalogue/odd.yaml': odd}}));
    await post({url: weir.collector}, [{name: 'odd.started', properties: {user_name: 'x'}}, {name: 'odd.strated'}, {name: hostile},
        {name: 'odd.first.shown'}, {name: 'odd.first.shown', properties: {depth: 'deep'}}], {key: keyOf('service')});
    await untilLoaded(weir);
});

test('entries, their volumes and violations are those of the tables', async (t) => {
    const page = await openConsole(t, browser, weir, '/catalogue');
    await settled(page);
    const {events} = await (await ask(weir, '/api/catalogue')).json();
    await page.getByRole('radio', {name: `All ${events.length}`, exact: true}).waitFor();
    await shoot(page, 'catalogue');
    await axe(page, {within: 'main'});
    await page.locator('.catalogue-list').getByRole('button', {name: /^More/}).click();
    const shown = Object.fromEntries(await page.locator('.catalogue-list tbody tr').evaluateAll((rows) => rows.map((row) =>
        [row.querySelector('.catalogue-name').textContent, {events: Number(row.cells[7].textContent.replace(/\D/g, '')), share: row.cells[6].textContent}])));
    assert.deepEqual(Object.keys(shown).sort(), events.map(({name}) => name).sort());
    const counted = await sql(weir, `SELECT coalesce(n.event, e.name) AS entry, count(*) AS n FROM events AS e LEFT JOIN event_names AS n USING (name)
        WHERE e.time >= now()::TIMESTAMP - INTERVAL 29 days GROUP BY ALL`);
    for (const {entry, n} of counted)
        assert.equal(shown[entry].events, n, entry);
    assert.equal(shown['odd.never'].events, 0);
    const [{kept}] = await sql(weir, 'SELECT count(*) AS kept FROM quarantine WHERE name = \'page.viewed\'');
    const share = kept / (kept + shown['page.viewed'].events) * 100;
    assert.equal(shown['page.viewed'].share, `${Math.round(share * 10) / 10}%`);
    assert.equal(shown['odd.{part}.shown'].share, '100%'); // the tables do not know the name: the entry that takes it is asked for
});

test('what is not declared is named with what was meant, and groups of entries are a click away', async (t) => {
    const page = await openConsole(t, browser, weir, '/catalogue');
    await settled(page);
    const strangers = page.locator('.catalogue-strangers tbody tr');
    const named = await strangers.evaluateAll((rows) => rows.map((row) => [row.cells[0].textContent, row.cells[1].textContent, Number(row.cells[5].textContent)]));
    const unknown = await sql(weir, 'SELECT name, count(*) AS n FROM quarantine WHERE list_contains(reasons, \'unknown_event\') GROUP BY ALL');
    assert.deepEqual(named.map(([name, , n]) => [name, n]).sort(), unknown.map(({name, n}) => [name, n]).sort());
    assert.equal(named.find(([name]) => name === 'odd.strated')[1], 'odd.started');
    assert.equal(await page.locator('main svg[onload]').count(), 0);

    await page.getByRole('radio', {name: /^Deprecated, still arriving/}).click();
    await page.waitForURL('**/catalogue?show=deprecated');
    const names = () => page.locator('.catalogue-list .catalogue-name').allTextContents();
    assert.deepEqual(await names(), ['odd.started']);
    await page.getByRole('radio', {name: /^Expiring soon/}).click();
    assert.ok((await names()).includes('odd.started'));
    await page.getByRole('radio', {name: /^Never seen/}).click();
    await page.getByRole('searchbox', {name: 'Search'}).fill('nothing sends');
    assert.deepEqual(await names(), ['odd.never']);
    assert.match((await addressOf(page)).search, /show=never&search=nothing\+sends/);
    await page.reload();
    await settled(page);
    assert.deepEqual(await names(), ['odd.never']);
});

test('one entry says all that the catalogue says, and where', async (t) => {
    const page = await openConsole(t, browser, weir, '/catalogue?search=odd.started');
    await settled(page);
    await page.locator('.catalogue-list .row-button').click();
    await page.waitForURL('**/catalogue/odd.started**');
    await settled(page);
    await page.getByText(hostile, {exact: true}).waitFor();
    await page.getByText(/^Deprecated: accepted still, until \d{4}-\d\d-\d\d \(\d days more\); instead: page\.viewed$/).waitFor();
    await page.getByText('every source: service, site').waitFor();
    const row = page.getByRole('row', {name: /user_name/});
    assert.match(await row.innerText(), /string\s+up to 7 characters\s+keep[^]*sounds personal\s+<b>Who<\/b>/);
    const place = (await page.locator('.entry-place .mono').innerText()).split(':');
    assert.match(readFileSync(join(weir.dir, 'catalogue', place[0]), 'utf8').split('\n')[Number(place[1]) - 1], /name: odd\.started/);
    await shoot(page, 'catalogue-entry');
    await axe(page, {within: 'main'});

    await page.goto(`${weir.url}/catalogue/${encodeURIComponent('odd.{part}.shown')}`);
    await settled(page);
    await page.getByText('part of the name').waitFor();
    await page.getByRole('link', {name: 'Required property is missing'}).click();
    await page.waitForURL((url) => url.pathname === '/quarantine' && url.searchParams.get('filter') === 'name~odd.*.shown');
    await settled(page);
    assert.deepEqual(await page.locator('.quarantine-groups .quarantine-name').allTextContents(), ['odd.first.shown', 'odd.first.shown']);
    await page.getByRole('link', {name: 'Events', exact: true}).click(); // another page asks for it anew, and gets it only where it has changed
    const answers = () => page.evaluate(() => performance.getEntriesByType('resource').filter(({name}) => name.endsWith('/api/catalogue'))
        .map(({transferSize, encodedBodySize}) => ({sent: transferSize, size: encodedBodySize})));
    const [, {sent, size}] = await until(async () => (await answers()).length > 1 && answers(), {what: 'the second answer'});
    assert.ok(sent < 1000 && size > 10000, `${sent} of ${size} bytes`);
    await page.goto(`${weir.url}/catalogue/no%E0%A4%A`);
    await page.getByText('The catalogue has no entry of this name').waitFor();
});
