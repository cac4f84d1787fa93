// SPDX-License-Identifier: Apache-2.0
//
// The SQL of what is shown: to copy, or to go on with in the editor.

import {useReport, type Query} from '../../api/client';
import {Link} from '../../app/place';
import {Bar, Copy, Dialog, Failure} from '../../ui';

export function SqlDialog({query, onClose}: {query: Query; onClose(): void}) {
    const answer = useReport('breakdown', {...query, sql: 1}), sql = answer.data?.sql;

    return (
        <Dialog title="What is asked" wide onClose={onClose} actions={sql && <>
            <Copy text={sql} label="Copy" words />
            <Link to={`/sql?${new URLSearchParams({q: sql})}`} class="button button-main">Open in SQL</Link>
        </>}>
            <p>This statement gave what you see. It reads events up to the one that the console's tables have come to, so it gives the same again.</p>
            <Bar on={answer.slow} />
            {answer.error && <Failure error={answer.error} retry={answer.reload} />}
            {sql && <pre class="events-sql" tabIndex={0}>{sql}</pre>}
        </Dialog>
    );
}
