// SPDX-License-Identifier: Apache-2.0
//
// One trial: a load of streams into a Weir of its own, held against the references three times: as it came in batches, made anew
// from the journal in one go, and under each report. And the way from a load that differs to the smallest stream that does.

import {compareReports, readReports} from './compare_reports.mjs';
import {asText, compareTables, readTables, surplus} from './compare.mjs';
import {deliver, open, rebuilt} from './load.mjs';
import {rules} from './reference.mjs';
import {makeStream} from './streams.mjs';

// Something with `after`, as a test has it: what is to be undone, last first.
export function makeScope() {
    const undo = [];
    return {
        after: (step) => undo.push(step),
        async end() {
            for (const step of undo.splice(0).reverse())
                await step();
        },
    };
}

export function makeStreams(seed, count, first = 0) {
    return Array.from({length: count}, (_, i) => makeStream(seed, first + i));
}

// What the tables made anew have other than those that grew.
function compareRuns(before, after) {
    return Object.keys(before).flatMap((table) => {
        const a = asText(before[table]), b = asText(after[table]), gone = surplus(a, b), come = surplus(b, a);
        return gone.length || come.length ? [{service: 'all', table: `${table} made anew`, expected: gone.slice(0, 5), found: come.slice(0, 5)}] : [];
    });
}

// Everything that Weir says of a load: {facts, tables, reports, differences by rule}.
export async function load(streams, {again = true, reports = true} = {}) {
    const scope = makeScope();

    try {
        const weir = await open(scope);
        const {facts, wrong} = await deliver(weir, streams);
        const found = {facts, wrong, tables: await readTables(weir), reports: reports ? await readReports(weir) : null};
        if (again) {
            const second = await rebuilt(scope, weir), tables = await readTables(second);
            found.wrong.push(...compareRuns(found.tables, tables));
            if (reports)
                found.wrong.push(...compareRuns(found.reports, await readReports(second)));
        }
        return found;
    } finally {
        await scope.end();
    }
}

export function differences(found, rule = rules) {
    return [...found.wrong, ...compareTables(found.tables, found.facts, rule),
        ...(found.reports ? compareReports(found.reports, found.facts, rule) : [])];
}

// Streams that lack a part of this one, and one whose batches are one: each is a stream of its own beside the others.
function smaller(stream) {
    const {events, cuts} = stream, list = [];

    for (let size = Math.ceil(events.length / 2); size >= 1; size = size > 1 ? Math.floor(size / 2) : 0)
        for (let at = 0; at < events.length; at += size) {
            const end = Math.min(at + size, events.length);
            if (end - at < events.length)
                list.push({events: [...events.slice(0, at), ...events.slice(end)],
                    cuts: cuts.map((cut) => cut - Math.max(0, Math.min(cut, end) - at))});
        }
    return cuts.length ? [...list, {events, cuts: []}] : list;
}

// The same stream with flows, people and ids of its own.
function renamed({events, cuts}, number) {
    const tag = number.toString(16).padStart(8, '0'), service = `t${number}`;
    const flow = (text) => text.slice(0, 56) + tag;

    return {
        service, cuts,
        events: renameAll(events, (event) => ({
            ...event, id: event.id.slice(0, -8) + tag, name: event.name.replace(/[0-9a-f]{64}/, flow), flow: event.flow && flow(event.flow),
            user: event.user && `${service}-${event.user.split('-').pop()}`, gadget: event.gadget && `${service}-${event.gadget.split('-').pop()}`,
            props: event.props.service === undefined ? event.props : {...event.props, service},
        })),
    };
}

// An event that stands twice in a stream stays one event.
function renameAll(events, change) {
    const made = new Map();
    return events.map((event) => made.get(event) ?? made.set(event, change(event)).get(event));
}

// The smallest stream found that differs, with its differences; each round tries all smaller ones of the last in one load.
export async function shrink(stream, {rule = rules, rounds = 30, say = () => {}} = {}) {
    let best = null;

    for (let round = 0, next = [stream]; next.length && round < rounds; round++) {
        const streams = next.map((one, i) => renamed(one, i));
        const wrong = differences(await load(streams, {again: false}), rule);
        const failing = streams.filter(({service}) => wrong.some((one) => one.service === service))
            .sort((a, b) => a.events.length - b.events.length || a.cuts.length - b.cuts.length);
        if (!failing.length)
            break;
        best = {stream: failing[0], differences: wrong.filter(({service}) => service === failing[0].service)};
        say(`round ${round + 1}: ${best.stream.events.length} events differ`);
        next = smaller(best.stream);
    }
    return best;
}
