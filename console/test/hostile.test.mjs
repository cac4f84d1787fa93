// SPDX-License-Identifier: Apache-2.0
//
// Everything that an event carries is hostile text: names, properties, pages, referrers, user agents, and what the
// catalogue and the address say. On every page nothing of it runs, and the policy has nothing to report.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';

import {ask, keyOf, openConsole, post, root, settled, sql, startBoth, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after);
// Names of events by the catalogue below have no dot, so these have few.
const texts = [
    '<script>hit=1</script>', '"><img src=x onerror=hit=1>', '<svg/onload=hit=1>', "';hit=1;//", 'javascript:hit=1',
    '</title><script>hit=1</script>', '<a href="javascript:hit=1">x</a>', '{{constructor.constructor("hit=1")()}}', '${hit=1}',
    '<iframe srcdoc="<script>parent[`hit`]=1</script>">', '\u202e\u0000<b>\u2028', '=HYPERLINK("http://evil.example")', '__proto__', 'data:text/html,<script>hit=1</script>',
];
const quoted = JSON.stringify(texts[1]);
const catalogue = `defaults: {owner: team@example.org, status: active, kind: page}
events:
  - name: "{any}"
    description: ${quoted}
    trigger: ${JSON.stringify(texts[0])}
    since: 2025-01-01
    parameters: {any: {pattern: "(?s).*", max_values: 100, description: ${quoted}}}
    properties:
      note: {type: string, description: ${quoted}}
      seats: {type: integer, description: ${quoted}}
`;
// The pages, as their list says.
const paths = [...readFileSync(join(root, 'console/src/pages/list.ts'), 'utf8').matchAll(/path: '([^']+)', name/g)].map(([, path]) => path);
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: false, files: {'hostile/events.yaml': catalogue}, settings: (settings) => ({...settings, catalogue: './hostile',
        sources: [{name: 'backend', kind: 'server', key: keyOf('backend'), rate: 'unlimited'}]})}));
    const events = texts.flatMap((text) => [
        {name: text, actor: text, session: text.replaceAll('\0', ''), properties: {note: text, seats: 3}, context: {path: `/${text}`, referrer: text, title: text, platform: text,
            user_agent: text}},
        {name: text, properties: {note: text, seats: text}},
        {name: `plain${texts.indexOf(text)}`, properties: {note: text}, context: {path: `/${text}`}},
    ]);
    for (const event of events)
        await post({url: weir.collector}, [event], {key: keyOf('backend')});
    await untilLoaded(weir);
});

test('no text runs on any page', async (t) => {
    const [{n, kept}] = await sql(weir, 'SELECT (SELECT count(*) FROM events) AS n, (SELECT count(*) FROM quarantine) AS kept');
    assert.ok(n >= 20 && kept >= 10, `${n} events, ${kept} kept aside`);
    const page = await openConsole(t, browser, weir, '/overview', {allow: /status of 4\d\d .*\/api\//});
    for (const path of paths) {
        for (const text of texts.slice(0, 1)) { // the pages as they begin are looked at in pages_hostile.test.mjs
            const query = `?${new URLSearchParams([['filter', `note=${text}`], ['filter', text], ['range', text], ['zone', text], ['event', text], ['where', `note=${text}`], ['sql', text], ['step', text], ['to', text]])}`;
            await page.goto(weir.url + path + query);
            await page.locator('h1').first().waitFor();
            await page.waitForTimeout(150);
            assert.equal(await page.evaluate(() => window.hit), undefined, path + query);
        }
    }
    await page.goto(`${weir.url}/overview`);
    await settled(page);
    for (const row of await page.locator('.row-button').all())
        assert.ok(await row.innerText() !== '');
    await page.getByRole('button', {name: texts[1], exact: true}).first().click();
    await page.getByText('Edit the filter').or(page.getByRole('button', {name: /^Edit the filter/})).first().waitFor();
    await settled(page);
    assert.deepEqual([await page.evaluate(() => window.hit), await page.evaluate(() => document.querySelectorAll('main script, main img, main iframe').length)], [undefined, 0]);
    const metrics = await (await ask(weir, '/metrics')).text();
    assert.match(metrics, /^weir_console_csp_reports_total 0$/m);
    assert.match(metrics, /^weir_console_csp_dropped_total 0$/m);
});

test('links to outside lead to pages, never to scripts', async (t) => {
    const page = await openConsole(t, browser, weir, '/overview', {allow: /status of 4\d\d .*\/api\//});
    await settled(page);
    const hrefs = await page.locator('a[href]').evaluateAll((links) => links.map((link) => new URL(link.href).protocol));
    assert.deepEqual(hrefs.filter((protocol) => !['http:', 'https:'].includes(protocol)), []);
});
