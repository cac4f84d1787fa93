// SPDX-License-Identifier: Apache-2.0
//
// Light, dark, or as the system says. The choice is this browser's; index.html applies it before the first paint.

import {useEffect, useState} from 'preact/hooks';

export type Theme = 'auto' | 'light' | 'dark';

const key = 'weir-theme', listeners = new Set<() => void>();

export function getTheme(): Theme {
    const set = document.documentElement.dataset.theme;
    return set === 'light' || set === 'dark' ? set : 'auto';
}

export function setTheme(theme: Theme): void {
    if (theme === 'auto')
        delete document.documentElement.dataset.theme;
    else
        document.documentElement.dataset.theme = theme;
    try {
        if (theme === 'auto')
            localStorage.removeItem(key);
        else
            localStorage.setItem(key, theme);
    } catch { /* no storage: it holds until the page is left */ }
    tell();
}

function tell(): void {
    for (const listener of [...listeners])
        listener();
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', tell);

// Calls when the colours have changed; returns what ends that.
export function onTheme(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

export function useTheme(): Theme {
    const [theme, set] = useState(getTheme);
    useEffect(() => onTheme(() => set(getTheme())), []);
    return theme;
}
