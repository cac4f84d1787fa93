// SPDX-License-Identifier: Apache-2.0
//
// What the first visit transfers: at most 150 KiB with everything that the first page needs, headers included.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {openConsole, settled, startBoth, untilAfter} from './lib/console.mjs';

const all = untilAfter(after);
const most = 150 * 1024;
let weir, browser;

before(async () => ({weir, browser} = await startBoth(all, {events: {count: 500}})));

test('the first load transfers at most 150 KiB, and the second only the page', async (t) => {
    const page = await openConsole(t, browser, weir, '/no/such/page');
    const client = await page.context().newCDPSession(page);
    const sizes = new Map(), names = new Map();
    await client.send('Network.enable');
    await client.send('Network.clearBrowserCache');
    client.on('Network.requestWillBeSent', ({requestId, request}) => names.set(requestId, new URL(request.url).pathname));
    client.on('Network.loadingFinished', ({requestId, encodedDataLength}) => sizes.set(requestId, encodedDataLength));
    const visit = async () => {
        sizes.clear();
        names.clear(); // what a page before asked for and ends now is not of this one
        await page.goto(`${weir.url}/overview`);
        await settled(page);
        return [...sizes].filter(([id]) => names.has(id)).map(([id, size]) => [names.get(id), size]);
    };
    const first = await visit(), assets = first.filter(([path]) => path.startsWith('/assets/'));
    const sum = first.reduce((bytes, [, size]) => bytes + size, 0);
    t.diagnostic(`first load of Overview: ${sum} bytes in ${first.length} answers`);
    assert.ok(assets.filter(([, size]) => size > 0).length >= 3, JSON.stringify(first));
    assert.ok(sum <= most, `${sum} bytes: ${JSON.stringify(first)}`);
    const second = await visit();
    assert.equal(second.filter(([path]) => path.startsWith('/assets/')).reduce((bytes, [, size]) => bytes + size, 0), 0, JSON.stringify(second));
});
