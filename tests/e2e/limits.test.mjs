// SPDX-License-Identifier: Apache-2.0
//
// Raw sockets against the collector: lengths, limits, framing, slow and odd clients.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {after, before, describe, test} from 'node:test';
import zlib from 'node:zlib';

import {goodEvent, metrics, patience, post, rawRequest, serverKey, shellFirst, sleep, startWeir, statuses, until, untilAfter} from './lib/weir.mjs';

const body = JSON.stringify(goodEvent());
const lines = (...fields) => ['POST /v1/events HTTP/1.1', 'Host: weir', `Authorization: Bearer ${serverKey}`,
    ...fields, '', ''].join('\r\n');
const whole = lines(`Content-Length: ${body.length}`) + body;

describe('limits', () => {
    const all = untilAfter(after);
    let weir;
    const send = (pieces, options) => rawRequest(weir.port, pieces, options);

    before(async () => {
        weir = await startWeir(all);
    });

    async function refusedAndClosed(pieces, ...wanted) {
        const {text, closed} = await send(pieces, {quietMs: 1000 * patience});

        assert.ok(statuses(text).length > 0, text);
        assert.ok(statuses(text).every((status) => status === statuses(text)[0]), text);
        assert.ok(wanted.includes(statuses(text)[0]), text);
        assert.ok(closed, `still open after:\n${text}`);
        return text;
    }

    // To be waited for between pieces: that so many more requests were refused for want of memory than now.
    async function overloaded(count) {
        const refused = async () => (await metrics(weir))['weir_refusals_total{source="backend",reason="overloaded"}'] ?? 0;
        const before = await refused();
        let waiting;
        return () => waiting ??= until(`${count} refused`, async () => await refused() >= before + count);
    }

    test('a sound request is answered and the connection kept', async () => {
        const {text, closed} = await send(whole + whole, {answers: 2});

        assert.deepEqual(statuses(text), [200, 200]);
        assert.equal(closed, false);
    });

    test('a length over the limit is refused before the body is sent', async () => {
        const text = await refusedAndClosed(lines('Content-Length: 1048577'), 413);

        assert.match(text, /connection: close/i);
        assert.match(text, /"code":"body_too_large"/);
        for (const length of ['9223372036854775807', '9223372036854775808', '18446744073709551616'])
            await refusedAndClosed(lines(`Content-Length: ${length}`), 413);
    });

    // The library answers some of these itself, in HTML; version 0.9.75 then sends the status line twice.
    test('a length that is no number is 400', async () => {
        for (const length of ['+1', '-1', '1_0', '0x10', '1 0', '1,1', '', 'x', '1e3'])
            await refusedAndClosed(lines(`Content-Length: ${length}`) + '0123456789', 400);
    });

    test('two lengths are 400, whichever way', async () => {
        const n = body.length;
        for (const fields of [[`Content-Length: ${n}`, `Content-Length: ${n}`], [`Content-Length: ${n}`, 'Content-Length: 5'],
            [`Content-Length: ${n}`, 'Transfer-Encoding: chunked'], ['Transfer-Encoding: chunked', `Content-Length: ${n}`],
            ['Transfer-Encoding: gzip, chunked'], ['Transfer-Encoding: identity'],
            ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']])
            await refusedAndClosed(lines(...fields) + body + whole, 400);
    });

    test('after a 400 no second request is looked at', async () => {
        const before = await metrics(weir);
        await refusedAndClosed(lines('Content-Length: 0', 'Transfer-Encoding: chunked') + '0\r\n\r\n' + whole, 400);
        const then = await metrics(weir);
        assert.equal(then['weir_events_accepted_total{source="backend"}'], before['weir_events_accepted_total{source="backend"}']);
    });

    test('a name with a blank before its colon is 400', async () => {
        await refusedAndClosed(lines(`Content-Length : ${body.length}`) + body, 400);
        await refusedAndClosed(lines('X\tY: 1', 'Content-Length: 0'), 400);
        await refusedAndClosed(lines('X\x0b: 1', 'Content-Length: 0'), 400);
    });

    test('Host is needed, once', async () => {
        await refusedAndClosed('GET /healthz HTTP/1.1\r\n\r\n', 400);
        await refusedAndClosed('GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400);
        assert.deepEqual(statuses((await send('GET /healthz HTTP/1.0\r\n\r\n')).text), [200]);
    });

    test('a first line that is none is 400', async () => {
        for (const line of ['GET /healthz', 'GET /health z HTTP/1.1', 'GET /healthz HTTP/2.0', 'GET', '\x16\x03\x01'])
            assert.ok(!/ 200 /.test((await send(`${line}\r\nHost: w\r\n\r\n`)).text), line);
    });

    test('chunks are joined, and broken ones are 400', async () => {
        const half = body.length >> 1;
        const chunk = (s) => `${s.length.toString(16)}\r\n${s}\r\n`;
        const good = lines('Transfer-Encoding: chunked') + chunk(body.slice(0, half)) + chunk(body.slice(half)) + '0\r\n\r\n';
        const {text} = await send(good + whole, {answers: 2});

        assert.deepEqual(statuses(text), [200, 200]);
        for (const size of ['0_2e', '-1', 'x', '+5', '0x5', 'ffffffffffffffffff'])
            await refusedAndClosed(`${lines('Transfer-Encoding: chunked')}${size}\r\n${body}\r\n0\r\n\r\n`, 400, 413);
    });

    test('chunks without end are cut at the limit', async () => {
        const chunk = `10000\r\n${' '.repeat(65536)}\r\n`;
        const {text, closed} = await send([lines('Transfer-Encoding: chunked'), ...Array.from({length: 20}, () => chunk)]);

        assert.ok(closed);
        assert.ok(statuses(text).length === 0 || statuses(text)[0] === 413, text);
    });

    test('64 fields pass, 65 are 431', async () => {
        const fields = (n) => Array.from({length: n}, (_, i) => `X-${i}: 1`);
        const {text} = await send(lines(...fields(61), `Content-Length: ${body.length}`) + body);

        assert.deepEqual(statuses(text), [200]);
        assert.match(await refusedAndClosed(lines(...fields(62), `Content-Length: ${body.length}`) + body, 431),
            /"code":"header_too_large"/);
    });

    test('a field over 8 KiB, and fields over 16 KiB, are 431', async () => {
        const field = (n, c = 'X') => `${c}: ${'a'.repeat(n)}`;
        const {text} = await send(lines(field(8000), field(7000, 'Y'), `Content-Length: ${body.length}`) + body);

        assert.deepEqual(statuses(text), [200]);
        await refusedAndClosed(lines(field(8200), 'Content-Length: 0'), 431);
        await refusedAndClosed(lines(field(8000), field(8000, 'Y'), field(500, 'Z'), 'Content-Length: 0'), 431);
        await refusedAndClosed(lines(...Array.from({length: 5}, (_, i) => field(8000, `X${i}`)), 'Content-Length: 0'), 431);
    });

    test('a hundred thousand fields are 431', async () => {
        const {text, closed} = await send(['GET /healthz HTTP/1.1\r\nHost: w\r\n', 'A: b\r\n'.repeat(100000), '\r\n']);

        assert.ok(closed);
        assert.ok(statuses(text).length === 0 || statuses(text)[0] === 431, text);
    });

    test('a target over 8 KiB is 414', async () => {
        await refusedAndClosed(`GET /healthz?${'a'.repeat(9000)} HTTP/1.1\r\nHost: w\r\n\r\n`, 414);
        await refusedAndClosed(`GET /${'a'.repeat(60000)} HTTP/1.1\r\nHost: w\r\n\r\n`, 414);
    });

    test('one byte at a time gives the same answer', async () => {
        const {text} = await send([...whole]);
        const again = await send(whole);
        const same = (t) => t.replace(/"(id|position)":[^,}]*/g, '').replace(/Date:.*/, '').replace(/Content-Length:.*/, '');

        assert.equal(same(text), same(again.text));
    });

    test('a client that closes its half gets its answer', async () => {
        const {text} = await send(whole, {halfClose: true});

        assert.deepEqual(statuses(text), [200]);
    });

    test('clients that vanish at any point hurt nobody', async () => {
        for (let at = 1; at < whole.length; at += 7)
            await send(whole.slice(0, at), {patienceMs: 1});
        await Promise.all(Array.from({length: 100}, () => send(whole, {patienceMs: 0})));
        assert.equal((await post(weir, goodEvent())).status, 200);
    });

    test('a refusal with a short body keeps the connection', async () => {
        const wrong = whole.replace(serverKey, 'x'.repeat(20));
        const {text, closed} = await send(wrong + whole, {answers: 2});

        assert.deepEqual(statuses(text), [401, 200]);
        assert.equal(closed, false);
    });

    test('bodies past the memory for all requests are 503, and the memory comes back', {timeout: 180000}, async () => {
        const large = '{"name":"page.viewed"}'.padEnd(1024 * 1024);
        const head = lines(`Content-Length: ${large.length}`) + large.slice(0, -1);
        const between = await overloaded(1); // what has room waits for that
        const all = await Promise.all(Array.from({length: 64}, () => send([head, ' '], {between})));
        const got = all.map((a) => statuses(a.text)[0]);

        assert.ok(got.every((status) => status === 200 || status === 503), String(got));
        assert.ok(got.filter((status) => status === 200).length >= 10, String(got));
        assert.ok(got.includes(503), String(got));
        assert.match(all[got.indexOf(503)].text, /"code":"overloaded"/);
        assert.equal((await metrics(weir)).weir_request_memory_bytes, 0);
    });

    test('a megabyte of empty lines is read in no time', {timeout: 60000}, async () => {
        for (const blank of ['\n', ' \r\n']) {
            const headers = {'content-type': 'text/plain'};
            const {status, body} = await post(weir, blank.repeat(1048576 / blank.length), {headers});

            assert.deepEqual([status, body.error.code], [400, 'invalid_json']);
        }
    });

    test('more errors than an answer holds are no reason to send the same again', async () => {
        const keys = Array.from({length: 16}, (_, i) => `"${'q'.repeat(20)}${String.fromCharCode(97 + i)}":1`).join(',');
        const bytes = zlib.gzipSync(`[${Array(9900).fill(`{${keys}}`).join(',')}]`);
        const {status, body} = await post(weir, bytes, {headers: {'content-encoding': 'gzip'}});

        assert.deepEqual([status, body.error.code], [413, 'batch_too_large']);
    });

    test('what inflates a body counts as memory, and goes with a refusal', {timeout: 180000}, async () => {
        // A zstd frame with a window of 8 MiB, and a block of 128 KiB blanks; then its last block, of one.
        const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3, 0x02, 0x00, 0x10, 0x20]);
        const end = Buffer.from([0x0b, 0x00, 0x00, 0x20]);
        const head = Buffer.from(lines('Content-Encoding: zstd', `Content-Length: ${frame.length + end.length}`));
        const piece = Buffer.concat([head, frame]);
        const between = await overloaded(12); // what has room waits for that
        const all = await Promise.all(Array.from({length: 20}, () => send([piece, end], {between})));
        const got = all.map((a) => statuses(a.text)[0]);

        assert.ok(got.every((status) => status === 400 || status === 503), String(got));
        assert.ok(got.filter((status) => status === 400).length >= 4, String(got));
        assert.ok(got.filter((status) => status === 503).length >= 12, String(got));
        assert.equal((await metrics(weir)).weir_request_memory_bytes, 0);
    });

    test('the law holds after all of this', async () => {
        const m = await metrics(weir);
        const of = (what) => m[`weir_events_${what}_total{source="backend"}`];

        assert.equal(of('received'), of('accepted') + of('duplicate') + of('quarantined') + of('refused'));
        assert.equal(m.weir_request_memory_bytes, 0);
    });

    test('a header that dawdles is cut off, and so is a body', {timeout: 180000}, async () => {
        const began = Date.now();
        const [header, trickle] = await Promise.all([
            send(['GET /healthz HTTP/1.1\r\nHost: w\r\n', ...Array.from({length: 12}, (_, i) => `X-${i}: 1\r\n`)], {pauseMs: 800}),
            send([lines('Content-Length: 1000'), ...Array.from({length: 15}, () => ' ')], {pauseMs: 800}),
        ]);

        assert.ok(header.closed && trickle.closed);
        assert.ok(Date.now() - began < 28000, 'not because nothing comes: that takes 30 s');
        assert.ok((await metrics(weir)).weir_http_connections_cut_total >= 2);
    });
});

