// SPDX-License-Identifier: Apache-2.0
//
// Holds what Weir's tables say against the references, stream by stream.

import {query} from './load.mjs';
import {activityOf, dailyDevicesOf, dailyUsersOf, experimentsOf, flowEventsOf, flowsOf, pairsOf, rules} from './reference.mjs';

export const multiDeviceDays = 5;

const us = (column, name) => `epoch_us(${column}) AS ${name}`;
const attributes = 'size, context, entrypoint, migration, service, ua_browser, utm_campaign, utm_content, utm_medium, utm_source, utm_term, uid, locale, continued_from';

// Each: the question to Weir, the reference, and the column by which a row belongs to a stream.
const tables = {
    flows_data: {
        of: 'flow_id',
        sql: `SELECT flow_id, has_begin, begins, ${us('begin_time', 'begin_us')}, begin_position, ${us('first_time', 'first_us')}, ${us('last_time', 'last_us')},
            duration, completed, complete_time, new_account, ${attributes} FROM flows_data`,
        rows: (events, rule) => flowsOf(events, rule),
    },
    flow_metadata: {
        of: 'flow_id',
        sql: `SELECT flow_id, ${us('begin_time', 'begin_us')}, duration, completed, new_account, ${attributes} FROM flow_metadata`,
        rows: (events, rule) => flowsOf(events, rule).filter(({has_begin}) => has_begin).map(
            ({has_begin, begins, begin_position, first_us, last_us, complete_time, ...shown}) => shown),
    },
    flow_events_data: {
        of: 'flow_id',
        sql: `SELECT e.position, f.flow_id, e.name, ${us('e.time', 'us')}, e.flow_time, e.uid, e.locale FROM flow_events_data AS e JOIN flows_data AS f USING (flow)`,
        rows: (events, rule) => flowEventsOf(events, rule),
    },
    flow_experiments: {
        of: 'flow_id',
        sql: `SELECT experiment, cohort, ${us('timestamp', 'us')}, flow_id, uid FROM flow_experiments`,
        rows: (events) => experimentsOf(events),
    },
    activity_events: {
        of: 'uid',
        sql: `SELECT position, ${us('timestamp', 'us')}, uid, type, device_id, service, ua_browser FROM activity_events`,
        rows: (events) => activityOf(events),
    },
    daily_active_users: {of: 'uid', sql: 'SELECT day::VARCHAR AS day, uid FROM daily_active_users', rows: (events) => dailyUsersOf(activityOf(events))},
    daily_activity_per_device: {
        of: 'uid',
        sql: 'SELECT day::VARCHAR AS day, uid, device_id, service, ua_browser FROM daily_activity_per_device',
        rows: (events) => dailyDevicesOf(activityOf(events)),
    },
    daily_multi_device_users: {
        of: 'uid',
        sql: 'SELECT day::VARCHAR AS day, uid, device_now, device_prev FROM daily_multi_device_users',
        rows: (events, rule) => pairsOf(dailyDevicesOf(activityOf(events)), multiDeviceDays, {}, rule),
    },
};

export function groupBy(items, key) {
    const groups = new Map();
    for (const item of items)
        groups.has(key(item)) ? groups.get(key(item)).push(item) : groups.set(key(item), [item]);
    return groups;
}

const plain = (value) => typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(6)) : value ?? null;

// Rows as sorted text, with the columns in one order and no more than six digits of a fraction.
export function asText(rows) {
    return rows.map((row) => JSON.stringify(Object.fromEntries(Object.keys(row).sort().map((key) => [key, plain(row[key])])))).sort();
}

// What one list has more often than the other.
export function surplus(list, other) {
    const left = new Map();
    for (const text of other)
        left.set(text, (left.get(text) ?? 0) + 1);
    return list.filter((text) => {
        const n = left.get(text) ?? 0;
        if (n)
            left.set(text, n - 1);
        return !n;
    });
}

export async function readTables(load) {
    const found = {};
    for (const [name, {sql}] of Object.entries(tables))
        found[name] = await query(load, sql);
    return found;
}

// The differences: {service, table, expected, found}, rows as text.
export function compareTables(found, facts, rule = rules) {
    const accepted = groupBy(facts.filter(({verdict}) => verdict === 'accepted'), ({service}) => service);
    const serviceOf = new Map(facts.flatMap(({service, flow, uid}) => [[flow, service], [uid, service]]));
    const differences = [];

    for (const [table, {of, rows}] of Object.entries(tables)) {
        const mine = groupBy(found[table], (row) => serviceOf.get(row[of]) ?? 'no stream');
        for (const service of new Set([...accepted.keys(), ...mine.keys()])) {
            const expected = asText(rows(accepted.get(service) ?? [], rule)), theirs = asText(mine.get(service) ?? []);
            const missing = surplus(expected, theirs), more = surplus(theirs, expected);
            if (missing.length || more.length)
                differences.push({service, table, expected: missing, found: more});
        }
    }
    return differences;
}
