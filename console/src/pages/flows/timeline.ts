// SPDX-License-Identifier: Apache-2.0
//
// A flow's events as the report tells them, and the lanes that they stand in: one for each device, visitor or source.

export interface Happened {
    kind: 'event' | 'quarantined';
    time: string;
    milliseconds: number;
    name: string;
    role: string | null;
    lane: string | null;
    source: string | null;
    actor: string | null;
    ua_browser: string | null;
    ua_os: string | null;
    country: string | null;
    path: string | null;
    reasons: string | null;
    errors: unknown;
    properties: Record<string, unknown> | null;
    position: number;
}

export interface Related {
    kind: 'from' | 'into' | 'same_person';
    time: string | null;
    milliseconds: number | null;
    flow_id: string;
    completed: boolean | null;
}

export interface Lane {
    key: string;
    name: string;
    hint: string;
}

// In the order in which they come up; a device is named by what its events say of it.
export function lanesOf(events: Happened[]): Lane[] {
    const keys = [...new Set(events.map(({lane}) => lane ?? ''))];
    return keys.map((key) => {
        const told = events.find(({lane, ua_browser}) => (lane ?? '') === key && ua_browser), [kind, id = ''] = key.split(' ', 2);
        const what = told ? `${told.ua_browser}${told.ua_os ? ` on ${told.ua_os}` : ''}` : '';
        const name = key === '' ? 'not known' : kind === 'source' ? `from ${id}, without a device` : `${kind} ${id.slice(0, 6)}`;
        return {key, name: what ? `${what} (${name})` : name, hint: key || 'The event itself is deleted by now.'};
    });
}

export interface Fault {
    code?: string;
    path?: string;
    expected?: string;
    message?: string;
}

export function faultsOf(errors: unknown): Fault[] {
    try {
        const list: unknown = typeof errors === 'string' ? JSON.parse(errors) : errors;
        return Array.isArray(list) ? list.filter((one): one is Fault => typeof one === 'object' && one !== null) : [];
    } catch {
        return [];
    }
}

// +12.3 s; the begin itself is 0.
export function relative(milliseconds: number, duration: (seconds: number) => string): string {
    return milliseconds === 0 ? '0' : milliseconds < 0 ? `−${duration(-milliseconds / 1000)}` : `+${duration(milliseconds / 1000)}`;
}
