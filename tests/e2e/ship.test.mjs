// SPDX-License-Identifier: Apache-2.0
//
// `weir ship`: what access logs become, and what is said of what is wrong.

import assert from 'node:assert/strict';
import {appendFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {follow, hasAccepted, line, lines, numbers, once, pages, rows, shipArgs, site, startEngine} from './lib/ship.mjs';
import {runWeir, serverKey, startWeir, until} from './lib/weir.mjs';

test('a log is read once, and again only what is new', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    writeFileSync(s.log, lines(1, 3) + line(0, {path: '/a.css'}) + line(0, {status: 500}) + 'nonsense\n' +
        line(0, {path: '/api/jobs/7', status: 404}) + line(4).trimEnd());
    const first = await once(s, weir.url, '--api', '/api/');
    assert.equal(first.code, 3, first.stderr);
    assert.match(first.stderr, /line 6: not read, unknown_format/);
    assert.match(first.stderr, /4 events in .*: 4 accepted, 0 duplicate/);
    assert.match(first.stderr, /7 lines: 3 pages, 1 API calls, 1 left out by status, 1 left out by asset, 1 unknown_format/);

    appendFileSync(s.log, '\n' + line(5)); // the fourth line had no end
    const second = await once(s, weir.url);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stderr, /2 events in .*: 2 accepted, 0 duplicate/);
    assert.match((await once(s, weir.url)).stderr, /0 lines: 0 pages/);

    // Without its state it begins anew; the ids are the same.
    for (const file of readdirSync(s.state))
        unlinkSync(join(s.state, file));
    assert.match((await once(s, weir.url, '--api', '/api/')).stderr, /6 events in .*: 0 accepted, 6 duplicate/);
    await startEngine(t, s);
    assert.deepEqual(await pages(s), numbers(1, 5));
    assert.deepEqual(await rows(s, `SELECT method, path, status, not_found, query FROM events WHERE name = 'api_queried'`),
        [['GET', '/api/jobs/7', 404, true, null]]);
});

test('a file that Caddy rotated while nobody looked is read to its end', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    writeFileSync(s.log, lines(1, 2));
    assert.equal((await once(s, weir.url)).code, 0);
    appendFileSync(s.log, lines(3, 3));
    renameSync(s.log, s.log.replace(/\.log$/, '-2026-11-22T15-04-05.123.log'));
    writeFileSync(s.log, lines(4, 4));
    const answer = await once(s, weir.url);
    assert.equal(answer.code, 0, answer.stderr);
    assert.match(answer.stderr, /2 accepted, 0 duplicate/);
});

test('a file that is gone is told', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    writeFileSync(s.log, lines(1, 2));
    assert.equal((await once(s, weir.url)).code, 0);
    unlinkSync(s.log);
    writeFileSync(s.log, lines(3, 4));
    const answer = await once(s, weir.url);
    assert.equal(answer.code, 3);
    assert.match(answer.stderr, /read up to byte \d+ \(line 2\) was truncated or is gone/);
    assert.match(answer.stderr, /2 accepted/);

    // A rotated file that ends without a newline, and was quiet for long enough.
    appendFileSync(s.log, lines(5, 6).trimEnd());
    renameSync(s.log, `${s.log}.1`);
    writeFileSync(s.log, lines(7, 7));
    const last = await once(s, weir.url, '--grace', '0s');
    assert.equal(last.code, 3);
    assert.match(last.stderr, /line 4: not read, unfinished/);
    assert.match(last.stderr, /2 accepted/);
    assert.equal((await once(s, weir.url)).code, 0); // told once
});

