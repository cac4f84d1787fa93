// SPDX-License-Identifier: Apache-2.0
//
// What may be sent: the catalogue as the engine has it. This module keeps it, so that
// a page which lets one choose an event is there at once.

import {useMemo} from 'preact/hooks';

import {useJson, type Answer} from './client';

export type Kind = 'product' | 'activity' | 'flow' | 'page' | 'audit' | 'email';
export type Status = 'active' | 'draft' | 'deprecated' | 'retired';
export type Privacy = 'keep' | 'pseudonym' | 'hidden' | 'drop';

export interface CatalogueProperty {
    name: string;
    description: string | null;
    type: string;
    parameter: boolean; // of the event's name
    required: boolean;
    privacy: Privacy;
    scope: string | null; // of a pseudonym
    sensitive: boolean; // its name sounds like a secret or personal data
    values: (string | number)[] | null;
    pattern: string | null;
    min: number | null;
    max: number | null;
    max_length?: number;
    max_items?: number;
    max_values?: number;
    line: number;
}

export interface CatalogueEvent {
    name: string; // with its {parameters}
    description: string | null;
    trigger: string | null;
    owner: string | null;
    kinds: Kind[];
    status: Status;
    since: string | null;
    expires: string | null;
    replaced_by: string | null;
    sources: string[] | null; // null: every source may send it
    flow_role: string | null;
    dimensions: {property: string; name: string}[];
    roles: Partial<Record<'actor' | 'session' | 'device' | 'request_id' | 'time', string>>;
    keep_ip_s: number;
    keep_user_agent_s: number;
    properties: CatalogueProperty[]; // parameters first
    file: string; // within the catalogue's folder
    line: number;
    text_line: number;
    text: string | null; // its own lines in the file
}

export interface Catalogue {
    hash: string;
    folder: string;
    sources: {name: string; kind: 'server' | 'browser' | 'gateway'; strict: boolean}[];
    events: CatalogueEvent[];
}

export interface Match {
    name: string;
    event: string | null; // the entry that takes it
    nearest: string | null;
    nearest_property: string | null;
}

let remembered: Catalogue | undefined;

// Files by their place in the catalogue's folder.
function inFolder(catalogue: Catalogue): Catalogue {
    const folder = `${catalogue.folder.replace(/\/+$/, '')}/`;
    return {...catalogue, events: catalogue.events.map((event) => event.file.startsWith(folder) ? {...event, file: event.file.slice(folder.length)} : event)};
}

export function useCatalogue(): Answer<Catalogue> {
    const answer = useJson<Catalogue>('/api/catalogue'), said = useMemo(() => answer.data && inFolder(answer.data), [answer.data]);

    if (said)
        remembered = said;
    return {...answer, data: said ?? remembered};
}

// Which entries take these names, and what may have been meant where none does.
export function useMatches(names: string[], property?: string): Answer<{matches: Match[]}> {
    return useJson(names.length ? '/api/catalogue/match' : null, {name: names.slice(0, 100), ...(property ? {property} : {})});
}
