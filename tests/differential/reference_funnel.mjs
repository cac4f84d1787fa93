// SPDX-License-Identifier: Apache-2.0
//
// What a funnel must say: each unit (a flow, or an actor) is walked through its events in their order, step after step, and who does
// not go on is asked why. docs/reports.md has the rules in words.

import {groupBy} from './compare.mjs';
import {before, rules, timeOf} from './reference.mjs';

export const reasons = ['quarantined', 'too_late', 'before', 'other_flow', 'error', 'never'];

const round = (number, digits) => Number(number.toFixed(digits));

// Whether `later` is in time behind the first event and the one before.
function inTime(later, first, last, {within = Infinity, withinStep = Infinity}) {
    return timeOf(later) - timeOf(first) <= within && timeOf(later) - timeOf(last) <= withinStep;
}

// One unit's way: the event that each step was reached by.
function walk(events, {steps, ...limits}, rule) {
    const reached = [];

    for (const fits of steps) {
        const last = reached[reached.length - 1];
        const next = events.find((event) => fits(event) && (!last || before(last, event, rule)));
        if (!next || (last && !inTime(next, reached[0], last, limits)))
            break;
        reached.push(next);
    }
    return reached;
}

// Why a unit that has reached so many steps does not reach the next one.
function reasonOf({events, aside, samePerson}, reached, {steps, ...limits}, rule) {
    const fits = steps[reached.length], last = reached[reached.length - 1];
    const after = (event) => before(last, event, rule);

    if (aside.some((event) => fits(event) && after(event) && inTime(event, reached[0], last, limits)))
        return 'quarantined';
    if (events.some((event) => fits(event) && after(event)))
        return 'too_late';
    if (events.some((event) => fits(event) && before(event, last, rule)))
        return 'before';
    // Two flows have no order at one moment: here only time counts.
    if (samePerson.some((event) => fits(event) && timeOf(event) > timeOf(last)))
        return 'other_flow';
    return rule.lostErrors && events.some((event) => event.role === 'error' && after(event)) ? 'error' : 'never';
}

const largest = (list) => list.reduce((a, b) => (a === null || b > a ? b : a), null);

// Whose flow it is: its account, else a device of it.
function personOf(events) {
    return largest(events.flatMap(({uid}) => uid ?? [])) ?? largest(events.flatMap(({device}) => device ?? []));
}

function flowUnits(stream) {
    const mine = stream.filter(({flow, kinds}) => flow && kinds.includes('flow'));
    const flows = groupBy(mine.filter(({verdict}) => verdict === 'accepted'), ({flow}) => flow);
    const persons = new Map([...flows].map(([flow, events]) => [flow, personOf(events)]));

    return [...flows].map(([flow, events]) => ({
        flow, events, aside: mine.filter((event) => event.verdict !== 'accepted' && event.flow === flow),
        samePerson: persons.get(flow) === null ? [] : [...flows].flatMap(([other, list]) => (persons.get(other) === persons.get(flow) ? list : [])),
    }));
}

function actorUnits(stream) {
    return [...groupBy(stream.filter(({uid}) => uid), ({uid}) => uid)].map(([, list]) => ({
        events: list.filter(({verdict}) => verdict === 'accepted'), aside: list.filter(({verdict}) => verdict !== 'accepted'), samePerson: [],
    }));
}

function median(values) {
    const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
    return sorted.length === 0 ? null : sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// The rows of one group of units that were walked.
function rowsOf(units, names, by) {
    return names.map((event, k) => {
        const came = units.filter(({reached}) => reached.length > k), first = units.length;
        const earlier = k ? units.filter(({reached}) => reached.length >= k).length : 0;
        const stayed = came.filter(({reached}) => reached.length === k + 1), last = k === names.length - 1;
        const spans = k ? came.map(({reached}) => timeOf(reached[k]) - timeOf(reached[k - 1])) : [];
        return {
            ...by, step: k + 1, event, came: came.length,
            rate: k && earlier ? round(100 * came.length / earlier, 2) : null, rate_of_first: first ? round(100 * came.length / first, 2) : null,
            median_seconds: spans.length ? median(spans) / 1e6 : null, went_on: last ? null : came.length - stayed.length,
            dropped: last ? 0 : stayed.length,
            ...Object.fromEntries(reasons.map((reason) => [reason, last ? 0 : stayed.filter((unit) => unit.reason === reason).length])),
        };
    });
}

// `streams`: all events of each, kept aside ones too, in the order of acceptance. `ask`: steps (functions of an event), their names,
// per ('flow' or 'actor'), within, withinStep (µs), from, to (µs), by: what a unit's group is, from its first step and its flow.
function walkAll(streams, {per = 'flow', from = -Infinity, to = Infinity, by, ...ask}, rule) {
    return streams.flatMap((stream) => (per === 'flow' ? flowUnits(stream) : actorUnits(stream))).flatMap((unit) => {
        const ordered = [...unit.events].sort((a, b) => (before(a, b, rule) ? -1 : 1));
        const [first, ...others] = ask.steps;
        const ranged = (event) => first(event) && timeOf(event) >= from && timeOf(event) < to;
        const limited = {...ask, steps: [ranged, ...others]}, reached = walk(ordered, limited, rule);
        if (!reached.length)
            return [];
        const reason = reached.length < ask.steps.length ? reasonOf({...unit, events: ordered}, reached, limited, rule) : null;
        return [{flow: unit.flow, reached, reason, part: by ? by(unit, reached[0]) : {}}];
    });
}

export function funnelOf(streams, {names, ...ask}, rule = rules) {
    const walked = walkAll(streams, ask, rule);
    const groups = groupBy(walked, ({part}) => JSON.stringify(part));
    return [...groups].flatMap(([part, units]) => rowsOf(units, names, JSON.parse(part)));
}

// The rows of the list of flows: how far each came, and why not further.
export function listOf(streams, {names, by, ...ask}, rule = rules) {
    return walkAll(streams, ask, rule).map(({flow, reached, reason}) => ({
        unit: flow, step: reached.length, reason, seconds: (timeOf(reached.at(-1)) - timeOf(reached[0])) / 1e6,
    }));
}
