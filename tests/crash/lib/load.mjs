// SPDX-License-Identifier: Apache-2.0
//
// The load: several connections that send single events, batches, events that do not fit, requests that are refused, and earlier
// ones again: acknowledged ones, and above all those whose answer a kill has taken.

import {setTimeout as sleep} from 'node:timers/promises';

import {serverKey} from '../../e2e/lib/weir.mjs';
import {Connection} from './client.mjs';
import {bad, good, refused} from './expected.mjs';

const remembered = 20000; // acknowledged events, of all times, that may be sent once more

export class Load {
    #expected;
    #random;
    #port = 0;
    #running = false;
    #workers = [];
    #lost = []; // requests without an answer: lists of numbers
    #earlier = [];
    #connections;
    #pad;

    unanswered = 0;
    retried = 0;
    turnedAway = 0; // 503 and 507
    answers = 0;
    onAnswer = null; // called with each answer, or null, and when its request was sent
    firstAnswer = null; // called at the next answer that acknowledges something

    constructor(expected, {random = Math.random, connections = 6, pad = 0} = {}) {
        this.#expected = expected;
        this.#random = random;
        this.#connections = connections;
        this.#pad = 'x'.repeat(pad);
    }

    // Where the collector listens now; 0: nowhere.
    set port(port) { this.#port = port; }

    start() {
        this.#running = true;
        this.#workers = Array.from({length: this.#connections}, () => this.#work());
    }

    async stop() {
        this.#running = false;
        await Promise.all(this.#workers);
    }

    // Sends all that has no answer yet until it has one.
    async settle() {
        const connection = new Connection(this.#port);
        for (let failures = 0; this.#lost.length && failures < 100;) {
            if (await this.#send(connection, this.#lost.pop()))
                continue;
            failures++;
            await sleep(20);
        }
        connection.close();
        if (this.#lost.length)
            this.#expected.problem('verdict', `${this.#lost.length} requests get no answer from a collector that runs`);
    }

    async #work() {
        let connection = null, port = 0;
        while (this.#running) {
            if (!this.#port) {
                await sleep(1);
                continue;
            }
            if (port !== this.#port) {
                connection?.close();
                port = this.#port;
                connection = new Connection(port);
            }
            if (!await this.#send(connection, this.#choose()))
                await sleep(2);
        }
        connection?.close();
    }

    #choose() {
        const dice = this.#random();
        if (this.#lost.length && dice < 0.5) {
            this.retried++;
            return this.#lost.splice(Math.floor(this.#random() * this.#lost.length), 1)[0];
        }
        if (this.#earlier.length && dice < 0.08)
            return [this.#earlier[Math.floor(this.#random() * this.#earlier.length)]];
        if (dice < 0.13)
            return [this.#expected.add(refused)];
        const count = dice < 0.35 ? 2 + Math.floor(this.#random() * 60) : 1;
        return Array.from({length: count}, () => this.#expected.add(this.#random() < 0.05 ? bad : good));
    }

    #event(n) {
        const seats = this.#expected.classOf(n) === bad ? '"three"' : n;
        const pad = this.#pad ? `,"context":{"title":"${this.#pad}"}` : '';
        return `{"name":"project.created","id":"${this.#expected.idOf(n)}",` +
            `"properties":{"user_id":"u${n % 97}","project_id":"p","seats":${seats}}${pad}}`;
    }

    // True where an answer came and the next request may follow at once.
    async #send(connection, numbers) {
        if (this.#expected.classOf(numbers[0]) === refused)
            return this.#sendRefused(connection, numbers[0]);
        const body = numbers.length === 1 ? this.#event(numbers[0]) : `[${numbers.map((n) => this.#event(n)).join(',')}]`;
        const before = this.#expected.highest;
        const began = performance.now();
        const answer = await connection.request(serverKey, body);
        this.onAnswer?.(answer, began);
        if (!answer || answer.status >= 500) {
            if (answer)
                this.turnedAway++;
            else
                this.unanswered++;
            // Some clients give up: what they sent may be there, once, or not.
            if (answer || !this.#running || this.#random() < 0.8)
                this.#lost.push(numbers);
            return false;
        }
        this.#take(numbers, answer, before);
        return true;
    }

    #take(numbers, {status, body}, before) {
        if (![200, 207, 422].includes(status) || body?.events?.length !== numbers.length) {
            this.#expected.problem('verdict', `status ${status}: ${JSON.stringify(body)?.slice(0, 300)}`);
            return;
        }
        this.answers++;
        numbers.forEach((n, i) => this.#expected.answered(n, body.events[i], before));
        for (const n of numbers.slice(0, 4))
            if (this.#earlier.length < remembered)
                this.#earlier.push(n);
            else
                this.#earlier[Math.floor(this.#random() * remembered)] = n;
        this.firstAnswer?.();
        this.firstAnswer = null;
    }

    // A wrong key, or a body that is no JSON: nothing of it may be kept.
    async #sendRefused(connection, n) {
        const wrongKey = this.#random() < 0.5;
        const answer = await connection.request(wrongKey ? 'a-key-that-nobody-has' : serverKey,
            wrongKey ? this.#event(n) : `${this.#event(n)}}`);
        if (answer && answer.status < 500 && answer.status !== (wrongKey ? 401 : 400))
            this.#expected.problem('verdict', `a request to be refused was answered ${answer.status}`);
        return answer !== null;
    }
}
