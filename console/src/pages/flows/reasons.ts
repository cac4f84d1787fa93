// SPDX-License-Identifier: Apache-2.0
//
// Why somebody did not go on, in words. The order is the report's: each is counted under the first that holds.

export const reasons = [
    {id: 'quarantined', name: 'in quarantine', text: 'The next step was sent in time, but waits in quarantine: had it been accepted, they would have gone on.'},
    {id: 'too_late', name: 'too late', text: 'The next step came, but after the time that is allowed.'},
    {id: 'before', name: 'in another order', text: 'What would be the next step had happened before this one, and did not happen again.'},
    {id: 'other_flow', name: 'in another flow', text: 'The same person took the next step later, in another flow.'},
    {id: 'error', name: 'met an error', text: 'An error came after this step, and the next step never did.'},
    {id: 'never', name: 'never went on', text: 'The next step never came, and nothing is known that kept them.'},
] as const;

export type ReasonId = (typeof reasons)[number]['id'];

export type StepRow = {
    step: number;
    event: string;
    came: number;
    rate: number | null;
    rate_of_first: number | null;
    median_seconds: number | null;
    went_on: number | null;
    dropped: number;
} & Record<ReasonId, number>;

// What a list is of: "Step 2, too late".
export function numberName(at: number, which: string): string {
    const reason = reasons.find(({id}) => id === which);
    return `Step ${at}: ${reason ? reason.name : which === 'came' ? 'reached it' : which === 'went_on' ? 'went on' : 'did not go on'}`;
}
