// SPDX-License-Identifier: Apache-2.0
//
// Sends streams to a running Weir and reads back what its tables say: the real collector, journal, engine and models.

import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {makeFolder, patience, post, runWeir, serverKey, startWeir, until} from '../e2e/lib/weir.mjs';
import {catalogueText, makeBatches, wireEvent} from './streams.mjs';

const eventsInPost = 800; // about half a MiB

function settings(defaults) {
    return {
        ...defaults, quarantine: {rate: 'unlimited'}, collector: {...defaults.collector, threads: 1},
        sources: [{name: 'backend', kind: 'server', key: serverKey}],
    };
}

// Collector and engine over a folder of their own; both end with the test `t`.
export async function open(t) {
    const dir = makeFolder(t, {settings, files: {'catalogue/streams.yaml': catalogueText()}});
    const collector = await startWeir(t, {dir});
    return withEngine(t, {dir, collector});
}

export async function withEngine(t, load) {
    const engine = await startWeir(t, {dir: load.dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    return {...load, engine, token: readFileSync(join(load.dir, 'data/console.token'), 'utf8').trim()};
}

async function askConsole(load, path, options = {}) {
    const answer = await fetch(load.engine.url + path,
        {...options, headers: {'authorization': `Bearer ${load.token}`, 'content-type': 'application/json'}}).catch((error) => {
        throw new Error(`${path}: ${error.cause ?? error}: ${load.engine.stderr()}`);
    });
    const text = await answer.text();
    if (answer.status !== 200)
        throw new Error(`${path}: ${answer.status} ${text.slice(0, 2000)}`);
    return text;
}

// The rows of a question, as objects.
export async function query(load, sql) {
    const text = await askConsole(load, '/api/query', {method: 'POST', body: JSON.stringify({sql, format: 'ndjson'})});
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// A report's rows; `parameters` is a list of [name, value], since some may be given more than once.
export async function report(load, name, parameters) {
    const search = new URLSearchParams([...parameters, ['format', 'ndjson']]);
    const text = await askConsole(load, `/api/report/${name}?${search}`);
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// Until the tables of flows have all that was accepted or kept aside up to this position.
function settle(load, position) {
    return until(`the models at position ${position}`, async () => {
        const [state] = await query(load, 'SELECT min(position) AS position FROM model_state');
        return Number(state.position ?? -1) >= position;
    }, 3 * patience);
}

async function deliverSome(load, items, seen, wrong) {
    const {status, body} = await post(load.collector, items.map(({event}) => wireEvent(event)));

    if (!body?.events)
        throw new Error(`a batch was answered with ${status}: ${JSON.stringify(body).slice(0, 2000)}`);
    body.events.forEach(({verdict, position}, i) => {
        const {stream, event} = items[i], first = seen.get(event.id);
        const expected = event.faulty ? 'quarantined' : first ? 'duplicate' : 'accepted';
        if (verdict !== expected || (first && first.position !== position))
            wrong.push({service: stream.service, table: 'verdicts', found: {verdict, position}, expected: {verdict: expected, position: first?.position}});
        if (!first)
            seen.set(event.id, {...event, service: stream.service, position, verdict});
    });
    return Math.max(...body.events.map(({position}) => position ?? 0));
}

// Sends the batches; the models catch up between them. Resolves to each event once, with its position, in the order of
// acceptance, and to the verdicts that were others than they should.
export async function deliver(load, streams) {
    const seen = new Map(), wrong = [];

    for (const batch of makeBatches(streams)) {
        let last = 0;
        for (let at = 0; at < batch.length; at += eventsInPost)
            last = Math.max(last, await deliverSome(load, batch.slice(at, at + eventsInPost), seen, wrong));
        await settle(load, last);
    }
    const facts = [...seen.values()].sort((a, b) => a.position - b.position);
    await addPseudonyms(load, facts);
    return {facts, wrong};
}

// Pseudonyms and browsers cannot be worked out from what was sent: they are read from the events, and the same user must have the
// same one everywhere.
async function addPseudonyms(load, facts) {
    const rows = new Map((await query(load, 'SELECT position, actor, device, ua_browser FROM events')).map((row) => [row.position, row]));
    const of = new Map();

    for (const fact of facts.filter(({faulty}) => !faulty)) {
        const row = rows.get(fact.position);
        for (const [raw, hash] of [[fact.user && `user ${fact.user}`, row.actor], [fact.gadget && `gadget ${fact.gadget}`, row.device]]) {
            if ((raw === null) !== (hash === null) || (raw && of.has(raw) && of.get(raw) !== hash))
                throw new Error(`${raw} at ${fact.position} became ${hash}`);
            if (raw)
                of.set(raw, hash);
        }
        Object.assign(fact, {uid: row.actor, device: row.device, browser: row.ua_browser});
    }
    for (const fact of facts.filter(({faulty}) => faulty)) // what is kept aside counts in funnels
        Object.assign(fact, {uid: of.get(`user ${fact.user}`) ?? null, device: of.get(`gadget ${fact.gadget}`) ?? null});
    if (new Set(of.values()).size !== of.size)
        throw new Error('two people or devices share a pseudonym');
}

// The same tables from the same journal, made in one go.
export async function rebuilt(t, load) {
    const [{position}] = await query(load, 'SELECT position FROM store_state');

    await load.engine.stop();
    const done = await runWeir(['rebuild', '--discard-old', '--config', join(load.dir, 'weir.yaml')], {cwd: load.dir});
    if (done.code !== 0)
        throw new Error(`weir rebuild: ${done.stderr}`);
    const again = await withEngine(t, load);
    await settle(again, position);
    return again;
}
