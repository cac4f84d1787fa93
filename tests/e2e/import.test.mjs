// SPDX-License-Identifier: Apache-2.0
//
// `weir import`: days of history, each line once, whenever and however often they are imported.

import assert from 'node:assert/strict';
import {copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {makeFolder, metrics, residue, root, runWeir, sleep, startProgram, startWeir} from './lib/weir.mjs';

const flowId = (n) => n.toString(16).padStart(64, '0');
const key = 'a-key-of-sixteen-or-more';

// A folder with a source for history, and the example days.
function historyFolder(t, ...days) {
    const dir = makeFolder(t, {
        settings: (s) => {
            s.catalogue = join(root, 'catalogues/accounts');
            s.flows = {keys: ['a key that signed none of these flows']};
            s.sources = [
                {name: 'live', kind: 'server', key: 'another-key-of-sixteen'},
                {name: 'history', kind: 'server', key, strict: false, flow_ids: 'any'},
            ];
        },
        files: {},
    });
    for (const day of days)
        copyFileSync(join(root, 'tests/cases/import', day), join(dir, day));
    return dir;
}

const engineReady = /console on (\S+):(\d+)/;
const importing = (dir, ...args) => runWeir(['import', '--config', 'weir.yaml', ...args], {cwd: dir});
const startCollector = (t, dir) => startWeir(t, {dir});
const startEngine = (t, dir) => startWeir(t, {dir, command: 'engine', ready: engineReady});

async function ask(dir, sql) {
    const answer = await runWeir(['query', '--config', 'weir.yaml', '--format', 'ndjson', sql], {cwd: dir});
    assert.equal(answer.code, 0, answer.stderr);
    return answer.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// Until the store has everything: then what it holds.
async function contents(dir) {
    await residue(dir, {delivered: true});
    return ask(dir, `SELECT id, name, time, flow_id, flow_time, actor, device, ua_browser, ua_version, ua_os, locale, utm_source,
        properties::VARCHAR AS properties FROM events ORDER BY id`);
}

// The numbers of the line about a file.
function said(stdout, name) {
    const line = stdout.split('\n').find((one) => one.startsWith(`${name}: `));
    assert.ok(line, stdout);
    const all = {};
    for (const [, number, word] of line.matchAll(/(\d+) (lines|sent|would be sent|already there|quarantined|refused|set aside)/g))
        all[word] = Number(number);
    return all;
}

// A day of flow events, `count` lines.
function bigDay(count) {
    let text = '';
    for (let i = 0; i < count; i++)
        text += `${1487030400 + i % 86400},flow.signin.view,${flowId(i)},${i},Firefox,51,Linux,fx_desktop_v3,,,sync,,,,,\n`;
    return text;
}

test('days come in as they were, and a second time nothing is sent: not even the collector is needed', async (t) => {
    const days = ['flow-2017-02-14.csv', 'flow-2017-02-15.csv', 'flow-2019-03-01.csv', 'events-2017-02-14.csv'];
    const dir = historyFolder(t, ...days);
    const collector = await startCollector(t, dir);
    await startEngine(t, dir);
    const first = await importing(dir, ...days);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(first.stdout.match(/^\S+(?=:)/gm),
        ['flow-2019-03-01.csv', 'flow-2017-02-15.csv', 'flow-2017-02-14.csv', 'events-2017-02-14.csv'], 'the newest first');
    assert.deepEqual(said(first.stdout, 'flow-2017-02-14.csv'),
        {lines: 34, sent: 34, 'already there': 0, quarantined: 0, 'set aside': 0});
    const rows = await contents(dir);
    assert.equal(rows.length, 34 + 19 + 22 + 11);
    assert.equal(rows.filter((row) => row.flow_time === 4120).length, 4, 'flow_time is that of the file');
    const begin = rows.find((row) => row.name === 'flow.begin' && row.time.startsWith('2019-03-01 00:08:20'));
    assert.deepEqual({...begin, id: '', flow_id: '', properties: JSON.parse(begin.properties)}, {
        id: '', name: 'flow.begin', time: '2019-03-01 00:08:20', flow_id: '', flow_time: 0, actor: null, device: null,
        ua_browser: 'Firefox', ua_version: '65', ua_os: 'Linux', locale: 'de-DE', utm_source: 'newsletter',
        properties: {context: 'fx_desktop_v3', entrypoint: 'abouthome', service: 'sync'},
    });
    // uid: equal ones stay equal, over kinds of files; what is activity has it from the activity file alone.
    const [actors] = await ask(dir, `SELECT count(DISTINCT actor) AS n, count(*) FILTER (flow_id IS NULL) AS active,
        count(*) FILTER (flow_id IS NOT NULL AND name = 'account.login' AND actor IS NOT NULL) AS twice,
        count(DISTINCT device) AS devices, bool_and(length(actor) = 32) AS ours FROM events`);
    assert.deepEqual(actors, {n: 5, active: 11, twice: 0, devices: 3, ours: true});
    assert.equal((await ask(dir, `SELECT count(*) AS n FROM events WHERE name = 'flow.signup.view'`))[0].n, 5,
        'a line that is there twice is two events');

    await collector.stop();
    const again = await importing(dir, ...days);
    assert.equal(again.code, 0, again.stderr);
    for (const [day, lines] of [['flow-2017-02-14.csv', 34], ['events-2017-02-14.csv', 11]])
        assert.deepEqual(said(again.stdout, day), {lines, sent: 0, 'already there': lines, quarantined: 0, 'set aside': 0});
    assert.deepEqual(await contents(dir), rows);

    // As other programs would write the same day: all quoted, padded, packed.
    const quoted = readFileSync(join(dir, 'flow-2017-02-14.csv'), 'utf8').trimEnd().split('\n')
        .map((line) => line.split(',').map((field) => `"${field}"`).join(',') + ',,""').join('\r\n');
    writeFileSync(join(dir, 'padded.gz'), gzipSync(quoted));
    const padded = await importing(dir, '--kind', 'flow', '--day', '2017-02-14', '--at-once', '16', 'padded.gz');
    assert.deepEqual(said(padded.stdout, 'padded.gz'), {lines: 34, sent: 0, 'already there': 34, quarantined: 0, 'set aside': 0});
    // Without the collector, anything new is not delivered, and said so.
    writeFileSync(join(dir, 'flow-2017-03-01.csv'), bigDay(1).replace('1487030400', '1488326400'));
    const none = await importing(dir, '--retry-for', '1ms', 'flow-2017-03-01.csv');
    assert.equal(none.code, 1);
    assert.match(none.stderr, /given up after 1 attempts/);
    assert.match(none.stdout, /; not whole\n/);
});

test('poisoned lines are set aside with their reasons, and the rest goes on', async (t) => {
    const dir = historyFolder(t, 'flow-2017-02-16.csv');
    const name = 'flow-2017-02-16.csv';
    await startCollector(t, dir);
    await startEngine(t, dir);
    const lines = readFileSync(join(dir, name));
    writeFileSync(join(dir, name), Buffer.concat([lines, Buffer.from(`\n${'x'.repeat(70000)}\n`)]));
    const dry = await importing(dir, '--dry-run', name);
    assert.equal(dry.code, 3, dry.stderr);
    assert.deepEqual(said(dry.stdout, name), {lines: 34, 'would be sent': 15, 'already there': 0, 'set aside': 19});
    assert.ok(!existsSync(join(dir, 'flow-2017-02-16.rejected.csv')), 'a dry run writes nothing');

    const first = await importing(dir, name);
    assert.equal(first.code, 3, first.stderr);
    assert.deepEqual(said(first.stdout, name), {lines: 34, sent: 13, 'already there': 0, quarantined: 2, 'set aside': 19});
    assert.match(first.stdout, /; 1 of the day before or behind/);
    assert.match(first.stderr, /^flow-2017-02-16\.csv, line 9: quarantined, bad_parameter at \/name/m);
    const aside = readFileSync(join(dir, 'flow-2017-02-16.rejected.csv'), 'latin1');
    assert.equal(statSync(join(dir, 'flow-2017-02-16.rejected.csv')).mode & 0o777, 0o600);
    const reasons = {};
    for (const [, number, reason] of aside.matchAll(/^"flow-2017-02-16\.csv",(\d+),(\w+),"/gm))
        (reasons[reason] ??= []).push(Number(number));
    assert.deepEqual(reasons, {
        no_type: [2], field_count: [4, 19], timestamp: [5, 20, 24, 35], stray_quote: [6, 8], flow_id: [10, 25], not_utf8: [14],
        flow_time: [16, 17, 32], nul_byte: [27], open_quote: [31], other_day: [34], too_long: [36],
    });
    assert.ok(aside.includes(',\xff"\n') && aside.includes('31,Fire\0fox,51,'), 'byte for byte');
    const rows = await contents(dir);
    assert.equal(rows.length, 13);
    assert.ok(rows.some((row) => row.ua_browser === 'Fire"fox, the "browser"'));
    assert.ok(rows.filter((row) => row.name === 'flow.begin').every((row) => row.flow_time === 0));
    assert.deepEqual((await ask(dir, 'SELECT unnest(reasons) AS reason FROM quarantine ORDER BY 1')).map((row) => row.reason),
        ['bad_parameter', 'pattern_mismatch']);

    // What is in the quarantine is there, too. Set aside is set aside again; into the file that is named.
    const again = await importing(dir, '--rejects', 'all.csv', name);
    assert.equal(again.code, 3);
    assert.deepEqual(said(again.stdout, name), {lines: 34, sent: 0, 'already there': 15, quarantined: 0, 'set aside': 19});
    assert.equal(readFileSync(join(dir, 'all.csv'), 'latin1'), aside);
    const danger = await importing(dir, '--rejects', name, name);
    assert.equal(danger.code, 2);
    assert.match(danger.stderr, /nothing can be set aside there/);
});

test('an import that is killed, and one whose collector is, are whole after another', async (t) => {
    const dir = historyFolder(t);
    const day = 'flow-2017-02-14.csv', count = 12000;
    writeFileSync(join(dir, day), bigDay(count));
    let collector = await startCollector(t, dir);
    await startEngine(t, dir);
    const killed = startProgram(['import', '--config', 'weir.yaml', '--batch', '5', day], {cwd: dir});
    const position = async () => (await metrics(collector))['weir_events_accepted_total{source="history"}'] ?? 0;
    while (await position() < 500)
        await sleep(5);
    killed.kill('SIGKILL');
    await killed.exited;
    assert.ok(await position() < count, 'it was killed in the middle');

    const told = startProgram(['import', '--config', 'weir.yaml', '--batch', '5', day], {cwd: dir});
    const had = await position();
    while (await position() < had + 200)
        await sleep(5);
    told.kill('SIGTERM');
    assert.equal((await told.exited).code, 1);
    assert.match(told.output.stderr, /stopped/);
    assert.match(told.output.stdout, /; not whole\n/);

    const pulled = startProgram(['import', '--config', 'weir.yaml', '--batch', '5', '--retry-for', '1s', day], {cwd: dir});
    const before = await position();
    while (await position() < before + 500 && pulled.exitCode === null)
        await sleep(5);
    await collector.stop('SIGKILL');
    const {code} = await pulled.exited;
    assert.equal(code, 1, pulled.output.stderr);
    assert.match(pulled.output.stdout, /; not whole\n/);

    collector = await startCollector(t, dir);
    await residue(dir, {delivered: true});
    const last = await importing(dir, '--at-once', '4000', '--gzip', day);
    assert.equal(last.code, 0, last.stderr);
    const numbers = said(last.stdout, day);
    assert.equal(numbers.sent + numbers['already there'], count);
    assert.ok(numbers['already there'] >= 500 && numbers.sent > 0, last.stdout);
    await residue(dir, {delivered: true});
    assert.deepEqual(await ask(dir, 'SELECT count(*) AS n, count(DISTINCT flow_id) AS flows, sum(flow_time)::BIGINT AS s FROM events'),
        [{n: count, flows: count, s: count * (count - 1) / 2}]);
});

test('native events come from NDJSON, packed or not, with ids of their own or made ones', async (t) => {
    const dir = historyFolder(t);
    const native = (more) => JSON.stringify({name: 'account.login', time: '2020-02-02T10:00:00Z',
        properties: {uid: '3722eb21d311f11cc04b4c9c52da0a61', service: 'sync'}, ...more});
    await startCollector(t, dir);
    await startEngine(t, dir);
    const own = '01890a5d-ac96-774b-bcce-b302099a8057';
    const text = [native({id: own}), native(), native(), native({time: undefined}), native({id: own}), '', 'nothing', '[1]', native({id: 'x'})].join('\n');
    writeFileSync(join(dir, 'old.ndjson.gz'), gzipSync(text));
    const first = await importing(dir, 'old.ndjson.gz');
    assert.equal(first.code, 3, first.stderr);
    assert.deepEqual(said(first.stdout, 'old.ndjson.gz'), {lines: 8, sent: 4, 'already there': 1, quarantined: 0, 'set aside': 3});
    assert.match(readFileSync(join(dir, 'old.rejected.csv'), 'utf8'),
        /^file,line,reason,text\n"old\.ndjson\.gz",7,not_json,"nothing"\n"old\.ndjson\.gz",8,not_an_object,"\[1\]"\n"old\.ndjson\.gz",9,id,/);
    const rows = await contents(dir);
    assert.equal(rows.length, 4);
    assert.ok(rows.some((row) => row.id === own));
    // A longer file of another name: only what is new.
    writeFileSync(join(dir, 'new.jsonl'), `${text}\n${native()}\n${native({time: '2020-02-03T00:00:00Z'})}\n`);
    const second = await importing(dir, '--at-once', '1', 'new.jsonl');
    assert.equal(second.code, 3);
    assert.deepEqual(said(second.stdout, 'new.jsonl'), {lines: 10, sent: 2, 'already there': 5, quarantined: 0, 'set aside': 3});
    assert.equal((await contents(dir)).length, 6);
});

test('what stands in the way is said', async (t) => {
    const dir = historyFolder(t, 'flow-2017-02-14.csv', 'events-2017-02-14.csv');
    const day = 'flow-2017-02-14.csv';
    mkdirSync(join(dir, 'sub'));
    writeFileSync(join(dir, 'what.txt'), 'x');
    copyFileSync(join(dir, day), join(dir, 'sub/flow.csv'));
    for (const [args, text] of [
        [[], /name one FILE/], [['what.txt'], /say --kind/], [['--kind', 'flow', 'sub/flow.csv'], /say --day/],
        [['--kind', 'other', day], /--kind takes/], [['--day', '14.2.2017', day], /--day takes a date/],
        [['--day', '2017-02-14', day, 'events-2017-02-14.csv'], /one FILE/], [['--batch', '0', day], /--batch is between/],
        [['--at-once', '0', day], /--at-once is between/], [['--source', 'nobody', day], /no source `nobody`/],
        [['--timeout', '1ms', day], /at least 100ms/], [[day, `${day}.gz`], /both be set aside in flow-2017-02-14\.rejected\.csv/],
    ]) {
        const {code, stderr} = await importing(dir, ...args);
        assert.equal(code, 2, args.join(' '));
        assert.match(stderr, text);
    }
    const elsewhere = await runWeir(['import', '--url', 'http://127.0.0.1:1', '--key', 'k', day], {cwd: dir});
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /--no-check/);

    const alone = await importing(dir, day);
    assert.equal(alone.code, 1);
    assert.match(alone.stderr, /ask which events are there already \(--no-check does without\): there is no database/);
    const collector = await startCollector(t, dir);
    const blind = await importing(dir, '--no-check', '--keep-uid', day);
    assert.equal(blind.code, 0, blind.stderr);
    const twice = await runWeir(['import', '--no-check', '--url', collector.url, '--key', key, day], {cwd: dir});
    assert.deepEqual(said(twice.stdout, day), {lines: 34, sent: 0, 'already there': 34, quarantined: 0, 'set aside': 0});
    const wrong = await runWeir(['import', '--no-check', '--url', collector.url, '--key', 'wrong', day, 'events-2017-02-14.csv'], {cwd: dir});
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /401/);
    assert.doesNotMatch(wrong.stdout, /events-2017/, 'a wrong key is wrong for all files');

    // A file that cannot be read does not keep the others from coming in.
    writeFileSync(join(dir, 'flow-2017-02-20.csv.gz'), gzipSync(bigDay(5000)).subarray(0, 2000));
    const cut = await importing(dir, '--no-check', 'flow-2017-02-20.csv.gz', 'flow-2017-02-21.csv', 'sub', 'events-2017-02-14.csv',
        '--kind', 'activity');
    assert.equal(cut.code, 2, 'sub has no day');
    const rest = await importing(dir, '--no-check', 'flow-2017-02-20.csv.gz', 'flow-2017-02-21.csv', 'events-2017-02-14.csv');
    assert.equal(rest.code, 1);
    assert.match(rest.stderr, /flow-2017-02-20\.csv\.gz: the compressed file ends too early/);
    assert.match(rest.stderr, /open flow-2017-02-21\.csv: No such file/);
    assert.equal(said(rest.stdout, 'events-2017-02-14.csv').sent, 11);
    const folder = await importing(dir, '--no-check', '--kind', 'flow', '--day', '2017-02-14', 'sub');
    assert.equal(folder.code, 1);
    assert.match(folder.stderr, /must be a file/);

    // Where nothing can be set aside, nothing is passed over in silence.
    writeFileSync(join(dir, 'flow-2017-02-22.csv'), 'poison\n');
    const full = await importing(dir, '--no-check', '--rejects', '/dev/full', 'flow-2017-02-22.csv');
    assert.equal(full.code, 1);
    assert.match(full.stderr, /write \/dev\/full: No space left/);
    const nowhere = await importing(dir, '--no-check', '--rejects', 'none/x.csv', 'flow-2017-02-22.csv');
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /open none\/x\.csv: No such file/);
});
