// SPDX-License-Identifier: Apache-2.0
//
// The browser agent as the program hands it out: GET /agent.js, and `weir agent`. What it does stands in agent/test.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {get} from 'node:http';
import {dirname, join} from 'node:path';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';

import {browserKey, makeFolder, origin, post, program, root, runWeir, startWeir} from './lib/weir.mjs';

const script = readFileSync(join(dirname(program), 'agent/agent.js'));
const integrity = `sha384-${createHash('sha384').update(script).digest('base64')}`;

// Without fetch, which decodes, and which sends fields of its own.
function ask(weir, {path = '/agent.js', method = 'GET', headers = {}} = {}) {
    return new Promise((done, failed) => {
        get(weir.url + path, {method, headers}, (answer) => {
            const pieces = [];
            answer.on('data', (piece) => pieces.push(piece));
            answer.on('end', () => done({status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces)}));
        }).on('error', failed);
    });
}

test('the collector serves the agent to pages of all sites', async (t) => {
    const weir = await startWeir(t);

    await t.test('plain', async () => {
        const {status, headers, body} = await ask(weir, {path: '/agent.js?v=1', headers: {origin: 'https://any.example.com'}});
        assert.equal(status, 200);
        assert.deepEqual(body, script);
        assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
        assert.equal(headers['content-encoding'], undefined);
        assert.equal(headers['cache-control'], 'public, max-age=3600');
        assert.equal(headers.vary, 'Accept-Encoding');
        assert.equal(headers['access-control-allow-origin'], '*');
        assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
        assert.equal(headers['x-content-type-options'], 'nosniff');
        assert.match(headers.etag, /^"[0-9a-f]{8}"$/);
    });

    await t.test('compressed', async () => {
        const plain = await ask(weir);
        const {headers, body} = await ask(weir, {headers: {'accept-encoding': 'br, gzip;q=0.5'}});
        assert.equal(headers['content-encoding'], 'gzip');
        assert.deepEqual(gunzipSync(body), script);
        assert.ok(body.length <= 2048);
        assert.notEqual(headers.etag, plain.headers.etag);
        assert.equal((await ask(weir, {headers: {'accept-encoding': 'gzip;q=0'}})).headers['content-encoding'], undefined);
    });

    await t.test('once', async () => {
        for (const encoding of ['identity', 'gzip']) {
            const {headers: {etag}} = await ask(weir, {headers: {'accept-encoding': encoding}});
            const {status, headers, body} = await ask(weir, {headers: {'accept-encoding': encoding, 'if-none-match': `"a", W/${etag}`}});
            assert.equal(status, 304);
            assert.equal(body.length, 0);
            assert.equal(headers.etag, etag);
            assert.equal(headers['cache-control'], 'public, max-age=3600');
            assert.equal(headers['access-control-allow-origin'], '*');
            assert.equal(headers['content-encoding'], undefined);
        }
        assert.equal((await ask(weir, {headers: {'if-none-match': '"00000000"'}})).status, 200);
    });

    await t.test('its header alone', async () => {
        const {status, headers, body} = await ask(weir, {method: 'HEAD'});
        assert.equal(status, 200);
        assert.equal(headers['content-length'], String(script.length));
        assert.equal(body.length, 0);
    });

    await t.test('and takes nothing there', async () => {
        const {status, headers} = await post(weir, '{}', {path: '/agent.js', key: null});
        assert.equal(status, 405);
        assert.equal(headers.get('allow'), 'GET, HEAD');
        assert.equal(headers.get('cache-control'), 'no-store');
    });
});

test('a page that is refused may read that it is', async (t) => {
    const weir = await startWeir(t);
    const event = '{"page":"/"}';

    for (const [path, key, from, status, open] of [['/e', browserKey, 'https://copy.example.com', 403, '*'],
        ['/e', 'web_none', origin, 401, '*'], ['/e', browserKey, origin, 204, origin],
        ['/v1/events', browserKey, 'https://copy.example.com', 403, null]]) {
        const answer = await post(weir, event, {path: `${path}?key=${key}`, key: null, headers: {origin: from}});
        assert.equal(answer.status, status);
        assert.equal(answer.headers.get('access-control-allow-origin'), open, `${path} from ${from}`);
        assert.equal(answer.headers.get('access-control-allow-credentials'), null);
    }
});

test('the agent is found under the name that the settings give it, and no other', async (t) => {
    const weir = await startWeir(t, {settings: (s) => ({...s, pages: {agent: '/about/site.js', events: '/about/in'}})});

    assert.deepEqual((await ask(weir, {path: '/about/site.js'})).body, script);
    assert.equal((await ask(weir)).status, 404);
    const {code, stdout} = await runWeir(['agent', '--url', 'https://www.example.org/'], {cwd: weir.dir});
    assert.equal(code, 0);
    assert.equal(stdout, `<script defer src="https://www.example.org/about/site.js" data-key="${browserKey}"` +
        ` data-to="https://www.example.org/about/in" integrity="${integrity}" crossorigin="anonymous"></script>\n`);
});

