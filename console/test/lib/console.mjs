// SPDX-License-Identifier: Apache-2.0
//
// The console, running, for tests of its pages: an engine with events of the demo's five applications, and a browser.
//
//   const all = untilAfter(after);
//   before(async () => ({weir, browser} = await startBoth(all)));
//   test('…', async (t) => {
//       const page = await openConsole(t, browser, weir, '/overview?range=7d');
//       await settled(page);
//       await shoot(page, 'overview');
//       await axe(page);
//       const [{n}] = await sql(weir, 'SELECT count(*) AS n FROM events');
//   }); // fails if the page complained: see openConsole

import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join, resolve} from 'node:path';

import {startBrowser, until as untilWithin} from '../../../tests/e2e/lib/browser.mjs';
import {origin, post, residue, root, runWeir, startWeir} from '../../../tests/e2e/lib/weir.mjs';

export {goodEvent, origin, post, root, runWeir, untilAfter} from '../../../tests/e2e/lib/weir.mjs';

const axePath = createRequire(join(root, 'console/package.json')).resolve('axe-core/axe.min.js');
const applications = ['service', 'site', 'integrations', 'timetracker', 'accounts'];
const flowKey = 'flow-key-of-the-tests-of-the-console';

// Seconds for what has to come about: nothing here is about speed, and a machine may be slow and have other work.
export const patience = 120;

export const until = (test, options) => untilWithin(test, {seconds: patience, ...options});

export const keyOf = (source) => `key-of-the-tests-for-${source}`;

function catalogueFiles() {
    const files = {};
    for (const name of applications)
        for (const file of readdirSync(join(root, 'catalogues', name)).filter((file) => file.endsWith('.yaml')))
            files[`catalogue/${name}/${file}`] = readFileSync(join(root, 'catalogues', name, file), 'utf8');
    return files;
}

function demoSettings(all) {
    return {
        ...all,
        collector: {...all.collector, trusted_proxies: ['127.0.0.1']},
        flows: {keys: [flowKey]},
        sources: applications.map((name) => name === 'site'
            ? {name, kind: 'browser', key: keyOf(name), origins: [origin], rate: 'unlimited', events: ['page.*', 'link.*', 'search*', 'social*', 'bentest*']}
            : {name, kind: 'server', key: keyOf(name), rate: 'unlimited'}),
    };
}

// The demo's events of each application: {site: [event, …], …}. The same for the same seed, up to `end`, a Date.
export async function demoEvents({count = 2000, days = 14, seed = 1, wrong = 5, names = applications, end = new Date()} = {}) {
    const made = await Promise.all(names.map((name) => runWeir(['demo', '--write', '-', '--catalogue', name, '--seed', String(seed),
        '--events', String(Math.ceil(count / names.length)), '--days', String(days), '--flow-key', flowKey, '--wrong', String(wrong), '--until', end.toISOString()])));
    return Object.fromEntries(names.map((name, i) => {
        assert.equal(made[i].code, 0, made[i].stderr);
        return [name, made[i].stdout.trimEnd().split('\n').map((line) => JSON.parse(line))];
    }));
}

// Sends events in the name of a source, 500 at a time.
export async function send(weir, source, events) {
    for (let at = 0; at < events.length; at += 500) {
        const {status, body} = await post({url: weir.collector}, events.slice(at, at + 500),
            {key: keyOf(source), headers: source === 'site' ? {origin} : {}});
        assert.ok([200, 202, 207, 422].includes(status), `${status}: ${JSON.stringify(body).slice(0, 300)}`);
    }
}

// Until the store and the tables that follow it have everything that the journal has.
export async function untilLoaded(weir) {
    await residue(weir.dir, {delivered: true, seconds: patience}); // the engine alone may not have heard yet of the last
    await until(async () => {
        const status = await (await ask(weir, '/api/status')).json();
        return status.sinks.every(({pending, position}) => pending === 0 && status.models.position >= position) && !status.models.remaking;
    }, {what: 'that everything is loaded'});
}

