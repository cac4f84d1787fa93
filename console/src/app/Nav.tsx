// SPDX-License-Identifier: Apache-2.0
//
// The pages, on the left; at the bottom on a phone.

import {useEffect, useRef} from 'preact/hooks';

import {useSession} from '../api/session';
import {pages} from '../pages/list';
import {Button} from '../ui/Button';
import {Icon} from '../ui/Icon';
import {Menu} from '../ui/Menu';
import {SessionMenu} from './SessionMenu';
import {Link} from './place';
import {setTheme, type Theme, useTheme} from './theme';

const themes: {id: Theme; name: string}[] = [{id: 'auto', name: 'As the system'}, {id: 'light', name: 'Light'}, {id: 'dark', name: 'Dark'}];

export function Nav({path, onKeys}: {path: string; onKeys(): void}) {
    const theme = useTheme(), session = useSession(), list = useRef<HTMLUListElement>(null);

    // On a phone the pages stand in a row that is wider than the screen.
    useEffect(() => list.current?.querySelector('[aria-current]')?.scrollIntoView({block: 'nearest', inline: 'center'}), [path]);
    return (
        <nav class="nav" aria-label="Pages">
            <Link to="/overview" class="nav-mark" title="Weir">Weir</Link>
            <ul class="nav-list" ref={list}>
                {pages.filter(({bare}) => !bare).map((page) => (
                    <li key={page.path}>
                        <Link to={page.path} class="nav-link" current={path === page.path || path.startsWith(`${page.path}/`)}
                            title={page.key ? `${page.name} (g ${page.key})` : page.name}><Icon name={page.icon} /><span>{page.name}</span></Link>
                    </li>
                ))}
            </ul>
            <div class="nav-end">
                <Menu label="" name="Theme" icon={theme === 'light' ? 'sun' : theme === 'dark' ? 'moon' : 'auto'} kind="quiet" class="nav-up"
                    items={themes.map(({id, name}) => ({name, checked: theme === id, onChoose: () => setTheme(id)}))} />
                <SessionMenu />
                <Button icon="keys" kind="quiet" label="Keys" shortcut="?" onClick={onKeys} />
                {session && <span class="nav-version" title={`Weir ${session.version}`}>{session.version}</span>}
            </div>
        </nav>
    );
}
