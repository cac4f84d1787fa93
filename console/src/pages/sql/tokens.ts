// SPDX-License-Identifier: Apache-2.0
//
// SQL as pieces, for colour alone: what is no SQL comes out as pieces, too. Line by line, so that a change of one line leaves
// the others as they were; what a line begins inside of (a comment, a string) is handed on.

export type Kind = 'word' | 'text' | 'name' | 'number' | 'note' | '';
export type Inside = '' | '/*' | '\'' | '"' | '$$';

export interface Line {
    text: string;
    inside: Inside; // what it begins in
}

const words = new Set(`all and anti any as asc asof between by case cast cross cube current date day desc describe distinct else end escape except exclude
    exists explain false filter first following for from full glob group grouping having hour ilike in inner intersect interval is join last lateral left
    like limit materialized minute month natural not null nulls offset on or order outer over partition pivot positional preceding qualify range recursive
    replace respect right rollup row rows sample second select semi sets show similar summarize table then time timestamp to true try_cast unbounded union
    unnest unpivot using values when where window with within year`.split(/\s+/));

export function isWord(text: string): boolean {
    return words.has(text.toLowerCase());
}

const ends: Record<Exclude<Inside, ''>, {kind: Kind; end: RegExp}> = {
    '/*': {kind: 'note', end: /\*\//g}, '\'': {kind: 'text', end: /'(?!')/g}, '"': {kind: 'name', end: /"(?!")/g}, '$$': {kind: 'text', end: /\$\$/g},
};

const piece = /(--.*)|(\/\*|\$\$|['"])|([A-Za-z_]\w*)|(\d[\w.]*)|\s+|[^\w\s'"$/-]+|./gy;

// Where what is open ends; two quotes in a row are one that is meant.
function endOf(text: string, from: number, inside: Exclude<Inside, ''>): number {
    const {end} = ends[inside], pairs = inside.length === 1;
    for (end.lastIndex = from; ;) {
        const found = end.exec(text);
        if (!found)
            return -1;
        let before = found.index;
        while (pairs && before > from && text[before - 1] === inside)
            before--;
        if ((found.index - before) % 2 === 0)
            return end.lastIndex;
    }
}

// Calls `take` with each piece, and returns what the next line begins in.
export function readLine({text, inside}: Line, take: (kind: Kind, piece: string) => void): Inside {
    for (let at = 0, open = inside, from = 0; ;) {
        if (open) {
            const end = endOf(text, from, open);
            take(ends[open].kind, text.slice(at, end < 0 ? text.length : end));
            if (end < 0)
                return open;
            at = end;
        }
        for (open = ''; at < text.length && !open;) {
            piece.lastIndex = at;
            const [whole, note, opens, word, number] = piece.exec(text)!;
            if (opens) {
                open = opens as Inside;
                from = at + whole.length;
                break;
            }
            take(note ? 'note' : number ? 'number' : word && isWord(word) ? 'word' : '', whole);
            at += whole.length;
        }
        if (!open)
            return '';
    }
}

export function linesOf(sql: string): Line[] {
    let inside: Inside = '';
    return sql.split('\n').map((text) => {
        const line = {text, inside};
        inside = readLine(line, () => undefined);
        return line;
    });
}
