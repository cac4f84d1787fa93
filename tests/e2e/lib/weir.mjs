// SPDX-License-Identifier: Apache-2.0
//
// Starts the real program for end-to-end tests: a folder of its own, free ports, ready before the test goes
// on, stopped by its own process id when the test ends. The program is $WEIR, else build/weir.

import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const program = process.env.WEIR ? resolve(process.env.WEIR) : join(root, 'build/weir');

// How long a test waits for what must come, in seconds: many times what a slow machine needs that has other tests to run.
export const patience = 60;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Waits until `look` gives something true, and resolves to that.
export async function until(what, look, seconds = patience) {
    for (const end = Date.now() + seconds * 1000;;) {
        const found = await look();
        if (found)
            return found;
        if (Date.now() > end)
            throw new Error(`${what}: not within ${seconds} s`);
        await sleep(20);
    }
}

// A port on which nobody listens, nor on the `count` - 1 behind it. It is below those that systems give out by themselves (from 32768
// on), so that no other program gets it before it is used, or between two uses.
export async function freePort(count = 1) {
    const isFree = (port) => new Promise((done) => {
        const server = createServer().once('error', () => done(false));
        server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
    });
    for (;;) {
        const first = 12000 + Math.floor(Math.random() * 20000), ports = Array.from({length: count}, (_, i) => first + i);
        if ((await Promise.all(ports.map(isFree))).every(Boolean))
            return first;
    }
}

export const serverKey = 'server-key-of-the-tests';
export const browserKey = 'browser-key-of-the-tests';
export const origin = 'https://www.example.org';

// A small catalogue with one event of each kind of trouble.
export const catalogue = `defaults: {owner: team@example.org, naming: resource.action, status: active, kind: activity}
events:
  - name: project.created
    description: A project was set up.
    trigger: When somebody adds a project
    since: 2025-01-01
    properties:
      user_id: {type: string, privacy: pseudonym, description: Who}
      project_id: {type: string, required: true, description: Which}
      seats: {type: integer, description: How many}
      note: {type: string, privacy: drop, description: Never kept}
  - name: page.viewed
    description: A page was shown.
    trigger: When a page has rendered
    since: 2025-01-01
    kind: page
`;

// An event that the catalogue accepts.
export function goodEvent(more = {}) {
    return {name: 'project.created', properties: {user_id: 'u-1', project_id: 'p-1', seats: 3}, ...more};
}

export function defaultSettings() {
    return {
        data: './data',
        catalogue: './catalogue',
        collector: {listen: '127.0.0.1:0'},
        console: {listen: '127.0.0.1:0'},
        sources: [
            {name: 'backend', kind: 'server', key: serverKey},
            {name: 'website', kind: 'browser', key: browserKey, origins: [origin], events: ['page.*']},
        ],
    };
}

// YAML in flow style; keys are plain, as the program wants them.
export function toYaml(value) {
    if (Array.isArray(value))
        return `[${value.map(toYaml).join(', ')}]`;
    if (value && typeof value === 'object')
        return `{${Object.entries(value).map(([key, item]) => `${key}: ${toYaml(item)}`).join(', ')}}`;
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

// The programs that were started in a folder of makeFolder's.
const running = new Map();

// A folder with weir.yaml and a catalogue, removed when the test `t` ends. `settings` may be a function that
// changes the default ones; `files` are further ones, by their path in the folder.
export function makeFolder(t, {settings = (s) => s, files = {'catalogue/events.yaml': catalogue}} = {}) {
    const dir = mkdtempSync(join(tmpdir(), 'weir-e2e-'));
    const all = defaultSettings();
    const changed = typeof settings === 'function' ? settings(all) ?? all : settings;

    running.set(dir, []);
    t.after(async () => { // a program whose folder is gone from below it can hang
        await Promise.all(running.get(dir).map((weir) => weir.stop()));
        running.delete(dir);
        rmSync(dir, {recursive: true, force: true});
    });
    for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(dir, path)), {recursive: true});
        writeFileSync(join(dir, path), text);
    }
    writeFileSync(join(dir, 'weir.yaml'),
        Object.entries(changed).map(([key, value]) => `${key}: ${toYaml(value)}\n`).join(''));
    return dir;
}

