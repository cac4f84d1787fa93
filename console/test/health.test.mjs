// SPDX-License-Identifier: Apache-2.0
//
// Health: its numbers are those of `weir ledger` and of the store; what is wrong is said with what to do.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {axe, openConsole, runWeir, settled, shoot, sql, startBoth, until, untilAfter} from './lib/console.mjs';

const all = untilAfter(after);
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 1500, days: 5, wrong: 8}}));
});

const number = (text) => Number(text.replace(/,/g, ''));

test('all events are accounted for, by the numbers of the command', async (t) => {
    const page = await openConsole(t, browser, weir, '/health');
    await page.getByText('All events are accounted for.').waitFor();
    await settled(page);
    const {stdout} = await runWeir(['ledger', '--config', 'weir.yaml', '--format', 'json'], {cwd: weir.dir});
    const ledger = JSON.parse(stdout);
    const rows = await page.getByRole('table', {name: 'What became of every event'}).locator('tbody tr').evaluateAll((list) =>
        list.map((row) => [...row.cells].map((cell) => cell.textContent)));
    const exact = async (row, i) => number(await page.getByRole('table', {name: 'What became of every event'}).locator('tbody tr').nth(row).locator('td').nth(i)
        .evaluate((cell) => cell.querySelector('[title]')?.title ?? cell.textContent));
    assert.equal(rows.length, ledger.rows.length);
    for (let r = 0; r < rows.length; r++) {
        const of = ledger.rows.find(({source}) => source === rows[r][0]);
        const shown = await Promise.all([1, 2, 3, 4, 5, 6].map((i) => exact(r, i)));
        assert.deepEqual(shown, [of.received, of.accepted, of.duplicate, of.quarantined, of.refused, of.residue], rows[r][0]);
    }
    const sums = await page.locator('.health-sum').allInnerTexts();
    const [{events}] = await sql(weir, 'SELECT count(*) AS events FROM events');
    assert.match(sums[0], new RegExp(`^${ledger.rows.reduce((n, row) => n + row.received, 0).toLocaleString('en-US')} received`));
    assert.ok(sums[1].includes(`= ${events.toLocaleString('en-US')} events`), sums[1]);
    await until(async () => !(await page.locator('main').innerText()).includes('none came\n'), {what: 'a latency'});
    assert.match(await page.locator('main').innerText(), /Engine\s+0\.1\.0, up for /);
    await shoot(page, 'health');
    await axe(page);
    const {cut} = await page.getByRole('table', {name: 'Sinks'}).evaluate((table) => ({cut: table.scrollWidth - table.parentElement.clientWidth}));
    assert.ok(cut <= 0, `${cut} px of the sinks are cut off`);
});

test('a heading of a table sorts by its column, by keyboard as well, and says so', async (t) => {
    const page = await openConsole(t, browser, weir, '/health');
    await settled(page);
    const table = page.getByRole('table', {name: 'What became of every event'});
    const sources = () => table.locator('tbody td:first-child').allInnerTexts(), head = (name) => table.getByRole('columnheader', {name});
    assert.equal(await head('Received').getAttribute('aria-sort'), 'descending');
    await head('Source').getByRole('button').focus();
    await page.keyboard.press('Enter');
    assert.equal(await head('Source').getAttribute('aria-sort'), 'ascending');
    assert.equal(await head('Received').getAttribute('aria-sort'), null);
    const up = await sources();
    assert.ok(up.length > 2);
    assert.deepEqual(up, [...up].sort());
    await page.keyboard.press('Enter');
    assert.equal(await head('Source').getAttribute('aria-sort'), 'descending');
    assert.deepEqual(await sources(), [...up].reverse());
    await head('Accepted').getByRole('button').click();
    const accepted = (await table.locator('tbody td:nth-child(3)').allInnerTexts()).map(number);
    assert.deepEqual(accepted, [...accepted].sort((a, b) => b - a));
});

test('a collector that is down is said first, with what to do', async (t) => {
    const page = await openConsole(t, browser, weir, '/health', {init: () => {
        const real = window.fetch;
        window.fetch = async (path, init) => {
            const answer = await real(path, init);
            if (!String(path).startsWith('/api/status') || !answer.ok)
                return answer;
            const status = await answer.json();
            status.collector = {up: false, asked_us: status.now_us, down_since_us: status.now_us - 90e6, error: 'connection refused'};
            status.catalogue = {...status.catalogue, failed: true, error: 'line 3 is wrong'};
            return new Response(JSON.stringify(status), {status: 200});
        };
    }});
    await page.getByText('The collector has not answered for 1 min 30 s').waitFor();
    const text = await page.getByRole('region', {name: 'Verdict'}).innerText();
    assert.match(text, /Start it, or read its log.*connection refused/);
    assert.match(text, /catalogue on disk cannot be read/);
    assert.doesNotMatch(text, /accounted for/);
    await shoot(page, 'health-down');
});

test('an engine that stops to answer leaves no verdict of before', async (t) => {
    const page = await openConsole(t, browser, weir, '/health', {allow: /ERR_FAILED/});
    await page.getByText('All events are accounted for.').waitFor();
    await page.route('**/api/status', (route) => route.abort());
    await page.getByRole('button', {name: 'Look again'}).click();
    const verdict = page.getByRole('region', {name: 'Verdict'});
    await verdict.getByText('How it is now is not known').waitFor();
    assert.match(await verdict.innerText(), /The engine does not answer; is it running\?/);
    assert.doesNotMatch(await verdict.innerText(), /accounted for/);
    await page.unroute('**/api/status');
    await page.getByRole('button', {name: 'Look again'}).click();
    await page.getByText('All events are accounted for.').waitFor();
});
