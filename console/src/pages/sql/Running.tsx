// SPDX-License-Identifier: Apache-2.0
//
// A question under way: how long, how far, and a way out.

import {useProgress} from '../../api/progress';
import {Button, duration, percent} from '../../ui';

export function Running({name, onStop}: {name: string; onStop(): void}) {
    const progress = useProgress(name);
    return (
        <div class="sql-running">
            <span role="status">{progress ? `Under way for ${duration(Math.round(progress.seconds))}` : 'Asking'}</span>
            {progress && progress.share !== null && <>
                <progress max={1} value={progress.share} aria-label="How far the question is" />
                <span>about {percent(progress.share * 100)}</span>
            </>}
            <Button kind="danger" icon="close" onClick={onStop}>Stop</Button>
        </div>
    );
}
