// SPDX-License-Identifier: Apache-2.0
//
// Where days begin: UTC, the browser's zone, or any other.

import {useState} from 'preact/hooks';

import {Button} from '../ui/Button';
import {Popover} from '../ui/Popover';
import {TextField} from '../ui/TextField';
import {changeView, type View} from './view';
import {isZone, ownZone} from './zone';

function Choose({view, close}: {view: View; close(): void}) {
    const [text, setText] = useState(''), [error, setError] = useState('');
    const choose = (zone: string) => {
        if (!isZone(zone)) {
            setError('There is no such time zone; Europe/Berlin is one.');
            return;
        }
        changeView({timeZone: zone});
        close();
    };
    const known: string[] = Intl.supportedValuesOf?.('timeZone') ?? [];
    return (
        <div class="popover-form">
            <div class="popover-row">
                {[...new Set(['UTC', ownZone()])].map((zone) => <Button key={zone} pressed={view.timeZone === zone} onClick={() => choose(zone)}>{zone}</Button>)}
            </div>
            <TextField label="Another" value={text} error={error} list={known} onInput={(value) => {
                setError('');
                setText(value);
            }} onEnter={choose} />
            <Button kind="main" disabled={!text} onClick={() => choose(text)}>Use this zone</Button>
        </div>
    );
}

export function ZoneMenu({view}: {view: View}) {
    return <Popover label={view.timeZone} name={`Time zone: ${view.timeZone}`} icon="clock" kind="quiet" side="right">{(close) => <Choose view={view} close={close} />}</Popover>;
}
