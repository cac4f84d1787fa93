// SPDX-License-Identifier: Apache-2.0
//
// What somebody types, once they pause: not every letter is a question.

import {useEffect, useState} from 'preact/hooks';

const pauseMs = 250;

export function useLate(text: string): string {
    const [late, set] = useState(text);
    useEffect(() => {
        const timer = setTimeout(() => set(text), pauseMs);
        return () => clearTimeout(timer);
    }, [text]);
    return late;
}
