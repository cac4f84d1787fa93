// SPDX-License-Identifier: Apache-2.0
//
// The short form of tests/differential/run.mjs: some hundred random streams of events through the real program, whose tables
// and reports must be those of plain references, as they grew in batches and made anew from the journal. And the proof
// that it can fail: each rule of the references, turned around, makes a difference.
// On the build as shipped alone: most of the work is DuckDB's; the code around it has its unit tests.

import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {compareTables} from '../differential/compare.mjs';
import {compareReports} from '../differential/compare_reports.mjs';
import {rules} from '../differential/reference.mjs';
import {differences, load, makeStreams} from '../differential/trial.mjs';

// Fewer where each step takes four times as long.
const seed = 20260301, streams = Number(process.env.WEIR_STREAMS ?? (process.env.WEIR?.includes('asan') ? 40 : 100));
let found;

describe('flows and activity against plain references', () => {
    before(async () => {
        found = await load(makeStreams(seed, streams));
    });
    test(`${streams} random streams make no difference`, () => {
        const wrong = differences(found);
        assert.equal(wrong.length, 0, `${wrong.length} differences, the first: ${JSON.stringify(wrong[0], null, 2)}\n` +
            `the smallest stream: tests/differential/run.mjs --streams ${streams} --seed ${seed}`);
    });
    for (const rule of Object.keys(rules))
        test(`another rule makes one: ${rule}`, () => {
            const other = {...rules, [rule]: false};
            assert.ok(compareTables(found.tables, found.facts, other).length || compareReports(found.reports, found.facts, other).length);
        });
});
