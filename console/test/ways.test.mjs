// SPDX-License-Identifier: Apache-2.0
//
// Ways that people take through the console, from page to page, and what they must not come up against: a page that
// leads nowhere, a menu that is cut off, a day whose year nobody can tell.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {axe, keyOf, openConsole, post, settled, sql, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after);
const unknown = 'report.exported'; // an event that somebody has just added, and not declared
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 1500, wrong: 20}}));
    const {status} = await post({url: weir.collector}, [
        {name: unknown, properties: {format: 'pdf'}},
        {name: 'timer.stopped', properties: {user_id: '42', time_entry_id: '51', project_id: '7', duration_seconds: 'an hour'}},
    ], {key: keyOf('timetracker')});
    assert.equal(status, 422);
    await untilLoaded(weir);
});

async function open(t, path, options) {
    const page = await openConsole(t, browser, weir, path, options);
    await settled(page);
    return page;
}

test('days of another year say which', async (t) => {
    const page = await open(t, '/overview?range=custom&from=2019-01-01&to=2019-01-08');
    await page.getByRole('button', {name: 'Range: 1 Jan – 7 Jan 2019', exact: true}).waitFor();
    await page.getByRole('button', {name: 'The span before'}).click();
    await page.getByRole('button', {name: 'Range: 25 Dec – 31 Dec 2018', exact: true}).waitFor();
    await page.getByRole('button', {name: 'The span after'}).click();
    await page.getByRole('button', {name: 'The span after'}).click();
    await page.getByRole('button', {name: 'Range: 8 Jan – 14 Jan 2019', exact: true}).waitFor();
    await page.goto(`${weir.url}/overview?range=custom&from=2019-01-01&to=2020-01-08`);
    await page.getByRole('button', {name: 'Range: 1 Jan 2019 – 7 Jan 2020', exact: true}).waitFor();
});

test('a range in which nothing came has no empty chart, only ways that lead on', async (t) => {
    const page = await open(t, '/overview?range=custom&from=2019-01-01&to=2019-01-08');
    await page.getByText('Nothing came in this range.').waitFor();
    assert.equal(await page.locator('.chart').count(), 0);
    assert.deepEqual(await page.locator('.overview-part').allInnerTexts(), ['People 0', 'Bots 0', 'Internal 0']);
    assert.deepEqual(await page.locator('.overview-ways button').allInnerTexts(), ['Show 90 days', 'How to send events']);
    await page.getByRole('button', {name: 'How to send events'}).click();
    await page.getByRole('heading', {name: 'Send events'}).waitFor();
    await page.goBack();
    await page.getByRole('button', {name: 'Show 90 days'}).click();
    await page.locator('.chart').waitFor();
});

test('what a table copies leaves a cell empty where a number is not known', async (t) => {
    const page = await open(t, '/overview', {permissions: ['clipboard-read', 'clipboard-write']});
    const panel = page.locator('.panel').filter({has: page.getByRole('heading', {name: 'Pages', exact: true})});
    await panel.getByRole('button', {name: 'Copy the table'}).click();
    const lines = await until(async () => {
        const found = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
        return found[0] === 'Path\tVisitors\tEvents' && found;
    }, {what: 'the table in the clipboard'});
    assert.match(lines.find((line) => line.startsWith('(other)')), /^\(other\)\t\t\d+$/);
    assert.match(lines.find((line) => line.startsWith('(none)')), /^\(none\)\t\d+\t\d+$/);
});

test('what is exported is saved under a name that says what it is', async (t) => {
    const page = await open(t, '/overview');
    const panel = page.locator('.panel').filter({has: page.getByRole('heading', {name: 'Sources', exact: true})});
    await panel.getByRole('button', {name: 'Export'}).click();
    const item = page.getByRole('menuitem', {name: 'CSV'}), query = new URL(await item.getAttribute('href'), weir.url).searchParams;
    assert.equal(await item.getAttribute('download'), `overview-source-${query.get('from')}-${query.get('to')}.csv`);
});

