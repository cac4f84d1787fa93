// SPDX-License-Identifier: Apache-2.0
//
// The icons: our own, drawn with lines on a grid of 16, in the colour of the text beside them.

const paths = {
    overview: 'M2.5 13.5v-5m4 5v-11m4 11v-7m4 7v-3M1 13.5h14',
    events: 'M2 3.5h12M2 8h8M2 12.5h5m4.5-4v5m-2.5-2.5h5',
    flows: 'M2 2.5h12l-4.5 5.5v5l-3 1.5V8z',
    activity: 'M1.5 8.5h3l2-5 3 9 2-4h3',
    trail: 'M4 2.5v11M4 4.5h8m-8 4h6m-6 4h9M4 4.5a1 1 0 1 0 0 .01',
    catalogue: 'M3 2.5h8.5a1.5 1.5 0 0 1 1.5 1.5v9.5H4.500a1.5 1.5 0 0 1-1.5-1.5zM3 12a1.500 1.500 0 0 1 1.500-1.500H13M6 5.500h4',
    quarantine: 'M8 2 14.500 13.500h-13zM8 6.500v3.500m0 1.800v.2',
    live: 'M8 8v.01M5.200 10.800a4 4 0 0 1 0-5.600m5.600 0a4 4 0 0 1 0 5.600M3 13A7 7 0 0 1 3 3m10 0a7 7 0 0 1 0 10',
    health: 'M8 13.500C3 10 1.500 7.500 2 5.200a3 3 0 0 1 6-.7 3 3 0 0 1 6 .7c.5 2.300-1 4.800-6 8.300z',
    sql: 'M2.500 4.500 6 8l-3.500 3.500M8 12h5.500',
    close: 'm4 4 8 8m0-8-8 8',
    out: 'M6 3.500H3v9.500h9.500v-3M9 2.500h4.500V7m0-4.500L7.500 8.500',
    more: 'm4 6 4 4 4-4',
    search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9m3.300-1.200 3.700 3.700',
    filter: 'M2 3.500h12M4.500 8h7M6.500 12.500h3',
    copy: 'M5.500 5.500h8v8h-8zM3 10.500h-.5v-8h8V3',
    check: 'm3 8.500 3.500 3.500L13 4.500',
    download: 'M8 2.500v8m-3.500-3.500L8 10.500 11.500 7M2.500 13.500h11',
    table: 'M2 3h12v10H2zm0 3.500h12M2 9.700h12M6.500 6.500V13',
    info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12m0-6.500v3.500M8 5v.2',
    warn: 'M8 2 14.500 13.500h-13zM8 6.500v3.500m0 1.800v.2',
    sun: 'M8 10.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5M8 1.500v1.500m0 10v1.500M1.500 8H3m10 0h1.500M3.400 3.400l1.100 1.100m7 7 1.100 1.100m0-9.200-1.100 1.100m-7 7-1.100 1.100',
    moon: 'M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7z',
    auto: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 2v12m0-9h4.500M8 8h6m-6 3h4.500',
    user: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6m-5.500 6a5.500 5.500 0 0 1 11 0',
    menu: 'M2 4h12M2 8h12M2 12h12',
    left: 'M10 3 5 8l5 5',
    right: 'm6 3 5 5-5 5',
    plus: 'M8 3v10M3 8h10',
    keys: 'M1.500 4h13v8.500h-13zM4 6.500v.1m3-.1v.1m2.500-.1v.1m2.500-.1v.1M5 10h6',
    clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 4.500V8l2.500 1.500',
    pause: 'M5.500 3v10m5-10v10',
    play: 'M4.500 2.500v11l9-5.500z',
    reload: 'M13 3v3.500H9.500M13 6.500A5.500 5.500 0 1 0 13.500 9',
} as const;

export type IconName = keyof typeof paths;

export function Icon({name, size = 16}: {name: IconName; size?: number}) {
    return (
        <svg class="icon" width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
            <path d={paths[name]} />
        </svg>
    );
}
