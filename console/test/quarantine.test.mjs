// SPDX-License-Identifier: Apache-2.0
//
// The page Quarantine: groups as the command lists them, one event with its errors in it, what a change of the catalogue
// would do, and decisions that are asked for twice.

import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {addressOf, axe, openConsole, post, keyOf, runWeir, settled, shoot, sql, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after);
const hostile = '<img src=x onerror=alert(1)>.\u202Ed"}';
const waiting = 'SELECT count(*) AS n FROM quarantine WHERE state = \'waiting\'';
let weir, browser;

// Six events with a property that nobody declared, and one whose name is markup.
before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 600, wrong: 40}}));
    const good = {name: 'task.created', properties: {user_id: 'u-1', task_id: 't-1', project_id: 'p-1', priority: 'high', has_due_date: false}};
    const {status} = await post({url: weir.collector}, [
        ...Array.from({length: 6}, (_, i) => ({...good, context: {app_version: i < 4 ? '4.1' : '4.2'}, properties: {...good.properties, seats: i}})),
        {name: hostile, properties: {[hostile]: hostile}},
    ], {key: keyOf('timetracker')});
    assert.ok([200, 207, 422].includes(status), String(status));
    await untilLoaded(weir);
});

const weirCommand = (...args) => runWeir([...args, '--config', join(weir.dir, 'weir.yaml')], {cwd: weir.dir});
const listed = async () => (await weirCommand('quarantine', 'list', '--format', 'ndjson')).stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));

async function openGroup(page, text) {
    await page.getByRole('searchbox', {name: 'Search'}).fill(text);
    await page.locator('.quarantine-groups .row-button').first().click();
    await page.getByRole('button', {name: 'Replay…'}).waitFor(); // who is known to have all rights is shown more
    await settled(page);
}

test('groups are those of the command, and what is hostile is text', async (t) => {
    const page = await openConsole(t, browser, weir, '/quarantine');
    await settled(page);
    await page.getByRole('button', {name: /^More/}).click();
    const shown = await page.locator('.quarantine-groups tbody tr').evaluateAll((rows) => rows.map((row) =>
        [row.querySelector('.quarantine-name').textContent, row.cells[1].firstChild.textContent, Number(row.cells[4].textContent)].join(' | ')));
    const groups = await listed();
    assert.deepEqual(shown.sort(), groups.map((group) => [group.name, group.source, group.events].join(' | ')).sort());
    assert.ok(shown.length > 10);
    await openGroup(page, '<img');
    assert.equal(await page.locator('main img').count(), 0);
    await page.getByText('No entry takes the name').waitFor();
    const lines = await page.getByLabel('Lines for the catalogue').textContent();
    assert.ok(lines.startsWith(`  - name: ${JSON.stringify(hostile)}`), lines);
});

test('one event is shown as a compiler shows an error, beside the lines of the catalogue', async (t) => {
    const page = await openConsole(t, browser, weir, '/quarantine', {allow: /status of 422 .*quarantine\/try/});
    await settled(page);
    await openGroup(page, 'seats');
    await page.getByText('Would be accepted now: 0 of 6').waitFor();
    assert.match((await addressOf(page)).search, /reason=undeclared_property&event=task\.created&source=timetracker/);
    const marked = page.locator('.json-line.json-bad');
    assert.match(await marked.innerText(), /"seats": "\(hidden\)"[^]*undeclared_property: The catalogue does not declare this property\./);
    await page.getByRole('button', {name: 'Hidden values'}).click();
    assert.match(await marked.innerText(), /"seats": 5/);
    const place = (await page.locator('.entry-place .mono').innerText()).split(':');
    const file = readFileSync(join(weir.dir, 'catalogue', place[0]), 'utf8').split('\n');
    assert.match(file[Number(place[1]) - 1], /task\.created/);
    assert.equal(await page.locator('.entry-marked code').innerText(), file[Number(place[1]) - 1].trimStart());
    assert.equal(await page.getByLabel('Lines for the catalogue').innerText(), 'seats: {type: integer}');
    await page.getByText('version 4.1', {exact: true}).waitFor();

    await page.getByRole('button', {name: 'What would pass?'}).click();
    await page.getByText('Would be accepted with this entry: 6 of 6').waitFor();
    const entry = page.getByLabel('Try a change before you make it');
    await entry.fill((await entry.inputValue()).replace('seats: {type: integer}', 'seats: {type: string}'));
    await page.getByRole('button', {name: 'What would pass?'}).click();
    await page.getByText('Would be accepted with this entry: 0 of 6').waitFor();
    await page.getByText('6 fail: value has another type (6)').waitFor();
    await entry.fill('- name: task.created\n  kidn: page');
    await page.getByRole('button', {name: 'What would pass?'}).click();
    await page.getByText('did you mean `kind`').waitFor();
    await shoot(page, 'quarantine');
    await axe(page, {within: 'main'});
});

