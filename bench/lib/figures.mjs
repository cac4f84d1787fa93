// SPDX-License-Identifier: Apache-2.0
// Each figure of the table: how it is measured, what it is compared with, and its bar.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  cpuNs, makeSite, memoryMiB, root, run, startNginx, startWeir, stop, temporaryFolder, waitFor, weir,
} from './process.mjs';
import { consoleFigures } from './console.mjs';
import { shipping } from './ship.mjs';
import { median, quantile } from './table.mjs';

const benchBuild = process.env.BENCH_BUILD ?? join(root, 'build-bench');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const COLLECTOR_LINES = [/listening on (\S+)/];

// An event of 400 bytes: a stopped timer with its request. `n` makes them differ.
const event = (n = 0) => ({
  name: 'timer.stopped',
  time: new Date(Date.now() - 1000 - n).toISOString(),
  session: `session-${100 + (n % 900)}-4f1d2c`,
  request_id: `40311f6e-9c1a-4f5e-8d3b-${String(100000000000 + n)}`,
  properties: {
    user_id: `${100000 + (n % 5000)}`, time_entry_id: `${900000 + n}`, project_id: `${100 + (n % 300)}`,
    task_id: null, duration_seconds: 1000 + (n % 3600),
  },
  context: { path: '/timer/stop', method: 'POST', status: 200, locale: 'en-GB', environment: 'production', app_version: '5.10.0' },
});
// One run of wrk: requests answered, and the CPU time of `pids` meanwhile. Anything but a 2xx is an error.
const load = async ({ url, key, body, connections, seconds, pids }) => {
  const script = join(temporaryFolder('wrk'), 'post.lua');
  const headers = { 'Content-Type': 'application/json', ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = ${luaText(body)}\n` +
    Object.entries(headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"\n`).join(''));
  const cpu = () => pids.map(cpuNs).reduce((a, b) => a + b, 0);
  const before = cpu();
  const out = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url]);
  const used = cpu() - before;
  const wrong = /Non-2xx or 3xx responses: (\d+)/.exec(out);
  if (wrong) throw new Error(`${wrong[1]} requests were not accepted`);
  const requests = Number(/(\d+) requests in/.exec(out)[1]);
  return { requests, cpuNs: used, perSecond: requests / seconds };
};
const luaText = (text) => `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;

const postSingle = async ({ quick, rounds }) => {
  const site = makeSite(temporaryFolder('post'));
  const collector = await startWeir('collect', site, COLLECTOR_LINES);
  const nginx = await startNginx();
  const seconds = quick ? 1 : 3, body = JSON.stringify(event());
  const ours = [], theirs = [], ratios = [];
  for (let i = 0; i < rounds; i++) {
    const options = { body, connections: 64, seconds, key: site.key('timetracker') };
    const a = await load({ ...options, url: `http://${collector.match[0][1]}/v1/events`, pids: [collector.pid] });
    const b = await load({ ...options, url: `http://127.0.0.1:${nginx.port}/v1/events`, pids: nginx.pids() });
    ours.push(a.cpuNs / a.requests / 1000);
    theirs.push(b.cpuNs / b.requests / 1000);
    ratios.push(a.cpuNs / a.requests / (b.cpuNs / b.requests));
  }
  const memory = memoryMiB(collector.pid);
  await stop(collector.child);
  await stop(nginx.child);
  const ratio = median(ratios);
  return [
    { figure: 'CPU per single-event POST, durable, 64 connections', value: median(ours), unit: 'µs', reference: median(theirs),
      referenceName: 'nginx return 202', ratio, bar: '<= 2.5 x', met: ratio <= 2.5 },
    { figure: 'collector, memory behind that load', value: memory, unit: 'MiB', bar: '<= 96 MiB', met: memory <= 96 },
  ];
};

