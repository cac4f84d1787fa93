// SPDX-License-Identifier: Apache-2.0
//
// What is made when it is first needed, and kept. The first thing that Intl makes takes a new tab 10 to 20 ms, in which the page's
// question could be on its way.

export function once<T>(make: () => T): () => T {
    let made: T | undefined;
    return () => (made ??= make());
}
