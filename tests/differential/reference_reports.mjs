// SPDX-License-Identifier: Apache-2.0
//
// What the reports must say, from the rows of reference.mjs: each a loop that can be checked by reading.

import {groupBy} from './compare.mjs';

// The quantile of a list of numbers, with a straight line between two of them.
export function quantile(values, part) {
    const sorted = [...values].sort((a, b) => a - b), at = (sorted.length - 1) * part, low = Math.floor(at);
    return low + 1 < sorted.length ? sorted[low] + (sorted[low + 1] - sorted[low]) * (at - low) : sorted[low];
}

// The day, or the Monday of the week, of a time in a zone so many hours ahead of UTC.
export function bucketOf(us, {bucket = 'day', hoursAhead = 0} = {}) {
    const day = Math.floor((us / 1e6 + hoursAhead * 3600) / 86400);
    const first = bucket === 'week' ? day - (day + 3) % 7 : day; // 1970-01-01 was a Thursday
    return new Date(first * 86400e3).toISOString().slice(0, 10);
}

const round = (number, digits = 6) => Number(number.toFixed(digits));
const seconds = (values, part) => round(quantile(values, part) / 1000);

function byBucket(flows, {by, ...how}, make) {
    const groups = groupBy(flows, (flow) => JSON.stringify([bucketOf(flow.begin_us, how), by ? flow[by] : null]));
    return [...groups].map(([key, list]) => {
        const [begin, value] = JSON.parse(key);
        return {bucket: begin, ...(by ? {[by]: value} : {}), ...make(list)};
    });
}

export function flowsReportOf(flows, how = {}) {
    return byBucket(flows.filter(({has_begin}) => has_begin), how, (list) => {
        const completed = list.filter((flow) => flow.completed).length, durations = list.map(({duration}) => duration);
        return {
            begun: list.length, completed, completion_rate: round(100 * completed / list.length, 2), new_accounts: list.filter((flow) => flow.new_account).length,
            duration_25: seconds(durations, 0.25), duration_50: seconds(durations, 0.5), duration_75: seconds(durations, 0.75),
        };
    });
}

export function connectOf(flows, how = {}) {
    return [true, false].flatMap((fresh) => byBucket(flows.filter((flow) => flow.has_begin && flow.completed && flow.new_account === fresh), how, (list) => {
        const times = list.map(({complete_time}) => complete_time);
        return {
            account: fresh ? 'new' : 'existing', connected: list.length,
            seconds_25: seconds(times, 0.25), seconds_50: seconds(times, 0.5), seconds_75: seconds(times, 0.75),
        };
    }));
}
