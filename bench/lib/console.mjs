// SPDX-License-Identifier: Apache-2.0
// The console's figures: reports over 50 million events beside one plain question to them, and acknowledgements
// beside people who reload. The store is made by bench_days, or is that of CONSOLE_STORE (a folder), which is kept.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startBrowser } from '../../tests/e2e/lib/browser.mjs';
import { makeSite, root, run, startWeir, stop, temporaryFolder } from './process.mjs';
import { median, quantile } from './table.mjs';

const benchBuild = process.env.BENCH_BUILD ?? join(root, 'build-bench');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const DAY = 86400e3;
const day = (ms) => new Date(ms).toISOString().slice(0, 10);

const makeStore = async (quick) => {
  if (process.env.CONSOLE_STORE) return { folder: process.env.CONSOLE_STORE, remove: () => {} };
  const out = await run(join(benchBuild, 'bench/bench_days'), [`events=${quick ? 500_000 : 50_000_000}`, `catalogues=${join(root, 'catalogues')}`]);
  const folder = dirname(/^kept: (.+)$/m.exec(out)[1]);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

// An engine on the store, without a collector.
const startEngine = async (store) => {
  const site = makeSite(temporaryFolder('console'), 'store: {memory: 4GiB, threads: 2}');
  symlinkSync(store.folder, join(site.folder, 'data'));
  const engine = await startWeir('engine', site, [/console on (\S+)/]);
  const token = readFileSync(join(store.folder, 'console.token'), 'utf8').trim();
  return { ...engine, url: `http://${engine.match[0][1]}`, headers: { authorization: `Bearer ${token}` } };
};

// The answer, and the seconds until it was read.
const ask = async (engine, path, body) => {
  const began = performance.now();
  const answer = await fetch(engine.url + path, body ? { method: 'POST', body: JSON.stringify(body), headers: { ...engine.headers, 'content-type': 'application/json' } }
    : { headers: engine.headers });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
  return { seconds: (performance.now() - began) / 1000, rows: JSON.parse(text).rows };
};

const report = (engine, name, query) => ask(engine, `/api/report/${name}?${new URLSearchParams(query)}`);
const sql = (engine, text) => ask(engine, '/api/query', { sql: text });

const timesOf = async (count, one) => {
  const times = [];
  for (let i = 0; i < count; i++) times.push((await one(i)).seconds);
  return times;
};

// A page from its address to drawn, with nothing left that loads; in a context of its own, or one that knows the files.
const draw = async (browser, engine, path) => {
  const page = await browser.newPage(...(browser.contexts ? [{ extraHTTPHeaders: engine.headers }] : []));
  const began = performance.now();
  await page.goto(engine.url + path);
  await page.waitForFunction(() => document.querySelector('main h1') && document.querySelector('main table, main .panel') &&
    !document.querySelector('[aria-busy="true"], .panel-wait'), null, { timeout: 120_000 });
  const seconds = (performance.now() - began) / 1000;
  await page.close();
  return seconds;
};

// The 95th percentile of visits one after the other; each is of a second of its own, for which the engine keeps an answer.
const drawAgain = async (browser, engine, path, count) => {
  const context = await browser.newContext({ extraHTTPHeaders: engine.headers }), times = [];
  await draw(context, engine, path);
  for (let i = 0; i < count; i++) {
    await sleep(1200);
    times.push(await draw(context, engine, path));
  }
  await context.close();
  return quantile(times, 0.95);
};

// Batches of 100 at a steady pace, whether or not earlier ones were answered: milliseconds from the moment that each
// should have left to its answer.
const send = async (address, key, { perSecond, seconds }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 }), [hostname, port] = address.split(':');
  const event = { name: 'timer.stopped', session: 'session-100-4f1d2c', properties: { user_id: '100001', time_entry_id: '900001', project_id: '100', duration_seconds: 1000 } };
  const body = JSON.stringify(Array.from({ length: 100 }, () => event));
  const times = [], waiting = [], every = 100_000 / perSecond, began = performance.now();
  const one = async (at) => {
    const r = request({ agent, hostname, port, path: '/v1/events', method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } });
    r.end(body);
    const [answer] = await once(r, 'response');
    answer.resume();
    await once(answer, 'end');
    if (answer.statusCode !== 200) throw new Error(`a batch was answered ${answer.statusCode}`);
    times.push(performance.now() - at);
  };
  for (let at = began; at < began + seconds * 1000; at += every) {
    while (performance.now() < at) await sleep(1);
    waiting.push(one(at));
  }
  await Promise.all(waiting);
  agent.destroy();
  return times;
};

// Ten people who load the overview again and again, as their browsers do, until it is over.
const reload = (engine, query) => {
  let over = false, answers = 0;
  const people = Array.from({ length: 10 }, async () => {
    while (!over) {
      await report(engine, 'overview', query);
      answers++;
      await sleep(200);
    }
  });
  return { end: async () => { over = true; await Promise.all(people); return answers; } };
};

