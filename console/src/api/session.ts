// SPDX-License-Identifier: Apache-2.0
//
// Who is asking: what GET /api/session said, kept for the life of the page.

import {useEffect, useState} from 'preact/hooks';

import {currentPlace, go} from '../app/place';

export interface Session {
    user: string;
    by: 'password' | 'proxy' | 'token';
    rights: string[];
    csrf: string;
    version: string;
}

let session: Session | null = null;
const listeners = new Set<(session: Session | null) => void>();

export function setSession(next: Session | null): void {
    session = next;
    for (const listener of [...listeners])
        listener(next);
}

export function csrfToken(): string {
    return session?.csrf ?? '';
}

export function useSession(): Session | null {
    const [now, set] = useState(session);
    useEffect(() => {
        listeners.add(set);
        set(session);
        return () => {
            listeners.delete(set);
        };
    }, []);
    return now;
}

// Whether the asker has a right: read, hidden or admin.
export function hasRight(session: Session | null, right: string): boolean {
    return session?.rights.includes(right) ?? false;
}

// A request was refused for want of a session: the login page, and from there back to where one was.
export function signedOut(): void {
    const {path} = currentPlace(), was = session !== null;
    setSession(null);
    if (path !== '/login')
        go(`/login?to=${encodeURIComponent(path + location.search)}${was ? '&over=1' : ''}`, 'replace');
}
