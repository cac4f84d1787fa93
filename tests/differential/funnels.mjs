// SPDX-License-Identifier: Apache-2.0
//
// The funnels that the differential test asks for, as Weir reads them and as functions.

import {funnelOf, listOf} from './reference_funnel.mjs';

const is = (...names) => (event) => names.includes(event.event);
const byFlow = ({flows}) => {
    const services = new Map(flows.map(({flow_id, service}) => [flow_id, service]));
    return ({flow}) => ({service: services.get(flow)});
};
const wholeWay = [['order.opened', is('order.opened')], ['basket.filled', is('basket.filled')], ['payment.*.made', is('payment.{how}.made')],
    ['order.sealed', is('order.sealed')]];

// A funnel: its steps as Weir reads them and as functions; `more` for both sides.
function funnel(steps, {by, per, within, withinStep, from, to} = {}) {
    const ask = (all) => ({
        names: steps.map(([step]) => step), steps: steps.map(([, fits]) => fits), per, within, withinStep, from, to, by: by && by(all),
    });
    const time = (us) => `${us / 1e6}s`, moment = (us) => new Date(us / 1000).toISOString();
    return {
        name: 'funnel',
        parameters: [...steps.map(([step]) => ['step', step]), ...(by ? [['by', 'service']] : []), ...(per ? [['per', per]] : []),
            ...(within ? [['within', time(within)]] : []), ...(withinStep ? [['within-step', time(withinStep)]] : []),
            ...(from ? [['from', moment(from)]] : []), ...(to ? [['to', moment(to)]] : [])],
        rows: (all, rule) => funnelOf(all.streams, ask(all), rule),
        units: (all, rule) => listOf(all.streams, ask(all), rule),
    };
}

// The units behind all numbers of a funnel: who came to its first step.
function listed({parameters, units}) {
    return {
        name: 'funnel-list', parameters: [...parameters.filter(([name]) => name !== 'by'), ['limit', '10000']], rows: units,
        columns: ['unit', 'step', 'reason', 'seconds'],
    };
}

const counted = {
    'funnel': funnel(wholeWay, {by: byFlow}),
    'funnel within 5 s': funnel(wholeWay, {by: byFlow, within: 5e6}),
    'funnel of one step twice': funnel([['basket.filled', is('basket.filled')], ['BASKET.filled', is('basket.filled')], ['order.sealed', is('order.sealed')]],
        {by: byFlow, withinStep: 3e6}),
    'funnel backwards, of some days': funnel([['page.{page}.shown|basket.filled', is('page.{page}.shown', 'basket.filled')],
        ['order.opened', is('order.opened')], ['customer.*', is('customer.joined', 'customer.returned')]],
    {from: Date.UTC(2026, 0, 14) * 1000, to: Date.UTC(2026, 0, 21) * 1000}),
    // What is kept aside has no columns: there a step's filter on the event does not count.
    'funnel of some events': funnel([['page.*.shown[event.context=b]', (event) => event.event === 'page.{page}.shown' && (event.verdict !== 'accepted' || event.props.context === 'b')],
        ['basket.filled|address.given', is('basket.filled', 'address.given')], ['payment.card.made', (event) => event.name === 'payment.card.made']], {by: byFlow}),
    'funnel of actors': funnel([['customer.*', is('customer.joined', 'customer.returned', 'customer.moved')], ['gadget.seen', is('gadget.seen')],
        ['customer.moved', is('customer.moved')]], {per: 'actor', by: () => (unit, first) => ({service: first.props.service ?? null})}),
};

export const funnels = {
    ...counted,
    ...Object.fromEntries(['funnel', 'funnel within 5 s', 'funnel of one step twice', 'funnel backwards, of some days']
        .map((title) => [`${title}: flows`, listed(counted[title])])),
};
