// SPDX-License-Identifier: Apache-2.0
//
// Runs client_driver (driver.c), and a collector that answers as a test wants it to.

import {spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {metrics, program, serverKey, until as untilThen} from '../../tests/e2e/lib/weir.mjs';

export const build = dirname(program);
export const driver = join(build, 'client/tests/client_driver');

export function makeSpool(t) {
    const dir = mkdtempSync(join(tmpdir(), 'weir-client-'));
    t.after(() => rmSync(dir, {recursive: true, force: true}));
    return join(dir, 'spool');
}

export function spoolFiles(dir, end = '.ndjson') {
    try {
        return readdirSync(dir).filter((name) => name.endsWith(end));
    } catch {
        return [];
    }
}

// A driver with these options: {tell(line) → its answer, problems, pid, kill(signal), end() → {code, signal}}.
export function startDriver(t, options, {wrap = []} = {}) {
    const args = Object.entries({key: serverKey, flush_ms: 50, ...options}).map(([name, value]) => `${name}=${value}`);
    const command = [...wrap, driver, ...args];
    const child = spawn(command[0], command.slice(1), {stdio: 'pipe'});
    const waiting = [], problems = [], children = [];
    let rest = '', stderr = '';
    const exited = new Promise((done) => child.on('close', (code, signal) => {
        for (const waiter of waiting.splice(0))
            waiter(`ended: ${code ?? signal} ${stderr}`);
        done({code, signal, stderr});
    }));

    child.stdin.on('error', () => {}); // killed
    child.stderr.on('data', (text) => (stderr += text));
    child.stdout.on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) {
            if (line.startsWith('problem '))
                problems.push(line.slice(8));
            else if (line.startsWith('child '))
                children.push(JSON.parse(line.slice(6)));
            else
                waiting.shift()?.(line);
        }
    });
    const tell = (line) => new Promise((done) => {
        waiting.push(done);
        child.stdin.write(`${line}\n`);
    });
    t.after(async () => {
        child.kill('SIGKILL');
        await exited;
        const found = /(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:)[^]*/.exec(stderr);
        if (found)
            throw new Error(found[0].slice(0, 4000));
    });
    return {
        tell, problems, children, pid: child.pid,
        async stats() {
            return JSON.parse((await tell('stats')).slice('stats '.length));
        },
        async kill(signal) {
            child.kill(signal);
            return exited;
        },
        async end() {
            child.stdin.end();
            return exited;
        },
    };
}

// The sum of what became of a client's events; equal to what came in.
export function accounted(stats) {
    return stats.accepted + stats.duplicate + stats.rejected + stats.dropped + stats.queued + stats.spooled -
        stats.recovered;
}

// A collector of the test's own. `answer(events, number)` gives {status, headers, body} for each request, or null to
// break the connection, 'never' to leave it open; without it, everything is accepted. `requests` has what came: {events, headers}.
export async function startCollector(t, answer) {
    const requests = [];
    const server = createServer((request, response) => {
        let text = '';
        request.on('data', (bytes) => (text += bytes));
        request.on('end', () => {
            const events = text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
            requests.push({events, headers: request.headers, url: request.url});
            const told = answer ? answer(events, requests.length) : {};
            if (told === 'never')
                return undefined;
            const {status = 200, headers = {}, body} = told ?? {status: 0};
            if (status === 0)
                return request.socket.destroy();
            response.writeHead(status, {'content-type': 'application/json', ...headers});
            return response.end(JSON.stringify(body ?? verdicts(events)));
        });
    });
    server.keepAliveTimeout = 0; // no connection ends because somebody had to wait for the processor
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const close = () => new Promise((done) => {
        server.closeAllConnections?.();
        server.close(done);
    });
    t.after(close);
    return {url: `http://127.0.0.1:${server.address().port}`, requests, close};
}

export function verdicts(events, verdict = () => 'accepted') {
    return {received: events.length, events: events.map((event) => ({
        id: event.id, verdict: verdict(event),
        ...(['quarantined', 'refused'].includes(verdict(event)) ?
            {errors: [{code: 'some_fault', path: '/name', message: 'It "is" wrong.'}]} : {}),
    }))};
}

export const until = (test, what) => untilThen(what, test);

// What the collector counted of the source `backend`.
export async function counts(weir) {
    const all = await metrics(weir);
    return Object.fromEntries(['received', 'accepted', 'duplicate', 'quarantined'].map((name) =>
        [name, all[`weir_events_${name}_total{source="backend"}`]]));
}
