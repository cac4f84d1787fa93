// SPDX-License-Identifier: Apache-2.0
//
// A small chart in a line: how much in each part of the range. The number beside it says the rest.

export function Spark({parts, label}: {parts: number[]; label: string}) {
    const top = Math.max(1, ...parts);
    return (
        <svg class="spark" width={parts.length * 3} height={20} viewBox={`0 0 ${parts.length * 3} 20`} role="img" aria-label={label}>
            <path class="spark-ground" d={`M0 19.5h${parts.length * 3}`} />
            {parts.map((n, i) => n > 0 &&
                <rect key={i} class="spark-bar" x={i * 3} width={2} y={20 - Math.max(2, n / top * 20)} height={Math.max(2, n / top * 20)} />)}
        </svg>
    );
}
