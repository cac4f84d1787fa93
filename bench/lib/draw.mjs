// SPDX-License-Identifier: Apache-2.0
// How long a page takes from its address to drawn, as somebody has it who types the address: a browser with a profile
// on disk, whose window is open and at rest with a page of another site, so that the visit begins in a process of its
// own. The page's clock tells, from the begin of the navigation to the frame in which nothing loads, every
// panel has its numbers and every chart its picture. What the driver of the browser takes to ask and to hear is no part of it.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { startBrowser, startProfile } from '../../tests/e2e/lib/browser.mjs';
import { temporaryFolder } from './process.mjs';

const restMs = 1200, warmVisits = 3, said = 'weir-bench: drawn at ';
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Runs in every document before its own scripts.
const watch = (prefix) => {
  const isDrawn = () => document.querySelector('main h1') && document.querySelector('main table, main .panel, main .live-state') &&
    !document.querySelector('[aria-busy="true"], .panel-wait, .chart-plot:not(:has(canvas))');
  const observer = new MutationObserver(() => {
    if (!isDrawn()) return;
    observer.disconnect();
    requestAnimationFrame(() => {
      const afterFrame = new MessageChannel();
      afterFrame.port1.onmessage = () => console.debug(prefix + performance.now());
      afterFrame.port2.postMessage(null);
    });
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });
};

// A page of nothing but a heading and a table: what the browser takes for any page. `home` is the same as another site.
const startPlain = async () => {
  const server = createServer((request, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    answer.end('<!doctype html><title>Plain</title><link rel="icon" href="data:,"><main><h1>Plain</h1><table><tr><td>1</table></main>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = (host) => `http://${host}:${server.address().port}/`;
  return { url: at('plain.example'), home: at('home.example'), close: () => server.close() };
};

// The seconds of one visit.
const visit = async (page, plain, url) => {
  await page.goto(plain.home);
  await sleep(restMs);
  const drawn = page.waitForEvent('console', { predicate: (message) => message.text().startsWith(said), timeout: 120_000 });
  await page.goto(url, { waitUntil: 'commit' });
  return Number((await drawn).text().slice(said.length)) / 1000;
};

const prepare = async (context) => {
  await context.addInitScript(watch, said);
  return context.newPage();
};

// What visits with `headers` need; closed when `t` ends.
export const startVisitor = async (t, headers) => {
  const plain = await startPlain(), context = await startProfile(t, temporaryFolder('profile'), { extraHTTPHeaders: headers });
  t.after(() => plain.close());
  return { plain, headers, context, page: await prepare(context) };
};

// Somebody who has never been there: nothing of it in a cache.
export const drawFirst = async (t, { plain, headers }, url) => {
  const browser = await startBrowser(t), context = await browser.newContext({ extraHTTPHeaders: headers });
  const seconds = await visit(await prepare(context), plain, url);
  await context.close();
  return seconds;
};

// The seconds of visits one after the other by somebody who has been there. The first few, in which the browser begins to keep
// compiled scripts, are not counted.
export const drawAgain = async ({ plain, page }, urlOf, count) => {
  const times = [];
  for (let i = -warmVisits; i < count; i++) {
    const seconds = await visit(page, plain, urlOf(i));
    if (i >= 0) times.push(seconds);
  }
  return times;
};
