// SPDX-License-Identifier: Apache-2.0
//
// Who is signed in, what they may do, and the way out.

import {useState} from 'preact/hooks';

import {ApiError, deleteJson} from '../api/client';
import {type Session, setSession, useSession} from '../api/session';
import {Dialog} from '../ui/Dialog';
import {Failure} from '../ui/Failure';
import {Menu, type MenuItem} from '../ui/Menu';
import {go, keepView} from './place';

const words: Record<string, string> = {read: 'may read', hidden: 'see hidden values', admin: 'change things'};

function rightsOf({rights}: Session): string {
    return Object.keys(words).every((right) => rights.includes(right)) ? 'all rights' : rights.map((right) => words[right] ?? right).join(', ') || 'no rights';
}

// A session that was over before is over now, too; what else goes wrong leaves it as it was.
async function signOut(everywhere: boolean): Promise<ApiError | null> {
    try {
        await deleteJson(`/api/session${everywhere ? '?everywhere=true' : ''}`);
    } catch (error) {
        if (error instanceof ApiError && error.status !== 401)
            return error;
    }
    setSession(null);
    go('/login');
    return null;
}

export function SessionMenu() {
    const session = useSession(), [failed, setFailed] = useState<ApiError | null>(null);
    const leave = (everywhere: boolean) => void signOut(everywhere).then(setFailed);
    if (!session)
        return null;
    const items: MenuItem[] = [
        {name: session.user, hint: rightsOf(session), icon: 'user', disabled: true},
        {name: 'First steps', icon: 'play', onChoose: () => go(keepView('/start'))},
    ];
    if (session.by === 'password')
        items.push(
            {name: 'Sign out', icon: 'out', onChoose: () => leave(false)},
            {name: 'Sign out everywhere', hint: 'every browser', icon: 'out', onChoose: () => leave(true)},
        );
    return (
        <>
            <Menu label="" name={`Signed in as ${session.user}`} icon="user" kind="quiet" class="nav-up" items={items} />
            {failed && <Dialog title="You are still signed in" onClose={() => setFailed(null)}><Failure error={failed} /></Dialog>}
        </>
    );
}
