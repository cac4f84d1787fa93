// SPDX-License-Identifier: Apache-2.0
//
// examples/c: a server behind libmicrohttpd, asked by curl; the rows that its requests leave are in the store.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {makeFolder, root, runWeir, serverKey, startWeir} from '../../tests/e2e/lib/weir.mjs';
import {build, until} from './driver.mjs';

test('requests of the example leave page_visited, api_queried and events with their context', async (t) => {
    const dir = makeFolder(t, {settings: (s) => ({...s, catalogue: join(root, 'catalogues/service'), sources: [s.sources[0]]}), files: {}});
    const weir = await startWeir(t, {dir, command: 'serve'});
    const server = spawn(join(build, 'examples/example_server'), ['0', join(dir, 'spool')],
        {env: {...process.env, WEIR_URL: weir.url, WEIR_KEY: serverKey}, stdio: ['ignore', 'pipe', 'pipe']});
    const exited = new Promise((done) => server.on('close', done));
    let said = '', stderr = '';
    server.stdout.on('data', (text) => (said += text));
    server.stderr.on('data', (text) => (stderr += text));
    t.after(async () => {
        server.kill('SIGKILL');
        await exited;
    });
    const [, base] = await until(() => /listening on (\S+)/.exec(said), 'the server');
    const curl = (path, ...args) => {
        const {status, stdout} = spawnSync('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', base + path, ...args], {encoding: 'utf8'});
        assert.equal(status, 0);
        return stdout;
    };
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

    assert.equal(curl('/jobs?q=a%20b&page=2', '-A', agent, '-e', 'https://www.example.org/', '-b', 'session=s-1', '-H', 'X-Request-ID: request-1'), '200');
    assert.equal(curl('/account'), '302');
    assert.equal(curl('/missing'), '404');
    assert.equal(curl('/', '-A', 'platform-probe/1'), '200');
    assert.equal(curl('/', '-A', 'platform-probe/1.1'), '200');
    assert.equal(curl('/api/jobs', '-b', 'session=s-1'), '200');
    server.kill('SIGTERM'); // it sends what waits before it ends
    assert.equal(await exited, 0);
    assert.equal(stderr, '');
    assert.equal(existsSync(join(dir, 'spool')), false, 'nothing had to be spooled');

    const rows = await until(async () => {
        const {code, stdout, stderr: why} = await runWeir(['query', '--format', 'ndjson', '--config', join(dir, 'weir.yaml'), `
            SELECT name, method, path, query, referrer, status, content_type, request_id, ua_browser,
                actor IS NOT NULL AS actor, session IS NOT NULL AS session, properties->>'foo' AS foo
            FROM events ORDER BY position`], {cwd: dir});
        assert.equal(code, 0, why);
        const found = stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
        return found.length >= 5 && found;
    }, 'five rows');
    const made = /^[0-9a-f]{8}-[0-9a-f]{4}-7/, html = 'text/html; charset=utf-8';
    const plain = {method: 'GET', query: null, referrer: null, status: 200, content_type: html, actor: false, session: false, foo: null};
    for (const row of rows.slice(2))
        assert.match(row.request_id, made);
    assert.deepEqual(rows.map(({request_id: id, ua_browser: browser, ...row}) => row), [
        // Fired within the request: neither status nor content type were known.
        {...plain, name: 'something_happened', path: '/jobs', query: 'q=a%20b&page=2', referrer: 'https://www.example.org/',
            status: null, content_type: null, actor: true, session: true, foo: 'a b'},
        {...plain, name: 'page_visited', path: '/jobs', query: 'q=a%20b&page=2', referrer: 'https://www.example.org/', actor: true, session: true},
        {...plain, name: 'page_visited', path: '/account', status: 302},
        {...plain, name: 'page_visited', path: '/'},
        {...plain, name: 'api_queried', path: '/api/jobs', content_type: 'application/json', session: true},
    ]);
    assert.deepEqual(rows.slice(0, 2).map((row) => [row.request_id, row.ua_browser]), [['request-1', 'Firefox'], ['request-1', 'Firefox']]);
});

test('the settings of the example are sound', async () => {
    const {code, stderr} = await runWeir(['check', '--config', join(root, 'examples/c/weir.yaml')]);
    assert.equal(code, 0, stderr);
    assert.match(readFileSync(join(root, 'examples/c/README.md'), 'utf8'), /WEIR_KEY=the-key-of-the-example/);
});
