// SPDX-License-Identifier: Apache-2.0
//
// A range without an event, and the ways out of it.

import {changeView, type View} from '../../app/view';
import {Button, Empty} from '../../ui';

export function Nothing({view}: {view: View}) {
    return (
        <Empty title="No events here.">
            <p>{view.filters.length ? 'No event in this range fits all filters.' : 'Nothing of this traffic came in this range.'}</p>
            <p class="overview-ways">
                {view.filters.length > 0 && <Button onClick={() => changeView({filters: []})}>Remove the filters</Button>}
                {view.traffic !== 'all' && <Button onClick={() => changeView({traffic: 'all'})}>Show all traffic</Button>}
                {view.range !== '90d' && <Button onClick={() => changeView({range: '90d'})}>Show 90 days</Button>}
            </p>
        </Empty>
    );
}
