// SPDX-License-Identifier: Apache-2.0
//
// Reports: planted flows of which each stops for another reason, the frame that all reports share, and that the command,
// the HTTP API and the SQL that they print agree.
// On the build as shipped alone: most of the work is DuckDB's; the code around it has its unit tests.

import assert from 'node:assert/strict';
import {createHash, randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {makeFolder, post, runWeir, startWeir, until, untilAfter} from './lib/weir.mjs';

const catalogue = `defaults: {owner: team@example.org, naming: resource.action, status: active, kind: flow}
events:
  - {name: shop.begun, since: 2025-01-01, trigger: a test, description: begin, flow: {role: begin}, properties: {entrypoint: {type: string, description: from where}, service: {type: string, description: which}}}
  - {name: "page.{page}.view", since: 2025-01-01, trigger: a test, description: a page, parameters: {page: {pattern: "[a-z']+"}}}
  - {name: shop.paid, since: 2025-01-01, trigger: a test, description: done, flow: {role: complete}, properties: {amount: {type: integer, required: true, description: cents}}}
  - {name: shop.joined, since: 2025-01-01, trigger: a test, description: a new account, flow: {role: new_account}}
  - {name: shop.failed, since: 2025-01-01, trigger: a test, description: an error, flow: {role: error}}
`;
const reasons = ['quarantined', 'too_late', 'before', 'other_flow', 'error', 'never'];
const start = Date.parse('2026-11-01T22:00:00Z');
const forAll = untilAfter(after);
const readersKey = 'key-of-one-who-may-only-read';
let dir, engine, token;

// An event of a flow, so many seconds after its begin.
function at(flow, seconds, name, more = {}) {
    const begin = start + flow * 3600e3;
    return {id: randomUUID(), name, time: new Date(begin + seconds * 1000).toISOString(), ...more,
        flow: {id: createHash('sha256').update(`flow ${flow}`).digest('hex'), begin}};
}

const begun = (flow, properties = {entrypoint: 'home', service: 'sync'}, more = {}) => at(flow, 0, 'shop.begun', {properties, ...more});
const paid = (flow, seconds, more = {}) => at(flow, seconds, 'shop.paid', {properties: {amount: 5}, ...more});

// What each flow does after its begin; the third step of the funnel is shop.paid, within an hour.
const planted = [
    begun(1), at(1, 10, 'page.cart.view'), paid(1, 30), // goes through
    begun(2), at(2, 10, 'page.cart.view'), at(2, 30, 'shop.paid', {properties: {amount: 'much'}}), // in quarantine
    begun(3), at(3, 10, 'page.cart.view'), paid(3, 5000), // too late
    begun(4), paid(4, 5), at(4, 10, 'page.cart.view'), // before the step
    begun(5, undefined, {actor: 'ann'}), at(5, 10, 'page.cart.view'), begun(6, undefined, {actor: 'ann'}), paid(6, 20), // in another flow
    begun(7), at(7, 10, 'page.cart.view'), at(7, 11, 'shop.failed'), // an error
    begun(8), at(8, 10, 'page.cart.view'), // nothing more
    begun(9, {entrypoint: "O'Brien", service: ''}), at(9, 10, "page.o'brien.view"), // another page
    begun(10), at(10, 10, 'page.cart.view'), paid(10, 10), // at one time: the later position is after
    begun(11), paid(11, 10), at(11, 10, 'page.cart.view'), // at one time: the earlier position is before
    begun(12), at(12, 10, 'page.cart.view'), at(12, 20, 'page.cart.view'), paid(12, 40), at(12, 50, 'shop.joined'),
    begun(13, {entrypoint: 'home'}, {device: 'phone'}), at(13, 10, 'page.cart.view'), begun(14, {entrypoint: 'mail'}, {device: 'phone'}), paid(14, 90),
];
const funnel = ['--step', 'shop.begun', '--step', 'page.cart.view', '--step', 'shop.paid', '--within', '1h'];

async function report(name, ...args) {
    const {code, stdout, stderr} = await runWeir(['report', name, ...args, '--config', join(dir, 'weir.yaml')], {cwd: dir});
    return {code, stdout, stderr};
}

// The rows as objects.
async function rows(name, ...args) {
    const {code, stdout, stderr} = await report(name, ...args, '--format', 'ndjson');
    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

async function api(path, key = token) {
    const answer = await fetch(engine.url + path, {headers: {authorization: `Bearer ${key}`}});
    return {status: answer.status, headers: answer.headers, text: await answer.text()};
}

// The rows of a report as the API gives them, in objects; options as the command takes them.
async function asked(name, ...args) {
    const query = args.flatMap((arg, i) => (arg.startsWith('--') ? [[arg.slice(2), args[i + 1]]] : []));
    const {status, text} = await api(`/api/report/${name}?${new URLSearchParams(query)}`);
    assert.equal(status, 200, text);
    const answer = JSON.parse(text);
    return answer.rows.map((row) => Object.fromEntries(answer.columns.map((column, i) => [column.name, row[i]])));
}

const pick = (row, names) => names.map((name) => row[name]);

before(async () => {
    dir = makeFolder(forAll, {files: {'catalogue/events.yaml': catalogue}, settings: (all) => ({...all,
        console: {...all.console, tokens: [{name: 'reader', key: readersKey, rights: ['read']}]}})});
    const collector = await startWeir(forAll, {dir});
    const {body} = await post(collector, planted);
    assert.equal(body.accepted, planted.length - 1, JSON.stringify(body.events.filter((e) => e.verdict !== 'accepted')));
    engine = await startWeir(forAll, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    token = readFileSync(join(dir, 'data/console.token'), 'utf8').trim();
    await until('that the models come', async () => JSON.parse((await api('/api/report/flows')).text).models_at >= planted.length);
});

describe('funnel', () => {
    test('each reason is found, and they add up to the drop-off', async () => {
        const all = await rows('funnel', ...funnel);
        assert.deepEqual(all.map((r) => pick(r, ['step', 'event', 'came', 'went_on', 'dropped'])),
            [[1, 'shop.begun', 14, 11, 3], [2, 'page.cart.view', 11, 3, 8], [3, 'shop.paid', 3, null, 0]]);
        assert.deepEqual(pick(all[1], reasons), [1, 1, 2, 2, 1, 1]);
        assert.deepEqual(pick(all[0], reasons), [0, 0, 0, 0, 0, 3]);
        assert.deepEqual(all.map((r) => pick(r, ['rate', 'rate_of_first', 'median_seconds'])), [[null, 100, null], [78.57, 78.57, 10], [27.27, 21.43, 20]]);
        for (const row of all)
            assert.equal(reasons.reduce((sum, reason) => sum + row[reason], 0), row.dropped);
    });

    test('one event serves one step, and a name may be two steps', async () => {
        const all = await rows('funnel', '--step', 'page.cart.view', '--step', 'page.cart.view', '--step', 'shop.paid');
        assert.deepEqual(all.map((r) => r.came), [11, 1, 1]);
        assert.equal(all[0].never, 9); // one view only: that is the step itself, and none before it
        assert.equal(all[0].error, 1);
        assert.equal(all[1].median_seconds, 10);
    });

    test('without a window nothing is too late; between steps there is one of its own', async () => {
        assert.deepEqual((await rows('funnel', ...funnel.slice(0, -2))).map((r) => r.came), [14, 11, 4]);
        const all = await rows('funnel', ...funnel.slice(0, -2), '--within-step', '20s');
        assert.deepEqual(all.map((r) => r.came), [14, 11, 2]);
        assert.equal(all[1].too_late, 2); // 3 after 4990 s, 12 after 30 s
    });

    test('steps are templates, several names, and filters on the flow or the event', async () => {
        const came = async (...args) => (await rows('funnel', ...args)).map((r) => r.came);
        assert.deepEqual(await came('--step', 'SHOP.Begun', '--step', 'page.{page}.view'), [14, 12]);
        assert.deepEqual(await came('--step', 'shop.*[entrypoint=home]', '--step', 'page.*'), [12, 11]);
        assert.deepEqual(await came('--step', 'shop.begun[event.entrypoint=mail]', '--step', 'shop.paid|shop.failed'), [1, 1]);
        assert.deepEqual(await came('--step', 'shop.begun', '--step', 'shop.joined|shop.failed'), [14, 2]);
        assert.deepEqual(await came('--step', 'shop.paid[amount=5]'), [8]);
        assert.deepEqual(await came('--step', 'shop.paid[amount!=5]'), [0]);
        assert.deepEqual(await came('--step', "page.o'brien.view"), [1]);
        assert.deepEqual(await came('--step', "shop.begun[entrypoint~O'B*]", '--step', 'nothing.such'), [1, 0]);
    });

    test('groups, filters and the range are those of the first step', async () => {
        const by = await rows('funnel', ...funnel, '--by', 'entrypoint');
        assert.deepEqual(by.filter((r) => r.step === 1).map((r) => pick(r, ['entrypoint', 'came'])), [["O'Brien", 1], ['home', 12], ['mail', 1]]);
        assert.deepEqual((await rows('funnel', ...funnel, '--filter', "entrypoint=O'Brien")).map((r) => r.came), [1, 0, 0]);
        assert.deepEqual((await rows('funnel', ...funnel, '--from', '2026-11-02', '--to', '2026-11-02T05:00:00Z')).map((r) => r.came), [5, 4, 0]);
        assert.deepEqual((await rows('funnel', ...funnel, '--to', '2026-11-02', '--time-zone', 'Europe/Berlin')).map((r) => r.came), [0, 0, 0]);
        assert.deepEqual(await rows('funnel', ...funnel, '--by', 'entrypoint', '--to', '2020-01-01'), []);
    });

    test('that visitors change daily is said', async () => {
        assert.match((await report('funnel', '--step', 'shop.begun', '--per', 'visitor')).stdout, /\nvisitors and sessions have another pseudonym each day/);
        assert.match(JSON.parse((await api('/api/report/funnel?step=shop.begun&per=session')).text).note, /^visitors and sessions/);
        assert.equal(JSON.parse((await api('/api/report/funnel?step=shop.begun')).text).note, undefined);
    });

    test('a name that no event has is said, with what was probably meant', async () => {
        const typed = ['--step', 'shop.begn', '--step', 'Page.Cart.View|page.nowhere.view', '--step', '*.nothing'];
        assert.deepEqual((await report('funnel', ...typed)).stdout.split('\n').slice(1, 5), [
            'step 1: no accepted event of kind flow is called `shop.begn`; did you mean `shop.begun`?',
            "step 2: no accepted event of kind flow is called `page.nowhere.view`",
            'step 3: no accepted event of kind flow fits `*.nothing`',
            '',
        ]);
        assert.equal(JSON.parse((await api('/api/report/funnel?step=shop.begun&step=x&per=actor')).text).note, 'step 2: no accepted event is called `x`');
        assert.equal(JSON.parse((await api('/api/report/retention?start=shop.begun')).text).note,
            '--start: no accepted event of kind activity is called `shop.begun`');
        assert.equal((await report('funnel', '--step', 'shop.begn', '--format', 'csv')).stderr,
            'step 1: no accepted event of kind flow is called `shop.begn`; did you mean `shop.begun`?\n');
        assert.equal((await report('funnel', '--step', 'shop.begun', '--format', 'csv')).stderr, '');
        assert.equal(JSON.parse((await api(`/api/report/funnel?step=shop.begun&step=a%0ab&step=${'x'.repeat(200)}`)).text).note, undefined);
    });

    test('an actor goes through in several flows', async () => {
        const all = await rows('funnel', ...funnel, '--per', 'actor');
        assert.deepEqual(all.map((r) => r.came), [1, 0, 0]); // the pages of ann do not say that they are hers
        assert.deepEqual((await rows('funnel', '--step', 'shop.begun', '--step', 'shop.begun', '--per', 'device', '--by', 'entrypoint'))
            .map((r) => pick(r, ['entrypoint', 'came'])), [['home', 1], ['home', 1]]);
    });
});

describe('what is behind a funnel', () => {
    const every = ['came', 'went_on', 'dropped', ...reasons];
    const listed = async (at, which, ...args) => asked('funnel-list', ...args, '--at', String(at), '--which', which);

    test('a list is as long as its number, of each step and reason', async () => {
        for (const args of [funnel, [...funnel, '--filter', 'entrypoint=home'], ['--step', 'shop.begun', '--step', 'shop.paid', '--from', '2026-11-02', '--to', '2026-11-02T05:00:00Z']])
            for (const row of await asked('funnel', ...args))
                for (const which of every) {
                    const list = await listed(row.step, which, ...args);
                    assert.equal(list.length, row[which] ?? 0, `${args.join(' ')}: ${row.step} ${which}`);
                    assert.equal(new Set(list.map((r) => r.unit)).size, list.length);
                }
        const actors = ['--per', 'device', '--step', 'shop.begun', '--step', 'shop.begun', '--step', 'shop.paid'];
        for (const row of await asked('funnel', ...actors))
            assert.equal((await listed(row.step, 'came', ...actors)).length, row.came);
    });

    test('a row says how far the flow came, when, and what it ended with', async () => {
        const flow = (n) => at(n, 0, '').flow.id, names = ['unit', 'step', 'reason', 'detail', 'seconds', 'last_event', 'events'];
        assert.deepEqual((await listed(2, 'error', ...funnel)).map((r) => pick(r, names)), [[flow(7), 2, 'error', 'shop.failed', 10, 'shop.failed', 3]]);
        assert.deepEqual((await listed(2, 'quarantined', ...funnel)).map((r) => pick(r, names)),
            [[flow(2), 2, 'quarantined', 'wrong_type', 10, 'page.cart.view', 2]]);
        assert.deepEqual((await listed(3, 'came', ...funnel)).map((r) => pick(r, names)), [
            [flow(12), 3, null, null, 40, 'shop.joined', 5], [flow(10), 3, null, null, 10, 'shop.paid', 3], [flow(1), 3, null, null, 30, 'shop.paid', 3]]);
        const [row] = await listed(2, 'too_late', ...funnel);
        assert.deepEqual([row.first_time, row.step_time, row.last_time].map((t) => Date.parse(`${t.replace(' ', 'T')}Z`)),
            [0, 10, 5000].map((seconds) => start + 3 * 3600e3 + seconds * 1000));
    });

    test('page after page is the whole list', async () => {
        const all = (await listed(1, 'came', ...funnel)).map((r) => r.unit), found = [];
        for (let page = await listed(1, 'came', ...funnel, '--limit', '4'); page.length; page = await listed(1, 'came', ...funnel, '--limit', '4', '--after', page.at(-1).after))
            found.push(...page.map((r) => r.unit));
        assert.deepEqual(found, all);
        assert.equal(all.length, 14);
    });

    test('the errors behind the reason, and the times between steps, add up', async () => {
        assert.deepEqual((await asked('funnel-errors', ...funnel)).map((r) => pick(r, ['step', 'error', 'units'])), [[2, 'shop.failed', 1]]);
        const times = await asked('funnel-times', ...funnel);
        assert.deepEqual(times.map((r) => pick(r, ['step', 'event', 'seconds_50', 'at_least', 'below', 'units'])), [
            [2, 'page.cart.view', 10, 10, 20, 11], [3, 'shop.paid', 20, 0, 1, 1], [3, 'shop.paid', 20, 20, 30, 1], [3, 'shop.paid', 20, 30, 60, 1]]);
    });

    test('beyond the limit values are one', async () => {
        const by = async (limit) => (await asked('funnel', ...funnel, '--by', 'entrypoint', '--limit', limit)).map((r) => pick(r, ['entrypoint', 'step', 'came', 'dropped']));
        assert.deepEqual(await by('1'), [['(other)', 1, 2, 2], ['(other)', 2, 0, 0], ['(other)', 3, 0, 0], ['home', 1, 12, 1], ['home', 2, 11, 8], ['home', 3, 3, 0]]);
        assert.deepEqual((await by('3')).filter((r) => r[1] === 1).map((r) => r[0]), ["O'Brien", 'home', 'mail']);
        assert.deepEqual((await asked('funnel', ...funnel, '--by', 'service', '--limit', '5')).filter((r) => r.step === 1).map((r) => pick(r, ['service', 'came'])),
            [['(none)', 3], ['sync', 11]]);
        assert.deepEqual((await asked('funnel', ...funnel, '--by', 'completed', '--limit', '1')).filter((r) => r.step === 1).map((r) => pick(r, ['completed', 'came'])),
            [['(other)', 6], ['true', 8]]);
    });

    test('one flow is told from its beginning, with what waits in quarantine and its kin', async () => {
        const told = async (n, ...args) => (await asked('flow', '--id', at(n, 0, '').flow.id, ...args)).map((r) => pick(r, ['kind', 'milliseconds', 'name', 'role', 'reasons']));
        assert.deepEqual(await told(2), [['event', 0, 'shop.begun', 'begin', null], ['event', 10000, 'page.cart.view', null, null],
            ['quarantined', 30000, 'shop.paid', 'complete', 'wrong_type']]);
        assert.deepEqual((await told(7)).at(-1), ['event', 11000, 'shop.failed', 'error', null]);
        assert.deepEqual(await told(3, '--limit', '1'), [['event', 0, 'shop.begun', 'begin', null]]);
        const [begin, view, kin] = await asked('flow', '--id', at(5, 0, '').flow.id);
        assert.deepEqual(pick(kin, ['kind', 'flow_id', 'milliseconds', 'completed']), ['same_person', at(6, 0, '').flow.id, 3600e3, true]);
        assert.deepEqual(begin.properties, {entrypoint: 'home', service: 'sync'});
        assert.match(view.lane, /^source /);
        assert.match((await asked('flow', '--id', at(13, 0, '').flow.id))[0].lane, /^device [0-9a-f]{32}$/);
        assert.deepEqual(await asked('flow', '--id', "nobody's"), []);
    });

    test('whoever may not see hidden values gets the same', async () => {
        const steps = 'step=shop.begun&step=page.cart.view&step=shop.paid&within=1h';
        for (const path of [`funnel?${steps}`, `funnel?${steps}&per=device`, `funnel?${steps}&by=entrypoint&limit=1`, `funnel-list?${steps}`, `funnel-list?${steps}&at=2&which=quarantined`,
            `funnel-list?${steps}&per=device`, `funnel-errors?${steps}`, `funnel-times?${steps}`, `flow?id=${at(2, 0, '').flow.id}`, `flow?id=${at(5, 0, '').flow.id}`,
            'flow-columns', 'flow-columns?per=actor', 'flows', 'connect?service=*']) {
            const [mine, theirs] = [await api(`/api/report/${path}`), await api(`/api/report/${path}`, readersKey)];
            assert.equal(theirs.status, 200, `${path}: ${theirs.text}`);
            assert.deepEqual(JSON.parse(theirs.text).rows, JSON.parse(mine.text).rows, path);
        }
    });

    test('what flows and others can be grouped by', async () => {
        const names = async (...args) => (await asked('flow-columns', ...args)).map((r) => r.name);
        const [flows, actors] = [await names(), await names('--per', 'actor')];
        assert.ok(flows.includes('entrypoint') && flows.includes('completed') && !flows.includes('flow_key'));
        assert.ok(actors.includes('amount') && actors.includes('country') && !actors.includes('properties'));
    });
});

describe('flows and connect', () => {
    test('flows by day of a time zone', async () => {
        assert.deepEqual((await rows('flows')).map((r) => pick(r, ['bucket', 'begun', 'completed', 'completion_rate', 'new_accounts'])),
            [['2026-11-01', 1, 1, 100, 0], ['2026-11-02', 13, 7, 53.85, 1]]);
        assert.deepEqual((await rows('flows', '--time-zone', 'Europe/Berlin')).map((r) => pick(r, ['bucket', 'begun'])), [['2026-11-02', 14]]);
    });

    test('quartiles of the time to connect, of services that are asked for', async () => {
        const names = ['bucket', 'account', 'connected', 'seconds_25', 'seconds_50', 'seconds_75'];
        assert.deepEqual((await rows('connect')).map((r) => pick(r, names)),
            [['2026-11-01', 'existing', 1, 30, 30, 30], ['2026-11-02', 'existing', 6, 10, 15, 72.5], ['2026-11-02', 'new', 1, 40, 40, 40]]);
        assert.deepEqual((await rows('connect', '--service', 'x,y')), []);
        assert.equal((await rows('connect', '--service', '*', '--bucket', 'month')).reduce((sum, r) => sum + r.connected, 0), 8);
    });
});

describe('the frame', () => {
    test('command, API and the printed SQL give the same', async () => {
        const {stdout} = await report('funnel', ...funnel, '--format', 'json');
        const command = JSON.parse(stdout);
        const query = new URLSearchParams([['step', 'shop.begun'], ['step', 'page.cart.view'], ['step', 'shop.paid'], ['within', '1h'], ['sql', '1']]);
        const {status, text} = await api(`/api/report/funnel?${query}`);
        assert.equal(status, 200, text);
        const answer = JSON.parse(text);
        assert.deepEqual(answer.rows, command.rows);
        assert.deepEqual(answer.columns, command.columns);
        assert.equal(answer.definition, command.definition);
        assert.match(answer.definition, /^[0-9a-f]{12}$/);
        assert.deepEqual(answer.parameters, {step: ['shop.begun', 'page.cart.view', 'shop.paid'], per: 'flow', within: '1h', 'time-zone': 'UTC'});
        const printed = await report('funnel', ...funnel, '--sql');
        assert.equal(answer.sql.trim(), printed.stdout.replace(/;\n$/, '').trim());
        const pasted = await runWeir(['query', '--format', 'json', '--config', join(dir, 'weir.yaml'), printed.stdout], {cwd: dir});
        assert.deepEqual(JSON.parse(pasted.stdout).rows, answer.rows);
        assert.equal(command.sql, undefined);
    });

    test('every format, and the definition with each', async () => {
        const {definition} = JSON.parse((await report('flows', '--format', 'json')).stdout);
        const table = (await report('flows', '--from', '2026-11-01', '--format', 'table')).stdout;
        assert.match(table, new RegExp(`^flows: from 2026-11-01, UTC; definition ${definition}; up to event \\d+\n\nbucket `));
        const csv = (await report('flows', '--format', 'csv')).stdout.split('\r\n');
        assert.match(csv[0], /,definition$/);
        assert.ok(csv[1].endsWith(`,${definition}`));
        assert.equal((await rows('flows'))[0].definition, definition);
        const parquet = await api('/api/report/flows?format=parquet');
        assert.equal(parquet.headers.get('content-type'), 'application/vnd.apache.parquet');
        assert.equal(parquet.text.slice(0, 4), 'PAR1');
        assert.equal((await api('/api/report/flows?format=csv&max_rows=1')).headers.get('weir-cut'), 'true');
    });

    test('the range does not change the definition, all else does', async () => {
        const of = async (...args) => JSON.parse((await report('flows', '--format', 'json', ...args)).stdout).definition;
        const plain = await of();
        assert.equal(await of('--from', '2026-11-02'), plain);
        for (const args of [['--time-zone', 'Europe/Berlin'], ['--filter', 'service=sync'], ['--by', 'service'], ['--bucket', 'week']])
            assert.notEqual(await of(...args), plain, args.join(' '));
    });

    test('what is wrong is said, with what was probably meant', async () => {
        for (const [args, expected] of [
            [['flws'], /there is no report `flws`; did you mean `flows`\?/],
            [['flows', '--formt', 'csv'], /there is no option --formt; did you mean --format\?/],
            [['flows', '--from', '2026-02-30'], /--from must be a day/],
            [['flows', '--from', '2026-11-02', '--to', '2026-11-02'], /--from is not before --to/],
            [['flows', '--format', 'xml'], /--format must be one of table\|csv/],
            [['flows', '--by', 'a', '--by', 'b'], /--by is given twice/],
            [['flows', '--time-zone', "x'; DROP TABLE events"], /--time-zone must be the name of a time zone/],
            [['flows', '--filter', 'service'], /--filter: a filter needs =/],
            [['flows', '--max-rows', '0'], /--max-rows must be a whole number from 1/],
            [['flows', 'x'], /one argument too many/],
            [['funnel'], /the report funnel needs --step/],
            [['funnel', '--step', 'a.b[c'], /--step 1: a filter is column=value/],
            [['funnel', '--step', 'a.b', '--step', 'c.d|'], /--step 2: the name of an event is missing, at character 5/],
            [['funnel', '--step', 'a.b', '--within', '0s'], /--within must be a duration/],
            [['funnel', ...Array(17).fill(['--step', 'a.b']).flat()], /at most 16 steps/],
            [['funnel', '--step', 'a.b', '--limit', '3'], /--limit is about the values of --by/],
            [['funnel-list', '--step', 'a.b', '--at', '2'], /--at: the funnel has 1 steps/],
            [['funnel-list', '--step', 'a.b', '--which', 'gone'], /--which must be one of came\|went_on/],
            [['funnel-list', '--step', 'a.b', '--after', 'x.1'], /--after must be what a row of the list has/],
            [['funnel-list', '--step', 'a.b', '--after', "1.1'"], /--after must be what a row of the list has/],
            [['funnel-list', '--step', 'a.b', '--per', 'actor', '--after', '1.'], /--after must be what a row of the list has/],
            [['funnel-times', '--step', 'a.b'], /a time between steps needs two of them/],
            [['flow'], /the report flow needs --id/],
            [['flow', '--id', 'x'.repeat(257)], /--id must be a flow's, of 1 to 256 bytes/],
        ]) {
            const {code, stderr} = await report(...args);
            assert.equal(code, 2, args.join(' '));
            assert.match(stderr, expected);
        }
        for (const [args, expected] of [
            [['flows', '--by', 'servise'], /--by: there is no column of flows_data called `servise`; did you mean `service`\?/],
            [['flows', '--filter', 'x" OR 1=1 --=y'], /--filter: there is no column of flows_data called/],
            [['funnel', '--step', 'a.b[nothing=1]'], /--step: there is no column of events called `nothing`/],
            [['funnel', '--step', 'a.b', '--per', 'actor', '--by', 'begins'], /--by: there is no column of events called `begins`/],
            [['flows', '--time-zone', 'Europe/Atlantis'], /there is no time zone `Europe\/Atlantis`.*pg_timezone_names/],
        ]) {
            const {code, stderr} = await report(...args);
            assert.equal(code, 1, args.join(' '));
            assert.match(stderr, expected);
        }
    });

    test('who asks the same at once, or soon after, gets the same answer; another limit or right is another question', async () => {
        const path = '/api/report/flows?bucket=week';
        const all = await Promise.all(Array.from({length: 24}, () => api(path)));
        assert.deepEqual([...new Set(all.map((a) => a.status))], [200], 'four run at once, 24 wait for one');
        assert.equal(new Set(all.map((a) => a.text)).size, 1, 'took_ms and all');
        assert.equal(all[0].headers.get('cache-control'), 'no-store');
        await new Promise((next) => setTimeout(next, 1100));
        assert.equal((await api(path)).text, all[0].text, 'nothing is new');
        const cut = JSON.parse((await api(`${path}&max_rows=1&sql=1`)).text);
        assert.ok(cut.sql && !JSON.parse(all[0].text).sql);
        const answers = await Promise.all([token, readersKey].flatMap((key) => ['', '&hidden=1'].map((more) => api(`/api/report/search?value=ann${more}`, key))));
        assert.deepEqual(answers.map((a) => a.status), [200, 200, 200, 403]);
        const wrong = await Promise.all(Array.from({length: 6}, () => api('/api/report/flows?from=2026-99-99')));
        assert.deepEqual([...new Set(wrong.map((a) => a.status))], [400]);
    });

    test('the API refuses the same way, and wants its token', async () => {
        for (const [path, status, expected] of [
            ['/api/report/flws', 404, /did you mean `flows`/],
            ['/api/report/flows?formt=csv', 400, /did you mean `format`/],
            ['/api/report/flows?by=a%00b', 400, /without NUL/],
            ['/api/report/flows?by=%ff', 400, /UTF-8/],
            ['/api/report/flows?from=tomorrow', 400, /--from must be a day/],
            ['/api/report/flows?by=servise', 400, /did you mean `service`/],
            ['/api/report/flows?sql=yes', 400, /1, 0, true or false/],
        ]) {
            const answer = await api(path);
            assert.equal(answer.status, status, path);
            assert.match(JSON.parse(answer.text).error.message, expected);
        }
        assert.equal((await fetch(`${engine.url}/api/report/flows`)).status, 401);
        assert.equal((await fetch(`${engine.url}/api/report/flows`, {method: 'POST', headers: {authorization: `Bearer ${token}`}})).status, 405);
    });

    test('both list the reports', async () => {
        const list = JSON.parse((await api('/api/report')).text).reports;
        const {stdout} = await report('funnel', '--help');
        assert.ok(list.map((r) => r.name).includes('funnel'));
        for (const parameter of list.find((r) => r.name === 'funnel').parameters)
            assert.match(stdout, new RegExp(`  --${parameter.name}\\b`));
        const {stdout: listed} = await runWeir(['report']);
        for (const {name, summary} of list)
            assert.match(listed, new RegExp(`^${name} +${summary}$`, 'm'));
    });
});
