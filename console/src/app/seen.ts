// SPDX-License-Identifier: Apache-2.0
//
// Whether the tab is looked at: what is asked again and again is not asked for nobody.

import {useEffect, useState} from 'preact/hooks';

export function useHidden(): boolean {
    const [hidden, set] = useState(document.hidden);
    useEffect(() => {
        const look = () => set(document.hidden);
        document.addEventListener('visibilitychange', look);
        return () => document.removeEventListener('visibilitychange', look);
    }, []);
    return hidden;
}
