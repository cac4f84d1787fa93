// SPDX-License-Identifier: Apache-2.0
//
// Flows: the funnel's numbers are those of the tables, its segments add up to what was lost, each lists as many flows
// as it counts, a flow's timeline is its events; all of it stands in the address.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {after, before, test} from 'node:test';

import {addressOf, ask, axe, keyOf, openConsole, send, settled, shoot, sql, startBoth, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after);
const catalogue = `defaults: {owner: team@example.org, naming: any, status: active, kind: flow}
events:
  - {name: checkout.begin, since: 2025-01-01, trigger: a page asks, description: Somebody went to the till., flow: {role: begin}, properties: {entrypoint: {type: string, description: from where}}}
  - {name: "checkout.{till}.view", since: 2025-01-01, trigger: it rendered, description: A page of the checkout appeared., flow: {role: view}, parameters: {till: {pattern: "address|payment", description: which}}}
  - {name: "checkout.{till}.submit", since: 2025-01-01, trigger: its button, description: A page was filled in and sent., flow: {role: step}, parameters: {till: {pattern: "address|payment", description: which}}}
  - {name: "payment.{refusal}.refused", since: 2025-01-01, trigger: the answer, description: The payment provider said no., flow: {role: error}, parameters: {refusal: {pattern: "[a-z_]+", max_values: 50, description: why}}}
  - {name: order.placed, since: 2025-01-01, trigger: the answer, description: A customer placed an order., flow: {role: complete}, properties: {total: {type: number, required: true, description: cost}, card: {type: string, privacy: hidden, description: which}}}
  - {name: customer.registered, since: 2025-01-01, trigger: stored, description: Somebody became a customer., flow: {role: new_account}}
  - {name: "checkout.continued.{other}", since: 2025-01-01, trigger: a link, description: It goes on from another flow., flow: {role: continued}, parameters: {other: {pattern: "[0-9a-f]+", description: which}}}
`;
const flows = 160, agents = ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'];
const steps = ['checkout.begin', 'checkout.address.submit', 'checkout.payment.submit', 'order.placed'];
const names = ['quarantined', 'too_late', 'before', 'other_flow', 'error', 'never'];
const idOf = (n) => createHash('sha256').update(`flow ${n}`).digest('hex');
let weir, browser;

// What happens in one flow; by its number it stops here or there, for one reason or the other.
function journey(n, now) {
    const begin = now - (n % 12 + 1) * 86400e3 + (n % 17) * 1800e3, agent = agents[n % 3], device = n % 3 === 2 ? undefined : `device ${n}`;
    const events = [], at = (seconds, name, more = {}) => events.push({name, time: new Date(begin + seconds * 1000).toISOString(),
        flow: {id: idOf(n), begin}, context: {user_agent: agent}, ...(device && {device}), ...more});

    at(0, 'checkout.begin', {properties: {entrypoint: ['basket', 'letter', 'search', 'basket'][n % 4]}, ...(n % 19 === 0 && {actor: `customer ${n}`})});
    at(1, 'checkout.address.view');
    if (n % 10 === 1)
        return events;
    if (n % 25 === 7)
        at(5, 'checkout.payment.submit'); // in another order
    at(30 + n % 40, 'checkout.address.submit');
    at(80, 'checkout.payment.view');
    if (n % 25 === 7)
        return events;
    if (n % 9 === 2) {
        at(85, n % 2 ? 'payment.card_declined.refused' : 'payment.no_funds.refused');
        return events;
    }
    if (n % 21 === 4) {
        at(9000, 'checkout.payment.submit'); // too late
        return events;
    }
    if (n % 19 === 0) // the same person, in the next flow
        return events;
    at(100 + n % 60, 'checkout.payment.submit');
    if (n % 8 === 5)
        at(170, 'customer.registered');
    if (n % 13 === 3)
        at(180, 'order.placed', {properties: {total: 'much'}}); // in quarantine
    else
        at(180 + n % 200, 'order.placed', {properties: {total: n, card: 'secret card'}, actor: `customer ${n % 19 === 1 ? n - 1 : n}`, ...(n % 7 === 0 && {device: `other device ${n}`})});
    if (n === 22)
        at(20, `checkout.continued.${idOf(23)}`);
    return events;
}

