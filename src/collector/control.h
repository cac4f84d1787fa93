/* SPDX-License-Identifier: Apache-2.0 */
/* control.h: the socket through which commands on the same machine talk to the running collector.
 *
 * A Unix stream socket of mode 0600 in the data folder. A request is one line, a JSON object whose
 * "do" names what is asked; so is its answer: {"ok":true,...}, or {"error":{"code","message"},...}.
 * Knows no request itself: they come as a table. A connection may bring several, one after another.
 *
 * Limits: CONTROL_REQUEST_MAX and CONTROL_ANSWER_MAX bytes; a client that brings no whole request,
 * or takes nothing of its answer, for CONTROL_WAIT_S is let go; one client is served at a time,
 * CONTROL_QUEUE wait.
 * Threads: one of its own, on which all handlers run, beside the edges; start and stop from the
 * owner. control_stop waits for the handler that runs. */
#pragma once
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct control; /* opaque */
struct yyjson_val;

enum { CONTROL_REQUEST_MAX = 1 << 20, CONTROL_ANSWER_MAX = 16 << 20 };
enum { CONTROL_WAIT_S = 5, CONTROL_QUEUE = 16 };
#define CONTROL_SOCKET "collector.socket" /* in the data folder */

struct control_command {
    const char *name; /* of "do" */
    /* Appends members to `members`, as "a":1,"b":2 without braces; none is fine. They are sent in
     * any case, beside "ok" or, where this is -1, beside "error", which has err's code and text. */
    int (*run)(void *ctx, struct yyjson_val *request, struct buf *members, struct err *err);
};

struct control_opts {
    const char *dir; /* of any length */
    const struct control_command *commands; /* kept; ended by a name of NULL */
    void *ctx; /* kept, for them */
};

/* Takes the place of a socket that is there: only who holds the journal's lock may call this. The
 * caller owns *out. */
int control_start(struct control **out, const struct control_opts *opts, struct err *err);
/* Removes the socket. NULL, or half-started, is fine. */
void control_stop(struct control *c);
