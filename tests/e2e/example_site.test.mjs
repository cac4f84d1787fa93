// SPDX-License-Identifier: Apache-2.0
//
// examples/site as its README says: its own settings, its own pages behind a real nginx, a walk in a real browser,
// and the questions that the README asks.
// On the build as shipped alone: most of the work is the browser's.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {openPage, startBrowser, until} from './lib/browser.mjs';
import {freePort, makeFolder, root, runWeir, startWeir} from './lib/weir.mjs';

const binary = [join(root, '.deps/nginx/usr/sbin/nginx'), '/usr/sbin/nginx'].find(existsSync);

// The example in a folder of the test's own, on other ports.
async function copyExample(t) {
    const dir = makeFolder(t, {files: {}});
    const first = await freePort(3), ports = {8000: first, 8080: first + 1, 8081: first + 2};
    const replace = (path) => writeFileSync(path, readFileSync(path, 'utf8')
        .replace(/\b(8000|8080|8081)\b/g, (port) => ports[port])
        .replace('../../catalogues', join(root, 'catalogues')));

    cpSync(join(root, 'examples/site'), dir, {recursive: true, filter: (path) => !path.endsWith('/data')});
    for (const path of ['weir.yaml', 'nginx.conf', ...readdirSync(join(dir, 'public')).map((name) => `public/${name}`)])
        replace(join(dir, path));
    mkdirSync(join(dir, 'data'), {recursive: true});
    return {dir, site: `http://localhost:${ports[8000]}`};
}

async function startNginx(t, dir, site) {
    assert.ok(binary, 'there is no nginx: run tools/setup');
    const user = process.getuid() === 0 ? ['-g', 'user root;'] : [];
    const child = spawn(binary, ['-p', dir, '-c', 'nginx.conf', ...user], {cwd: dir, stdio: ['ignore', 'ignore', 'pipe']});
    let said = '';

    child.stderr.on('data', (text) => (said += text));
    const ended = new Promise((done) => child.on('close', done));
    t.after(() => {
        child.kill('SIGTERM');
        return ended;
    });
    await until(() => fetch(site).then((answer) => answer.ok, () => assert.equal(child.exitCode, null, said)), {what: 'nginx'});
}

test('the example of a site counts what happens on its pages', async (t) => {
    const {dir, site} = await copyExample(t);
    await startWeir(t, {dir, command: 'serve'});
    await startNginx(t, dir, site);
    const browser = await startBrowser(t);
    const page = await openPage(t, browser);
    const run = async (...args) => {
        const {code, stdout, stderr} = await runWeir([...args, '--config', join(dir, 'weir.yaml')], {cwd: dir});
        assert.equal(code, 0, stderr);
        return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    };

    await page.goto(`${site}/index.html`);
    await page.fill('input', 'weird');
    await page.click('#search button');
    assert.ok(await page.isVisible('#hint'));
    await page.click('text=one metre and a half');
    await page.waitForURL('**/article.html');
    await page.click('text=Mastodon');
    await page.click('text=Mastodon');
    await page.click('text=Reddit');
    await page.evaluate(() => document.querySelector('a[href^="https://example.com"]').addEventListener('click', (event) => event.preventDefault()));
    await page.click('text=More about it');
    await page.goto(`${site}/tour.html`);
    await page.click('#next');
    await page.click('#next');
    await page.reload();
    assert.equal(await page.textContent('#step'), 'The wheel');
    assert.deepEqual(page.complaints, []);
    await page.goto(`${site}/missing.html`);
    await page.goto('about:blank');
    const plain = await openPage(t, browser, {javaScriptEnabled: false});
    await plain.goto(`${site}/article.html`);

    const counts = () => run('query', '--format', 'ndjson', `SELECT event, page, dimensions::VARCHAR AS dimensions, sum(count)::INTEGER AS n
        FROM event_counts GROUP BY ALL ORDER BY ALL`);
    await until(async () => (await counts()).reduce((sum, row) => sum + row.n, 0) >= 13, {what: 'thirteen events'});
    assert.deepEqual((await counts()).map((row) => [row.event, row.page, row.n]), [
        ['link.outbound', '/article.html', 1],
        ['page.counted', '/article.html', 1],
        ['page.not_found', '/missing.html', 1],
        ['page.viewed', '/article.html', 1],
        ['page.viewed', '/index.html', 1],
        ['page.viewed', '/tour.html', 1],
        ['page.viewed', '/tour/2', 1],
        ['page.viewed', '/tour/3', 2],
        ['searchTermIntercepted', '/index.html', 1],
        ['socialClick', '/article.html', 2],
        ['socialClick', '/article.html', 1],
    ]);
    const clicked = await run('report', 'counts', '--event', 'socialClick', '--by', 'clicked', '--bucket', 'none', '--format', 'ndjson');
    assert.deepEqual(clicked.map((row) => [row.clicked, row.count]), [['Mastodon', 2], ['Reddit', 1]]);
});
