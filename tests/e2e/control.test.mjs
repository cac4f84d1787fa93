// SPDX-License-Identifier: Apache-2.0
//
// The socket through which commands talk to the running collector: who may reach it, what becomes of a stale
// one, of clients that are silent, many or talk nonsense.

import assert from 'node:assert/strict';
import {existsSync, mkdirSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';

import {goodEvent, makeFolder, post, sleep, startWeir} from './lib/weir.mjs';

const socketOf = (weir) => join(weir.dir, 'data', 'collector.socket');

// Writes `text`, resolves to the lines that came back until there are `lines`, or the other side closed.
function ask(path, text, lines = 1) {
    return new Promise((done, failed) => {
        const socket = connect(path);
        let got = '';
        const finish = () => {
            socket.destroy();
            done(got.split('\n').filter(Boolean).map((line) => JSON.parse(line)));
        };
        socket.on('error', failed);
        socket.on('connect', () => socket.write(text));
        socket.on('data', (bytes) => {
            got += bytes;
            if (got.split('\n').length > lines)
                finish();
        });
        socket.on('close', finish);
    });
}

test('only its owner reaches the socket, which goes with the collector', async (t) => {
    const weir = await startWeir(t);

    assert.equal(statSync(socketOf(weir)).mode & 0o777, 0o600);
    const [answer] = await ask(socketOf(weir), '{"do":"status"}\n');
    assert.equal(answer.ok, true);
    assert.equal(answer.pid, weir.pid);
    await weir.stop();
    assert.equal(existsSync(socketOf(weir)), false);
});

test('a socket that a killed collector left is replaced', async (t) => {
    const weir = await startWeir(t);
    await weir.stop('SIGKILL');
    assert.equal(existsSync(socketOf(weir)), true);
    const again = await startWeir(t, {dir: weir.dir});
    assert.equal((await ask(socketOf(again), '{"do":"status"}\n'))[0].pid, again.pid);
});

test('nonsense gets an error, and the next request its answer', async (t) => {
    const weir = await startWeir(t);
    const wrong = ['', 'status', '[]', '{"do":7}', '{"do":"fly"}', '{"do":"status"'];
    const answers = await ask(socketOf(weir), [...wrong, '{"do":"status"}', ''].join('\n'), wrong.length + 1);

    assert.deepEqual(answers.map((answer) => answer.error?.code),
        ['parse', 'parse', 'parse', 'parse', 'usage', 'parse', undefined]);
    const [long] = await ask(socketOf(weir), `{"do":"status","x":"${'x'.repeat(1 << 20)}"}\n`);
    assert.equal(long.error.code, 'limit');
});

test('a silent client is let go, and those behind it are served', async (t) => {
    const weir = await startWeir(t);
    const begun = Date.now(), silent = connect(socketOf(weir));
    const closed = new Promise((done) => silent.on('close', done));
    await new Promise((done) => silent.on('connect', done));
    silent.resume().write('{"do":');

    const behind = await Promise.all(Array.from({length: 10}, () => ask(socketOf(weir), '{"do":"status"}\n')));
    assert.ok(behind.every(([answer]) => answer.ok));
    assert.ok(Date.now() - begun >= 4000, 'they wait for it');
    await closed;
    assert.equal((await post(weir, goodEvent())).status, 200);
});

test('a client that never reads does not keep the collector from ending', async (t) => {
    const other = await startWeir(t), weir = await startWeir(t);
    const end = async (one) => {
        const begun = Date.now();
        assert.equal((await one.stop()).code, 0);
        return Date.now() - begun;
    };
    const deaf = connect(socketOf(weir));
    deaf.on('error', () => {});
    await new Promise((done) => deaf.on('connect', done));
    deaf.pause().write('{"do":"status"}\n'.repeat(20000));
    await sleep(300);
    const [without, beside] = [await end(other), await end(weir)]; // who waited for it would take some 5 s longer
    assert.ok(beside < without + 3000, `${beside} ms, ${without} ms without such a client`);
    deaf.destroy();
});

test('a data folder deeper than a socket address holds is fine', async (t) => {
    const deep = Array.from({length: 12}, (_, i) => `a-folder-of-some-length-${i}`).join('/');
    const dir = makeFolder(t, {settings: (s) => ({...s, data: `./${deep}/data`})});
    mkdirSync(join(dir, deep), {recursive: true});
    const weir = await startWeir(t, {dir});

    assert.ok(join(dir, deep).length > 200);
    renameSync(join(dir, deep, 'data'), join(dir, 'data')); // the test's own client has the limit
    assert.equal((await ask(join(dir, 'data', 'collector.socket'), '{"do":"status"}\n'))[0].pid, weir.pid);
    renameSync(join(dir, 'data'), join(dir, deep, 'data'));
});

test('a file in its place is replaced, a folder is an error', async (t) => {
    const dir = makeFolder(t);
    mkdirSync(join(dir, 'data'), {mode: 0o700});
    writeFileSync(join(dir, 'data', 'collector.socket'), 'not a socket');
    const weir = await startWeir(t, {dir});
    assert.equal((await ask(socketOf(weir), '{"do":"status"}\n'))[0].ok, true);
    await weir.stop();
    mkdirSync(join(dir, 'data', 'collector.socket'));
    await assert.rejects(startWeir(t, {dir}), /collector\.socket: Is a directory/);
});
