// SPDX-License-Identifier: Apache-2.0
//
// Who is signed in, what they may do, and the way out.

import {deleteJson} from '../api/client';
import {type Session, setSession, useSession} from '../api/session';
import {Menu, type MenuItem} from '../ui/Menu';
import {go, keepView} from './place';

const words: Record<string, string> = {read: 'may read', hidden: 'see hidden values', admin: 'change things'};

function rightsOf({rights}: Session): string {
    return Object.keys(words).every((right) => rights.includes(right)) ? 'all rights' : rights.map((right) => words[right] ?? right).join(', ') || 'no rights';
}

async function signOut(everywhere: boolean): Promise<void> {
    try {
        await deleteJson(`/api/session${everywhere ? '?everywhere=true' : ''}`);
    } catch { // the session was over: so it is now in any case, and the sign-in page says the rest
    }
    setSession(null);
    go('/login');
}

export function SessionMenu() {
    const session = useSession();
    if (!session)
        return null;
    const items: MenuItem[] = [
        {name: session.user, hint: rightsOf(session), icon: 'user', disabled: true},
        {name: 'First steps', icon: 'play', onChoose: () => go(keepView('/start'))},
    ];
    if (session.by === 'password')
        items.push(
            {name: 'Sign out', icon: 'out', onChoose: () => void signOut(false)},
            {name: 'Sign out everywhere', hint: 'every browser', icon: 'out', onChoose: () => void signOut(true)},
        );
    return <Menu label="" name={`Signed in as ${session.user}`} icon="user" kind="quiet" class="nav-up" items={items} />;
}
