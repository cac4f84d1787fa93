// SPDX-License-Identifier: Apache-2.0
//
// Holds what Weir's reports say against the references: each report once over a whole load, by `service` where it can be
// grouped, which gives every stream rows of its own.

import {asText, groupBy, surplus} from './compare.mjs';
import {report} from './load.mjs';
import {flowsOf, rules} from './reference.mjs';
import {connectOf, flowsReportOf} from './reference_reports.mjs';

// Each: parameters, and the rows that the references make of the accepted events of all streams (`facts`: also of what was kept aside).
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
};

export async function readReports(load) {
    const found = {};
    for (const [title, {name, parameters}] of Object.entries(reports))
        found[title] = (await report(load, name, parameters)).map(({definition, ...row}) => row);
    return found;
}

export function compareReports(found, facts, rule = rules) {
    const accepted = facts.filter(({verdict}) => verdict === 'accepted');
    const each = [...groupBy(accepted, ({service}) => service).values()];
    const all = {flows: [...groupBy(accepted, ({service}) => service).values()].flatMap((events) => flowsOf(events, rule))};
    const differences = [];

    for (const [title, {rows}] of Object.entries(reports)) {
        const expected = groupBy(rows(all, rule), ({service}) => service ?? 'all'), theirs = groupBy(found[title], ({service}) => service ?? 'all');
        for (const service of new Set([...expected.keys(), ...theirs.keys()])) {
            const a = asText(expected.get(service) ?? []), b = asText(theirs.get(service) ?? []), missing = surplus(a, b), more = surplus(b, a);
            if (missing.length || more.length)
                differences.push({service, table: title, expected: missing, found: more});
        }
    }
    return differences;
}
