#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// The differential test of flows and activity: random streams through the real program, and its tables and reports held
// against plain references that replay the events one by one.
//
//   tests/differential/run.mjs [--streams N | --seconds S] [--seed S] [--sabotage RULE] [--keep-going]
//
// N (2000) streams in loads of 2,000, or as many loads as fit in S seconds. On a difference it prints seed and stream, makes the stream as small
// as it can, and shows both rows. --sabotage turns a rule of the references around (reference.mjs lists them); then
// a difference is what is wanted, and the exit status says whether there was one. The program is $WEIR, else build/weir.

import {parseArgs} from 'node:util';
import {rules} from './reference.mjs';
import {differences, load, makeStreams, shrink} from './trial.mjs';

const streamsInLoad = 2000;
const {values: options} = parseArgs({options: {
    streams: {type: 'string'}, seconds: {type: 'string'}, seed: {type: 'string'}, sabotage: {type: 'string'}, 'keep-going': {type: 'boolean'},
}});
const seed = Number(options.seed ?? Date.now() % 1e9);
const rule = {...rules, ...(options.sabotage ? {[options.sabotage]: false} : {})};

function show({service, table, expected, found}) {
    console.log(`  ${service} ${table}`);
    for (const [what, rows] of [['expected', expected], ['found   ', found]])
        for (const row of [].concat(rows))
            console.log(`    ${what} ${typeof row === 'string' ? row : JSON.stringify(row)}`);
}

function showEvent(event) {
    const {id, kinds, event: entry, role, ...rest} = event;
    console.log(`    ${JSON.stringify(rest)}`);
}

async function explain(streams, wrong) {
    const stream = streams.find(({service}) => wrong.some((one) => one.service === service));

    for (const one of wrong.slice(0, 10))
        show(one);
    if (!stream)
        return;
    const best = await shrink(stream, {rule, say: (text) => console.log(`  ${text}`)});
    if (!best) {
        console.log(`  stream ${stream.service} alone does not differ: it takes others beside it`);
        return;
    }
    console.log(`  the smallest stream, in the order of arrival (new batches at ${best.stream.cuts.join(', ') || 'no event'}):`);
    best.stream.events.forEach(showEvent);
    best.differences.forEach(show);
}

async function main() {
    const until = options.seconds ? Date.now() + Number(options.seconds) * 1000 : 0, wanted = Number(options.streams ?? streamsInLoad);
    let streams = 0, events = 0, wrong = 0;

    if (options.sabotage && !(options.sabotage in rules))
        throw new Error(`no rule ${options.sabotage}; there are ${Object.keys(rules).join(', ')}`);
    for (let round = 0; until ? round === 0 || Date.now() < until : streams < wanted; round++) {
        const some = makeStreams(seed, Math.min(streamsInLoad, until ? streamsInLoad : wanted - streams), streams);
        const found = await load(some), here = differences(found, rule);
        streams += some.length;
        events += found.facts.length;
        wrong += here.length;
        if (here.length) {
            console.log(`seed ${seed}: ${here.length} differences in streams ${streams - some.length} to ${streams - 1}`);
            await explain(some, here);
            if (!options['keep-going'])
                break;
        }
    }
    const met = options.sabotage ? wrong > 0 : wrong === 0;
    console.log(`differential: ${streams} streams, ${events} events, seed ${seed}: ${wrong} differences${options.sabotage ? `, with ${options.sabotage} turned around` : ''}`);
    process.exitCode = met ? 0 : 1;
}

await main();