// For `wrap`: the shell commands run first, in the process that becomes the program.
export function shellFirst(commands) {
    return ['sh', '-c', `${commands} && exec "$0" "$@"`];
}

function waitFor(child, what, test, seconds) {
    return new Promise((done, failed) => {
        const timer = setTimeout(() => failed(new Error(
            `no ${what} within ${seconds} s:\n${child.output.stdout}\n${child.output.stderr}`)), seconds * 1000);
        const look = () => {
            const found = test();
            if (found) {
                clearTimeout(timer);
                done(found);
            }
        };
        child.stdout.on('data', look);
        child.on('close', () => { // not at its exit: some of its words may still be on their way
            clearTimeout(timer);
            failed(new Error(`ended before ${what}:\n${child.output.stdout}\n${child.output.stderr}`));
        });
        look();
    });
}

function launch(args, {cwd, env, stdin = 'ignore', wrap = [], program: other} = {}) {
    const command = [...wrap, other ?? program, ...args];
    const child = spawn(command[0], command.slice(1),
        {cwd, env: {...process.env, ...env}, stdio: [stdin, 'pipe', 'pipe']});
    child.output = {stdout: '', stderr: ''};
    child.stdout.on('data', (text) => (child.output.stdout += text));
    child.stderr.on('data', (text) => (child.output.stderr += text));
    child.exited = new Promise((done) => child.on('close', (code, signal) => done({code, signal})));
    return child;
}

const serving = /listening on (\S+):(\d+)[^]*weir is ready/; // the engine, too

// Starts `weir COMMAND --config DIR/weir.yaml`, waits for the line that `ready` matches (its last two groups
// are host and port) and resolves to what a test needs. Options: dir (else one is made from settings and
// files), command ('collect'), args, env, ready, seconds, wrap (a command that runs the program: see shellFirst).
export async function startWeir(t, options = {}) {
    const dir = options.dir ?? makeFolder(t, options);
    const ready = options.ready ?? (options.command === 'serve' ? serving : /listening on (\S+):(\d+)/);
    const child = launch([options.command ?? 'collect', '--config', join(dir, 'weir.yaml'), ...(options.args ?? [])],
        {cwd: dir, env: options.env, wrap: options.wrap});
    const weir = {
        dir,
        pid: child.pid,
        exited: child.exited,
        stdout: () => child.output.stdout,
        stderr: () => child.output.stderr,
        // SIGTERM, and SIGKILL after `seconds`; resolves to {code, signal}.
        async stop(signal = 'SIGTERM', seconds = patience) {
            const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
            if (child.exitCode === null && child.signalCode === null)
                child.kill(signal);
            const result = await child.exited;
            clearTimeout(timer);
            return result;
        },
    };

    running.get(dir)?.push(weir);
    t.after(async () => {
        await weir.stop();
        const found = /(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:)[^]*/.exec(weir.stderr());
        if (found)
            throw new Error(found[0].slice(0, 4000));
    });
    const [, host, port] = await waitFor(child, `line like ${ready}`, () => ready.exec(child.output.stdout),
        options.seconds ?? patience);
    await new Promise((done) => setImmediate(done)); // what it wrote to standard error before has been read then, too
    weir.host = host;
    weir.port = Number(port);
    weir.url = `http://${host}:${port}`;
    return weir;
}

// Stands for a test's context where one program serves all tests of a describe(): call it there with node:test's
// own `after`, and give what it returns to startWeir in before().
export function untilAfter(after) {
    const undo = [];

    after(async () => {
        for (const step of undo.reverse())
            await step();
    });
    return {after: (step) => undo.push(step)};
}

// Runs a command to its end: {code, signal, stdout, stderr}.
// The program, running: its `exited` resolves when it ends.
export function startProgram(args, options) {
    return launch(args, options);
}