test('a replay takes in what passes, a drop wants a reason, and both leave their trace', async (t) => {
    const page = await openConsole(t, browser, weir, '/quarantine');
    await settled(page);
    await openGroup(page, 'seats');
    const place = join(weir.dir, 'catalogue', (await page.locator('.entry-place .mono').innerText()).split(':')[0]);
    const entry = await page.getByLabel('Try a change before you make it').inputValue();
    const text = readFileSync(place, 'utf8');
    const [{before: was}] = await sql(weir, 'SELECT count(*) AS before FROM events WHERE name = \'task.created\'');
    writeFileSync(place, text.replace(entry.replace(/\n[^\n]*seats: \{type: integer\}/, ''), () => entry));
    assert.equal((await weirCommand('reload')).code, 0);
    await page.reload();
    await page.getByText('Would be accepted now: 6 of 6').waitFor();
    await page.getByRole('button', {name: 'Replay…'}).click();
    await page.getByRole('button', {name: 'Cancel'}).click();
    await page.getByRole('button', {name: 'Replay…'}).click();
    await page.getByRole('button', {name: 'Replay them'}).click();
    await page.getByText('Accepted: 6 of 6').waitFor();
    await page.getByRole('dialog').getByRole('button', {name: 'Close'}).last().click();
    await untilLoaded(weir);
    assert.deepEqual(await sql(weir, 'SELECT count(*) AS n FROM events WHERE name = \'task.created\''), [{n: was + 6}]);

    let before = '', late = 0; // the tables may hear late of a decision: twice the groups are still those of before it
    await page.route(/\/api\/report\/quarantine\?/, async (route) => {
        const answer = await route.fetch();
        if (late === 0)
            before = await answer.text();
        await route.fulfill({response: answer, ...(late > 0 && late-- && {body: before})});
    });
    await page.goto(`${weir.url}/quarantine?reason=unknown_event&event=${encodeURIComponent(hostile)}&source=timetracker`);
    await settled(page);
    const [{n}] = await sql(weir, waiting);
    await page.getByRole('button', {name: 'Drop…'}).click();
    assert.equal(await page.getByRole('button', {name: 'Drop them'}).isDisabled(), true);
    await page.getByLabel('Why').fill('somebody\'s "test"');
    late = 2;
    await page.getByRole('button', {name: 'Drop them'}).click();
    await page.getByText('1 of 1 dropped').waitFor();
    await page.getByRole('dialog').getByRole('button', {name: 'Close'}).last().click();
    await until(async () => (await sql(weir, waiting))[0].n === n - 1, {what: 'the drop'});
    await page.getByText('This group is empty now').waitFor();
    assert.equal(late, 0);
    await page.unroute(/\/api\/report\/quarantine\?/);
    await page.getByRole('radio', {name: 'Dropped'}).click();
    await settled(page);
    await page.locator('.quarantine-groups .row-button').first().click();
    await page.getByText('“somebody\'s "test"”').waitFor();
});