test('weir agent prints the tag of the only browser source', async (t) => {
    const dir = makeFolder(t);
    const tag = (url) => `<script defer src="${url}/agent.js" data-key="${browserKey}" integrity="${integrity}" crossorigin="anonymous"></script>\n`;

    assert.deepEqual(await runWeir(['agent', '--url', 'https://events.example.org//'], {cwd: dir}),
        {code: 0, signal: null, stdout: tag('https://events.example.org'), stderr: ''});
    const {code, stdout, stderr} = await runWeir(['agent'], {cwd: dir});
    assert.equal(code, 0);
    assert.equal(stdout, tag('http://127.0.0.1:0'));
    assert.match(stderr, /where the collector listens; say by --url/);
});

test('weir agent names the hosts of a source, in HTML', async (t) => {
    const dir = makeFolder(t, {settings: (s) => {
        s.sources.push({name: 'shop', kind: 'browser', key: 'web_a"<&b', origins: ['https://shop.example.org'],
            domains: ['shop.example.org', '*.example.com'], events: ['page.viewed']});
    }});

    const unsaid = await runWeir(['agent'], {cwd: dir});
    assert.equal(unsaid.code, 1);
    assert.match(unsaid.stderr, /which source\? .*--source/);
    const {stdout} = await runWeir(['agent', '--source', 'shop', '--url', 'https://a.example/?b&"'], {cwd: dir});
    assert.ok(stdout.startsWith('<script defer src="https://a.example/?b&amp;&quot;/agent.js" data-key="web_a&quot;&lt;&amp;b"' +
        ' data-domains="shop.example.org,*.example.com" integrity="'), stdout);
    const server = await runWeir(['agent', '--source', 'backend'], {cwd: dir});
    assert.equal(server.code, 1);
    assert.match(server.stderr, /source backend is for servers/);
    assert.ok(!server.stdout && !server.stderr.includes('server-key'));
    const none = await runWeir(['agent', '--source', 'shops'], {cwd: dir});
    assert.equal(none.code, 1);
    assert.match(none.stderr, /has no source `shops`/);
});

test('weir agent writes the script for the site to serve', async (t) => {
    const dir = makeFolder(t);
    const {code, stdout} = await runWeir(['agent', '--url', 'https://events.example.org', '--write', './stats.js'], {cwd: dir});

    assert.equal(code, 0);
    assert.equal(stdout, `<script defer src="/stats.js" data-key="${browserKey}" data-to="https://events.example.org/e"` +
        ` integrity="${integrity}" crossorigin="anonymous"></script>\n`);
    assert.deepEqual(readFileSync(join(dir, 'stats.js')), script);
    assert.equal((await runWeir(['agent', '--write', '-'], {cwd: '/'})).stdout, script.toString());
    for (const [path, why] of [['./none/x.js', /open .*No such file/], ['/dev/full', /write .*No space left/]]) {
        const failed = await runWeir(['agent', '--write', path], {cwd: dir});
        assert.equal(failed.code, 1);
        assert.match(failed.stderr, why);
        assert.equal(failed.stdout, '');
    }
    const misused = await runWeir(['agent', '--url', 'events.example.org'], {cwd: dir});
    assert.equal(misused.code, 2);
    assert.match(misused.stderr, /--url is an address such as/);
});

test('settings and catalogue of docs/agent.md are fit for use, and its tag is that of the settings', async (t) => {
    const text = readFileSync(join(root, 'docs/agent.md'), 'utf8');
    const [sources, catalogue, pages] = [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml]) => yaml);
    const [, tag] = /```html\n(<script[^]*?<\/script>)\n```/.exec(text);
    const dir = makeFolder(t, {files: {'catalogue/website.yaml': catalogue}});

    for (const settings of [sources, sources + pages]) {
        writeFileSync(join(dir, 'weir.yaml'), `data: ./data\ncatalogue: ./catalogue\n${settings}`);
        const {code, stdout, stderr} = await runWeir(['check'], {cwd: dir});
        assert.equal(code, 0, stdout + stderr);
    }
    writeFileSync(join(dir, 'weir.yaml'), `data: ./data\ncatalogue: ./catalogue\n${sources}`);
    const {stdout} = await runWeir(['agent', '--url', 'https://events.example.org'], {cwd: dir});
    assert.equal(stdout.replace(/ integrity="[^"]*" crossorigin="anonymous"/, ''), `${tag}\n`);
});