test('what is wrong is said', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    const fails = async (args, code, pattern) => {
        const answer = await runWeir(args, {cwd: s.dir, env: {STATE_DIRECTORY: ''}});
        assert.equal(answer.code, code, answer.stderr);
        assert.match(answer.stderr, pattern);
    };
    await fails(shipArgs(s, weir.url, '--once'), 1, /access\.log: No such file/);
    mkdirSync(s.log);
    await fails(shipArgs(s, weir.url, '--once'), 1, /access\.log: Is a directory/);
    rmdirSync(s.log);
    writeFileSync(s.log, lines(1, 2));
    await fails(shipArgs(s, weir.url, '--exclude-path', '~('), 2, /--exclude-path: the expression/);
    await fails(shipArgs(s, weir.url, '--status', '2x'), 2, /--status takes/);
    await fails(shipArgs(s, weir.url, '--format', 'xml'), 2, /--format is/);
    await fails(['ship', s.log, '--url', weir.url, '--key', serverKey], 2, /--state names the folder/);
    await fails(['ship', '--syslog', '192.0.2.1:514', '--url', weir.url, '--key', serverKey], 2, /not a loopback address/);
    await fails(['ship', s.log, '--url', weir.url, '--key', 'wrong-key-0123456789', '--state', s.state, '--once'], 1, /401/);
    await fails(shipArgs(s, 'http://127.0.0.1:9', '--once', '--retry-for', '1ms'), 1, /given up/);
    const ship = follow(t, s, weir.url);
    await hasAccepted(weir, 2);
    await fails(shipArgs(s, weir.url, '--once'), 1, /is held by another/);
    await ship.stop();

    const state = join(s.state, readdirSync(s.state).find((name) => name.endsWith('.json'))), good = readFileSync(state, 'utf8');
    for (const bad of ['', '{}', good.slice(0, -20), good.replace('"version":1', '"version":2'), good.replace(/"sha256":"../, '"sha256":"'),
        good.replace(/("tail":\{"len":)\d+/, '$1257'), good.replace(/("head":\{"len":)\d+/, '$11025'), good.replace(/"offset":\d+/, '"offset":1'),
        good.replace(/"inode":\d+/, '"inode":-1'), good.replace(/"seed":"./, '"seed":"x')]) {
        assert.notEqual(bad, good);
        writeFileSync(state, bad);
        await fails(shipArgs(s, weir.url, '--once'), 1, /is not a state of this program/);
    }
});

test('a place that cannot be saved ends it; what is read again has the ids that it had', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir});
    writeFileSync(s.log, lines(1, 2));
    const ship = follow(t, s, weir.url);
    await hasAccepted(weir, 2);
    await until('the state', () => readdirSync(s.state).some((name) => name.endsWith('.json') && /"lines":2/.test(readFileSync(join(s.state, name), 'utf8'))));
    rmSync(s.state, {recursive: true});
    appendFileSync(s.log, lines(3, 4));
    const ended = {...await ship.child.exited, ...ship.child.output};
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /create .*access\.log-.*\.tmp: No such file/);
    assert.match((await once(s, weir.url)).stderr, /4 events in .*: 0 accepted, 4 duplicate/);
    await startEngine(t, s);
    assert.deepEqual(await pages(s), numbers(1, 4));
});

test('several logs, huge and binary lines, a log that comes later', async (t) => {
    const s = site(t), weir = await startWeir(t, {dir: s.dir}), errors = join(s.dir, 'errors.ndjson');
    const other = join(s.dir, 'log/other.log');
    const ship = follow(t, s, weir.url, other, '--errors', errors, '--gzip');
    await until('the wait', () => /other\.log: No such file or directory; waiting/.test(ship.child.output.stderr));
    writeFileSync(s.log, Buffer.concat([Buffer.from(lines(1, 2)), Buffer.alloc(700000, 0x61), Buffer.from('\n' + 'b'.repeat(70000) + '\n'),
        Buffer.from([0, 1, 2, 255, 254, 13, 10]), Buffer.from(lines(3, 3)), Buffer.alloc(300000)]));
    await hasAccepted(weir, 3);
    appendFileSync(s.log, '\n' + lines(4, 4));
    writeFileSync(other, lines(5, 5));
    await hasAccepted(weir, 5);
    const ended = await ship.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(readFileSync(errors, 'utf8').trim().split('\n').map((text) => JSON.parse(text)).map(({line, code}) => [line, code]),
        [[3, 'too_long'], [4, 'too_long'], [5, 'unknown_format'], [7, 'too_long']]);
    await startEngine(t, s);
    assert.deepEqual((await pages(s)).sort(), numbers(1, 5));
});

test('a dry run prints what would be sent', async (t) => {
    const s = site(t);
    writeFileSync(s.log, lines(1, 2));
    const answer = await runWeir(['ship', '--dry-run', s.log], {cwd: s.dir});
    assert.equal(answer.code, 0, answer.stderr);
    const events = answer.stdout.trim().split('\n').map((text) => JSON.parse(text));
    assert.deepEqual(events.map((event) => event.context.path), numbers(1, 2));
    assert.deepEqual(readdirSync(s.dir).sort(), ['log', 'weir.yaml']);
});