const postBatch = async ({ quick, rounds }) => {
  const site = makeSite(temporaryFolder('batch'));
  const collector = await startWeir('collect', site, COLLECTOR_LINES);
  const body = `[${Array.from({ length: 100 }, (_, n) => JSON.stringify(event(n))).join(',')}]`;
  const file = join(site.folder, 'body.json');
  writeFileSync(file, body);
  const ours = [], theirs = [], ratios = [];
  for (let i = 0; i < rounds; i++) {
    const a = await load({ body, connections: 16, seconds: quick ? 1 : 3, key: site.key('timetracker'),
      url: `http://${collector.match[0][1]}/v1/events`, pids: [collector.pid] });
    const parse = Number(await run(join(benchBuild, 'bench/parse'), [file, quick ? '2000' : '20000'])) / 100;
    const perEvent = a.cpuNs / a.requests / 100;
    ours.push(perEvent / 1000);
    theirs.push(parse / 1000);
    ratios.push(perEvent / parse);
  }
  const memory = memoryMiB(collector.pid);
  await stop(collector.child);
  const ratio = median(ratios);
  return [
    { figure: 'CPU per event in batches of 100, durable', value: median(ours), unit: 'µs', reference: median(theirs),
      referenceName: 'yyjson, bare parse', ratio, bar: '<= 4 x', met: ratio <= 4 },
    { figure: 'collector, memory behind that load', value: memory, unit: 'MiB', bar: '<= 96 MiB', met: memory <= 96 },
  ];
};

const post = async (address, { key, body }) => {
  const answer = await fetch(`http://${address}/v1/events`, {
    method: 'POST', body, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/x-ndjson' },
  });
  if (answer.status !== 200 && answer.status !== 207) throw new Error(`posted: ${answer.status} ${await answer.text()}`);
  return answer.json();
};

const query = async (site, sql) =>
  JSON.parse(await run(weir, ['query', '--config', site.config, '--format', 'json', sql])).rows;

// Waits until the store has as many events as were accepted; more, or none for long, is an error.
const stored = async (site, accepted, seconds) => {
  let rows = 0;
  try {
    await waitFor(async () => (rows = Number((await query(site, 'SELECT count(*) FROM events'))[0][0])) >= accepted, seconds, 500);
  } finally {
    if (rows !== accepted) process.stderr.write(`bench: ${accepted} accepted, ${rows} in the store\n`);
  }
  if (rows !== accepted) throw new Error(`${accepted} events were accepted, ${rows} are in the store`);
};

// Demo traffic of all five catalogues in the order of time, sent as `weir send` does: what two cores that also run
// the sender sustain, what it costs, and what it leaves on the disk.
const loading = async ({ quick }) => {
  const events = quick ? 500_000 : 10_000_000;
  const site = makeSite(temporaryFolder('load'));
  const collector = await startWeir('collect', site, COLLECTOR_LINES);
  const engine = await startWeir('engine', site, [/console on (\S+)/]);
  const began = Date.now(), cpuBefore = cpuNs(collector.pid) + cpuNs(engine.pid);
  const sent = await run('sh', ['-c', `"$0" demo --write - --events ${events} --days 90 --seed 7 --until 2026-11-22 |
    "$0" send --config "$1" --source timetracker --batch 1000 - 2>&1 || test $? = 3`, weir, site.config]);
  const accepted = Number(/([\d,]+) accepted/.exec(sent)[1].replace(/,/g, ''));
  await stored(site, accepted, 600);
  const seconds = (Date.now() - began) / 1000;
  const cpu = (cpuNs(collector.pid) + cpuNs(engine.pid) - cpuBefore) / 1e9;
  const memory = memoryMiB(collector.pid);
  await stop(engine.child); // with a checkpoint
  await stop(collector.child);
  const size = (path) => statSync(join(site.folder, 'data', path)).blocks * 512;
  const bare = await run(join(benchBuild, 'bench/bare'), [join(site.folder, 'data/weir.duckdb'), join(site.folder, 'bare.duckdb'), 'events_data']);
  const reference = Number(/([\d]+) rows\/s of CPU/.exec(bare)[1]);
  const perCpu = accepted / cpu, perEvent = size('weir.duckdb') / accepted;
  const journal = readdirSync(join(site.folder, 'data/journal')).reduce((sum, file) => sum + size(`journal/${file}`), 0);
  process.stderr.write(await columns(site, accepted));
  return [
    { figure: 'into DuckDB, collector and engine together, rows per CPU second', value: perCpu, unit: 'rows/s', reference,
      referenceName: 'bare data-chunk appender', ratio: perCpu / reference, bar: '>= 0.4 x', met: perCpu >= 0.4 * reference },
    { figure: 'the same by the clock, the sender on the same cores', value: accepted / seconds, unit: 'rows/s' },
    { figure: 'collector, memory behind that load', value: memory, unit: 'MiB', bar: '<= 96 MiB', met: memory <= 96 },
    { figure: `DuckDB bytes per event, ${(accepted / 1e6).toFixed(1)} million of demo traffic`, value: perEvent, unit: 'B',
      bar: '<= 90', met: perEvent <= 90 },
    { figure: 'journal bytes per event, the same', value: journal / accepted, unit: 'B' },
  ];
};

