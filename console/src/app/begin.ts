// SPDX-License-Identifier: Apache-2.0
//
// What the page of the address needs is asked for before anything is drawn: its code, and its first question.

import {askAhead} from '../api/ahead';
import {findPage} from '../pages/list';
import {currentPlace} from './place';
import {readView} from './view';

export function beginPage(): void {
    const {path, query} = currentPlace(), page = findPage(path);

    if (page?.report) {
        const {name, query: asks} = page.report(readView(query), query);
        askAhead(`/api/report/${name}`, asks);
    }
    page?.load().catch(() => undefined); // the page asks for it again, and says what is wrong
}
