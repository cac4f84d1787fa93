// SPDX-License-Identifier: Apache-2.0
//
// What ? shows.

import {pages} from '../pages/list';
import {Dialog} from '../ui/Dialog';
import {keyList} from './keys';

export function KeysDialog({onClose}: {onClose(): void}) {
    const rows = [...keyList, ...pages.filter(({key}) => key).map(({key, name}) => ({keys: `g ${key}`, what: name}))];
    return (
        <Dialog title="Keys" onClose={onClose}>
            <dl class="keys">{rows.map(({keys, what}) => (
                <div key={keys}><dt>{keys.split(' ').map((one) => <kbd key={one}>{one}</kbd>)}</dt><dd>{what}</dd></div>
            ))}</dl>
        </Dialog>
    );
}
