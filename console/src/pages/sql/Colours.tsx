// SPDX-License-Identifier: Apache-2.0
//
// The question in colours, behind the text area in which it is typed: only the eye needs it. It has the lines that
// changed drawn anew, and no others.

import {Component, type ComponentChildren, type Ref} from 'preact';
import {useMemo} from 'preact/hooks';

import {type Line, linesOf, readLine} from './tokens';

const colouredMax = 5000; // characters of a line: a longer one is not written by hand

class ColouredLine extends Component<{line: Line}> {
    override shouldComponentUpdate({line}: {line: Line}): boolean {
        return line.text !== this.props.line.text || line.inside !== this.props.line.inside;
    }

    render() {
        const {line} = this.props, pieces: ComponentChildren[] = [];
        if (line.text.length > colouredMax)
            return <div>{line.text}</div>;
        readLine(line, (kind, text) => pieces.push(kind ? <span class={`sql-is-${kind}`}>{text}</span> : text));
        return <div>{pieces}</div>;
    }
}

export function Colours({sql, root}: {sql: string; root: Ref<HTMLDivElement>}) {
    const lines = useMemo(() => linesOf(sql), [sql]);
    return <div class="sql-colours" aria-hidden="true" ref={root}>{lines.map((line, n) => <ColouredLine key={n} line={line} />)}</div>;
}