test('with few files, connections wait and none is lost', async (t) => {
    const weir = await startWeir(t, {wrap: shellFirst('ulimit -n 200')});
    const idle = await Promise.all(Array.from({length: 300}, () =>
        rawRequest(weir.port, whole)));

    assert.ok(idle.filter((a) => statuses(a.text)[0] === 200).length > 50);
    assert.equal((await post(weir, goodEvent())).status, 200);
});

// User and system time of a process, in seconds.
function cpuSeconds(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');

    return (Number(fields[11]) + Number(fields[12])) / 100;
}

test('without a file left, nothing spins, and room is seen soon', {timeout: 180000}, async (t) => {
    const weir = await startWeir(t, {wrap: shellFirst('ulimit -n 100')});
    const clients = [];

    for (let i = 0; i < 1000; i++) {
        const socket = connect(weir.port, '127.0.0.1');
        socket.on('error', () => {});
        clients.push(socket);
    }
    await sleep(1000);
    const began = cpuSeconds(weir.pid);
    await sleep(3000);
    const used = cpuSeconds(weir.pid) - began;
    assert.ok(used < 0.5, `${used} s of CPU in 3 s`);
    for (const socket of clients)
        socket.destroy();
    const freed = Date.now();
    assert.equal((await post(weir, goodEvent())).status, 200);
    assert.ok(Date.now() - freed < 10000, `${Date.now() - freed} ms`);
});
