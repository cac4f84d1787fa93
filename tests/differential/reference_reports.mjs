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
            seconds_25: seconds(durations, 0.25), seconds_50: seconds(durations, 0.5), seconds_75: seconds(durations, 0.75),
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

const dayNumber = (day) => Date.parse(day) / 86400e3;
const dayText = (number) => new Date(number * 86400e3).toISOString().slice(0, 10);
const users = (rows, from, to) => new Set(rows.filter(({at}) => at >= from && at <= to).map(({uid}) => uid)).size;

// All days from the first activity of anybody to the last.
function daysOf(daily) {
    const numbers = daily.map(({day}) => dayNumber(day)), first = numbers.reduce((a, b) => Math.min(a, b), Infinity);
    return Array.from({length: numbers.length ? numbers.reduce((a, b) => Math.max(a, b), 0) - first + 1 : 0}, (_, i) => first + i);
}

// Active users of each day, of the 7 and the 28 days that end with it, and the engagement ratio: the mean of 7 days' users by the month's.
export function activityReportOf(daily, rule) {
    const rows = daily.map(({day, uid}) => ({at: dayNumber(day), uid})), month = rule.mau28 ? 28 : 30;

    return daysOf(daily).map((day) => {
        const mean = Array.from({length: 7}, (_, i) => users(rows, day - i, day - i)).reduce((a, b) => a + b) / 7;
        const mau = users(rows, day - month + 1, day);
        return {
            day: dayText(day), dau: users(rows, day, day), wau: users(rows, day - 6, day), mau, dau_mean: round(mean, 2),
            engagement_ratio: mau ? round(100 * mean / mau, 2) : null,
        };
    });
}

// Who counts on a day with several devices: one of the day, and another one before it, by three readings of "the preceding N days": `dates`, on the
// day or on one of the N before, in any order; `before`, on the N days before alone; `moments`, earlier on the day or on the N - 1 before.
export function severalOf(activity, {days, reading, hoursAhead = 0}) {
    const seen = activity.filter(({device_id}) => device_id).map((row) => ({...row, at: dayNumber(bucketOf(row.us, {hoursAhead}))}));
    const least = reading === 'before' ? 1 : 0, most = reading === 'moments' ? days - 1 : days;

    return [...groupBy(seen, ({uid}) => uid).values()].flatMap((rows) => rows.filter((now) => rows.some((past) =>
        past.device_id !== now.device_id && now.at - past.at >= least && now.at - past.at <= most && (reading !== 'moments' || past.us < now.us))));
}

// The same as activity of users with several devices, and what share of a day's users they are.
export function devicesReportOf(daily, several) {
    const rows = daily.map(({day, uid}) => ({at: dayNumber(day), uid}));

    return daysOf(daily).map((day) => {
        const mean = Array.from({length: 7}, (_, i) => users(several, day - i, day - i)).reduce((a, b) => a + b) / 7;
        const dau = users(rows, day, day), md = users(several, day, day), mau = users(several, day - 27, day);
        return {
            day: dayText(day), dau, md_dau: md, md_mau: mau, usage: dau ? round(100 * md / dau, 2) : null, md_dau_mean: round(mean, 2),
            md_engagement_ratio: mau ? round(100 * mean / mau, 2) : null,
        };
    });
}

// Users by the week of their first day, and how many were active in each of the weeks after it, as far as the data go.
export function retentionOf(daily, {periods = 8, rolling = false} = {}) {
    const weeks = [...groupBy(daily, ({uid}) => uid).values()].map((rows) => rows.map(({day}) => dayNumber(bucketOf(Date.parse(day) * 1000, {bucket: 'week'}))));
    const last = daily.reduce((a, {day}) => Math.max(a, dayNumber(day)), 0);
    const cohorts = groupBy(weeks, (list) => Math.min(...list));

    return [...cohorts].flatMap(([cohort, list]) => Array.from({length: periods + 1}, (_, period) => ({cohort, period, week: cohort + 7 * period}))
        .filter(({week}) => week <= last)
        .map(({period, week}) => {
            const active = list.filter((mine) => mine.some((one) => (rolling ? one >= week : one === week))).length;
            return {cohort: dayText(cohort), users: list.length, period, active, retained: round(100 * active / list.length, 2)};
        }));
}
