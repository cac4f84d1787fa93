// SPDX-License-Identifier: Apache-2.0
//
// The field on top: a value, or column=value. Columns that name things stand below it while nothing is asked.

import {useLayoutEffect, useRef, useState} from 'preact/hooks';

import {useCatalogue} from '../../api/catalogue';
import {hasRight, useSession} from '../../api/session';
import {Button, TextField} from '../../ui';
import {type Asked, ask} from './asked';
import {suggestions} from './columns';

export function Ask({asked}: {asked: Asked}) {
    const said = asked.where[0] ?? asked.text, [text, setText] = useState(said), field = useRef<HTMLInputElement>(null);
    const {data} = useCatalogue(), columns = suggestions(data, hasRight(useSession(), 'hidden'));

    useLayoutEffect(() => setText(said), [said]); // never over what is typed after
    return (
        <div class="trail-ask" role="search">
            <form class="trail-form" onSubmit={(event) => {
                event.preventDefault();
                ask(text);
            }}>
                <TextField label="Whose trail: a value, or column=value" type="search" placeholder="an id, a pseudonym, or column=value" value={text} inputRef={field}
                    list={columns.map(({column}) => `${column}=`)} hint={'A * at the end finds all that begins so.'} onInput={setText} />
                <Button type="submit" kind="main" icon="search">Look</Button>
            </form>
            {!said && (
                <dl class="trail-columns">{columns.map(({column, says}) => (
                    <div key={column}>
                        <dt><button type="button" class="trail-column" onClick={() => {
                            setText(`${column}=`);
                            field.current?.focus();
                        }}>{column}</button></dt>
                        <dd class="quiet">{says}</dd>
                    </div>
                ))}</dl>
            )}
        </div>
    );
}
