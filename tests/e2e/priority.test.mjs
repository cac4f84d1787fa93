// SPDX-License-Identifier: Apache-2.0
//
// Who comes first at the processor, as the kernel has it: the engine's threads, those included that DuckDB and the
// HTTP library start, are less urgent than the collector's; also where the service's filter of system calls holds.

import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {release} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {makeFolder, root, startWeir} from './lib/weir.mjs';

// What the kernel tells of each thread in this file; one that ends meanwhile is none.
function told(pid, file) {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
        try {
            return [readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8')];
        } catch (error) {
            if (!['ENOENT', 'ESRCH'].includes(error.code))
                throw error;
            return [];
        }
    });
}

// [name, niceness] of each thread.
function threads(pid) {
    return told(pid, 'stat').map((stat) => {
        const behind = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')), Number(behind[16])];
    });
}

test('every thread of the engine is less urgent than any of the collector', async (t) => {
    const dir = makeFolder(t), collector = await startWeir(t, {dir});
    const engine = await startWeir(t, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    const token = readFileSync(join(dir, 'data/console.token'), 'utf8').trim();
    const answer = await fetch(`${engine.url}/api/query`, {method: 'POST', body: JSON.stringify({sql: 'SELECT sum(range) FROM range(30000000)'}),
        headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'}});
    assert.equal(answer.status, 200, await answer.text());
    const own = Number(readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[16]); // that all inherit
    const engines = threads(engine.pid), collectors = threads(collector.pid);
    assert.ok(engines.length > 4, JSON.stringify(engines));
    assert.deepEqual(engines.filter(([, niceness]) => niceness !== Math.max(own, 5)), []);
    assert.deepEqual(collectors.filter(([, niceness]) => niceness !== own), []);
});

// Linux 6.12 is the first that lets a thread choose.
const [major, minor] = release().split('.').map(Number);
const without = major > 6 || (major === 6 && minor >= 12) ? false : 'this kernel has one length of slices for all';

test('every thread of the collector asks for short slices, none of the engine does', {skip: without}, async (t) => {
    const dir = makeFolder(t), collector = await startWeir(t, {dir});
    const engine = await startWeir(t, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    const slices = (pid) => told(pid, 'sched').map((text) => Number(/^se\.slice\s*:\s*(\d+)/m.exec(text)[1]));
    assert.deepEqual(slices(collector.pid).filter((ns) => ns !== 100000), []);
    assert.deepEqual(slices(engine.pid).filter((ns) => ns <= 100000), []);
});

// Where a call is filtered, they run on as if they were equals.
test('the service lets both processes say who comes first', () => {
    const unit = readFileSync(join(root, 'packaging/systemd/weir.service'), 'utf8');
    const filters = [...unit.matchAll(/^SystemCallFilter=(.*)$/gm)].map((found) => found[1].split(' '));
    const denied = filters.findLastIndex(([first]) => first.startsWith('~'));
    assert.ok(denied >= 0, 'what costs resources is denied first');
    for (const call of ['setpriority', 'sched_setattr', 'sched_setscheduler'])
        assert.ok(filters.slice(denied + 1).some((calls) => calls.includes(call)), call);
});
