// SPDX-License-Identifier: Apache-2.0
//
// Taking turns: the engine answers four questions at once, and one page is not to take all of them. Further ones wait here. Of one that was given
// up the engine hears a moment later, and until then it goes on with it: meanwhile there is room for fewer others.

const atOnce = 3, roomMax = 4, heardMs = 250;
const waiting: (() => void)[] = [];
let underWay = 0, givenUp = 0;

function letGo(): void {
    while (waiting.length && underWay < atOnce && underWay + givenUp < roomMax) {
        underWay++;
        waiting.shift()!();
    }
}

export async function inTurn<T>(work: () => Promise<T>, signal?: AbortSignal | null): Promise<T> {
    await new Promise<void>((next) => {
        waiting.push(next);
        letGo();
    });
    const began = !signal?.aborted;
    try {
        return await work();
    } finally {
        underWay--;
        if (began && signal?.aborted) {
            givenUp++;
            setTimeout(() => {
                givenUp--;
                letGo();
            }, heardMs);
        }
        letGo();
    }
}