const beside = async (engine, query, quick) => {
  const site = makeSite(temporaryFolder('beside')), seconds = quick ? 3 : 20, rounds = quick ? 1 : 2;
  const collector = await startWeir('collect', site, [/listening on (\S+)/]), loading = await startWeir('engine', site, [/console on (\S+)/]);
  const alone = [], together = [];
  let answers = 0;
  const once20 = () => send(collector.match[0][1], site.key('timetracker'), { perSecond: 20_000, seconds });
  await send(collector.match[0][1], site.key('timetracker'), { perSecond: 20_000, seconds: 2 });
  for (let i = 0; i < rounds; i++) {
    alone.push(quantile(await once20(), 0.99));
    const people = reload(engine, query);
    together.push(quantile(await once20(), 0.99));
    answers += await people.end();
  }
  await stop(loading.child);
  await stop(collector.child);
  const value = median(together), reference = median(alone);
  return { figure: `acknowledgement p99 at 20,000 events/s beside ten people who reload the overview (${answers} answers)`, value, unit: 'ms', reference,
    referenceName: 'alone', ratio: value / reference, bar: '<= 1.2 x', met: value <= 1.2 * reference };
};

const ratioRow = (figure, value, s, bar = true) => ({ figure, value, unit: 's', reference: s, referenceName: 'S', ratio: value / s,
  ...(bar ? { bar: '<= 0.1 x', met: value <= 0.1 * s } : {}) });

export const consoleFigures = async ({ quick }) => {
  const store = await makeStore(quick), rows = [], after = [];
  let engine;
  try {
    engine = await startEngine(store);
    const [[first, last, events]] = (await sql(engine, 'SELECT epoch_ms(min(time)), epoch_ms(max(time)), count(*) FROM events')).rows;
    const end = Math.floor(Number(last) / DAY) * DAY, zone = 'Europe/Berlin';
    const s = median(await timesOf(3, () => sql(engine, 'SELECT name, count(*), count(DISTINCT visitor) FROM events GROUP BY 1')));
    const million = `${(Number(events) / 1e6).toFixed(0)} million events of ${Math.round((last - first) / DAY)} days`, count = quick ? 5 : 30;
    const p95 = async (many, one) => quantile(await timesOf(many, one), 0.95);
    const range = (i, days, more) => ({ from: day(end - (days + i) * DAY), to: day(end), ...more });
    await report(engine, 'overview', range(0, 30, { time_zone: zone, limit: 9 }));
    rows.push({ figure: `S: events and visitors by name, ${million}`, value: s, unit: 's' });
    rows.push(ratioRow('overview, 30 days, p95, UTC', await p95(count, (i) => report(engine, 'overview', range(i, 30))), s));
    rows.push(ratioRow('overview, 30 days, p95, Europe/Berlin, whose days are parts of two', await p95(count, (i) => report(engine, 'overview', range(i, 30, { time_zone: zone }))), s));
    const now = (i) => ({ from: day(end - 30 * DAY), to: new Date(end - (i + 1) * 1000).toISOString() });
    rows.push(ratioRow('overview, 30 days up to a moment, p95, UTC, with a day read as events', await p95(count, (i) => report(engine, 'overview', now(i))), s));
    rows.push(ratioRow('overview, all days, p95, UTC', await p95(quick ? 2 : 10, (i) => report(engine, 'overview', range(-i, 80))), s, false));
    const event = process.env.CONSOLE_EVENT ?? 'auth.login', property = process.env.CONSOLE_PROPERTY ?? 'auth_method';
    for (const [what, by, many, bar] of [[event, property, count, true], ['page.viewed', 'path', 10, false], [null, 'entrypoint', 3, false]]) {
      const query = { ...(what && { event: what }), by, totals: 1 };
      rows.push(ratioRow(`breakdown of ${what ?? 'all events'} by ${by}, 90 days, p95`,
        await p95(quick ? 2 : many, (i) => report(engine, 'breakdown', range(0, 90, { ...query, limit: 20 + i }))), s, bar));
    }
    const browser = await startBrowser({ after: (done) => after.push(done) });
    const place = new URLSearchParams({ range: 'custom', from: day(end - 29 * DAY), to: day(end - DAY), zone });
    rows.push(ratioRow('overview, from the address to drawn, first visit', await draw(browser, engine, `/overview?${place}`), s, false));
    rows.push(ratioRow('overview, from the address to drawn, p95 of visits by a browser that has been there', await drawAgain(browser, engine, `/overview?${place}`, quick ? 3 : 10), s));
    rows.push(ratioRow('events by a property, from the address to drawn, once', await draw(browser, engine, `/events?${place}&event=${event}&by=${property}`), s));
    rows.push(await beside(engine, range(0, 30), quick));
  } finally {
    for (const done of after) await done();
    if (engine) await stop(engine.child);
    store.remove();
  }
  return rows;
};