test('menus of SQL are wholly to be seen, also on a phone', async (t) => {
    for (const width of [1280, 390]) {
        const page = await open(t, '/sql', {viewport: {width, height: 844}});
        for (const name of ['Examples', 'History']) {
            await page.getByRole('button', {name, exact: true}).click();
            const {x, width: wide} = await page.getByRole('menu').boundingBox();
            assert.ok(x >= 0 && x + wide <= width, `${name} from ${x} to ${x + wide} of ${width}`);
            await page.keyboard.press('Escape');
            await page.getByRole('menu').waitFor({state: 'detached'});
        }
    }
});

test('an error of SQL has no advice that is about other pages', async (t) => {
    const page = await open(t, '/sql', {allow: /status of 400 .*query/});
    await page.locator('textarea').fill('SELECT nam FROM events');
    await page.getByRole('button', {name: 'Run'}).click();
    const failure = page.getByRole('alert');
    await failure.getByText('Line 1 is marked in the editor.').waitFor();
    assert.doesNotMatch(await failure.innerText(), /filter/);
});

test('an event that is quarantined leads from Live to what would mend it, and to its group', async (t) => {
    const page = await open(t, '/live?verdict=quarantined&name=timer.*', {viewport: {width: 1280, height: 720}});
    const [{n}] = await sql(weir, "SELECT count(*) AS n FROM quarantine WHERE event->>'$.name' LIKE 'timer.%'");
    await page.waitForFunction((rows) => document.querySelectorAll('.live-bad .row-button').length === rows, Math.min(n, 50)); // the newest come last
    await page.locator('.live-bad .row-button').first().click();
    await page.getByRole('link', {name: 'What is wrong, and what would mend it'}).click();
    await page.locator('.json-bad').getByText('an hour').or(page.locator('.json-bad').getByText('(hidden)')).first().waitFor();
    await settled(page);
    await page.getByRole('button', {name: /^All of its group: value has another type/}).click();
    const group = page.locator('.quarantine-open');
    await group.getByRole('heading', {name: 'Value has another type: timer.stopped'}).waitFor();
    assert.match(page.url(), /reason=wrong_type&event=timer\.stopped&source=timetracker/);
    await settled(page);
    await until(async () => { // it opens below a table that fills the screen
        const box = await group.boundingBox();
        return box && box.y >= 0 && box.y < 720;
    }, {what: 'that the group is to be seen'});
    await axe(page);
});

test('only a group whose event is declared leads to the catalogue', async (t) => {
    const page = await open(t, `/quarantine?reason=unknown_event&event=${unknown}&source=timetracker`);
    await page.getByText('No entry takes the name').waitFor();
    await page.getByLabel('Lines for the catalogue').waitFor();
    assert.equal(await page.getByRole('link', {name: 'In the catalogue'}).count(), 0);
    await page.goto(`${weir.url}/quarantine?reason=wrong_type&event=timer.stopped&source=timetracker`);
    await page.getByRole('link', {name: 'In the catalogue'}).click();
    await page.getByRole('heading', {name: 'timer.stopped'}).waitFor();
});

test('an accepted event leads from Live to its course and to the trail of who sent it', async (t) => {
    const page = await open(t, '/live?verdict=accepted&name=timer.started');
    await page.locator('.row-button').first().click();
    await page.getByRole('link', {name: 'Trail of its actor'}).click();
    await page.locator('.trail-open').first().waitFor();
    assert.match(page.url(), /where=actor%3D[0-9a-f]{32}/);
    await page.goBack();
    await page.locator('.row-button').first().click();
    await page.getByRole('link', {name: 'This event over time'}).click();
    await page.getByRole('heading', {name: 'Events over time'}).waitFor();
    assert.match(page.url(), /event=timer\.started/);
});

test('the numbers above a chart of Activity stand in one row', async (t) => {
    const page = await open(t, '/activity');
    const tops = await page.locator('.panel').filter({has: page.getByRole('heading', {name: 'Several devices'})}).locator('.activity-head dd')
        .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
    assert.equal(tops.length, 4);
    assert.equal(new Set(tops).size, 1, tops.join());
});

