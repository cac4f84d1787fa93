#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// What anybody can do with the public key of a browser source: names, pages and notes without end.
//
//   WEIR=build/weir bench/flood.mjs [EVENTS] [--no-store]    10,000,000
//
// First as many events of the same 50 pages and notes, and a tenth as many of one name that nobody knows, so that memory is
// what such a load takes; then EVENTS events, each with a page, a note and a label of its own; then EVENTS different names.
// The collector's memory behind each, and what stands in the store. tests/e2e/flood.test.mjs is the short form.
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { memoryMiB, run, startWeir, stop, temporaryFolder, weir } from './lib/process.mjs';

const arguments_ = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const events = Number(arguments_[0] ?? 10_000_000), BATCH = 1000, AT_ONCE = 4;
const folder = temporaryFolder('flood'), site = { folder, config: join(folder, 'weir.yaml') };
const origin = 'https://www.example.org', key = 'web_5f3a';

mkdirSync(join(folder, 'catalogue'));
writeFileSync(site.config, `data: ./data
catalogue: ./catalogue
collector: {listen: "127.0.0.1:0"}
console: {listen: "127.0.0.1:0"}
sources:
  - {name: website, kind: browser, key: ${key}, origins: ["${origin}"], events: [page.viewed], rate: unlimited}
`);
writeFileSync(join(folder, 'catalogue', 'events.yaml'), `events:
  - name: page.viewed
    {description: d, trigger: t, since: 2025-01-01, kind: page, status: active, owner: team@example.org, dimensions: [note],
    properties: {note: {type: string, description: d}, label: {type: string, description: d}}}
`.replace('name: page.viewed\n    {', '{name: page.viewed, '));

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
const post = (url, body) => new Promise((done, failed) => {
  const r = request(url, { method: 'POST', agent, headers: {
    origin, authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson', 'content-length': Buffer.byteLength(body),
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' } }, (answer) => {
    answer.resume();
    answer.on('end', () => done(answer.statusCode));
  });
  r.on('error', failed);
  r.end(body);
});

const send = async (url, count, line, expected) => {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const from = next, to = Math.min(count, next += BATCH);
      let body = '';
      for (let i = from; i < to; i++) body += line(i);
      const status = await post(url, body);
      if (status !== expected) throw new Error(`answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
};
const page = (i) => `{"name":"page.viewed","context":{"path":"/p/${i}","referrer":"https://r.example/${i}","platform":"Linux x86_64","timezone":"-60"},"properties":{"note":"n${i}","label":"l${i}"}}\n`;
const name = (i) => `{"name":"nonsense.${i}","context":{"path":"/p/${i}"}}\n`;
const more = (value, than) => (than ? ` (${(100 * (value / than - 1)).toFixed(1)} %)` : '');
const say = (what, ...values) => console.log(what.padEnd(46), ...values);

const collector = await startWeir('collect', site, [/listening on (\S+)/]);
const url = `http://${collector.match[0][1]}/v1/events`;
const memory = () => ({ all: memoryMiB(collector.pid), own: memoryMiB(collector.pid, 'RssAnon') });
const phases = [
  ['one name that nobody knows', Math.ceil(events / 10), () => name(0), 403],
  ['the same 50 pages and notes', events, (i) => page(i % 50), 200],
  ['pages, referrers, notes and labels of their own', events, page, 200],
  ['names that nobody knows', events, name, 403],
];
let before;
for (const [what, count, line, expected] of phases) {
  const began = Date.now();
  await send(url, count, line, expected);
  const now = memory();
  if (!what.startsWith('one name')) before ??= now;
  say(what, `${count} events, ${((Date.now() - began) / 1000).toFixed(0)} s; resident ${now.all.toFixed(1)} MiB${more(now.all, before?.all)}, ` +
    `its own ${now.own.toFixed(1)} MiB${more(now.own, before?.own)}`);
}
await stop(collector.child);

if (!process.argv.includes('--no-store')) {
  const ledger = async () => JSON.parse(await run(weir, ['ledger', '--format', 'json', '--config', site.config]));
  const engine = await startWeir('engine', site, [/console on (\S+)/]);
  let answer;
  while ((answer = await ledger()).sinks[0].pending !== 0) await new Promise((done) => setTimeout(done, 2000));
  say('residue', JSON.stringify(answer.residue));
  const query = (sql) => run(weir, ['query', '--timeout', '600s', '--format', 'csv', '--config', site.config, sql]);
  say('rows, and distinct values of each column\n', await query('SELECT count(*) AS events, count(DISTINCT name) AS names, count(DISTINCT path) AS pages, ' +
    'count(DISTINCT referrer) AS referrers, count(DISTINCT note) AS notes, count(DISTINCT label) AS labels FROM events'));
  say('folded\n', await query('SELECT field, sum(events) AS events, sum(len(senders)) AS senders FROM folded_values GROUP BY ALL ORDER BY 1'));
  say('other tables\n', await query('SELECT (SELECT count(*) FROM quarantine) AS quarantine, (SELECT count(*) FROM notes) AS notes, ' +
    '(SELECT sum(length(note)) FROM notes) AS notes_bytes'));
  say('event_counts\n', await query('SELECT count(*) AS rows, sum(count) AS events FROM event_counts').catch((error) => error.message));
  await stop(engine.child);
}
process.exit(0);
