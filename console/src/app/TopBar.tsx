// SPDX-License-Identifier: Apache-2.0
//
// The bar on top: range, comparison, zone, traffic, filters. All of it is the address's.

import type {PageEntry} from '../pages/list';
import {Menu} from '../ui/Menu';
import {Filters} from './Filters';
import {RangeMenu} from './RangeMenu';
import {ZoneMenu} from './ZoneMenu';
import {changeView, type Compare, type Traffic, useView} from './view';

const compares: {id: Compare; name: string; short: string}[] = [
    {id: 'none', name: 'No comparison', short: 'Compare'},
    {id: 'previous', name: 'The span before', short: 'vs. before'},
    {id: 'year', name: 'A year earlier', short: 'vs. last year'},
];

const traffics: {id: Traffic; name: string; hint: string}[] = [
    {id: 'people', name: 'People', hint: 'neither bots nor internal'},
    {id: 'bots', name: 'Bots', hint: 'programs that say so'},
    {id: 'internal', name: 'Internal', hint: 'as console.internal says'},
    {id: 'all', name: 'All traffic', hint: 'everything'},
];

export function TopBar({without}: {without: NonNullable<PageEntry['without']>}) {
    const view = useView();
    const compare = compares.find(({id}) => id === view.compare)!, traffic = traffics.find(({id}) => id === view.traffic)!;
    return (
        <div class="top" role="region" aria-label="What is shown">
            <RangeMenu view={view} />
            {!without.includes('compare') && <Menu label={compare.short} name={compare.id === 'none' ? 'Compare with' : `Comparison: ${compare.short}`} items={compares.map(({id, name}) =>
                ({name, checked: view.compare === id, onChoose: () => changeView({compare: id})}))} />}
            {!without.includes('traffic') && <Menu label={traffic.name} name={`Traffic: ${traffic.name}`} icon="user" items={traffics.map(({id, name, hint}) =>
                ({name, hint, checked: view.traffic === id, onChoose: () => changeView({traffic: id})}))} />}
            {!without.includes('filters') && <Filters view={view} />}
            <span class="top-space" />
            <ZoneMenu view={view} />
        </div>
    );
}
