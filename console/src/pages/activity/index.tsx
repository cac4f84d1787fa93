// SPDX-License-Identifier: Apache-2.0
//
// Activity: who is active, how often, with how many devices, and who comes back.

import './activity.css';

import {useReport} from '../../api/client';
import {useMarks} from '../../app/marks';
import {setQuery} from '../../app/place';
import {useView} from '../../app/view';
import {Page, Select} from '../../ui';
import {type Asked, filtersOf, type Reading, useAsked, usersQuery} from './asked';
import {Days, type Measure} from './Days';
import {Retention} from './Retention';

const users: Measure[] = [{id: 'dau', name: 'Daily (DAU)'}, {id: 'wau', name: 'Weekly (WAU)'}, {id: 'mau', name: 'Monthly (MAU)'}];
const userHeads: Measure[] = [...users, {id: 'engagement_ratio', name: 'Engagement', percent: true}];
const ratio: Measure[] = [{id: 'engagement_ratio', name: 'Engagement ratio', percent: true}];
const ratioHeads: Measure[] = [...ratio, {id: 'dau_mean', name: 'Mean of DAU, 7 days'}];
const devices: Measure[] = [{id: 'usage', name: 'Usage', percent: true}, {id: 'md_engagement_ratio', name: 'Engagement ratio', percent: true}];
const deviceHeads: Measure[] = [{id: 'md_dau', name: 'Users with several devices'}, {id: 'md_mau', name: 'In 28 days'}, ...devices];

const readings: {value: Reading; name: string; says: string}[] = [
    {value: '', name: 'as Weir is set', says: 'As the setting flows.devices has it: without one, another device on the day or on one of the five days before, in any order.'},
    {value: 'dates', name: 'same day or before', says: 'Another device on the day itself, in any order, or on one of the days before.'},
    {value: 'before', name: 'only before', says: 'Another device on one of the days before; two devices of one day do not count.'},
    {value: 'moments', name: 'earlier by the clock', says: 'Another device earlier on the day, or on one of the days before.'},
];

function Bar({asked}: {asked: Asked}) {
    return (
        <div class="activity-choices">
            <Select label="Split by" value={asked.split} options={[{value: '', name: 'nothing'}, {value: 'service', name: 'service'}, {value: 'ua_browser', name: 'browser'}, {value: 'ua_os', name: 'system'}]}
                onChange={(split) => setQuery({split: split || null})} />
            <Select label="Users" value={asked.sample} options={[{value: 'whole', name: 'all'}, {value: 'half', name: 'a half, estimated'}, {value: 'tenth', name: 'a tenth, estimated'}]}
                onChange={(sample) => setQuery({sample: sample === 'whole' ? null : sample})} />
        </div>
    );
}

export default function Activity() {
    const view = useView(), asked = useAsked(), query = usersQuery(asked, view), marks = useMarks(view), {left} = filtersOf(view);
    const deviceQuery = {...query, ...(asked.reading && {reading: asked.reading})};
    const active = useReport('activity', query), several = useReport('devices', deviceQuery);
    const common = {asked, view, marks};
    const reading = readings.find(({value}) => value === asked.reading)!;

    return (
        <Page title="Activity" bar={<Bar asked={asked} />}>
            {left.length > 0 && <p class="activity-note">Activity is known by service, browser, system, device and event name: {left.join(', ')} {left.length > 1 ? 'are' : 'is'} left aside here.</p>}
            <Days {...common} title="Active users" report="activity" answer={active} query={query} heads={userHeads} lines={users} largest="mau" parts says={
                <p>Users with an event of kind activity on the day (DAU), in the 7 days (WAU) and in the 28 days (MAU) that end with it. A user is an actor, whose pseudonym stays, so a user counts once over any time.</p>} />
            <div class="activity-pair">
                <Days {...common} title="Engagement ratio" report="activity" answer={active} query={query} heads={ratioHeads} lines={ratio} largest="mau" says={
                    <p>100 × the mean of DAU over 7 days / MAU: how much of a month's users a usual day has. A day without activity counts as 0 in the mean.</p>} />
                <Days {...common} title="Several devices" report="devices" answer={several} query={deviceQuery} heads={deviceHeads} lines={devices} largest="md_mau" says={<>
                    <p>Users of the day whose device has another beside it. Usage is 100 × these / DAU; their engagement ratio is 100 × their mean over 7 days / those of 28 days.</p>
                    <p>{reading.says}</p></>} actions={
                    <Select label="Another device" hideLabel value={asked.reading} options={readings} onChange={(value) => setQuery({reading: value || null})} />}>
                    <p class="quiet activity-reading">{reading.says}</p>
                </Days>
            </div>
            <Retention asked={asked} view={view} />
        </Page>
    );
}
