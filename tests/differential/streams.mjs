// SPDX-License-Identifier: Apache-2.0
//
// Random streams of events, each a small world of its own: a few people with a few devices in a few flows, with all
// that goes wrong on the way. The same seed and number give the same stream. The streams of one load share nothing
// but the days: each has its own flows and people, and its own `service`, by which reports are grouped.
//
// An event is {id, name, event, role, kinds, us (its time), flow, begin (ms), user, gadget, props, context, faulty}:
// what is sent follows from it by wireEvent, and what the tables must say by the references.

const dayUs = 86400e6;
const firstDay = Date.UTC(2026, 0, 10) * 1000;

// A small generator of numbers (sfc32: 128 bits of state, so that no two streams share a part).
export function makeRandom(seed, number) {
    let a = seed | 0, b = number | 0, c = 0x9e3779b9 | 0, count = 1;
    const next = () => {
        const value = (a + b + count++) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = ((c << 21) | (c >>> 11)) + value | 0;
        return value >>> 0;
    };
    for (let i = 0; i < 15; i++)
        next();
    const below = (n) => Math.floor(next() / 2 ** 32 * n);

    return {
        below,
        chance: (percent) => below(100) < percent,
        pick: (list) => list[below(list.length)],
        hex: (digits) => Array.from({length: digits}, () => below(16).toString(16)).join(''),
        shuffle(list) {
            for (let i = list.length - 1; i > 0; i--) {
                const j = below(i + 1);
                [list[i], list[j]] = [list[j], list[i]];
            }
            return list;
        },
    };
}

// The catalogue of the streams: a checkout. Roles and kinds are all that the tables go by, so no name is one of
// those that any other catalogue has.
export const kindsOfEvent = {
    'order.opened': {kinds: ['flow'], role: 'begin', dimensions: ['size']},
    'page.{page}.shown': {kinds: ['flow'], role: 'view'},
    'basket.filled': {kinds: ['flow'], role: 'step'},
    'address.given': {kinds: ['flow'], role: 'step'},
    'payment.{how}.made': {kinds: ['flow'], role: 'step'},
    'order.sealed': {kinds: ['flow'], role: 'complete'},
    'customer.joined': {kinds: ['flow', 'activity'], role: 'new_account'},
    'customer.returned': {kinds: ['flow', 'activity'], role: 'step'},
    'customer.moved': {kinds: ['activity']},
    'gadget.seen': {kinds: ['activity']},
    'till.{code}.refused': {kinds: ['flow'], role: 'error'},
    'trial.{experiment}.{cohort}': {kinds: ['flow'], role: 'experiment'},
    'order.after.{older}': {kinds: ['flow'], role: 'continued'},
    'took.{what}': {kinds: ['flow'], role: 'measure'},
    'letter.written': {kinds: ['product']},
};

const parameters = {
    page: '[a-z]+', how: '[a-z]+', code: '[0-9]+', experiment: '[a-z]+', cohort: '[a-z]+', older: '[0-9a-f]{64}', what: '[a-z]+',
};

export function catalogueText() {
    const properties = `{service: {type: string}, entrypoint: {type: string}, context: {type: string}, migration: {type: string},
      customer: {type: string, privacy: pseudonym}, gadget: {type: string, privacy: "pseudonym:device"}, size: {type: string}, weight: {type: integer}, duration_ms: {type: integer}}`;
    const events = Object.entries(kindsOfEvent).map(([name, {kinds, role, dimensions}]) => {
        const declared = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) =>
            `${parameter}: {pattern: "${parameters[parameter]}", max_values: 100000, description: Part}`);
        return [`  - name: "${name}"`, '    description: One of the streams', '    trigger: When a stream has it',
            `    kind: [${kinds.join(', ')}]`, ...(role ? [`    flow: {role: ${role}}`] : []), ...(dimensions ? [`    dimensions: [${dimensions}]`] : []),
            ...(declared.length ? [`    parameters: {${declared.join(', ')}}`] : []), `    properties: ${properties}`].join('\n');
    });
    return `defaults: {owner: team@example.org, naming: any, status: active, actor: customer, device: gadget}\nevents:\n${events.join('\n')}\n`;
}

function nameOf(random, event, world) {
    const values = {
        page: () => random.pick(['basket', 'address', 'payment']),
        how: () => random.pick(['card', 'transfer']),
        code: () => random.pick(['402', '409', '500']),
        experiment: () => random.pick(['colour', 'order']),
        cohort: () => random.pick(['control', 'treatment']),
        older: () => random.chance(70) ? random.pick(world.flows).id : random.hex(64),
        what: () => random.pick(['load', 'render']),
    };
    return event.replace(/\{(\w+)\}/g, (all, parameter) => values[parameter]());
}

