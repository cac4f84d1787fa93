// SPDX-License-Identifier: Apache-2.0
//
// What others send is never run: strings that would be markup, scripts, formulas or steering characters, as properties,
// pages, titles, referrers, user agents and names of events, and then every page of the console, and places within it.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';

import {ask, openConsole, root, send, settled, sql, startBoth, until, untilAfter, untilLoaded} from './lib/console.mjs';

const all = untilAfter(after), run = 'window.__xss=1';
const hostile = [
    `<script>${run}</script>`, `"><script>${run}</script>`, `'><script>${run}</script>`, `</script><script>${run}</script>`, `</title><script>${run}</script>`,
    `</textarea><script>${run}</script>`, `</style><script>${run}</script>`, `<img src=x onerror=${run}>`, `"><img src=x onerror=${run}>`, `<img src="x" onerror="${run}">`,
    `<svg onload=${run}>`, `<svg><script>${run}</script></svg>`, `<svg/onload=${run}//`, `<body onload=${run}>`, `<iframe srcdoc="<script>parent.__xss=1</script>">`,
    `<iframe src=javascript:${run}>`, `<a href="javascript:${run}">x</a>`, `javascript:${run}`, `JaVaScRiPt:${run}//`, `data:text/html,<script>${run}</script>`,
    `<math><mi//xlink:href="javascript:${run}">`, `<input autofocus onfocus=${run}>`, `<details open ontoggle=${run}>`, `<video><source onerror=${run}>`, `<object data=javascript:${run}>`,
    `<embed src=javascript:${run}>`, `<form action=javascript:${run}><input type=submit>`, `<button formaction=javascript:${run}>x`, `<meta http-equiv=refresh content="0;url=javascript:${run}">`,
    `<base href=//evil.example/>`, `<link rel=stylesheet href=//evil.example/x.css>`, `<style>@import '//evil.example/x.css'</style>`, `<img src=//evil.example/x.png>`,
    `" onmouseover="${run}" x="`, `' onfocus='${run}' autofocus x='`, `\` onerror=${run}`, `\${${run}}`, `{{constructor.constructor('${run}')()}}`, `<%= ${run} %>`, `#{${run}}`,
    `&lt;script&gt;${run}&lt;/script&gt;`, `&#60;script&#62;${run}`, `\\u003cscript\\u003e${run}`, `%3Cscript%3E${run}%3C/script%3E`, `<scr<script>ipt>${run}</script>`, `<!--><script>${run}</script>-->`,
    `<![CDATA[<script>${run}</script>]]>`, `__proto__`, `constructor`, `toString`, `=1+1`, `+1+1`, `-1+1`, `@SUM(1,1)`, `=HYPERLINK("http://evil.example","x")`, `\tcmd`, `=cmd|' /C calc'!A0`,
    `\u202etxt.exe\u202c`, `\u2066\u2067x\u2069`, `a\u0300\u0301\u0302\u0303\u0304`, `\ufeffx`, `\u200b`, `👩‍👩‍👧‍👦`, `'; DROP TABLE events; --`, `" OR 1=1 --`, `x'); SELECT 1; --`, `(other)`, `(none)`, 'y'.repeat(190),
];
const enter = hostile.map((value) => encodeURIComponent(value));
let weir, browser;

before(async () => {
    ({weir, browser} = await startBoth(all, {events: {count: 300, days: 3}}));
    await send(weir, 'service', hostile.map((foo, i) => ({name: 'something_happened', properties: {foo}, context: {url: `https://jobs.example/hostile/${enter[i]}`, title: foo, user_agent: foo}})));
    await send(weir, 'site', hostile.map((value, i) => ({name: 'page.viewed', context: {
        url: `https://www.example.org/hostile/${value.replace(/[\s\\]/g, '')}?utm_campaign=${enter[i]}&utm_source=${enter[i]}`, title: value, referrer: `https://${i}.example/${enter[i]}`,
    }})));
    await send(weir, 'service', hostile.map((name) => ({name: name.slice(0, 120), properties: {[name.slice(0, 60)]: name, foo: {[name.slice(0, 60)]: name}}})));
    await until(async () => (await sql(weir, "SELECT count(*) AS n FROM events WHERE name = 'something_happened' AND foo IN ('=1+1', '(none)')"))[0].n === 2, {what: 'the events'});
    await untilLoaded(weir);
});

const pages = [...readFileSync(`${root}/console/src/pages/list.ts`, 'utf8').matchAll(/path: '(\/[^']+)'/g)].map(([, path]) => path).filter((path) => path !== '/login');
const within = [
    '/events?event=something_happened&by=foo&limit=100', '/events?event=something_happened&by=foo&by=path&chart=lines', '/events?event=page.viewed&by=title', '/events?by=utm_campaign&traffic=all',
    ...[0, 33].flatMap((i) => [`/events?event=${enter[i]}&by=${enter[i]}`, `/events?event=something_happened&by=foo&filter=foo=${enter[i]}`, `/overview?filter=path=${enter[i]}&zone=${enter[i]}&range=${enter[i]}`,
        `/trail?where=foo=${enter[i]}`, `/trail?q=${enter[i]}`, `/flows?step=${enter[i]}`, `/catalogue?q=${enter[i]}`, `/quarantine?name=${enter[i]}`]),
    `/${enter[1]}`,
];

// One page for all places: what is loaded stays loaded, as for people.
async function look(t, paths) {
    const page = await openConsole(t, browser, weir, '/overview', {allow: /status of 4\d\d/}), dialogs = [];
    page.on('dialog', (dialog) => {
        dialogs.push(dialog.message());
        dialog.dismiss();
    });
    for (const path of paths) {
        await page.evaluate((to) => {
            history.pushState(null, '', to);
            dispatchEvent(new PopStateEvent('popstate'));
        }, path);
        await settled(page);
        assert.equal(await page.evaluate(() => window.__xss), undefined, path);
        assert.equal(await page.evaluate(() => document.querySelectorAll('#root :is(script, iframe, object, embed, base, meta, link), body :is(img, iframe)').length), 0, path);
        assert.deepEqual(await page.$$eval('a[href]', (links) => links.map(({protocol}) => protocol).filter((protocol) => !['http:', 'https:'].includes(protocol))), [], path);
    }
    assert.deepEqual(dialogs, []);
    return page;
}

test('no page runs what is in events', async (t) => {
    assert.ok(pages.includes('/overview') && pages.includes('/events'));
    await look(t, pages);
});

test('nor does any place within, or an address', async (t) => {
    await look(t, within);
});

test('the texts are there as they were sent', async (t) => {
    const page = await openConsole(t, browser, weir, '/events?event=something_happened&by=foo&limit=100');
    await settled(page);
    const more = page.getByRole('button', {name: /^More \(/});
    if (await more.count())
        await more.click();
    const shown = new Set(await page.$$eval('.table-root .cell-words', (cells) => cells.map((cell) => cell.textContent)));
    const stored = (await sql(weir, "SELECT DISTINCT foo FROM events WHERE name = 'something_happened' AND path LIKE '/hostile/%'")).map(({foo}) => foo);
    assert.ok(stored.length >= 60, `${stored.length} of ${hostile.length} were accepted`);
    assert.deepEqual(stored.filter((value) => !shown.has(value)), []);
    const metrics = await (await ask(weir, '/metrics')).text();
    assert.match(metrics, /^weir_console_csp_reports_total 0$/m);
});
