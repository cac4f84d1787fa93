// SPDX-License-Identifier: Apache-2.0
//
// What went wrong, in the engine's words, and what to do.

import type {ApiError} from '../api/client';
import {Button} from './Button';
import {asSentence} from './format';

function advice(error: ApiError): string {
    switch (error.code) {
    case 'unreachable': return 'Start the engine, then try again.';
    case 'busy': return 'Other questions are under way. Try again in a moment.';
    case 'limit': return 'Choose a shorter range or fewer filters, then try again.';
    case 'stopped': return 'Nothing was changed.';
    case 'bad_query': return 'Change or remove what it names, for instance a filter.';
    default: return error.status === 403 ? 'Ask whoever runs Weir for the right.' : error.status >= 500 ? 'The engine\'s log says more.' : '';
    }
}

// `todo`: instead of the usual advice.
export function Failure({error, todo = advice(error), retry}: {error: ApiError; todo?: string; retry?: () => void}) {
    return (
        <div class="failure" role="alert">
            <p class="failure-text">{asSentence(error.message.replace(/^--(?=[a-z])/, ''))}</p>{/* parameters are named as the command does */}
            <p class="failure-more">{todo}</p>
            {retry && <Button onClick={retry} icon="reload">Try again</Button>}
        </div>
    );
}
