// SPDX-License-Identifier: Apache-2.0
//
// Chromium, and sites for it to visit, for end-to-end tests. Every host name leads to this machine, so that a
// test has as many sites and origins as it wants; nothing is fetched from anywhere else. The browser is
// $CHROMIUM, else /usr/bin/chromium.
//
//   const browser = await startBrowser(t);             // one a file: it takes most of a second
//   const site = await startSite(t, {'/': '<h1>Hello</h1>'});
//   const page = await openPage(t, browser);
//   await page.goto(site.url('www.example.org', '/'));

import {createServer} from 'node:http';

import {chromium} from 'playwright-core';

import {patience, until as untilThen} from './weir.mjs';

const flags = [
    '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * 127.0.0.1',
];
const launch = {executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', chromiumSandbox: false};

// A headless Chromium with a profile of its own, closed when `t` (a test's context, or untilAfter's) ends.
// `options` are playwright-core's, `args` further flags.
export async function startBrowser(t, {args = [], ...options} = {}) {
    const browser = await chromium.launch({...launch, args: [...flags, ...args], ...options});
    t.after(() => browser.close());
    return browser;
}

// One whose profile lies in `folder`, as people's does: with caches that stay, of files and of compiled scripts.
export async function startProfile(t, folder, {args = [], ...options} = {}) {
    const context = await chromium.launchPersistentContext(folder, {...launch, args: [...flags, ...args], ...options});
    t.after(() => context.close());
    return context;
}

const shared = new WeakMap();

function sharedContext(browser) {
    if (!shared.has(browser))
        shared.set(browser, browser.newContext());
    return shared.get(browser);
}

// A page, in a context of its own where there are `options` (playwright-core's) for one; else pages share one, which
// is three times as fast, and keeps them apart as long as their sites are: cookies belong to a host, all other storage
// to an origin. `init` runs in every document before its own scripts: a function or text. What the page throws, logs
// as an error or reports as a violation of its policy is collected in page.complaints.
export async function openPage(t, browser, {init, ...options} = {}) {
    const isOwn = Object.keys(options).length > 0;
    const context = await (isOwn ? browser.newContext(options) : sharedContext(browser));
    const page = await context.newPage();
    t.after(() => isOwn ? context.close() : page.close());
    if (init)
        await page.addInitScript(init);
    page.complaints = [];
    page.on('pageerror', (error) => page.complaints.push(`${error}`));
    page.on('console', (message) => {
        if (message.type() === 'error')
            page.complaints.push(message.text());
    });
    return page;
}

function readBody(request) {
    return new Promise((done) => {
        const pieces = [];
        request.on('data', (piece) => pieces.push(piece));
        request.on('end', () => done(Buffer.concat(pieces)));
        request.on('error', () => done(null)); // gone in the middle
    });
}

// Answers by HTTP on a free port, under all host names. `routes` maps paths (without query; '*' is every other) to
// HTML, to {status, headers, body}, or to a function of {method, host, path, query, headers, body} that returns,
// or promises, one of these; a function that answers null closes the connection without a word. `site.routes`
// may be changed while it runs; `site.requests` is what came, in order.
export async function startSite(t, routes = {}) {
    const site = {routes, requests: []};
    const server = createServer(async (request, response) => {
        const url = new URL(request.url, 'http://host');
        const seen = {
            method: request.method,
            host: request.headers.host.replace(/:\d+$/, ''),
            path: url.pathname,
            query: url.searchParams,
            headers: request.headers,
            body: (await readBody(request))?.toString() ?? null,
        };
        site.requests.push(seen);
        let answer = site.routes[url.pathname] ?? site.routes['*'] ?? {status: 404, body: 'not here'};
        if (typeof answer === 'function')
            answer = await answer(seen);
        if (answer === null) {
            request.socket.destroy();
            return;
        }
        if (typeof answer === 'string')
            answer = {body: answer};
        response.writeHead(answer.status ?? 200, {'content-type': 'text/html; charset=utf-8', ...answer.headers});
        response.end(answer.body ?? '');
    });

    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    site.port = server.address().port;
    site.url = (host, path = '/') => `http://${host}:${site.port}${path}`;
    site.origin = (host) => `http://${host}:${site.port}`;
    t.after(() => new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
    }));
    return site;
}

// Waits until `test` returns something true, and resolves to it.
export function until(test, {what = 'what was waited for', seconds = patience} = {}) {
    return untilThen(what, test, seconds);
}
