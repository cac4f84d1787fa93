/* SPDX-License-Identifier: Apache-2.0 */
/* http_client.h: one HTTP request after another, over connections that are kept open.
 *
 * Blocking, with a time limit for each request. Follows no redirects and speaks HTTP only. Loopback
 * addresses are reached directly, others through the proxy that the environment names.
 * Threads: one owner. */
#pragma once
#include <signal.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct http_client; /* opaque */

struct http_request {
    const char *method; /* "GET" or "POST" */
    const char *url;
    const char *const *headers; /* "Name: value", ended by NULL; NULL for none */
    struct str body; /* of a POST */
    int64_t timeout_us; /* for the whole of it */
    /* Where set, gets the body of a 2xx answer in pieces instead of `body`; -1 ends the request. */
    int (*on_body)(void *ctx, struct str piece);
    void *ctx;
};

struct http_response {
    int status;
    struct str body; /* until the next request */
    int64_t retry_after_us; /* a day at most; -1 where the server named none */
};

/* `stop`, where not NULL, ends a request under way when it becomes non-zero. An answer's body may
 * have body_max bytes. The caller owns *out. */
int http_client_new(struct http_client **out, size_t body_max, const volatile sig_atomic_t *stop,
                    struct err *err);
void http_client_free(struct http_client *c);
/* 0 and the answer, whatever its status; -1 where there was none: ERR_IO (no connection, cut off),
 * ERR_BUSY (out of time), ERR_LIMIT (longer than body_max), ERR_DENIED (stopped), ERR_USAGE (no
 * such URL). */
int http_client_send(struct http_client *c, const struct http_request *req,
                     struct http_response *out, struct err *err);
