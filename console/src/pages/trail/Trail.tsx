// SPDX-License-Identifier: Apache-2.0
//
// The trail of an entity, day by day. Names that it has narrow it; "Older" goes on; everything stands in the address.

import {useMemo} from 'preact/hooks';

import {exportLink, objects, useReport} from '../../api/client';
import {hasRight, useSession} from '../../api/session';
import {setQuery} from '../../app/place';
import {splitFilter, useView, type View} from '../../app/view';
import {inZone} from '../../app/zone';
import {bucketName, Button, Copy, Definition, Empty, Export, Panel, Tabs, toDate} from '../../ui';
import {type Asked, type Line, narrowing, pageLines, trailQuery} from './asked';
import {changesOf} from './changes';
import {Entry} from './Entry';
import {AllTime} from './Found';

function Days({lines, timeZone, where}: {lines: Line[]; timeZone: string; where: string[]}) {
    const changes = useMemo(() => changesOf(lines), [lines]), days = new Map<string, Line[]>();
    for (const line of lines) {
        const at = toDate(line.time), day = at ? inZone(at, timeZone).day : '';
        days.set(day, [...days.get(day) ?? [], line]);
    }
    return <>{[...days].map(([day, of]) => (
        <section key={day} class="trail-day" aria-label={bucketName(day, true)}>
            <h3>{bucketName(day, true)}</h3>
            <ol>{of.map((line) => <Entry key={line.position} line={line} changes={changes.get(line.position)} timeZone={timeZone} where={where} />)}</ol>
        </section>
    ))}</>;
}

// The names of what is shown: a click shows these alone, another one all again.
function Names({asked, lines}: {asked: Asked; lines: Line[]}) {
    const names = [...new Set([...asked.names, ...lines.map(({name}) => name)])].sort();
    const toggle = (name: string) => setQuery({at: null, name: asked.names.includes(name) ? asked.names.filter((one) => one !== name) : [...asked.names, name]});
    return (
        <div class="trail-names" role="group" aria-label="Only events of these names">
            {names.map((name) => <button key={name} type="button" class="trail-name" aria-pressed={asked.names.includes(name)} onClick={() => toggle(name)}>{name}</button>)}
        </div>
    );
}

function Pages({asked, lines}: {asked: Asked; lines: Line[]}) {
    const last = lines.at(-1), further = lines.length === pageLines && last;
    return (
        <nav class="trail-pages" aria-label="Pages of the trail">
            {asked.at && <Button icon="left" onClick={() => setQuery({at: null})}>{asked.order === 'newest' ? 'Newest' : 'Oldest'}</Button>}
            {further && <Button onClick={() => {
                setQuery({at: String(last.position)});
                scrollTo(0, 0);
            }}>{asked.order === 'newest' ? 'Older' : 'Newer'}</Button>}
            {!further && lines.length > 0 && <span class="quiet">Nothing {asked.order === 'newest' ? 'older' : 'newer'} in this range.</span>}
        </nav>
    );
}

function Heading({asked, view}: {asked: Asked; view: View}) {
    const {left} = narrowing(view);
    return (
        <div class="trail-heading">
            {asked.where.map((one) => {
                const {column, value} = splitFilter(one)!;
                return <span key={one} class="trail-entity"><span class="quiet">{column}</span> <b class="mono">{value}</b> <Copy text={value} label={`Copy the value of ${column}`} />
                    {asked.where.length > 1 && <Button icon="close" kind="quiet" label={`Without ${column}`} onClick={() => setQuery({where: asked.where.filter((other) => other !== one), at: null})} />}</span>;
            })}
            {left.length > 0 && <p class="quiet">A trail is narrowed by filters that say what a value is; {left.join(', ')} {left.length > 1 ? 'are' : 'is'} left aside.</p>}
        </div>
    );
}

export function Trail({asked}: {asked: Asked}) {
    const view = useView(), query = trailQuery(asked, view), answer = useReport('trail', query);
    const lines = useMemo(() => answer.data ? objects(answer.data) as unknown as Line[] : [], [answer.data]);
    const sees = hasRight(useSession(), 'hidden'), {limit: _, ...all} = query;

    return (
        <Panel title="Trail" answer={answer} definition={
            <Definition report="trail" query={query} rows={answer.data}>
                <p>Each event of the range that has the value, also where it waits in quarantine, in the order of time. "Changed" compares an event with the one before it on this page that has the same properties and the same ids.
                    An event is proven by its position in the journal, its id and the time of receipt.</p>
            </Definition>
        } actions={<>
            {sees && <Button kind="quiet" pressed={asked.hidden} onClick={() => setQuery({hidden: asked.hidden ? null : '1'})}>Hidden values</Button>}
            <Tabs label="Order" value={asked.order} tabs={[{id: 'newest', name: 'Newest first'}, {id: 'oldest', name: 'Oldest first'}]}
                onChange={(order) => setQuery({order: order === 'newest' ? null : order, at: null})} />
            <Export formats={['csv', 'json']} to={(format) => exportLink('trail', {...all, limit: 1000}, format)} />
        </>}>
            <Heading asked={asked} view={view} />
            {(lines.length > 0 || asked.names.length > 0) && <Names asked={asked} lines={lines} />}
            {answer.data && lines.length === 0 && (
                <Empty title={asked.at ? 'There is nothing further' : 'No event of this range is in this trail'}>
                    <p>{asked.names.length ? 'Choose other names, or none, to see all of it.' : 'Choose a longer range, or look whether the value is written as it was sent.'}</p>
                    <p><AllTime /></p>
                </Empty>
            )}
            <Days lines={lines} timeZone={view.timeZone} where={asked.where} />
            <Pages asked={asked} lines={lines} />
        </Panel>
    );
}
