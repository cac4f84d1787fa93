// SPDX-License-Identifier: Apache-2.0
//
// What the tables of flows and activity must hold, worked out in the plainest way: the accepted events are replayed one
// by one, and each changes what it says. Slow, and short enough to be checked by reading. An event here is one of
// streams.mjs with what acceptance added: its position, and the pseudonyms of its user and gadget (uid, device).
//
// `rules` has what a reader may doubt, so that a test can turn each around and must then see a difference.

export const rules = {
    firstBegin: true, // the earliest begin counts, not the one that came first
    measuresAreNoMoments: true, // a role `measure` does not lengthen a flow
    attributesOfBegin: true, // not of whatever event has them
    floorOfFlowTime: true, // milliseconds before the begin count down: -1.5 is -2
    localeOfBegin: true, // the begin's own before any other
    sameDayPairs: true, // two devices on one day are a pair
    windowInclusive: true, // N days before still counts
    lostErrors: true, // an error between two steps is the reason, where there was one
    ties: true, // events of one moment are in the order of acceptance
    mau28: true, // the month of activity has 28 days
};

export function dayOf(us) {
    return new Date(Math.floor(us / 86400e6) * 86400e3).toISOString().slice(0, 10);
}

export function flowTime(event, rule = rules) {
    if (event.role === 'begin')
        return 0;
    if (event.role === 'measure' && event.props.duration_ms !== undefined)
        return event.props.duration_ms;
    const ms = (event.us - event.begin * 1000) / 1000;
    return rule.floorOfFlowTime ? Math.floor(ms) : Math.trunc(ms);
}

// The begin of a flow is the moment that its id was made for, whenever its event says that it happened.
export function timeOf(event) {
    return event.flow && event.role === 'begin' ? event.begin * 1000 : event.us;
}

export function before(a, b, rule = rules) {
    return timeOf(a) !== timeOf(b) ? timeOf(a) < timeOf(b) : rule.ties ? a.position < b.position : a.position > b.position;
}

const largest = (a, b) => a == null || (b != null && b > a) ? b : a;
const attributesOf = (event) => ({
    context: event.props.context ?? null, entrypoint: event.props.entrypoint ?? null, migration: event.props.migration ?? null,
    service: event.props.service ?? null, ua_browser: event.browser, size: event.props.size ?? null,
    utm_campaign: event.context.utm_campaign ?? null, utm_content: event.context.utm_content ?? null, utm_medium: event.context.utm_medium ?? null,
    utm_source: event.context.utm_source ?? null, utm_term: event.context.utm_term ?? null,
});
const nothing = attributesOf({props: {}, context: {}, browser: null});

function newFlow(id) {
    return {
        flow_id: id, begins: 0, begin: null, first: null, last: null, duration: 0, complete: null, new_account: false,
        attributes: nothing, uid: null, anyLocale: null, continued: null,
    };
}

function addToFlow(flow, event, rule) {
    const begins = event.role === 'begin';

    flow.uid = largest(flow.uid, event.uid);
    flow.anyLocale = largest(flow.anyLocale, event.context.locale ?? null);
    flow.first = flow.first === null ? timeOf(event) : Math.min(flow.first, timeOf(event));
    flow.last = flow.last === null ? timeOf(event) : Math.max(flow.last, timeOf(event));
    if (event.role !== 'measure' || !rule.measuresAreNoMoments)
        flow.duration = Math.max(flow.duration, flowTime(event, rule));
    if (begins) {
        flow.begins++;
        if (!flow.begin || (rule.firstBegin && before(event, flow.begin, rule)))
            flow.begin = event;
    }
    if (event.role === 'complete')
        flow.complete = flow.complete === null ? flowTime(event, rule) : Math.min(flow.complete, flowTime(event, rule));
    if (event.role === 'new_account')
        flow.new_account = true;
    if (event.role === 'continued')
        flow.continued = largest(flow.continued, event.name.split('.').pop());
    if (begins ? flow.begin === event : !rule.attributesOfBegin && !flow.begin)
        flow.attributes = attributesOf(event);
}

// One row a flow, as flows_data has it.
export function flowsOf(events, rule = rules) {
    const flows = new Map();

    for (const event of events) {
        if (!event.flow || !event.kinds.includes('flow'))
            continue;
        if (!flows.has(event.flow))
            flows.set(event.flow, newFlow(event.flow));
        addToFlow(flows.get(event.flow), event, rule);
    }
    return [...flows.values()].map((flow) => ({
        flow_id: flow.flow_id, has_begin: flow.begins > 0, begins: flow.begins, begin_us: flow.begin ? timeOf(flow.begin) : null,
        begin_position: flow.begin?.position ?? null, first_us: flow.first, last_us: flow.last, duration: flow.duration,
        completed: flow.complete !== null, complete_time: flow.complete, new_account: flow.new_account,
        ...flow.attributes, uid: flow.uid, locale: rule.localeOfBegin ? flow.begin?.context.locale ?? flow.anyLocale : flow.anyLocale,
        continued_from: flow.continued,
    }));
}

// One row an event of a flow.
export function flowEventsOf(events, rule = rules) {
    return events.filter((event) => event.flow && event.kinds.includes('flow')).map((event) => ({
        position: event.position, flow_id: event.flow, name: event.name, us: timeOf(event), flow_time: flowTime(event, rule), uid: event.uid,
        locale: event.context.locale ?? null,
    }));
}

// Whose experiment it was: the flow's account, which another event may know.
export function experimentsOf(events) {
    const uids = new Map(flowsOf(events).map(({flow_id, uid}) => [flow_id, uid]));

    return events.filter((event) => event.flow && event.role === 'experiment').map((event) => {
        const [, experiment, cohort] = event.name.split('.');
        return {experiment, cohort, us: event.us, flow_id: event.flow, uid: uids.get(event.flow)};
    });
}

export function activityOf(events) {
    return events.filter((event) => event.kinds.includes('activity') && event.uid).map((event) => ({
        position: event.position, us: timeOf(event), uid: event.uid, type: event.name, device_id: event.device ?? null,
        service: event.props.service ?? null, ua_browser: event.browser,
    }));
}

export function distinct(rows) {
    return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}

export function dailyUsersOf(activity, hoursAhead = 0) {
    return distinct(activity.map(({us, uid}) => ({day: dayOf(us + hoursAhead * 3600e6), uid})));
}

export function dailyDevicesOf(activity) {
    return distinct(activity.filter(({device_id}) => device_id).map(({us, uid, device_id, service, ua_browser}) =>
        ({day: dayOf(us), uid, device_id, service, ua_browser})));
}

// Who was active on one device, and on another one that day or up to `days` days before.
export function pairsOf(daily, days, {sameDay = true} = {}, rule = rules) {
    const pairs = [];

    for (const now of daily)
        for (const past of daily) {
            const gap = (Date.parse(now.day) - Date.parse(past.day)) / 86400e3;
            if (now.uid !== past.uid || now.device_id === past.device_id || gap < 0 || gap > days)
                continue;
            if ((gap === 0 && !(sameDay && rule.sameDayPairs)) || (gap === days && !rule.windowInclusive))
                continue;
            pairs.push({day: now.day, uid: now.uid, device_now: now.device_id, device_prev: past.device_id});
        }
    return distinct(pairs);
}
