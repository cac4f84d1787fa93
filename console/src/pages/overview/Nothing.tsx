// SPDX-License-Identifier: Apache-2.0
//
// A range without an event, and the ways out of it.

import {go} from '../../app/place';
import {changeView, type View} from '../../app/view';
import {Button, Empty} from '../../ui';

export function Nothing({view, others}: {view: View; others: boolean}) {
    return (
        <Empty title="No events here.">
            <p>{view.filters.length ? 'No event in this range fits all filters.' : others ? 'Nothing of this traffic came in this range.' : 'Nothing came in this range.'}</p>
            <p class="overview-ways">
                {view.filters.length > 0 && <Button onClick={() => changeView({filters: []})}>Remove the filters</Button>}
                {others && view.traffic !== 'all' && <Button onClick={() => changeView({traffic: 'all'})}>Show all traffic</Button>}
                {view.range !== '90d' && <Button onClick={() => changeView({range: '90d'})}>Show 90 days</Button>}
                {view.filters.length === 0 && !others && <Button onClick={() => go('/start')}>How to send events</Button>}
            </p>
        </Empty>
    );
}
