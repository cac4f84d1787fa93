// SPDX-License-Identifier: Apache-2.0
//
// The frame around the pages: navigation, top bar, the page that the address names, the keys.

import {useEffect, useLayoutEffect, useState} from 'preact/hooks';

import {askSession} from '../api/client';
import {findPage} from '../pages/list';
import {Empty} from '../ui/Empty';
import {Page} from '../ui/Page';
import {KeysDialog} from './KeysDialog';
import {Nav} from './Nav';
import {PageOf} from './PageOf';
import {TopBar} from './TopBar';
import {handleKey} from './keys';
import {openFirst} from './first';
import {usePlace} from './place';

export function App() {
    const {path} = usePlace(), [keys, setKeys] = useState(false);
    const page = findPage(path);

    useEffect(() => {
        if (path !== '/login') // there nobody is signed in, or about to be told so
            askSession();
    }, [path === '/login']);
    useEffect(() => {
        if (path === '/')
            openFirst();
    }, [path]);
    useLayoutEffect(() => { // what is seen takes keys
        const listen = (event: KeyboardEvent) => handleKey(event, () => setKeys(true));
        document.addEventListener('keydown', listen);
        return () => document.removeEventListener('keydown', listen);
    }, []);

    if (path === '/')
        return null;
    if (page?.bare)
        return <main id="main" class="bare"><PageOf key={page.path} page={page} /></main>;
    return (
        <div class="frame">
            <a class="skip" href="#main" onClick={(event) => {
                event.preventDefault();
                document.getElementById('main')?.focus();
            }}>Skip to the page</a>
            <Nav path={path} onKeys={() => setKeys(true)} />
            <div class="frame-side">
                {page && !page.plain && <TopBar without={page.without ?? []} />}
                <main id="main" tabIndex={-1}>
                    {page ? <PageOf key={page.path} page={page} /> : (
                        <Page title="Not here"><Empty title="There is no such page.">Choose one from the navigation.</Empty></Page>
                    )}
                </main>
            </div>
            {keys && <KeysDialog onClose={() => setKeys(false)} />}
        </div>
    );
}