export async function runWeir(args, {input, ...options} = {}) {
    const child = launch(args, {...options, stdin: input === undefined ? 'ignore' : 'pipe'});
    if (input !== undefined) {
        child.stdin.on('error', () => {}); // it may end without reading all
        child.stdin.end(input);
    }
    return {...await child.exited, ...child.output};
}

// Posts events (anything that JSON takes, or ready text or bytes): {status, headers, body}.
export async function post(weir, body, {key = serverKey, path = '/v1/events', headers = {}} = {}) {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(weir.url + path, {
        method: 'POST',
        headers: {
            'content-type': 'application/json',
            ...(key ? {authorization: `Bearer ${key}`} : {}),
            ...headers,
        },
        body: raw ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    return {status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null};
}

// Writes these pieces to a socket, one after another, and resolves to all that came back once the other side
// closed, or `quietMs` passed without a byte after as many `answers` as are expected, or `patienceMs` before them:
// {text, closed}. `pauseMs`, or what `between` promises, is waited between pieces.
export function rawRequest(port, pieces, {answers = 1, quietMs = 300, patienceMs = 1000 * patience, pauseMs = 0,
    between = () => sleep(pauseMs), halfClose = false, host = '127.0.0.1'} = {}) {
    return new Promise((done) => {
        const socket = connect({port, host, noDelay: true, allowHalfOpen: true});
        let text = '', timer, over = false, writing = true;
        const finish = (closed) => {
            if (over)
                return;
            over = true;
            clearTimeout(timer);
            socket.destroy();
            done({text, closed});
        };
        const rearm = () => {
            clearTimeout(timer);
            if (!writing)
                timer = setTimeout(() => finish(false), statuses(text).length < answers ? patienceMs : quietMs);
        };
        socket.on('data', (bytes) => {
            text += bytes.toString('latin1');
            rearm();
        });
        socket.on('end', () => finish(true));
        socket.on('close', () => finish(true));
        socket.on('error', () => finish(true));
        socket.on('connect', async () => {
            for (const [i, piece] of [].concat(pieces).entries()) {
                if (i > 0)
                    await between();
                if (over)
                    return;
                await new Promise((next) => socket.write(piece, 'latin1', next));
            }
            if (halfClose)
                socket.end();
            writing = false;
            rearm();
        });
    });
}

// The statuses of the answers in what came back on a socket.
export function statuses(text) {
    return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}

// For a test of what begins anew with an hour or a day (UTC): where one began meanwhile and the test failed, it runs again.
export function inOneHour(work) {
    return async (t) => {
        const hour = () => Math.floor(Date.now() / 3600000), before = hour();
        try {
            await work(t);
        } catch (error) {
            if (hour() === before)
                throw error;
            await work(t);
        }
    };
}

// The samples of /metrics: {'name{labels}': number}.
export async function metrics(weir) {
    const answer = await fetch(`${weir.url}/metrics`);
    const samples = {};
    for (const line of (await answer.text()).split('\n')) {
        const at = line.lastIndexOf(' ');
        if (line && !line.startsWith('#'))
            samples[line.slice(0, at)] = Number(line.slice(at + 1));
    }
    return samples;
}

// What every fault test ends with: the ledger of the folder accounts for every event and every record, whether its
// processes run, were stopped or were killed. With `delivered`, the store has all of it, too. Fails where that is not
// so within some seconds; resolves to the parsed answer of `weir ledger`.
export async function residue(dir, {delivered = false, seconds = patience} = {}) {
    const end = Date.now() + seconds * 1000;

    for (;;) {
        const {code, stdout, stderr} = await runWeir(['ledger', '--format', 'json', '--config', join(dir, 'weir.yaml')], {cwd: dir});
        const answer = code === 0 || code === 3 ? JSON.parse(stdout) : null;

        if (code === 0 && answer.residue.events === 0 && answer.residue.journal === 0 && answer.residue.store === 0 &&
            (!delivered || answer.sinks[0].pending === 0))
            return answer;
        if (Date.now() > end)
            throw new Error(`the ledger does not account for everything (exit code ${code}): ${stdout}${stderr}`);
        await sleep(100);
    }
}
