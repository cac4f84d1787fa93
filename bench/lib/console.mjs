// SPDX-License-Identifier: Apache-2.0
// The console's figures: reports over 50 million events beside one plain question to them, and acknowledgements
// beside people who reload. The store is made by bench_days, or is that of CONSOLE_STORE (a folder), which is kept, with a
// journal of what the last figure adds to it (2 million events).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { drawAgain, drawFirst, startVisitor } from './draw.mjs';
import { makeSite, root, run, startWeir, stop, temporaryFolder } from './process.mjs';
import { median, quantile } from './table.mjs';

const benchBuild = process.env.BENCH_BUILD ?? join(root, 'build-bench');
const DAY = 86400e3;
const day = (ms) => new Date(ms).toISOString().slice(0, 10);

const makeStore = async (quick) => {
  if (process.env.CONSOLE_STORE) return { folder: process.env.CONSOLE_STORE, remove: () => {} };
  const out = await run(join(benchBuild, 'bench/bench_days'), [`events=${quick ? 500_000 : 50_000_000}`, `catalogues=${join(root, 'catalogues')}`]);
  const folder = dirname(/^kept: (.+)$/m.exec(out)[1]);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

// An engine on the store, at first without a collector.
const startEngine = async (store) => {
  const site = makeSite(temporaryFolder('console'), 'store: {memory: 4GiB, threads: 2}');
  symlinkSync(store.folder, join(site.folder, 'data'));
  const engine = await startWeir('engine', site, [/console on (\S+)/]);
  const token = readFileSync(join(store.folder, 'console.token'), 'utf8').trim();
  return { ...engine, site, token, url: `http://${engine.match[0][1]}`, headers: { authorization: `Bearer ${token}` } };
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

// A store that was kept by an earlier version would be summed up while it is measured. A day or two are done soon.
const needSums = async (engine) => {
  const { rows: [[left]] } = await ask(engine, '/api/query', { sql: `SELECT count(*) FROM day_state AS d WHERE day < current_date AND NOT EXISTS (
    FROM day_properties_state AS s WHERE s.day = d.day AND s.upto >= d.seen)` });
  if (Number(left) > 2) throw new Error(`${left} days of the store are not summed up: bench_days file=…/weir.duckdb does that`);
};

const report = (engine, name, query) => ask(engine, `/api/report/${name}?${new URLSearchParams(query)}`);
const sql = (engine, text) => ask(engine, '/api/query', { sql: text });

const timesOf = async (count, one) => {
  const times = [];
  for (let i = 0; i < count; i++) times.push((await one(i)).seconds);
  return times;
};

// A collector whose journal goes on where the store ends; what it takes is loaded beside the rest. The second time,
// its journal is there already.
const startCollector = async (store, engine) => {
  const journal = join(store.folder, 'journal');
  if (!existsSync(journal)) {
    const [[last]] = (await sql(engine, 'SELECT position FROM store_state')).rows;
    await run(join(benchBuild, 'bench/bench_begin'), [journal, String(Number(last) + 1)]);
  }
  return startWeir('collect', engine.site, [/listening on \S+:(\d+)/]);
};

// 20,000 events a second in batches of 100: the 99th percentile of their acknowledgements, in milliseconds.
const send = async (collector, site, seconds) => {
  const event = { name: 'timer.stopped', session: 'session-100-4f1d2c', properties: { user_id: '100001', time_entry_id: '900001', project_id: '100', duration_seconds: 1000 } };
  const body = join(site.folder, 'body.json');
  writeFileSync(body, JSON.stringify(Array.from({ length: 100 }, () => event)));
  const out = await run(join(benchBuild, 'bench/bench_steady'), [collector.match[0][1], site.key('timetracker'), body, '200', String(seconds)]);
  return Number(/^acknowledged \S+ \S+ (\S+)/.exec(out)[1]);
};

// Ten people who load the overview again and again, until `end` is called, which says how long they waited.
const reload = (engine, query) => {
  const url = `${engine.url}/api/report/overview?${new URLSearchParams(query)}`;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'people.mjs'), url, engine.token, '10'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (d) => (out += d));
  return { end: async () => { child.stdin.end(); await once(child, 'close'); return JSON.parse(out); } };
};

// One engine, which loads what the collector takes and has the store; sender and people are processes of their own. The
// range ends in the future: each load changes the answer, where one about days that are over would be given again.
const beside = async (store, engine, from, quick) => {
  const collector = await startCollector(store, engine), seconds = quick ? 3 : 10, rounds = quick ? 1 : 4;
  const query = { from, to: day(Date.now() + DAY) }, alone = [], together = [], waited = [];
  await report(engine, 'overview', query);
  await send(collector, engine.site, 2);
  for (let i = 0; i < rounds; i++) {
    alone.push(await send(collector, engine.site, seconds));
    const people = reload(engine, query);
    together.push(await send(collector, engine.site, seconds));
    waited.push(...await people.end());
  }
  await stop(collector.child);
  const value = median(together), reference = median(alone);
  return [
    { figure: `acknowledgement p99 at 20,000 events/s beside ten people who reload the overview (${alone.map((a, i) => `${a.toFixed(1)}, ${together[i].toFixed(1)}`).join('; ')})`,
      value, unit: 'ms', reference, referenceName: 'alone', ratio: value / reference, bar: '<= 1.2 x', met: value <= 1.2 * reference },
    { figure: `how long those ten waited, p95 of ${waited.length} answers in ${rounds * seconds} s`, value: quantile(waited, 0.95), unit: 's' },
  ];
};

const ratioRow = (figure, value, s, bar = true) => ({ figure, value, unit: 's', reference: s, referenceName: 'S', ratio: value / s,
  ...(bar ? { bar: '<= 0.1 x', met: value <= 0.1 * s } : {}) });

export const consoleFigures = async ({ quick }) => {
  const store = await makeStore(quick), rows = [], after = [];
  let engine;
  try {
    engine = await startEngine(store);
    await needSums(engine);
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
    const t = { after: (done) => after.unshift(done) }, visitor = await startVisitor(t, engine.headers);
    const custom = (days) => new URLSearchParams({ range: 'custom', from: day(end - days * DAY), to: day(end - DAY), zone });
    const overview = `${engine.url}/overview?${custom(29)}`, eventsOf = (i) => `${engine.url}/events?${custom(71 + i)}&event=${event}&by=${property}`;
    const drawn = async (what, urlOf, many, bar) => {
      const times = await drawAgain(visitor, urlOf, quick ? 3 : many);
      rows.push(ratioRow(`${what}, from the address to drawn, p95 of ${times.length} visits by a browser that has been there (median ${median(times).toFixed(2)} s)`, quantile(times, 0.95), s, bar));
    };
    await drawn('what any page takes: a heading and a table of another server', () => visitor.plain.url, 20, false);
    await drawn('Live, which asks the store nothing', () => `${engine.url}/live`, 10, false);
    rows.push(ratioRow('overview, from the address to drawn, first visit', await drawFirst(t, visitor, overview), s, false));
    await drawn('overview, 30 days', () => overview, 20, true);
    await drawn('events by a property, 71 to 90 days, each another question', eventsOf, 20, true);
    rows.push(...await beside(store, engine, day(end - 30 * DAY), quick));
  } finally {
    for (const done of after) await done();
    if (engine) await stop(engine.child);
    store.remove();
  }
  return rows;
};