// Starts collector and engine with the demo's catalogues. Options: settings (a function of the settings that it would
// have), files (further ones), events (what demoEvents takes; false for none), env.
export async function startConsole(t, {settings = (all) => all, files = {}, events = {}, env} = {}) {
    const [made, weir] = await Promise.all([events === false ? {} : demoEvents(events), startWeir(t, {
        command: 'serve', ready: /console on (\S+):(\d+)/, env, seconds: patience,
        settings: (all) => settings(demoSettings(all)), files: {...catalogueFiles(), ...files},
    })]);
    weir.token = readFileSync(join(weir.dir, 'data/console.token'), 'utf8').trim();
    const found = await until(() => /listening on (\S+):(\d+)/.exec(weir.stdout()), {what: 'the collector'});
    weir.collector = `http://${found[1]}:${found[2]}`;
    await Promise.all(Object.entries(made).map(([source, list]) => send(weir, source, list)));
    await untilLoaded(weir);
    return weir;
}

// Engine and browser at the same time: {weir, browser}. Where one fails, the other is there to be stopped.
export async function startBoth(t, options) {
    const [weir, browser] = await Promise.allSettled([startConsole(t, options), startBrowser(t, {timeout: patience * 1000})]);
    for (const {status, reason} of [weir, browser])
        if (status === 'rejected')
            throw reason;
    return {weir: weir.value, browser: browser.value};
}

// A request with the token of the data folder; like the pages' own it comes again where the engine is busy.
export async function ask(weir, path, {headers = {}, ...init} = {}) {
    return until(async () => {
        const answer = await fetch(weir.url + path, {...init, headers: {authorization: `Bearer ${weir.token}`, ...headers}});
        if (answer.status !== 503)
            return answer;
        await answer.body?.cancel();
        await new Promise((done) => setTimeout(done, 300));
        return null;
    }, {what: `an answer to ${path}`});
}

// Rows as objects: what a page shows is compared with this.
export async function sql(weir, text) {
    const answer = await ask(weir, '/api/query', {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({sql: text})});
    const body = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(body));
    return body.rows.map((row) => Object.fromEntries(row.map((value, i) => [body.columns[i].name, value])));
}

