// SPDX-License-Identifier: Apache-2.0
//
// A client that keeps its connection, has one request on its way, and knows exactly whether an answer came whole.
// `connection.request()` resolves to {status, body}, or to null where the connection ended before the answer did.

import {connect} from 'node:net';

export class Connection {
    #socket = null;
    #port;
    #text = '';
    #waiting = null;

    constructor(port) {
        this.#port = port;
    }

    #open() {
        const socket = connect({port: this.#port, host: '127.0.0.1', noDelay: true});
        socket.setEncoding('latin1'); // ids and verdicts are ASCII; lengths count bytes
        socket.on('data', (text) => {
            this.#text += text;
            this.#look();
        });
        const over = () => {
            if (this.#socket === socket) {
                this.#socket = null;
                this.#finish(null);
            }
        };
        socket.on('error', over);
        socket.on('close', over);
        this.#socket = socket;
        this.#text = '';
    }

    #finish(answer) {
        const done = this.#waiting;
        this.#waiting = null;
        done?.(answer);
    }

    #look() {
        const end = this.#text.indexOf('\r\n\r\n');
        if (end < 0 || !this.#waiting)
            return;
        const head = this.#text.slice(0, end);
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        if (this.#text.length < end + 4 + length)
            return;
        const body = this.#text.slice(end + 4, end + 4 + length);
        this.#text = '';
        const status = Number(head.slice(9, 12));
        const closes = /^connection: *close/im.test(head);
        let parsed = null;
        try {
            parsed = JSON.parse(body);
        } catch { /* the HTTP library's own refusals are HTML */ }
        if (closes)
            this.close();
        this.#finish({status, body: parsed});
    }

    request(key, body, path = '/v1/events') {
        if (!this.#socket)
            this.#open();
        return new Promise((done) => {
            this.#waiting = done;
            this.#socket.write(`POST ${path} HTTP/1.1\r\nHost: w\r\nAuthorization: Bearer ${key}\r\n` +
                `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
        });
    }

    close() {
        const socket = this.#socket;
        this.#socket = null;
        socket?.destroy();
        this.#finish(null);
    }
}
