// SPDX-License-Identifier: Apache-2.0
//
// What the site does itself. It works as well where the agent is blocked: every call asks first.

'use strict';

// A search that is known to go wrong is caught and explained; the owner wants to know how often.
document.querySelector('#search')?.addEventListener('submit', (event) => {
    const term = event.target.elements.q.value;

    event.preventDefault();
    if (!/^weird?$/i.test(term))
        return;
    document.querySelector('#hint').hidden = false;
    if (typeof recordEvent === 'function')
        recordEvent('searchTermIntercepted', term);
});

const step = document.querySelector('#step');
const steps = step?.dataset.steps.split('|');

function show() {
    step.textContent = steps[Number(location.pathname.split('/')[2] ?? 1) - 1];
}

if (step) {
    let number = 1;

    document.querySelector('#next').addEventListener('click', () => {
        number = number % steps.length + 1;
        history.pushState(null, '', `/tour/${number}`);
        show();
    });
    addEventListener('popstate', show);
    show();
}