test('names that a template stands for are found by what they are called', async (t) => {
    const page = await open(t, '/events');
    await page.getByRole('button', {name: 'Events: All events'}).click();
    await page.getByRole('searchbox', {name: 'Search events'}).fill('signin');
    const first = page.locator('.events-option .events-name').first();
    const name = await until(async () => /^flow\.signin\..*/.exec(await first.innerText())?.[0], {what: 'the names'}); // they come by themselves
    await page.getByRole('searchbox', {name: 'Search events'}).press('Enter');
    await page.waitForURL((url) => url.searchParams.get('event') === name);

    await page.goto(`${weir.url}/flows`);
    await page.getByRole('button', {name: 'Add a step'}).click();
    await page.getByRole('textbox', {name: /^Search events/}).fill('signin');
    await page.locator('.flows-choice-item').filter({hasText: name}).click();
    await page.waitForURL((url) => url.searchParams.getAll('step').at(-1) === name);
});

test('a funnel of units that its first step lacks leads back to flows', async (t) => {
    const page = await open(t, '/flows?per=actor&step=flow.begin&step=flow.complete');
    await page.getByRole('button', {name: 'Let flows go through'}).click();
    await page.waitForURL((url) => !url.searchParams.has('per'));
    await page.locator('.flows-panel').getByText('flows did not go on').waitFor();
});

test('yesterday and this year are ranges, and the arrows go on by days and years', async (t) => {
    const page = await open(t, '/catalogue'); // a page that asks little
    await page.clock.setFixedTime(Date.now()); // so that no day begins meanwhile
    await page.reload();
    const days = (from, to) => page.waitForURL((url) => url.searchParams.get('from') === from && url.searchParams.get('to') === to);
    const choose = async (name) => {
        await page.getByRole('button', {name: /^Range: /}).click();
        await page.getByRole('button', {name, exact: true}).click();
        await page.getByRole('button', {name: `Range: ${name}`, exact: true}).waitFor();
        return new Date(await page.evaluate(() => Date.now()));
    };
    const year = (await choose('This year')).getUTCFullYear();
    await page.getByRole('button', {name: 'The span before'}).click();
    await days(`${year - 1}-01-01`, `${year}-01-01`);
    await page.getByRole('button', {name: 'The span before'}).click();
    await days(`${year - 2}-01-01`, `${year - 1}-01-01`);
    await page.getByRole('button', {name: 'The span after'}).click();
    await days(`${year - 1}-01-01`, `${year}-01-01`);
    const now = await choose('Yesterday'), day = (back) => new Date(now - back * 86400000).toISOString().slice(0, 10);
    await page.getByRole('button', {name: 'The span before'}).click();
    await days(day(2), day(1));
});

test('where no event has a country it is said how to come by them', async (t) => {
    const page = await open(t, '/overview');
    await page.getByText('Events get a country where the setting place names').waitFor();
});

test('who is signed out elsewhere is told so, and goes on after signing in', async (t) => {
    const [, password] = /sign in at \S+ with the password (\S+)\n/.exec(weir.stdout());
    const page = await openConsole(t, browser, weir, '/sql', {token: null, allow: /status of 401/});
    const signIn = async () => {
        await page.getByLabel('Password').fill(password);
        await page.getByRole('button', {name: 'Sign in'}).click();
    };
    await signIn();
    await page.locator('.sql-tables summary').first().waitFor();
    assert.equal(await page.getByText('Your session is over').count(), 0);
    await page.reload(); // the first thing it asks is a POST: it brings the session's token, and is not refused
    await page.locator('.sql-tables summary').first().waitFor();
    await page.getByRole('button', {name: 'Signed in as admin'}).waitFor();

    const other = await page.context().newPage();
    await other.goto(`${weir.url}/health`);
    await other.getByRole('button', {name: 'Signed in as admin'}).click();
    await other.getByRole('menuitem', {name: 'Sign out', exact: true}).click();
    await other.waitForURL(/\/login$/);
    await page.getByRole('button', {name: 'Run'}).click();
    await page.getByText('Your session is over. Sign in, and go on where you were.').waitFor();
    await signIn();
    await page.waitForURL(/\/sql\?q=/);
    await page.getByRole('button', {name: 'Signed in as admin'}).waitFor();
});

