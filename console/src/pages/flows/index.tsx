// SPDX-License-Identifier: Apache-2.0
//
// Flows: which journeys come to their end, why the others do not, and what happened in one.

import './flows.css';

import {useMemo} from 'preact/hooks';

import {useCatalogue} from '../../api/catalogue';
import {type ApiError, objects, useReport} from '../../api/client';
import {usePlace} from '../../app/place';
import {useView} from '../../app/view';
import {Bar, Empty, Failure, Page} from '../../ui';
import {Builder} from './Builder';
import {Flow} from './Flow';
import {Funnel} from './Funnel';
import {OverTime} from './OverTime';
import {presetsOf, stepNames} from './presets';
import {funnelQuery, splitFilters, useFunnel} from './state';

function useColumns(per: string | null): {columns?: string[]; error?: ApiError; reload(): void} {
    const {data, stale, error, reload} = useReport('flow-columns', per === null ? null : {per});
    const columns = useMemo(() => (data && !stale ? objects<{name: string}>(data).map(({name}) => name) : undefined), [data, stale]);
    return {...(columns && {columns}), ...(error && {error}), reload};
}

// A catalogue without flows: what to do.
function NoFlows() {
    return (
        <Empty title="The catalogue declares no flows yet.">
            <p>A flow is a journey that should come to an end: a checkout, a sign-up. Say in the catalogue which events belong to one
                (<code>kind: flow</code>) and what each means for it (<code>flow: {'{role: begin}'}</code>, <code>step</code>, <code>error</code>, <code>complete</code>),
                reload it with <code>weir reload</code>, and send events with a flow's id. <code>docs/flows.md</code> goes through one example from the catalogue to the chart.</p>
        </Empty>
    );
}

function FunnelPage() {
    const view = useView(), state = useFunnel(), catalogue = useCatalogue();
    const events = catalogue.data?.events ?? [], flowsOnly = state.unit.value === 'flow';
    const ofUnit = useColumns(state.unit.value), others = useColumns(flowsOnly ? null : 'flow');
    const columns = ofUnit.columns, ofFlows = flowsOnly ? columns : others.columns, failed = ofUnit.error ? ofUnit : others.error ? others : null;
    const presets = useMemo(() => presetsOf(events), [catalogue.data]);
    const names = useMemo(() => stepNames(events, flowsOnly), [catalogue.data, flowsOnly]);
    const steps = state.steps.length ? state.steps : presets[0]?.steps ?? [];
    const {used, unused} = splitFilters(view.filters, columns), declared = events.some(({kinds}) => kinds.includes('flow'));

    if (!catalogue.data && !catalogue.error)
        return <Page title="Flows"><Bar on={catalogue.slow} /></Page>;
    return (
        <Page title="Flows">
            {catalogue.error && <Failure error={catalogue.error} retry={catalogue.reload} />}
            {failed && <Failure error={failed.error!} retry={failed.reload} />}
            {catalogue.data && !declared && <NoFlows />}
            {(declared || steps.length > 0) && (
                <div class="flows-page">
                    <Builder state={state} steps={steps} presets={presets} stepNames={names} columns={columns ?? []} />
                    {steps.length > 0 && columns && <Funnel state={state} steps={steps} unused={unused} view={view} query={funnelQuery(state, steps, view, used)} />}
                    {steps.length === 0 && <Empty title="No steps yet.">Add the first one: the event that the journey begins with.</Empty>}
                </div>
            )}
            {declared && ofFlows && <OverTime view={view} filters={splitFilters(view.filters, ofFlows).used} state={state} />}
        </Page>
    );
}

export default function Flows() {
    const {path} = usePlace(), id = /^\/flows\/flow\/([^/]+)$/.exec(path)?.[1];
    if (id === undefined)
        return <FunnelPage />;
    try {
        return <Flow id={decodeURIComponent(id)} />;
    } catch {
        return <Page title="Flow"><Empty title="This is no flow's id.">Go back to the list that it came from.</Empty></Page>;
    }
}
