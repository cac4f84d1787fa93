// SPDX-License-Identifier: Apache-2.0
//
// Holds what Weir's reports say against the references: each report once over a whole load, by `service` where it can be
// grouped, which gives every stream rows of its own.

import {asText, groupBy, multiDeviceDays, surplus} from './compare.mjs';
import {report} from './load.mjs';
import {activityOf, dailyDevicesOf, dailyUsersOf, flowsOf, pairsOf, rules} from './reference.mjs';
import {funnels} from './funnels.mjs';
import {reasons} from './reference_funnel.mjs';
import {activityReportOf, connectOf, devicesReportOf, flowsReportOf, retentionOf, severalOf} from './reference_reports.mjs';

// Each: parameters, the columns that are compared (else all), and the rows that the references make of the accepted events of all streams (`facts`: also of what was kept aside).
const reports = {
    'flows by day': {
        name: 'flows', parameters: [['by', 'service']],
        rows: ({flows}) => flowsReportOf(flows, {by: 'service'}),
    },
    'flows by week in Berlin': {
        name: 'flows', parameters: [['bucket', 'week'], ['time-zone', 'Europe/Berlin']],
        rows: ({flows}) => flowsReportOf(flows, {bucket: 'week', hoursAhead: 1}),
    },
    'connect': {
        name: 'connect', parameters: [['service', '*'], ['by', 'service']],
        rows: ({flows}) => connectOf(flows, {by: 'service'}),
    },
    'activity': {name: 'activity', parameters: [], rows: ({daily}, rule) => activityReportOf(daily, rule)},
    'activity in Berlin': {
        name: 'activity', parameters: [['time-zone', 'Europe/Berlin']],
        rows: ({activity}, rule) => activityReportOf(dailyUsersOf(activity, 1), rule),
    },
    'devices': {name: 'devices', parameters: [], rows: ({daily, pairs}) => devicesReportOf(daily, pairs.map(({day, uid}) => ({at: Date.parse(day) / 86400e3, uid})))},
    ...Object.fromEntries(['dates', 'before', 'moments'].map((reading) => [`devices by ${reading}`, {
        name: 'devices', parameters: [['reading', reading], ['days', '7']],
        rows: ({daily, activity}) => devicesReportOf(daily, severalOf(activity, {days: 7, reading})),
    }])),
    'retention': {name: 'retention', parameters: [], rows: ({daily}) => retentionOf(daily)},
    'retention, rolling': {name: 'retention', parameters: [['rolling', '1'], ['periods', '3']], rows: ({daily}) => retentionOf(daily, {periods: 3, rolling: true})},
    ...funnels,
};

export async function readReports(load) {
    const found = {};
    for (const [title, {name, parameters, columns}] of Object.entries(reports))
        found[title] = (await report(load, name, parameters)).map(({definition, ...row}) =>
            (columns ? Object.fromEntries(columns.map((column) => [column, row[column]])) : row));
    return found;
}

// Whoever did not go on has a reason, and one only.
function compareSums(title, rows) {
    return rows.filter((row) => row.dropped !== reasons.reduce((sum, reason) => sum + row[reason], 0) || (row.went_on !== null && row.came - row.went_on !== row.dropped))
        .map((row) => ({service: row.service ?? 'all', table: `${title}: sums`, expected: 'reasons that sum to who dropped', found: JSON.stringify(row)}));
}

export function compareReports(found, facts, rule = rules) {
    const accepted = facts.filter(({verdict}) => verdict === 'accepted');
    const each = [...groupBy(accepted, ({service}) => service).values()];
    const all = {
        streams: [...groupBy(facts, ({service}) => service).values()], flows: each.flatMap((events) => flowsOf(events, rule)),
        activity: activityOf(accepted), daily: dailyUsersOf(activityOf(accepted)), pairs: each.flatMap((events) => pairsOf(dailyDevicesOf(activityOf(events)), multiDeviceDays, {}, rule)),
    };
    const differences = [];

    for (const [title, {name, rows}] of Object.entries(reports)) {
        if (name === 'funnel')
            differences.push(...compareSums(title, found[title]));
        const expected = groupBy(rows(all, rule), ({service}) => service ?? 'all'), theirs = groupBy(found[title], ({service}) => service ?? 'all');
        for (const service of new Set([...expected.keys(), ...theirs.keys()])) {
            const a = asText(expected.get(service) ?? []), b = asText(theirs.get(service) ?? []), missing = surplus(a, b), more = surplus(b, a);
            if (missing.length || more.length)
                differences.push({service, table: title, expected: missing, found: more});
        }
    }
    return differences;
}