before(async () => {
    ({weir, browser} = await startBoth(all, {events: false, files: {'catalogue/shop.yaml': catalogue},
        settings: ({flows: _, ...settings}) => ({...settings, sources: [...settings.sources, {name: 'shop', kind: 'server', key: keyOf('shop'), rate: 'unlimited'}]})}));
    const now = Math.floor(Date.now() / 86400e3) * 86400e3;
    await send(weir, 'shop', Array.from({length: flows}, (_, n) => journey(n, now)).flat());
    await untilLoaded(weir);
});

const address = (more = {}) => `/flows?${new URLSearchParams([...steps.map((step) => ['step', step]), ['within', '1h'], ...Object.entries(more)])}`;

async function report(name, query) {
    const answer = await ask(weir, `/api/report/${name}?${new URLSearchParams(query)}`), body = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(body));
    return body.rows.map((row) => Object.fromEntries(row.map((value, i) => [body.columns[i].name, value])));
}

const funnel = () => report('funnel', [...steps.map((step) => ['step', step]), ['within', '1h']]);
const numbers = async (page, selector) => (await page.locator(selector).allInnerTexts()).map((text) => Number(text.replace(/[^\d]/g, '')));

test('the numbers are those of the report and of the tables, and what is lost adds up', async (t) => {
    const page = await openConsole(t, browser, weir, address()), rows = await funnel();
    await settled(page);
    await page.waitForSelector('.flows-step');
    assert.deepEqual(await numbers(page, '.flows-came'), rows.map(({came}) => came));
    const [seen] = await sql(weir, `SELECT count(DISTINCT flow_id) AS begun, count(DISTINCT flow_id) FILTER (type = 'order.placed') AS placed FROM flow_events`);
    assert.deepEqual([rows[0].came, rows[3].came], [seen.begun, seen.placed]);
    assert.ok(names.every((name) => rows.some((row) => row[name] > 0)), JSON.stringify(rows));
    for (const [i, row] of rows.entries()) {
        const step = page.locator('.flows-step').nth(i);
        const found = Object.fromEntries(await Promise.all((await step.locator('.flows-reason').all()).map(async (one) =>
            [/flows-dot flows-(\w+)/.exec(await one.innerHTML())[1], Number((await one.innerText()).replace(/[^\d]/g, ''))])));
        assert.deepEqual(found, Object.fromEntries(names.filter((name) => row[name]).map((name) => [name, row[name]])));
        assert.equal(Object.values(found).reduce((sum, n) => sum + n, 0), row.dropped);
        const [bar, on, ...segments] = await step.locator('.flows-track > div').evaluateAll((list) => list.map((one) => one.getBoundingClientRect().width));
        assert.equal(segments.length, Object.keys(found).length);
        assert.ok(Math.abs(segments.reduce((sum, width) => sum + width, 0) - (bar - on)) < 3 * segments.length + 1, `${bar} ${on} ${segments}`);
    }
    await page.getByRole('button', {name: 'how many took how long to step 3'}).click(); // is there with the times, which have an answer of their own
    assert.match(await page.locator('.flows-between').first().innerText(), /^\S+ .* from step 1 to step 2 \(median; half of them took /);
    const took = await numbers(page, '.flows-times-table td .num');
    assert.equal(took.reduce((sum, n) => sum + n, 0), rows[2].came);
    await page.keyboard.press('Escape');
    await page.getByRole('button', {name: 'Show as table'}).first().click();
    assert.equal(await page.locator('table[aria-label=Funnel] tbody tr').count(), 4);
    await page.getByRole('button', {name: 'Show the bars'}).click();
    await shoot(page, 'flows');
    await axe(page, {within: 'main'});
});

test('a segment lists as many flows as it counts, and one opens as its timeline; back works', async (t) => {
    const page = await openConsole(t, browser, weir, address()), rows = await funnel();
    await settled(page);
    for (const reason of names) {
        const row = rows.find((one) => one[reason] > 0);
        await page.locator('.flows-step').nth(row.step - 1).locator(`.flows-segment[data-reason=${reason}]`).click();
        await page.waitForFunction((wanted) => document.querySelectorAll('.flows-list section:first-child tbody tr').length === wanted, row[reason]);
        assert.equal((await addressOf(page)).searchParams.get('show'), `${row.step}:${reason}`);
    }
    await page.locator('.flows-step').nth(1).locator('.flows-reason', {hasText: 'met an error'}).click();
    await page.waitForSelector('table[aria-label=Errors] tbody tr');
    assert.equal((await numbers(page, 'table[aria-label=Errors] td.cell-number')).reduce((sum, n) => sum + n, 0), rows[1].error);
    if (process.env.WEIR_SHOTS)
        await shoot(page, 'flows-list');
    await page.goto(weir.url + address({show: '1:came'}));
    await page.waitForFunction(() => document.querySelectorAll('.flows-list tbody tr').length === 50);
    for (let listed = 50; listed < rows[0].came; listed = Math.min(rows[0].came, listed + 50)) {
        await page.getByRole('button', {name: /^More \(/}).click();
        await page.waitForFunction((before) => document.querySelectorAll('.flows-list tbody tr').length > before, listed);
    }
    assert.equal(await page.locator('.flows-list tbody tr').count(), rows[0].came);
    assert.equal(await page.getByRole('button', {name: /^More \(/}).count(), 0);
    await page.locator('.flows-list tbody tr').first().locator('button').first().click();
    await page.waitForSelector('.flows-event');
    assert.match((await addressOf(page)).pathname, /^\/flows\/flow\/[0-9a-f]{64}$/);
    await page.goBack();
    await page.waitForSelector('.flows-list tbody tr');
});

test('a timeline is the events of the flow, in lanes, with what waits in quarantine and its kin; hidden values are nowhere', async (t) => {
    const page = await openConsole(t, browser, weir, `/flows/flow/${idOf(0)}`);
    const compare = async (n) => {
        await page.goto(`${weir.url}/flows/flow/${idOf(n)}`);
        await page.waitForSelector('.flows-event');
        const rows = await sql(weir, `SELECT e.name, e.time FROM flow_events_data AS e JOIN flows_data AS f ON f.flow = e.flow WHERE f.flow_id = '${idOf(n)}' ORDER BY e.time, e.position`);
        assert.deepEqual(await page.locator('.flows-event:not(.flows-event-aside) .flows-event-what > code').allInnerTexts(), rows.map(({name}) => name));
        return rows;
    };
    await compare(3);
    assert.equal(await page.locator('.flows-event-aside').count(), 1);
    assert.match(await page.locator('.flows-event-aside').innerText(), /order\.placed[^]*in quarantine: wrong_type/);
    await compare(14);
    assert.equal(await page.locator('.flows-lanes li').count(), 2);
    assert.match(await page.locator('.flows-event-time').first().innerText(), /^0/);
    assert.match(await page.locator('.flows-event-time').nth(1).innerText(), /^\+1 s/);
    for (const more of await page.locator('details').all())
        await more.locator('summary').click();
    assert.match(await page.locator('main').innerText(), /"total": 14/);
    assert.ok(!(await page.content()).includes('secret card'));
    await shoot(page, 'flow');
    await axe(page, {within: 'main'});
    await compare(22);
    await page.locator('.flows-kin-list a').first().click();
    await page.waitForFunction((id) => location.pathname.endsWith(id), idOf(23));
    await page.waitForSelector('.flows-event');
    assert.match(await page.locator('main').innerText(), /Goes on in/);
    await page.getByRole('button', {name: 'Back', exact: true}).click();
    await page.waitForFunction((id) => location.pathname.endsWith(id), idOf(22));
    await page.getByRole('button', {name: 'Back', exact: true}).click(); // it was opened by its address
    await page.waitForURL(/\/flows$/);
    await page.goto(`${weir.url}/flows/flow/${'0'.repeat(64)}`);
    await page.getByText('Nothing is known of this flow.').waitFor();
});

test('steps are moved by keyboard and buttons, removed and added; the address says it all and shows the same again', async (t) => {
    const page = await openConsole(t, browser, weir, '/flows');
    const stepsOf = async () => (await addressOf(page)).searchParams.getAll('step'), shown = () => page.locator('.flows-edit code').allInnerTexts();
    await page.locator('.flows-edit code').first().waitFor();
    assert.deepEqual((await shown())[0], 'flow.begin'); // what the roles in the catalogue suggest, of its first file
    await page.getByRole('button', {name: 'Suggested'}).click();
    await page.getByRole('menuitemradio', {name: 'checkout.begin: step by step'}).click();
    assert.deepEqual(await shown(), steps);
    await page.locator('.flows-edit').nth(1).locator('button').first().focus();
    await page.keyboard.press('Alt+ArrowDown');
    assert.deepEqual(await stepsOf(), [steps[0], steps[2], steps[1], steps[3]]);
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^checkout\.address\.submit step: step 3/);
    await page.keyboard.press('Alt+ArrowUp');
    await page.getByRole('button', {name: 'Remove step 3'}).click();
    assert.deepEqual(await stepsOf(), [steps[0], steps[1], steps[3]]);
    await page.getByRole('button', {name: 'Add a step'}).click();
    await page.keyboard.type('became a customer');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('button', {name: 'Move step 4 up'}).click();
    assert.deepEqual(await stepsOf(), [steps[0], steps[1], 'customer.registered', steps[3]]);
    await page.getByRole('button', {name: 'Filter step 1'}).click();
    await page.getByLabel('Column or property').fill('entrypoint');
    await page.getByLabel('Value').fill('let,ter');
    await page.getByRole('button', {name: 'Use this filter'}).click();
    assert.equal((await stepsOf())[0], 'checkout.begin[entrypoint=let\\,ter]');
    await page.getByText('None of the flows came to step 1 in this range.').waitFor();
    await page.goBack();
    await page.getByLabel('What goes through').selectOption('device');
    await page.getByLabel('All within').selectOption('2h');
    const came = (await report('funnel', [['step', steps[0]], ['step', steps[1]], ['step', 'customer.registered'], ['step', steps[3]], ['per', 'device'], ['within', '2h']])).map((row) => row.came);
    const shows = () => page.waitForFunction((wanted) => [...document.querySelectorAll('.flows-came')].map((one) => one.innerText.trim()).join() === wanted, came.join());
    await shows();
    await page.reload();
    await shows();
    assert.deepEqual([await shown(), await page.getByLabel('What goes through').inputValue()], [[steps[0], steps[1], 'customer.registered', steps[3]], 'device']);
});

test('splits add up to the whole; mistyped names are mended with a click; filters that flows lack are said', async (t) => {
    const page = await openConsole(t, browser, weir, address({by: 'entrypoint', filter: 'country=NL'})), rows = await funnel();
    await settled(page);
    await page.waitForSelector('.flows-split');
    const first = await numbers(page, '.flows-split-steps li:first-child .flows-split-number');
    const parts = (await page.locator('.flows-split-steps li:first-child .flows-split-number .num').allInnerTexts()).map(Number);
    assert.equal(parts.reduce((sum, n) => sum + n, 0), rows[0].came, `${first}`);
    assert.match(await page.locator('.flows-notes').innerText(), /Flows have no column country/);
    if (process.env.WEIR_SHOTS)
        await shoot(page, 'flows-split');
    await page.getByRole('button', {name: 'letter'}).click();
    await page.waitForFunction(() => new URL(location).searchParams.getAll('filter').includes('entrypoint=letter'));
    await page.goto(`${weir.url}/flows?step=checkout.begn&step=order.placed`);
    await page.getByRole('button', {name: 'Use checkout.begin'}).click();
    await page.waitForSelector('.flows-came');
    assert.deepEqual((await addressOf(page)).searchParams.getAll('step'), ['checkout.begin', 'order.placed']);
});

test('flows over time are those of the reports', async (t) => {
    const page = await openConsole(t, browser, weir, address({over: 'begun'}));
    await settled(page);
    const panel = page.locator('section', {has: page.getByRole('heading', {name: 'Flows over time'})});
    await panel.getByRole('button', {name: 'Show as table'}).click();
    const shown = (await panel.locator('tbody td').allInnerTexts()).map((text) => Number(text.replace(/[^\d]/g, ''))).reduce((sum, n) => sum + n, 0);
    const [{n}] = await sql(weir, 'SELECT count(*) AS n FROM flow_metadata');
    assert.equal(shown, n);
    for (const name of ['Completion', 'Duration', 'Time to connect']) {
        await panel.getByRole('radio', {name}).click();
        await settled(page);
        if (name === 'Time to connect') // another report: its chart is drawn first
            await panel.getByRole('button', {name: 'Show as table'}).click();
        assert.ok(await panel.locator('tbody tr').count() >= 12, name);
    }
});
