// SPDX-License-Identifier: Apache-2.0
//
// Shares as sizes of boxes: the policy of the pages takes no styles in markup.

export function sized(properties: Record<string, number>) {
    return (element: HTMLElement | null) => {
        for (const [name, share] of Object.entries(properties))
            element?.style.setProperty(name, `${Math.max(0, Math.min(1, share)) * 100}%`);
    };
}
