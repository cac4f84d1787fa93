// SPDX-License-Identifier: Apache-2.0
//
// What the crash tests need of the program: a folder, a process that is ready or killed, and the journal and the store as they are.

import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {createInterface} from 'node:readline';

import {catalogue, defaultSettings, patience, program, residue, toYaml} from '../../e2e/lib/weir.mjs';

export {program};
// The programs of this folder are built beside the one under test.
export const built = (name) => join(dirname(program), 'tests/crash', name);
export const notRun = 77;

// A folder with a catalogue; the settings come by writeSettings. Removed by the caller.
export function makeFolder(where = tmpdir()) {
    const dir = mkdtempSync(join(where, 'weir-crash-'));
    mkdirSync(join(dir, 'catalogue'));
    writeFileSync(join(dir, 'catalogue/events.yaml'), catalogue);
    return dir;
}

export const removeFolder = (dir) => rmSync(dir, {recursive: true, force: true});

// The default settings of the tests with `more` beside and over them, whole at any moment.
export function writeSettings(dir, more = {}) {
    const all = {
        ...defaultSettings(),
        quarantine: {rate: 'unlimited', daily: '1TiB'},
        ...more,
    };
    const file = join(dir, 'weir.yaml');
    writeFileSync(`${file}.new`, Object.entries(all).map(([key, value]) => `${key}: ${toYaml(value)}\n`).join(''));
    renameSync(`${file}.new`, file);
}

// `weir COMMAND` on its own; `ready` resolves to {port, ms} or, where it ends before, to null.
export class Weir {
    stderr = '';
    exit = null; // {code, signal}

    constructor(command, dir, wrap = []) {
        const line = [...wrap, program, command, '--config', join(dir, 'weir.yaml')];
        const began = performance.now();
        let text = '';
        this.child = spawn(line[0], line.slice(1), {cwd: dir, stdio: ['ignore', 'pipe', 'pipe']});
        this.child.stderr.on('data', (bytes) => (this.stderr = (this.stderr + bytes).slice(-20000)));
        this.exited = new Promise((done) => this.child.on('exit', (code, signal) => done(this.exit = {code, signal})));
        this.ready = new Promise((done) => {
            this.child.stdout.on('data', (bytes) => {
                text += bytes;
                const found = /(?:listening on|console on) \S+:(\d+)/.exec(text);
                if (found)
                    done({port: Number(found[1]), ms: performance.now() - began});
            });
            this.exited.then(() => done(null));
        });
    }

    get pid() { return this.child.pid; }

    signal(name) {
        if (!this.exit)
            this.child.kill(name);
    }

    async stop(signal = 'SIGTERM') {
        this.signal(signal);
        const timer = setTimeout(() => this.signal('SIGKILL'), 1000 * patience);
        await this.exited;
        clearTimeout(timer);
        return this.exit;
    }
}

// Runs a program to its end, giving each line of its output to `each`; resolves to {code, stderr}.
export async function eachLine(command, args, each, options = {}) {
    const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe'], ...options});
    const exited = new Promise((done) => child.on('close', (code, signal) => done(signal ?? code)));
    let stderr = '';
    child.stderr.on('data', (bytes) => (stderr += bytes));
    for await (const line of createInterface({input: child.stdout}))
        each(line);
    return {code: await exited, stderr};
}

// Gives the journal's events to `expected`, and checks that positions have no gaps. Resolves to the last position.
export async function readJournal(dir, expected, after = 0) {
    let last = after;
    const {code, stderr} = await eachLine(built('journal_list'), [join(dir, 'data/journal'), String(after)], (line) => {
        const [first, kind, id] = line.split(' ');
        if (first === 'durable')
            return;
        const position = Number(first);
        if (position !== last + 1)
            expected.problem('order', `the journal goes from position ${last} to ${position}`);
        last = position;
        if (kind !== 'n')
            expected.inJournal(position, kind, id);
    });
    if (code !== 0)
        expected.problem('damaged', `the journal does not read (status ${code}): ${stderr.slice(0, 500)}`);
    return last;
}

const query = (dir, sql, each) => eachLine(program, ['query', '--config', join(dir, 'weir.yaml'), '--format', 'csv', '--timeout', '600s', sql], each);

// Gives the store's rows to `expected`.
export async function readStore(dir, expected, after = 0) {
    const questions = [
        `SELECT position, id, seats FROM events WHERE position > ${after} ORDER BY position`,
        `SELECT position, id FROM quarantine WHERE position > ${after} ORDER BY position`,
    ];
    for (const sql of questions) {
        const {code, stderr} = await query(dir, sql, (line) => {
            const [position, id, seats] = line.split(',');
            if (position !== 'position')
                expected.inStore(Number(position), id, seats === undefined ? undefined : Number(seats));
        });
        if (code !== 0)
            expected.problem('store', `the store does not answer (status ${code}): ${stderr.slice(0, 500)}`);
    }
}

// Waits until the store has everything up to this position; false where it has not in time.
export async function stored(dir, position, seconds = 2 * patience) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
        let at = -1;
        await query(dir, 'SELECT position FROM store_state', (line) => (at = Number(line)));
        if (at >= position)
            return true;
        await new Promise((next) => setTimeout(next, 50));
    }
    return false;
}

// The ledger accounts for everything, or that is a problem.
export async function accounted(dir, expected, options = {}) {
    try {
        await residue(dir, {seconds: patience, ...options});
    } catch (error) {
        expected.problem('residue', error.message.slice(0, 1500));
    }
}
