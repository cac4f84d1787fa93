// SPDX-License-Identifier: Apache-2.0
//
// The thin bar of what takes longer than a moment. It takes no room, so that nothing moves.

export function Bar({on, label = 'Loading'}: {on: boolean; label?: string}) {
    return <div class={on ? 'bar bar-on' : 'bar'} role={on ? 'progressbar' : undefined} aria-label={on ? label : undefined} />;
}
