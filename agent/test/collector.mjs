// SPDX-License-Identifier: Apache-2.0
//
// What the agent's tests share: a site with the agent on its pages, and in place of a collector a recorder that
// answers what a test wants. The agent is the one beside the program under test.

import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

import {openPage as openPlain, startSite, until} from '../../tests/e2e/lib/browser.mjs';
import {program} from '../../tests/e2e/lib/weir.mjs';

export const built = join(dirname(program), 'agent');
export const script = readFileSync(join(built, 'agent.js'), 'utf8');
export const host = 'www.example.org';
export const collector = 'events.example.net';
export const key = 'web_test';

// Serves any page of the site, with `options` as attributes of the agent's tag and `body` behind it; the agent; and
// what it sends to. `answer` may be changed while it runs: a status, or what startSite takes.
export async function startRecorder(t, {options = '', head = '', body = '', headers = {}, answer = 204} = {}) {
    const recorder = await startSite(t);
    const open = {'access-control-allow-origin': '*'};

    Object.assign(recorder, {options, head, body, headers, answer});
    recorder.tag = () =>
        `<script defer src="${recorder.url(collector, '/agent.js')}" data-key="${key}" ${recorder.options}></script>`;
    recorder.routes['*'] = () => ({headers: recorder.headers, body: `<!doctype html><title>A title</title>
        <link rel="icon" href="data:,">${recorder.head}${recorder.tag()}<body>${recorder.body}`});
    recorder.routes['/agent.js'] = {headers: {'content-type': 'text/javascript', ...open}, body: script};
    recorder.routes['/e'] = async (request) => {
        const answered = typeof recorder.answer === 'function' ? await recorder.answer(request) : recorder.answer;
        return typeof answered === 'number' ? {status: answered, headers: open} : answered;
    };
    return recorder;
}

// Counts a page's requests, those begun and those that an answer or a failure has ended.
const counting = `{
    const counted = window.fetch;
    window.__begun = window.__over = 0;
    window.fetch = (...args) => {
        const asked = counted(...args), end = () => window.__over++;
        window.__begun++;
        asked.then(end, end);
        return asked;
    };
}`;

// A page (see lib/browser.mjs; `init` is text here) of which untilOver() knows what it has under way.
export function openPage(t, browser, {init = '', ...options} = {}) {
    return openPlain(t, browser, {...options, init: `${counting}\n${init}`});
}

// Waits until `count` requests of a page are over, and no other is under way: its script knows of all answers.
export function untilOver(page, count = 1) {
    return until(() => page.evaluate((least) => window.__over >= least && window.__over === window.__begun, count), {what: `the end of request ${count}`});
}

// The requests that the agent made.
export function sent(recorder) {
    return recorder.requests.filter(({path}) => path === '/e');
}

// All events that came, in order, each with what its batch says of all.
export function events(recorder) {
    return sent(recorder).flatMap(({body}) => {
        const {events, ...shared} = JSON.parse(body);
        return events.map((event) => ({...shared, ...event}));
    });
}

// Waits until so many came.
export function untilEvents(recorder, count) {
    return until(() => events(recorder).length >= count && events(recorder), {what: `event ${count}`});
}

// Sends what waits, and returns all that came once a last event, called `end`, has; the recorder begins anew. The page
// has its answer then, so that it sends nothing of this again when it is left.
export async function ended(recorder, page) {
    await page.evaluate(() => {
        recordEvent('end');
        weir.flush();
    });
    const all = await until(() => events(recorder).some(({event}) => event === 'end') && events(recorder),
        {what: 'the last event'});
    await untilOver(page);
    recorder.requests.length = 0;
    return all.filter(({event}) => event !== 'end');
}

// Opens a path of the site in a page of its own (or in this one, by its address), once it has loaded.
export async function visit(t, browser, recorder, {path = '/', at = host, page, ...options} = {}) {
    const shown = page ?? await openPage(t, browser, options);
    await shown.goto(recorder.url(at, path));
    return shown;
}

// Lets the page be hidden, as another tab in front of it would.
export function setHidden(page, hidden = true) {
    return page.evaluate((now) => {
        Object.defineProperty(document, 'hidden', {value: now, configurable: true});
        Object.defineProperty(document, 'visibilityState', {value: now ? 'hidden' : 'visible', configurable: true});
        document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
    }, hidden);
}