// Opens a path of the console with the token, and collects everything that must not happen: errors and warnings of the
// browser's console, exceptions, violations of the policy, requests to other hosts. The test fails for them at its end.
// `allow` is a RegExp of complaints that the test means to bring about; `token: null` comes without one; further options
// are playwright's for a context.
export async function openConsole(t, browser, weir, path = '/', {allow = null, token = weir.token, init, ...options} = {}) {
    const context = await browser.newContext({viewport: {width: 1280, height: 900}, reducedMotion: 'reduce',
        ...(token && {extraHTTPHeaders: {authorization: `Bearer ${token}`}}), ...options});
    context.setDefaultTimeout(patience * 1000);
    const page = await context.newPage();
    page.complaints = [];
    const complain = (text) => { // the client asks again where the engine is busy; that the browser tells of it is its way
        if (!allow?.test(text) && !/status of 503 .*\/api\//.test(text))
            page.complaints.push(text);
    };
    page.on('pageerror', (error) => complain(`exception: ${error.stack ?? error}`));
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type()))
            complain(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on('request', (request) => {
        const url = new URL(request.url());
        if (url.origin !== weir.url && !['data:', 'blob:'].includes(url.protocol))
            complain(`request to another host: ${request.url()}`);
    });
    await page.exposeFunction('weirViolation', (text) => complain(`policy: ${text}`));
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation',
        (event) => window.weirViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`)));
    if (init)
        await page.addInitScript(init);
    t.after(async () => {
        await context.close();
        checkQuiet(page);
    });
    await page.goto(weir.url + path);
    return page;
}

export function checkQuiet(page) {
    assert.deepEqual(page.complaints, [], 'the page complains');
}

// Until nothing is loading any more.
export async function settled(page) {
    await page.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('[aria-busy="true"], .panel-wait'));
}

// Where the page is. What playwright knows of it is what it was told, which may be a moment old.
export async function addressOf(page) {
    return new URL(await page.evaluate(() => location.href));
}

// Where something is on the page, once it is.
export function boxOf(locator) {
    return until(() => locator.boundingBox(), {what: 'that it is to be seen'});
}

// Over the chart, from one share of its width to another. The pointer is first put where the chart has come to rest.
export async function drag(page, plot, from, to) {
    const {width} = await boxOf(plot);
    await plot.hover({position: {x: width * from, y: 40}});
    await page.mouse.down();
    const {x, y} = await boxOf(plot);
    await page.mouse.move(x + width * to, y + 60, {steps: 5});
    await page.mouse.up();
}

function shotFolder() {
    const shots = resolve(process.env.WEIR_SHOTS);
    mkdirSync(shots, {recursive: true});
    return shots;
}

// The pictures of docs/console.md: the tops of these pages, as high as fits into the bytes.
const documented = ['login', 'start', 'overview', 'events', 'flows', 'activity', 'trail', 'catalogue', 'quarantine', 'live', 'health', 'sql'];
const pictureHeight = 1200, pictureBytes = 150 * 1000;

async function shootForDocs(page, name) {
    const {width} = page.viewportSize(), whole = await page.evaluate(() => document.documentElement.scrollHeight);
    for (let height = Math.min(whole, pictureHeight); ; height -= 50) {
        const picture = await page.screenshot({clip: {x: 0, y: 0, width, height}, fullPage: true});
        if (picture.length < pictureBytes)
            return writeFileSync(join(root, 'docs/pictures', `${name}.png`), picture);
    }
}

// Fails where the page is wider than a phone of 390 px. With WEIR_SHOTS, a folder, pictures of the page as it is: NAME.png in
// light, NAME-dark.png, NAME-phone.png; those of docs/pictures are made anew as well. Leaves the page as it was.
export async function shoot(page, name) {
    const size = page.viewportSize(), file = (more) => join(shotFolder(), `${name}${more}.png`);
    const looks = [['', 'light', size], ['-dark', 'dark', size], ['-phone', 'light', {width: 390, height: 844}]];
    for (const [more, colorScheme, viewport] of process.env.WEIR_SHOTS ? looks : looks.slice(-1)) {
        await page.emulateMedia({colorScheme, reducedMotion: 'reduce'});
        await page.setViewportSize(viewport);
        await page.evaluate(() => scrollTo(0, 0)); // the bar stays at the top of the picture
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))); // charts draw anew after a frame
        if (process.env.WEIR_SHOTS)
            await page.screenshot({path: file(more), fullPage: true});
        if (more === '' && process.env.WEIR_SHOTS && documented.includes(name))
            await shootForDocs(page, name);
    }
    await page.waitForFunction(() => document.documentElement.scrollWidth <= 390).catch(async () =>
        assert.fail(`${name} is ${await page.evaluate(() => document.documentElement.scrollWidth)} px wide on a phone of 390`));
    await page.emulateMedia({colorScheme: 'light', reducedMotion: 'reduce'});
    await page.setViewportSize(size);
}

// Nothing serious or critical by axe-core's rules; in dark, where only colours differ, by those of contrast.
export async function axe(page, {within = 'body', themes = ['light', 'dark']} = {}) {
    const bad = [];
    for (const colorScheme of themes) {
        await page.emulateMedia({colorScheme, reducedMotion: 'reduce'});
        if (!await page.evaluate(() => 'axe' in window))
            await page.evaluate(readFileSync(axePath, 'utf8'));
        const found = await page.evaluate((context) => window.axe.run(context.within, {resultTypes: ['violations'], ...(context.dark && {runOnly: ['color-contrast']})}),
            {within, dark: colorScheme === 'dark'});
        for (const {id, impact, nodes} of found.violations)
            if (impact === 'serious' || impact === 'critical')
                bad.push(`${colorScheme}: ${id}: ${nodes.slice(0, 5).map(({target, any}) => `${target.join(' ')} ${any[0]?.message ?? ''}`).join('\n    ')}`);
    }
    await page.emulateMedia({colorScheme: 'light', reducedMotion: 'reduce'});
    assert.deepEqual(bad, []);
}