test('while the engine is away pages stay, and go on once it is back', async (t) => {
    const page = await open(t, '/catalogue', {allow: /net::ERR_|Failed to fetch dynamically/});
    const gone = (route) => route.abort();
    await page.route('**/*', gone);
    await page.getByRole('link', {name: 'Quarantine', exact: true}).click();
    const again = page.getByRole('button', {name: 'Try again'});
    await page.getByText('The code of this page could not be loaded').waitFor();
    await again.click();
    await page.getByText('The engine does not answer').waitFor();
    await page.unroute('**/*', gone);
    await again.click();
    await page.getByRole('heading', {name: 'What is wrong'}).waitFor();

    await page.route('**/api/query', gone);
    await page.goto(`${weir.url}/sql`);
    await page.locator('.sql-tables').getByText('The engine does not answer').waitFor();
    await page.unroute('**/api/query', gone);
    await again.click();
    await page.locator('.sql-tables summary').first().waitFor();
    assert.equal(await page.locator('.sql-tables').getByRole('alert').count(), 0);
});

test('SQL offers the names that it knows, and leaves the keys as they are where it offers none', async (t) => {
    const page = await open(t, '/sql'), editor = page.getByLabel('Question in SQL'), names = page.getByRole('option');
    const offered = (what, test) => until(async () => test((await names.allInnerTexts()).map((text) => text.split(' ')[0])), {what});
    const begin = async (text) => {
        await editor.fill('');
        await editor.press('End');
        await page.keyboard.type(text);
    };
    await page.locator('.sql-tables summary').first().waitFor(); // the names are there
    await begin('SELECT ua_b');
    await offered('a column of events', (list) => list.join() === 'ua_browser');
    await page.getByText('1 name: the arrows choose, Tab takes the first').waitFor({state: 'attached'});
    await axe(page);
    await editor.press('Tab');
    assert.equal(await editor.inputValue(), 'SELECT ua_browser');
    await names.waitFor({state: 'detached'});

    await page.keyboard.type('\nFROM ev');
    await offered('tables alone, those most asked about first', (list) => list[0] === 'events' && list[1] === 'event_names' && list.every((name) => name.startsWith('ev')));
    assert.equal(await editor.getAttribute('aria-activedescendant'), null);
    await editor.press('ArrowDown');
    await editor.press('ArrowDown');
    const chosen = page.getByRole('option', {selected: true});
    assert.equal(await editor.getAttribute('aria-activedescendant'), await chosen.getAttribute('id'));
    assert.equal(await editor.getAttribute('aria-controls'), await page.getByRole('listbox').getAttribute('id'));
    await editor.press('Enter');
    assert.equal(await editor.inputValue(), 'SELECT ua_browser\nFROM event_names');

    await begin('SELECT quarantine.re');
    await offered('columns of the table before the dot', (list) => list.includes('reasons') && list.includes('received') && !list.includes('referrer'));
    await editor.press('Enter'); // nothing is chosen: it is a line's end
    assert.equal(await editor.inputValue(), 'SELECT quarantine.re\n');
    await names.first().waitFor({state: 'detached'});

    await begin('SELECT ua_');
    await names.filter({hasText: 'ua_os'}).click();
    assert.equal(await editor.inputValue(), 'SELECT ua_os');
    for (const text of ['SELECT \'ua_', 'SELECT 1 -- ua_', 'SELECT /* ua_']) {
        await begin(text);
        await editor.press('Control+Space');
        assert.equal(await names.count(), 0, text);
    }
    await begin('SELECT ');
    await editor.press('Control+Space');
    await names.first().waitFor();
    await editor.press('Escape');
    await names.first().waitFor({state: 'detached'});
    assert.equal(await editor.evaluate((area) => area === document.activeElement), true);
    await editor.press('Tab');
    assert.equal(await editor.evaluate((area) => area === document.activeElement), false);
});
