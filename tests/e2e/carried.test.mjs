// SPDX-License-Identifier: Apache-2.0
//
// A flow that goes on in another browser or device: begun on a page, stored by the backend under a token, found
// again by whoever has the token, complete once its signal comes, over kills, restarts and a damaged log.

import assert from 'node:assert/strict';
import {createHmac, randomBytes} from 'node:crypto';
import {readFileSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';

import {browserKey, makeFolder, metrics, origin, post, residue, runWeir, serverKey, startWeir, untilAfter} from './lib/weir.mjs';

const key = 'a key that signs the flows of the tests';
const text = (description) => `{type: string, description: ${description}}`;
const who = '{type: string, privacy: pseudonym, description: Who}';
const event = (name, more) => `  - {name: ${name}, description: It was so, trigger: As it says, since: 2025-01-01, ${more}}\n`;
const catalogue = `defaults: {owner: team@example.org, naming: any, status: active, kind: flow}
events:
` + event('flow.begin', 'flow: {role: begin}') +
    event('account.login', `properties: {uid: ${who}, service: ${text('For what')}}, actor: uid`) +
    event('account.signed', `properties: {uid: ${who}, service: ${text('For what')}}, actor: uid`) +
    event('device.connected', 'properties: {seats: {type: integer, description: How many}}') +
    event('flow.complete', `flow: {role: complete}, properties: {service: ${text('For what')}}`);

const more = (s) => ({...s, flows: {keys: [key], expiry: '1h'},
    sources: [s.sources[0], {...s.sources[1], events: ['flow.*', 'account.*']},
        {name: 'second', kind: 'server', key: 'another-key-of-the-tests'}]});
const files = {'catalogue/events.yaml': catalogue};

function mint(begin = Date.now()) {
    const salt = randomBytes(16).toString('hex');

    return {id: salt + createHmac('sha256', key).update(`${salt}\n${begin.toString(16)}`).digest('hex').slice(0, 32), begin};
}

// Sends one event of the backend; resolves to its verdict.
async function send(weir, event, options) {
    const {body} = await post(weir, event, options);

    return body.events[0].errors ? body.events[0] : body.events[0].verdict;
}

// All records of the journal, as `weir tail` shows them.
async function records(dir) {
    const {code, stdout, stderr} = await runWeir(['tail', '--once', '--lines', '1000000', '--config', join(dir, 'weir.yaml')], {cwd: dir});

    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const named = (all, name) => all.filter((r) => r.name === name);

describe('by token', () => {
    const t = untilAfter(after);
    let weir;

    before(async () => {
        weir = await startWeir(t, {settings: more, files});
    });

    test('a flow begun on a page goes on in the backend, by token, on another device, and is complete once', async () => {
        const flow = mint(Date.now() - 5000), at = flow.begin + 3000;

        assert.equal((await post(weir, {name: 'flow.begin', flow}, {key: browserKey, headers: {origin}})).body.accepted, 1);
        assert.equal(await send(weir, {name: 'device.connected', flow: {...flow, stash: 'session 1', signal: 'Account.Signed'}}), 'accepted');
        assert.equal(await send(weir, {name: 'device.connected', device: 'phone', flow: {token: 'session 1', propagate: 'session 2'}}), 'accepted');
        const {body} = await post(weir, {name: 'account.signed', time: at, device: 'phone', properties: {uid: 'u1', service: 'sync'},
            context: {sequence: 4}, flow: {token: 'session 2'}});

        assert.deepEqual([body.accepted, body.events.length], [1, 1]);
        const all = await records(weir.dir), [complete] = named(all, 'flow.complete'), [signed] = named(all, 'account.signed');

        assert.equal(named(all, 'flow.complete').length, 1);
        assert.ok(all.every((r) => r.flow_id === flow.id));
        assert.deepEqual([signed.flow_time, complete.flow_time, complete.time], [3000, 3000, signed.time]);
        assert.ok(complete.actor && complete.actor === signed.actor);
        assert.ok(complete.device && complete.device === signed.device);
        assert.deepEqual(complete.properties, {service: 'sync'});
        assert.equal(complete.request_id, signed.request_id);
        assert.match(complete.id, /^[0-9a-f]{8}-[0-9a-f]{4}-8/);
        assert.equal(complete.position + 1, signed.position);
        assert.equal(complete.sequence, undefined);
        // session 2 is over; session 1, which it came from, would complete the same flow: that is there already
        assert.equal(await send(weir, {name: 'device.connected', flow: {token: 'session 2'}}), 'accepted');
        assert.equal(await send(weir, {name: 'account.signed', flow: {token: 'session 1'}}), 'accepted');
        const later = await records(weir.dir);

        assert.equal(later.at(-2).flow_id, undefined);
        assert.equal(later.at(-1).flow_id, flow.id);
        assert.equal(named(later, 'flow.complete').length, 1);
        await residue(weir.dir);
    });

    test('many signals at once complete a flow once', async () => {
        const flow = mint(), before = named(await records(weir.dir), 'flow.complete').length;

        await send(weir, {name: 'account.login', flow: {...flow, stash: 'race', signal: 'account.signed'}});
        const verdicts = await Promise.all(Array.from({length: 24}, () => send(weir, {name: 'account.signed', flow: {token: 'race'}})));

        assert.ok(verdicts.every((v) => v === 'accepted'));
        const complete = named(await records(weir.dir), 'flow.complete');

        assert.equal(complete.length, before + 1);
        assert.equal(complete.at(-1).flow_id, flow.id);
        await residue(weir.dir);
    });

    test('one request may begin a flow, go on with it, and end it; what it asks for at once needs no token', async () => {
        const flow = mint(), other = mint();
        const {body} = await post(weir, [
            {name: 'account.login', flow: {...flow, stash: 'here', signal: 'account.signed'}},
            {name: 'account.login', flow: {...other, stash: 'here'}}, // the first wins
            {name: 'device.connected', flow: {token: 'here'}},
            {name: 'account.signed', flow: {token: 'here'}},
            {name: 'device.connected', flow: {token: 'here'}}, // is over
            {name: 'account.login', flow: {...other, signal: 'account.login', stash: 'never'}},
            {name: 'flow.complete', flow: {...mint(), signal: 'flow.complete'}}, // says so itself
        ]);

        assert.deepEqual([body.accepted, body.events.length], [7, 7]);
        const last = (await records(weir.dir)).slice(-9);

        assert.deepEqual(last.map((r) => r.name), ['account.login', 'account.login', 'device.connected', 'flow.complete',
            'account.signed', 'device.connected', 'flow.complete', 'account.login', 'flow.complete']);
        assert.deepEqual(last.slice(0, 8).map((r) => r.flow_id), [flow.id, other.id, flow.id, flow.id, flow.id, undefined, other.id, other.id]);
        assert.equal(await send(weir, {name: 'device.connected', flow: {token: 'never'}}), 'accepted');
        assert.equal((await records(weir.dir)).at(-1).flow_id, undefined);
        await residue(weir.dir);
    });

    test('own ids win; clearing forgets; a retried signal completes no later flow; sources have tokens of their own', async () => {
        const [a, b, c] = [mint(Date.now() - 60000), mint(), mint()];
        const id = '0190f0c0-0000-7000-8000-00000000aaaa';

        await send(weir, {name: 'account.login', flow: {...a, stash: 'own', signal: 'account.signed'}});
        await send(weir, {name: 'device.connected', flow: {...b, token: 'own'}});
        assert.equal((await records(weir.dir)).at(-1).flow_id, b.id);
        await send(weir, {name: 'device.connected', flow: {token: 'own'}}, {key: 'another-key-of-the-tests'});
        assert.equal((await records(weir.dir)).at(-1).flow_id, undefined);
        await send(weir, {name: 'account.signed', id, flow: {token: 'own'}});
        await send(weir, {name: 'account.login', flow: {...c, stash: 'own', signal: 'account.signed'}});
        const complete = named(await records(weir.dir), 'flow.complete').length;

        assert.equal(await send(weir, {name: 'account.signed', id, flow: {token: 'own'}}), 'duplicate');
        assert.equal(named(await records(weir.dir), 'flow.complete').length, complete);
        await send(weir, {name: 'device.connected', time: c.begin - 9000, flow: {token: 'own', clear: true}});
        const [last] = (await records(weir.dir)).slice(-1);

        assert.deepEqual([last.flow_id, last.flow_time], [c.id, 0]); // never less than nothing
        await send(weir, {name: 'device.connected', flow: {token: 'own'}});
        assert.equal((await records(weir.dir)).at(-1).flow_id, undefined);
        await residue(weir.dir);
    });

    test('what is quarantined or refused stores nothing; pages have no tokens; expired flows are not found', async () => {
        const flow = mint(), old = mint(Date.now() - 3590000);
        const wrong = await send(weir, {name: 'device.connected', properties: {seats: 'many'}, flow: {...flow, stash: 'bad'}});

        assert.equal(wrong.verdict, 'quarantined');
        assert.equal((await send(weir, {name: 'device.connected', flow: {...mint(), id: flow.id, stash: 'bad'}})).errors[0].code, 'flow_bad_signature');
        await send(weir, {name: 'device.connected', flow: {token: 'bad'}});
        assert.equal((await records(weir.dir)).at(-1).flow_id, undefined);
        for (const asked of [{token: 'bad'}, {...flow, stash: 'bad'}]) {
            const {body} = await post(weir, {name: 'account.login', flow: asked}, {key: browserKey, headers: {origin}});

            assert.deepEqual([body.events[0].verdict, body.events[0].errors[0].code, body.events[0].errors[0].path],
                ['quarantined', 'source_not_allowed', '/flow']);
        }
        // a good flow that began so long ago that its context has expired; sent late, as servers may
        await send(weir, {name: 'device.connected', time: old.begin + 1000, flow: {...old, stash: 'old'}});
        assert.equal((await records(weir.dir)).at(-1).flow_id, old.id);
        await send(weir, {name: 'device.connected', flow: {...mint(Date.now() - 3600001), stash: 'older'}, time: Date.now() - 5000});
        await send(weir, {name: 'device.connected', flow: {token: 'older'}});
        assert.equal((await records(weir.dir)).at(-1).flow_id, undefined);
        const now = await metrics(weir);

        assert.ok(now['weir_flow_tokens_total{result="hit"}'] > 5);
        assert.ok(now['weir_flow_tokens_total{result="missed"}'] > 3);
        assert.ok(now['weir_flow_signals_total{result="completed"}'] >= 3);
        assert.ok(now.weir_flow_contexts >= 1 && now.weir_flow_contexts_stored_total >= 6);
        assert.equal(now.weir_flow_contexts_evicted_total, 0);
        await residue(weir.dir);
    });

    test('no token is written anywhere', async () => {
        await send(weir, {name: 'account.login', flow: {...mint(), stash: 'a-token-that-is-secret', signal: 'account.signed'}});
        await new Promise((done) => setTimeout(done, 1200));
        await send(weir, {name: 'account.login', flow: {token: 'a-token-that-is-secret', clear: true}});
        await weir.stop();
        for (const folder of ['journal', 'flows'])
            for (const name of readdirSync(join(weir.dir, 'data', folder)).filter((n) => statSync(join(weir.dir, 'data', folder, n)).isFile()))
                assert.ok(!readFileSync(join(weir.dir, 'data', folder, name)).includes('a-token-that-is-secret'), name);
    });
});

test('flows are found again after a kill, a restart, and whatever becomes of the log', async (t) => {
    const dir = makeFolder(t, {settings: more, files}), log = join(dir, 'data/flows');
    const flows = Array.from({length: 40}, () => mint());
    const gathers = async (weir) => {
        const {body} = await post(weir, flows.map((_, i) => ({name: 'device.connected', flow: {token: `t${i}`}})));

        assert.equal(body.accepted, flows.length);
        assert.deepEqual((await records(dir)).slice(-flows.length).map((r) => r.flow_id), flows.map((f) => f.id));
    };
    let weir = await startWeir(t, {dir});

    for (const [i, flow] of flows.entries()) {
        assert.equal(await send(weir, {name: 'account.login', flow: {...flow, stash: `t${i}`}}), 'accepted');
        if (i === 20) // some of it is in the log, some is not
            await new Promise((done) => setTimeout(done, 1300));
    }
    await weir.stop('SIGKILL');
    weir = await startWeir(t, {dir});
    await gathers(weir);
    assert.equal(weir.stderr(), '');
    await weir.stop();
    for (const [what, damage] of [
        ['gone', () => rmSync(log, {recursive: true})],
        ['torn', (file) => writeFileSync(file, readFileSync(file).subarray(0, -9))],
        ['flipped', (file) => writeFileSync(file, readFileSync(file).map((byte, i) => i === 90 ? byte ^ 1 : byte))],
        ['foreign', (file) => writeFileSync(file, readFileSync(file).map((byte, i) => i === 9 ? byte ^ 1 : byte))],
    ]) {
        const [file] = readdirSync(log).filter((name) => name.endsWith('.log')).sort();

        damage(join(log, file));
        weir = await startWeir(t, {dir});
        await gathers(weir);
        assert.equal(/flows under tokens: .*the journal is read instead/.test(weir.stderr()), what !== 'gone', what);
        await weir.stop();
    }
    await residue(dir);
});
