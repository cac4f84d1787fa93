// SPDX-License-Identifier: Apache-2.0
//
// The columns of the table `events`: those of every event, and what a property's is called.

// What every event has; those with words are offered where one chooses a column.
export const eventColumns: Record<string, string> = {
    position: '', id: '', name: 'Event', source: 'Source', time: '', received: '', actor: '', session: '', visitor: '', device: '',
    session_epoch: '', visitor_epoch: '', request_id: '', flow_id: '', flow_time: '', sequence: '', url: 'Address', host: 'Host', path: 'Page',
    query: '', referrer: 'Referrer, whole', title: 'Title', method: 'Method', status: 'Status', content_type: 'Content type', ip: '', ip_until: '',
    user_agent: '', user_agent_until: '', ua_browser: 'Browser', ua_version: 'Browser version', ua_os: 'System', bot: 'Bot', country: 'Country',
    locale: 'Language', timezone: 'Time zone', platform: 'Platform', screen: 'Screen', utm_source: 'Campaign source',
    utm_medium: 'Campaign medium', utm_campaign: 'Campaign', utm_content: 'Campaign content', utm_term: 'Campaign term',
    environment: 'Environment', app_version: 'Version', dnt: 'Do Not Track', time_given: '', properties: '',
};

// A property that is called as one of them is the column p_NAME.
export function columnOf(property: string): string {
    return property.toLowerCase() in eventColumns ? `p_${property}` : property;
}
