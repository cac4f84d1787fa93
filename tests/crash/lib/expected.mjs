// SPDX-License-Identifier: Apache-2.0
//
// What a load generator knows for certain: which events it sent, which of them were acknowledged and at which
// position. Held in this process, outside of everything that is killed, and compared with the journal and the store.
//
// An event is a number; its id is made of it, so that any id that comes back says whether it was ever sent.

export const good = 1, bad = 2, refused = 3; // what an event is: it fits, it does not, nobody may keep it

// A bijection of 32 bits, so that ids look random and still can be undone by comparing.
function mix(n) {
    n = Math.imul(n ^ (n >>> 16), 0x21f0aaad);
    n = Math.imul(n ^ (n >>> 15), 0x735a2d97);
    return (n ^ (n >>> 15)) >>> 0;
}

const hex = (n, digits) => n.toString(16).padStart(digits, '0');

export class Expected {
    #seed;
    #count = 0;
    #class = new Uint8Array(1 << 16);
    #position = new Float64Array(1 << 16); // 0: not acknowledged
    #journal = new Float64Array(1 << 16); // where the journal has it; 0: not seen there
    #stored = new Uint8Array(1 << 16); // times seen in the store
    #problems = new Map();
    #highest = 0; // the highest acknowledged position

    acknowledged = 0;
    quarantined = 0;

    constructor(seed) {
        this.#seed = seed >>> 0;
    }

    get sent() { return this.#count; }
    get highest() { return this.#highest; }

    // A number for a new event of this class.
    add(kind) {
        if (this.#count === this.#class.length)
            this.#grow();
        this.#class[this.#count] = kind;
        return this.#count++;
    }

    #grow() {
        const wider = (array) => {
            const out = new array.constructor(array.length * 2);
            out.set(array);
            return out;
        };
        this.#class = wider(this.#class);
        this.#position = wider(this.#position);
        this.#journal = wider(this.#journal);
        this.#stored = wider(this.#stored);
    }

    idOf(n) {
        return `${hex(mix(n ^ this.#seed), 8)}-${hex(this.#seed & 0xffff, 4)}-4000-8000-${hex(n, 12)}`;
    }

    // The number of an id, or -1 where it was never sent.
    numberOf(id) {
        const n = Number.parseInt(id.slice(24), 16);
        return n < this.#count && this.idOf(n) === id ? n : -1;
    }

    classOf(n) { return this.#class[n]; }
    positionOf(n) { return this.#position[n]; }

    // Counts a violation by its kind, and keeps the first few in words.
    problem(kind, text) {
        const found = this.#problems.get(kind) ?? {count: 0, first: []};
        found.count++;
        if (found.first.length < 5)
            found.first.push(text);
        this.#problems.set(kind, found);
    }

    count(kind) { return this.#problems.get(kind)?.count ?? 0; }

    get failed() { return this.#problems.size > 0; }

    describe() {
        return [...this.#problems].map(([kind, {count, first}]) => `${kind}: ${count}\n    ${first.join('\n    ')}`).join('\n');
    }

    // An answer for the event n. `highestBefore` is `highest` at the time of sending.
    answered(n, {verdict, position}, highestBefore) {
        const known = this.#position[n], kind = this.#class[n];
        const wanted = kind === good ? ['accepted', 'duplicate'] : kind === bad ? ['quarantined'] : [];

        if (!wanted.includes(verdict) || !(position > 0)) {
            this.problem('verdict', `event ${n} of class ${kind} was answered ${verdict} at ${position}`);
            return;
        }
        if (known && known !== position)
            this.problem('doubled', `event ${n} was acknowledged at ${known}, and at ${position} again`);
        if (known && verdict === 'accepted')
            this.problem('doubled', `event ${n}, acknowledged at ${known}, was accepted again at ${position}`);
        if (verdict === 'accepted' && position <= highestBefore)
            this.problem('order', `event ${n} came after position ${highestBefore} was answered, and got ${position}`);
        if (!known) {
            if (kind === good)
                this.acknowledged++;
            else
                this.quarantined++;
        }
        this.#position[n] = position;
        this.#highest = Math.max(this.#highest, position);
    }

    // A line of journal_list: position, kind, id.
    inJournal(position, kind, id) {
        const n = this.numberOf(id);

        if (n < 0 || this.#class[n] === refused || (kind === 'e') !== (this.#class[n] === good)) {
            this.problem('invented', `the journal has ${id} (${kind}) at ${position}`);
            return;
        }
        if (this.#journal[n])
            this.problem('doubled', `event ${n} is in the journal at ${this.#journal[n]} and ${position}`);
        if (this.#position[n] && this.#position[n] !== position)
            this.problem('position', `event ${n} was acknowledged at ${this.#position[n]} and is at ${position}`);
        this.#journal[n] = position;
    }

    // A row of the store; `value` is what the event's number left in a property, where there is one.
    inStore(position, id, value) {
        const n = this.numberOf(id);

        if (n < 0 || !this.#journal[n]) {
            this.problem('invented', `the store has ${id} at ${position}, the journal has not`);
            return;
        }
        if (this.#stored[n]++)
            this.problem('doubled', `event ${n} is in the store twice`);
        if (this.#journal[n] !== position)
            this.problem('position', `event ${n} is at ${this.#journal[n]} in the journal, at ${position} in the store`);
        if (value !== undefined && value !== n)
            this.problem('content', `event ${n} came back as ${value}`);
    }

    // What must be everywhere by now. Compares events whose acknowledged position is in (after, upTo].
    settle(after, upTo, {store = true} = {}) {
        for (let n = 0; n < this.#count; n++) {
            const acknowledged = this.#position[n], at = this.#journal[n];
            if (acknowledged > after && acknowledged <= upTo && !at)
                this.problem('lost', `event ${n}, acknowledged at ${acknowledged}, is not in the journal`);
            if (store && at > after && at <= upTo && !this.#stored[n])
                this.problem('lost', `event ${n}, at ${at} in the journal, is not in the store`);
        }
    }

    // The acknowledged position of each event, by its number, as of now; 0: none.
    positions() { return this.#position.slice(0, this.#count); }

    // Before everything is looked at once more.
    forgetSeen() {
        this.#journal.fill(0);
        this.#stored.fill(0);
    }
}
