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

// The step that the address names: /tour.html is the first, /tour/2 the second.
function shown() {
    return Number(location.pathname.split('/')[2] ?? 1);
}

function show() {
    step.textContent = steps[shown() - 1];
}

if (step) {
    document.querySelector('#next').addEventListener('click', () => {
        history.pushState(null, '', `/tour/${shown() % steps.length + 1}`);
        show();
    });
    addEventListener('popstate', show);
    show();
}
