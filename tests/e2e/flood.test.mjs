// SPDX-License-Identifier: Apache-2.0
//
// What anybody may post with a public key: names, pages and notes without end. Memory and the store's distinct values
// stay within their budgets, over a kill, and the ledger tells who it was. bench/flood.c is the long form.
// On the build as shipped alone: it measures memory.

import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {browserKey, inOneHour, makeFolder, metrics, origin, post, program, residue, runWeir, sleep, startWeir, until} from './lib/weir.mjs';

const budget = {page: 400, note: 100, properties: 50};
const engineReady = /console on (\S+):(\d+)/;
const catalogue = `defaults: {owner: team@example.org, naming: resource.action, status: active, kind: page}
events:
  - name: page.viewed
    description: A page was shown.
    trigger: When a page has rendered
    since: 2025-01-01
    properties:
      note: {type: string, description: What was typed}
      label: {type: string, description: Free text}
      plan: {type: string, values: [free, paid], description: A list}
`;
const settings = (s) => {
    Object.assign(s.sources[1], {budget, rate: 'unlimited', events: ['page.viewed']});
    return s;
};
const page = (i, more) => ({name: 'page.viewed', context: {path: `/${i}`, platform: 'Linux'},
    properties: {note: `n${i}`, label: `l${i}`, plan: 'free'}, ...more});

async function ask(dir, sql) {
    const {code, stdout, stderr} = await runWeir(['query', '--format', 'ndjson', '--config', join(dir, 'weir.yaml'), sql], {cwd: dir});

    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const kilobytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

// How many values of each field the collector has saved.
function saved(dir) {
    const file = join(dir, 'data/values');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(1).filter(Boolean) : [];

    return Object.fromEntries(lines.map((line) => JSON.parse(line)).map(([, field, hashes]) => [field, hashes.length / 16]));
}

// How many events of each field its notes tell as folded.
function noted(dir) {
    const folder = join(dir, 'data/journal'), sums = {};
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.seg')))
        for (const [note] of readFileSync(join(folder, name), 'latin1').matchAll(/\{"note":"values\.folded"[^\n\0]*/g))
            for (const [, field, events] of note.matchAll(/"field":"([^"]+)","events":(\d+)/g))
                sums[field] = (sums[field] ?? 0) + Number(events);
    return sums;
}

// Events from `from` to `to`, a thousand a request; the flooder's browser says who it is.
async function flood(weir, from, to, make) {
    for (let at = from; at < to; at += 1000) {
        const events = Array.from({length: 1000}, (_, i) => make(at + i));
        const answer = await post(weir, events.map((e) => JSON.stringify(e)).join('\n'), {key: browserKey,
            headers: {origin, 'content-type': 'application/x-ndjson', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'}});

        assert.ok([200, 403].includes(answer.status), `${answer.status}`);
    }
}

test('a flood leaves memory and tables flat, and is counted with its sender', inOneHour(async (t) => {
    const dir = makeFolder(t, {settings, files: {'catalogue/events.yaml': catalogue}});
    let weir = await startWeir(t, {dir});

    // As it is under the same load of the same few values.
    await flood(weir, 0, 20000, (i) => page(i % 50));
    const before = kilobytes(weir.pid);
    await flood(weir, 0, 30000, (i) => page(i));
    await flood(weir, 0, 10000, (i) => ({...page(i), name: `nonsense.${i}`}));
    const after = kilobytes(weir.pid);
    const m = await metrics(weir);

    if (!/asan|tsan/.test(program))
        assert.ok(after < before * 1.1 + 4096, `${before} kB became ${after} kB`);
    assert.equal(m['weir_values_distinct{source="website",field="page"}'], 400);
    assert.equal(m['weir_values_distinct{source="website",field="note"}'], 100);
    assert.equal(m['weir_values_folded_total{source="website",field="page"}'], 29600);
    assert.equal(m['weir_values_folded_total{source="website",field="note"}'], 29900);
    assert.equal(m['weir_refusals_total{source="website",reason="event_not_allowed"}'], 10000);

    // The values are saved, and what was folded is noted, every five seconds: a kill after that opens no new budget and loses no count.
    const whole = (sums, ...wanted) => ['page', 'note', 'properties.label'].every((field, i) => sums[field] === wanted[i]);
    await until('that all are saved', () => whole(saved(dir), 400, 100, 50));
    await until('that all are noted', async () => whole(noted(dir), 29600, 29900, 29950) || void await sleep(200));
    await weir.stop('SIGKILL');
    weir = await startWeir(t, {dir});
    await flood(weir, 30000, 32000, (i) => page(i));
    await weir.stop();

    await startWeir(t, {dir, command: 'engine', ready: engineReady});
    const ledger = await residue(dir, {delivered: true});
    const [rows] = await ask(dir, "SELECT count(*) AS events, count(DISTINCT path) AS pages, count(DISTINCT note) AS notes, " +
        "count(DISTINCT label) AS labels, count(DISTINCT plan) AS plans, count(DISTINCT name) AS names, " +
        "count(*) FILTER (path = '(other)') AS other_pages, count(*) FILTER (note = '(other)') AS other_notes FROM events");
    assert.deepEqual(rows, {events: 52000, pages: 401, notes: 101, labels: 51, plans: 1, names: 1,
        other_pages: 31600, other_notes: 31900});
    assert.equal((await ask(dir, 'SELECT count(*) AS n FROM quarantine'))[0].n, 0);

    const folded = await ask(dir, 'SELECT field, sum(events) AS events, any_value(senders) AS senders FROM folded_values GROUP BY ALL ORDER BY field');
    assert.deepEqual(folded.map(({field, events}) => [field, Number(events)]), [['note', 31900], ['page', 31600], ['properties.label', 31950]]);
    const [visitor] = await ask(dir, 'SELECT DISTINCT visitor FROM events');
    assert.equal(folded[1].senders.length, 1);
    assert.deepEqual({...folded[1].senders[0]}, {visitor: visitor.visitor, events: 31600, error: 0, ua_browser: 'Firefox', country: null});
    assert.deepEqual(ledger.folded.map((r) => [r.source, r.field, r.events, r.most_events, r.most_visitor]), [
        ['website', 'properties.label', 31950, 31950, visitor.visitor],
        ['website', 'note', 31900, 31900, visitor.visitor],
        ['website', 'page', 31600, 31600, visitor.visitor]]);
    const shown = await runWeir(['ledger', '--config', join(dir, 'weir.yaml')], {cwd: dir});
    assert.match(shown.stdout, /folded to \(other\), past a field's budget\n.*properties\.label +website +31950 +\(31950 of a day from [0-9a-f]{8} Firefox\)/);
}));
