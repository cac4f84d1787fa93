// SPDX-License-Identifier: Apache-2.0
//
// A reporter for node:test, which adds to the file named in TESTS_UNDER_WAY: `begun NAME` when a test begins, `passed NAME`,
// `failed NAME` or `skipped NAME` when it ends. What began and did not end is what hangs, or what the process died in: tools/run-tests.mjs
// says so. Each line is written at once, since the process may have no later.

import {EventEmitter} from 'node:events';
import {appendFileSync} from 'node:fs';

EventEmitter.defaultMaxListeners = 20; // three reporters at one stream are no leak

const words = {'test:dequeue': 'begun', 'test:pass': 'passed', 'test:fail': 'failed'};

export default async function* underWay(events) {
    for await (const {type, data} of events)
        if (words[type])
            appendFileSync(process.env.TESTS_UNDER_WAY, `${data.skip || data.todo ? 'skipped' : words[type]} ${JSON.stringify(data.name)}\n`);
    yield '';
}