// What each column costs: DuckDB says where its segments begin; each reaches to the next one in its block.
const columns = async (site, events) =>
  run(weir, ['query', '--config', site.config, `
    SELECT column_name, printf('%.2f', sum(bytes) / ${events}.0) AS bytes_per_event FROM (
      SELECT column_name, coalesce(lead(block_offset) OVER (PARTITION BY block_id ORDER BY block_offset), 262136)
        - block_offset AS bytes
      FROM pragma_storage_info('events_data') WHERE block_id >= 0)
    GROUP BY 1 HAVING sum(bytes) / ${events}.0 >= 0.05 ORDER BY sum(bytes) DESC`]);

const visible = async ({ quick }) => {
  const site = makeSite(temporaryFolder('visible'));
  const collector = await startWeir('collect', site, COLLECTOR_LINES);
  const engine = await startWeir('engine', site, [/console on (\S+)/]);
  const token = readFileSync(join(site.folder, 'data/console.token'), 'utf8').trim();
  const position = async () => {
    const answer = await fetch(`http://${engine.match[0][1]}/api/query`, {
      method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ sql: 'SELECT max(position) FROM events' }),
    });
    if (answer.status !== 200) throw new Error(`asked: ${answer.status} ${await answer.text()}`);
    return Number((await answer.json()).rows[0][0] ?? 0);
  };
  const waiting = [], delays = [];
  let running = true, sent = 0;
  const asking = (async () => {
    while (running || waiting.length) {
      const seen = await position(), now = performance.now();
      while (waiting.length && waiting[0].position <= seen) delays.push(now - waiting.shift().at);
      await sleep(25);
    }
  })();
  const seconds = quick ? 4 : 20, began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    const body = Array.from({ length: 100 }, (_, n) => JSON.stringify(event(sent + n))).join('\n');
    const answer = await post(collector.match[0][1], { key: site.key('timetracker'), body });
    waiting.push({ position: answer.events.at(-1).position, at: performance.now() });
    sent += 100;
    await sleep(Math.max(0, (sent / 5000) * 1000 - (performance.now() - began)));
  }
  const rate = sent / ((performance.now() - began) / 1000);
  running = false;
  await asking;
  await stop(engine.child);
  await stop(collector.child);
  const p99 = quantile(delays, 0.99) / 1000;
  return [{ figure: `from answer to visible, p99, at ${Math.round(rate)} events/s`, value: p99, unit: 's', bar: '<= 2 s', met: p99 <= 2 }];
};

const memory = async () => {
  const site = makeSite(temporaryFolder('memory'));
  const collector = await startWeir('collect', site, COLLECTOR_LINES);
  const engine = await startWeir('engine', site, [/console on (\S+)/]);
  await sleep(2000);
  const rows = [
    ['collector, memory idle', memoryMiB(collector.pid), 32],
    ['engine, memory idle', memoryMiB(engine.pid), 120],
  ].map(([figure, value, bar]) => ({ figure, value, unit: 'MiB', bar: `<= ${bar} MiB`, met: value <= bar }));
  await stop(engine.child);
  await stop(collector.child);
  return rows;
};

