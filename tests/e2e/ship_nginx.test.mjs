// SPDX-License-Identifier: Apache-2.0
//
// `weir ship` behind a real nginx: its combined log, the JSON of examples/nginx, and its syslog target, as rows.
// Also on the build as shipped: it measures memory.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createSocket} from 'node:dgram';
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {request} from 'node:http';
import {connect} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';
import {accepted, rows, startEngine} from './lib/ship.mjs';
import {freePort, makeFolder, root, serverKey, sleep, startProgram, startWeir, until} from './lib/weir.mjs';

// What tools/setup unpacks, or the system's.
const binary = [join(root, '.deps/nginx/usr/sbin/nginx'), '/usr/sbin/nginx'].find(existsSync);
const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

function site(t) {
    const dir = makeFolder(t, {
        settings: (s) => ({...s, catalogue: join(root, 'catalogues/service'), sources: [{name: 'pages', kind: 'server', key: serverKey}]}),
        files: {'www/index.html': '<title>x</title>', 'www/a.css': 'a{}', 'www/health.html': 'ok', 'www/api/jobs.json': '{}'},
    });
    mkdirSync(join(dir, 'log'));
    return dir;
}

// nginx in the folder, with these logs; ends with the test.
async function startNginx(t, dir, logs) {
    assert.ok(binary, 'there is no nginx: run tools/setup');
    const port = await freePort();
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${dir}/${what};`).join(' ');
    writeFileSync(join(dir, 'nginx.conf'), `daemon off; worker_processes 1; pid ${dir}/nginx.pid; error_log ${dir}/error.log;
${process.getuid() === 0 ? 'user root;' : ''}
events { worker_connections 64; }
http {
  include ${join(root, 'examples/nginx/weir-log.conf')};
  ${temporary}
  types { text/html html; text/css css; application/json json; }
  ${logs.map((log) => `access_log ${log};`).join('\n  ')}
  server { listen 127.0.0.1:${port}; root ${dir}/www; location = /gone { return 302 /; } }
}
`);
    const child = spawn(binary, ['-p', dir, '-c', join(dir, 'nginx.conf')], {stdio: ['ignore', 'ignore', 'pipe']});
    let said = '';
    child.stderr.on('data', (text) => (said += text));
    const ended = new Promise((done) => child.on('close', done));
    const stop = async () => {
        child.kill('SIGQUIT');
        await ended;
    };
    t.after(stop);
    await until(`nginx\n${said}`, () => new Promise((done) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(() => done(true)));
        socket.on('error', () => done(false));
    }));
    return {port, child, stop};
}

function ask(port, path, {method = 'GET', headers = {}} = {}) {
    return new Promise((done, failed) => {
        const sent = request({port, host: '127.0.0.1', path, method, agent: false, headers: {'user-agent': agent, ...headers}}, (answer) => {
            answer.resume();
            answer.on('end', () => done(answer.statusCode));
        });
        sent.on('error', failed);
        sent.end();
    });
}

function garbage(port) {
    return new Promise((done) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(Buffer.from([0x16, 3, 1, 0, 0xff, 0x22, 13, 10, 13, 10])));
        socket.on('close', done);
        socket.on('error', done);
        socket.resume();
    });
}

// What a site gets in a moment: pages, and all that is none.
async function visit(port) {
    await ask(port, '/', {headers: {referer: 'https://www.example.org/jobs?keyword=physics&token=t', host: 'www.example.org'}});
    await ask(port, '/?page=2&token=secret', {headers: {'user-agent': 'quo"ted \\ agent'}});
    await ask(port, '/a.css');
    await ask(port, '/missing');
    await ask(port, '/gone');
    await ask(port, '/', {method: 'HEAD'});
    await ask(port, '/', {headers: {'user-agent': 'diego-healthcheck'}});
    await ask(port, '/health.html');
    await ask(port, '/api/jobs.json');
    await ask(port, '/api/nothing');
    await garbage(port);
}
const rules = ['--api', '/api/', '--exclude-path', '/health', '--query', 'page'];

const target = (weir) => ['--url', weir.url, '--key', serverKey];

function ship(t, dir, args) {
    const child = startProgram(['ship', ...args], {cwd: dir});
    const stop = async () => {
        if (child.exitCode === null && child.signalCode === null)
            child.kill('SIGTERM');
        return {...await child.exited, ...child.output};
    };
    t.after(stop);
    return {child, stop};
}

test('nginx writes its combined log and the JSON of the example; both are followed over a rotation', async (t) => {
    const dir = site(t), weir = await startWeir(t, {dir});
    const combined = join(dir, 'log/access.log'), json = join(dir, 'log/weir.log');
    const nginx = await startNginx(t, dir, [`${combined} combined`, `${json} weir`]);
    const ships = ship(t, dir, [combined, json, ...target(weir), '--state', join(dir, 'state'), ...rules]);

    await visit(nginx.port);
    await until('eight events', async () => await accepted(weir) >= 8);
    for (const file of [combined, json])
        renameSync(file, `${file}.1`);
    await ask(nginx.port, '/'); // to the old file
    nginx.child.kill('SIGUSR1');
    await until('the new file', () => existsSync(combined) && existsSync(json));
    await ask(nginx.port, '/');
    await until('twelve events', async () => await accepted(weir) >= 12);
    const ended = await ships.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /12 events in .*: 12 accepted, 0 duplicate, 0 quarantined, 0 refused/);
    assert.match(ended.stderr, /2 not_http/);

    await startEngine(t, {dir});
    const all = `SELECT name, method, path, query, status, host, referrer, content_type, ua_browser, length(request_id), not_found FROM events`;
    const page = ['page_visited', 'GET', '/', null, 200];
    const found = await rows({dir}, `${all} ORDER BY content_type IS NULL, position`);
    assert.deepEqual(found.filter((row) => row[7] !== null), [
        [...page, 'www.example.org', 'https://www.example.org/jobs', 'text/html', 'Firefox', 32, null],
        ['page_visited', 'GET', '/', 'page=2', 200, '127.0.0.1', null, 'text/html', null, 32, null],
        ['api_queried', 'GET', '/api/jobs.json', null, 200, '127.0.0.1', null, 'application/json', 'Firefox', 32, null],
        ['api_queried', 'GET', '/api/nothing', null, 404, '127.0.0.1', null, 'text/html', 'Firefox', 32, true],
        [...page, '127.0.0.1', null, 'text/html', 'Firefox', 32, null],
        [...page, '127.0.0.1', null, 'text/html', 'Firefox', 32, null],
    ]);
    assert.deepEqual(found.filter((row) => row[7] === null).map((row) => row.slice(0, 7)), [
        [...page, null, 'https://www.example.org/jobs'],
        ['page_visited', 'GET', '/', 'page=2', 200, null, null],
        ['api_queried', 'GET', '/api/jobs.json', null, 200, null, null],
        ['api_queried', 'GET', '/api/nothing', null, 404, null, null],
        [...page, null, null],
        [...page, null, null],
    ]);
    // Raw agents and addresses are as the catalogue says; the times are those of the log.
    assert.deepEqual(await rows({dir}, `SELECT count(DISTINCT visitor)::INTEGER, bool_and(received - time < INTERVAL 30 minutes) FROM events`), [[2, true]]);
});

test('nginx sends to a syslog target; what finds no room is counted', async (t) => {
    const dir = site(t), weir = await startWeir(t, {dir});
    const ships = ship(t, dir, ['--syslog', '127.0.0.1:0', ...target(weir), ...rules]);
    const [, port] = await until('the port', () => /listening on 127\.0\.0\.1:(\d+)/.exec(ships.child.output.stdout));
    const nginx = await startNginx(t, dir, [`syslog:server=127.0.0.1:${port},tag=weir weir`, `syslog:server=127.0.0.1:${port},nohostname combined`]);

    await visit(nginx.port);
    await until('eight events', async () => await accepted(weir) >= 8);

    const socket = createSocket('udp4'); // a line that is none, and one with a newline
    await new Promise((done) => socket.send('<190>what is this', port, '127.0.0.1', done));
    await new Promise((done) => socket.send('<190>Nov 22 15:44:56 nginx: 192.0.2.1 - - [22/Nov/2026:15:44:56 +0000] "GET /last HTTP/1.1" 200 1 "-" "x"\n', port, '127.0.0.1', done));
    socket.close();
    await until('nine events', async () => await accepted(weir) >= 9);
    const ended = await ships.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /line \d+: not read, unknown_format/);
    assert.match(ended.stderr, /9 accepted, 0 duplicate/);
    await startEngine(t, {dir});
    assert.deepEqual(await rows({dir}, `SELECT name, count(*)::INTEGER, count(request_id)::INTEGER FROM events GROUP BY 1 ORDER BY 1`),
        [['api_queried', 4, 4], ['page_visited', 5, 5]]);
    assert.deepEqual(await rows({dir}, `SELECT path FROM events ORDER BY position DESC LIMIT 1`), [['/last']]);
});

test('a flood of datagrams while the collector is away leaves memory bounded and is told', async (t) => {
    const dir = site(t);
    const ships = ship(t, dir, ['--syslog', '127.0.0.1:0', '--url', 'http://127.0.0.1:9', '--key', serverKey, '--batch', '1']);
    const [, port] = await until('the port', () => /listening on 127\.0\.0\.1:(\d+)/.exec(ships.child.output.stdout));
    const line = Buffer.from(`<190>Nov 22 15:44:56 nginx: 192.0.2.1 - - [22/Nov/2026:15:44:56 +0000] "GET /${'x'.repeat(60000)} HTTP/1.1" 200 1 "-" "x"`);
    const socket = createSocket('udp4');
    const memory = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${ships.child.pid}/status`, 'utf8'))[1]) / 1024;

    for (let i = 0; i < 1000; i++) {
        await new Promise((done) => socket.send(line, port, '127.0.0.1', done));
        if (i % 50 === 49)
            await sleep(10); // what the kernel has no room for is counted with the next that comes through
    }
    socket.close();
    await sleep(300);
    if (!process.env.WEIR?.includes('asan'))
        assert.ok(memory() < 64, `${memory()} MiB`);
    ships.child.kill('SIGTERM'); // it tries for five seconds to get rid of what it has; a second one ends that
    await sleep(300);
    const ended = await ships.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /\d+ lines found no room and are lost/);
});
