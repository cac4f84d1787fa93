// SPDX-License-Identifier: Apache-2.0
//
// GET /api/live, read piece by piece. Not by EventSource, which cannot tell a full house from a lost session.

import {type Query, ApiError, queryText} from './client';
import {signedOut} from './session';

export interface LiveMessage {
    id: string;
    event: string;
    data: Record<string, unknown>;
}

function parse(block: string): LiveMessage | null {
    const message = {id: '', event: '', text: ''};
    for (const line of block.split('\n')) {
        if (line.startsWith('id: '))
            message.id = line.slice(4);
        else if (line.startsWith('event: '))
            message.event = line.slice(7);
        else if (line.startsWith('data: '))
            message.text = line.slice(6);
    }
    return message.text ? {id: message.id, event: message.event, data: JSON.parse(message.text)} : null;
}

async function refusal(answer: Response): Promise<ApiError> {
    const {error} = await answer.json().catch(() => ({error: {code: 'unreadable', message: `the answer has status ${answer.status}`}}));
    return new ApiError(answer.status, String(error.code), String(error.message));
}

// Calls back for each message until the stream ends: then it returns; where it never began or broke, it throws.
export async function listen(query: Query, after: string, signal: AbortSignal, take: (message: LiveMessage) => void, open: () => void): Promise<void> {
    let answer: Response;
    try {
        answer = await fetch(`/api/live${queryText(query)}`, {signal, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
            headers: {Accept: 'text/event-stream', ...(after && {'Last-Event-ID': after})}});
    } catch (error) {
        throw signal.aborted ? error : new ApiError(0, 'unreachable', 'the engine does not answer; is it running?');
    }
    if (answer.status === 401)
        signedOut();
    if (!answer.ok || !answer.body)
        throw await refusal(answer);
    open();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    try {
        for (;;) {
            const {done, value} = await reader.read();
            if (done)
                return;
            text += value;
            for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
                const message = parse(text.slice(0, at));
                text = text.slice(at + 2);
                if (message)
                    take(message);
            }
        }
    } finally {
        reader.cancel().catch(() => undefined); // a stream that nobody reads would go on
    }
}