const demo = async () => {
  const folder = temporaryFolder('demo'), began = performance.now();
  const child = spawn(weir, ['demo', '--once', '--dir', join(folder, 'demo'), '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let seconds;
  let out = '';
  child.stdout.on('data', (d) => {
    out += d;
    if (seconds === undefined && /timer\.\w+\s+\d+/.test(out)) seconds = (performance.now() - began) / 1000;
  });
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0 || seconds === undefined) throw new Error(`weir demo ended with exit code ${code}`);
  return [{ figure: 'weir demo, from a built tree to first counts', value: seconds, unit: 's', bar: '<= 10 s', met: seconds <= 10 }];
};

// Signed flow ids beside the hash they are made with.
const flowIds = async () => {
  const out = await run(join(benchBuild, 'bench/bench_flow'), []);
  const nanoseconds = (name) => Number(new RegExp(`^${name} +([\\d.]+) ns`, 'm').exec(out)[1]);
  return ['mint', 'verify'].map((name) => {
    const value = nanoseconds(name), reference = nanoseconds('bare'), ratio = value / reference;
    return { figure: `${name} a flow id`, value, unit: 'ns', reference, referenceName: 'bare HMAC-SHA256', ratio, bar: '<= 4 x', met: ratio <= 4 };
  });
};

// A trigger of the C client beside the same JSON by snprintf; both by turns in one program.
const client = async () => {
  const out = await run(join(benchBuild, 'bench/bench_client'), []);
  const nanoseconds = (name) => Number(new RegExp(`^${name} ([\\d.]+) ns`, 'm').exec(out)[1]);
  const value = nanoseconds('trigger'), reference = nanoseconds('snprintf'), ratio = value / reference, late = nanoseconds('late');
  return [
    { figure: 'weir_trigger with four properties, CPU of the caller', value, unit: 'ns', reference, referenceName: 'snprintf of the JSON',
      ratio, bar: '<= 5 x', met: ratio <= 5 },
    { figure: 'the same, 99.9 % of the calls, by the clock', value: late, unit: 'ns', bar: '<= 1000 ns', met: late <= 1000 },
  ];
};

// What is derived from events: its cost on top of few and of many, and what questions to it take.
const models = async ({ quick }) => {
  const sizes = quick ? ['sample=200000', 'events=2000000', 'first=400000', 'more=122880', 'rounds=3'] : ['rounds=3'];
  const out = await run(join(benchBuild, 'bench/bench_models'), [...sizes, `catalogues=${join(root, 'catalogues/accounts')}`]);
  process.stderr.write(out);
  const tops = [...out.matchAll(/on top of (\d+): (\d+) more, loading ([\d.]+) s wall ([\d.]+) s CPU, models ([\d.]+) s wall ([\d.]+) s CPU/g)]
    .map(([, on, more, , loading, , refreshed]) => ({ on: Number(on), more: Number(more), loading: Number(loading), refresh: Number(refreshed) }));
  const [few, many] = tops, each = (top) => top.refresh / top.more;
  const asked = (report) => {
    const [, value, reference] = new RegExp(`^ask ${report}: ([\\d.]+) s, reference ([\\d.]+) s`, 'm').exec(out);
    return [Number(value), Number(reference)];
  };
  const flows = Number(/"flows":(\d+)/.exec(out)[1]);
  const [funnel, s] = asked('funnel'), [activity, s2] = asked('activity'), [devices, s3] = asked('devices');
  const million = (n) => `${(n / 1e6).toFixed(1)} million`;
  const users = activity / s2 + devices / s3;
  return [
    { figure: `all models for ${million(many.more)} new events on top of ${million(many.on)}, CPU`, value: many.refresh, unit: 's', reference: many.loading,
      referenceName: 'loading them', ratio: many.refresh / many.loading, bar: '<= 2 x', met: many.refresh <= 2 * many.loading },
    { figure: 'an event of these', value: each(many) * 1e6, unit: 'µs', reference: each(few) * 1e6, referenceName: `on top of ${million(few.on)}`,
      ratio: each(many) / each(few), bar: '<= 1.3 x', met: each(many) <= 1.3 * each(few) },
    { figure: `funnel of five steps by browser, with reasons, ${million(flows)} flows`, value: funnel, unit: 's', reference: s,
      referenceName: 'events and flows by name', ratio: funnel / s, bar: '<= 2 x', met: funnel <= 2 * s },
    { figure: 'engagement ratio and several devices, 90 days', value: activity + devices, unit: 's', reference: s2,
      referenceName: 'the same', ratio: users, bar: '<= 0.2 x', met: users <= 0.2 },
  ];
};

export const figures = [
  { name: 'post', measure: postSingle },
  { name: 'batch', measure: postBatch },
  { name: 'load', measure: loading },
  { name: 'visible', measure: visible },
  { name: 'memory', measure: memory },
  { name: 'demo', measure: demo },
  { name: 'flow', measure: flowIds },
  { name: 'models', measure: models },
  { name: 'ship', measure: shipping },
  { name: 'client', measure: client },
  { name: 'console', measure: consoleFigures },
];