function uuid(random) {
    return `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
}

// Flows of one world begin within some seconds of each other, often around midnight.
function makeWorld(random, service) {
    const midnight = firstDay + random.below(20) * dayUs;
    const base = random.chance(40) ? midnight - random.below(8) * 1e6 : midnight + random.below(86400) * 1e6;
    const flows = Array.from({length: 1 + random.below(3)}, () =>
        ({id: random.hex(64), begin: (base + random.below(6) * 1e6) / 1000}));

    return {
        service, base, midnight, flows,
        users: Array.from({length: 1 + random.below(3)}, (_, i) => `${service}-u${i}`),
        gadgets: Array.from({length: 1 + random.below(4)}, (_, i) => `${service}-g${i}`),
        weekly: random.chance(35), // activity over weeks rather than flows within seconds
    };
}

function contextOf(random) {
    const context = {};
    for (const key of ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term'])
        if (random.chance(15))
            context[key] = random.pick(['spring', 'letter', 'none?']);
    if (random.chance(40))
        context.locale = random.pick(['de', 'en', 'fr-CA']);
    if (random.chance(40))
        context.user_agent = random.pick([
            'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0',
            'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36']);
    return context;
}

function timeOf(random, world, flow, activity) {
    if (activity && (world.weekly || random.chance(30))) // within 40 days, with days that are met often
        return world.midnight + random.pick([0, 1, 2, 4, 5, 6, 7, 8, 13, 27, 28, 29, 39]) * dayUs + random.pick([0, 1, 43200e6, dayUs - 1]);
    const about = flow ? flow.begin * 1000 : world.base;
    const late = random.chance(10) ? random.pick([7200e6, 7200001e3, 90e6, 91e6, dayUs]) : 0;
    return about + random.pick([-2e6, -1500, -1, 0, 0, 1, 999, 1000, 1e6, 1e6, 2e6, 3e6, 5e6, 8e6, 20e6]) + late;
}

const wanted = ['order.opened', 'order.opened', 'page.{page}.shown', 'page.{page}.shown', 'basket.filled', 'basket.filled', 'address.given',
    'payment.{how}.made', 'payment.{how}.made', 'order.sealed', 'customer.joined', 'customer.returned', 'customer.moved', 'gadget.seen',
    'till.{code}.refused', 'trial.{experiment}.{cohort}', 'order.after.{older}', 'took.{what}', 'letter.written'];
const weekly = ['gadget.seen', 'gadget.seen', 'gadget.seen', 'customer.returned', 'customer.moved', 'customer.joined'];

function makeEvent(random, world) {
    const event = random.pick(world.weekly && random.chance(85) ? weekly : wanted), {kinds, role} = kindsOfEvent[event];
    const activity = kinds.includes('activity');
    const flow = kinds.includes('flow') && random.chance(activity ? 60 : 96) || random.chance(5) ? random.pick(world.flows) : null;
    const props = {};

    // All of them or none: each other set of properties is a shape of its own in the store, and takes its time.
    if (random.chance(40))
        Object.assign(props, {context: random.pick(['a', 'b', '']), entrypoint: random.pick(['a', 'b', '']), migration: random.pick(['none', 'older'])});
    if (activity || role === 'begin' || random.chance(60))
        props.service = world.service;
    if (role === 'begin' && random.chance(50))
        props.size = random.pick(['large', 'small']);
    if (role === 'measure' && random.chance(60))
        props.duration_ms = random.below(90000);
    // Rarely a page keeps an older begin of the same id: its events count from there.
    const begin = flow && (random.chance(15) ? flow.begin + random.pick([-3000, 1000, 2000]) : flow.begin);

    return {
        id: uuid(random), event, role: role ?? null, kinds, name: nameOf(random, event, world), us: timeOf(random, world, flow, activity),
        flow: flow?.id ?? null, begin, user: random.chance(activity ? 92 : 50) ? random.pick(world.users) : null,
        gadget: random.chance(activity ? 80 : 30) ? random.pick(world.gadgets) : null,
        props, context: contextOf(random), faulty: random.chance(5),
    };
}

// One stream: {service, events, cuts}. `events` are in the order of arrival, and an event that is sent twice stands in
// it twice; `cuts` say where a new batch begins (numbers of events, rising).
export function makeStream(seed, number) {
    const random = makeRandom(seed, number);
    const world = makeWorld(random, `s${number}`);
    let events = Array.from({length: 3 + random.below(18)}, () => makeEvent(random, world));

    if (random.chance(60)) // mostly in order, with some that come late
        events.sort((a, b) => a.us - b.us);
    for (let i = random.below(4); i > 0; i--)
        events.push(...events.splice(random.below(events.length), 1));
    for (let i = random.below(3); i > 0; i--) {
        const at = random.below(events.length);
        events.splice(at + 1 + random.below(events.length - at), 0, events[at]);
    }
    const cuts = Array.from({length: random.below(4)}, () => random.below(events.length + 1)).sort((a, b) => a - b);
    return {service: world.service, events, cuts};
}

function rfc3339(us) {
    const whole = Math.floor(us / 1e6);
    return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${String(us - whole * 1e6).padStart(6, '0')}Z`;
}

export function wireEvent(event) {
    return {
        id: event.id,
        name: event.name,
        time: rfc3339(event.us),
        ...(event.flow ? {flow: {id: event.flow, begin: event.begin}} : {}),
        properties: {
            ...event.props,
            ...(event.user ? {customer: event.user} : {}),
            ...(event.gadget ? {gadget: event.gadget} : {}),
            ...(event.faulty ? {weight: 'heavy'} : {}),
        },
        context: event.context,
    };
}

// The batches of a load, in which the streams' own go side by side: a list of lists of {stream, event}.
export function makeBatches(streams) {
    const batches = [[]];

    for (const stream of streams)
        stream.events.forEach((event, at) => {
            const batch = stream.cuts.filter((cut) => cut <= at).length;
            (batches[batch] ??= []).push({stream, event});
        });
    return Array.from(batches, (batch) => batch ?? []);
}
