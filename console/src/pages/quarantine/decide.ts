// SPDX-License-Identifier: Apache-2.0
//
// Has something decided about quarantined events, a piece at a time, so that one sees how far it is and can stop.

import {postJson} from '../../api/client';

export type What = 'try' | 'replay' | 'drop';

export interface Which {
    where?: Record<string, string>;
    positions?: number[];
}

export interface Outcome {
    looked: number;
    left: number;
    behind: number;
    accepted: number;
    duplicate: number;
    faulty: number;
    gone: number;
    damaged: number;
    other: number;
    dropped: number;
    codes: Record<string, number>;
}

type Answer = Partial<Outcome> & {looked: number; left: number; behind: number; next: number | null};

const counts = ['looked', 'accepted', 'duplicate', 'faulty', 'gone', 'damaged', 'other', 'dropped'] as const;

export function nothing(): Outcome {
    return {looked: 0, left: 0, behind: 0, accepted: 0, duplicate: 0, faulty: 0, gone: 0, damaged: 0, other: 0, dropped: 0, codes: {}};
}

function add(sum: Outcome, answer: Answer): Outcome {
    const next = {...sum, left: answer.left, behind: Math.max(sum.behind, answer.behind), codes: {...sum.codes}};
    for (const name of counts)
        next[name] += answer[name] ?? 0;
    for (const [code, n] of Object.entries(answer.codes ?? {}))
        next.codes[code] = (next.codes[code] ?? 0) + n;
    return next;
}

// Asks until there is no more, `pieces` are looked at, or `signal` says stop: what was decided until then stays so.
// `told` hears the sum after each piece.
export async function decide(what: What, which: Which & {reason?: string; entry?: string},
    {signal, told, pieces = Infinity}: {signal?: AbortSignal; told?(sum: Outcome): void; pieces?: number} = {}): Promise<Outcome> {
    let sum = nothing(), after: number | null = null;
    for (let i = 0; i < pieces && !signal?.aborted; i++) {
        const answer: Answer = await postJson<Answer>(`/api/quarantine/${what}`, {...which, ...(after && {after})}, what === 'try' ? signal : undefined);
        sum = add(sum, answer);
        told?.(sum);
        after = answer.next;
        if (after === null)
            break;
    }
    return sum;
}
