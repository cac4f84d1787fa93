/* SPDX-License-Identifier: Apache-2.0 */
/* sender.h: delivers events to a collector in batches, each until it has an answer.
 *
 * Promise: an event keeps its id over all attempts (one without an id is given a UUIDv7 once), so
 * that what arrives twice is counted once. A batch that fails for the time being (no connection,
 * 429, 5xx) is sent again after a pause that grows, is random, and is at least what Retry-After
 * says. A line that spoils its batch (400) is taken out and reported, the rest is sent again.
 * Threads: one owner. */
#pragma once
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct sender; /* opaque */

enum {
    SENDER_BATCH_MAX = 10000, /* events */
    SENDER_BODY_MAX = 512 * 1024, /* bytes, unless a single event is longer */
    SENDER_LINE_MAX = 1024 * 1024, /* bytes of one event */
};

/* An event that was not accepted; texts live for the call. */
struct sender_problem {
    uint64_t line;
    const char *verdict; /* "quarantined" or "refused" */
    struct str id; /* may be empty */
    struct str code, path, expected, message;
};

struct sender_counts {
    uint64_t accepted, duplicate, quarantined, refused;
    uint64_t requests, retries;
    int64_t position; /* in the journal: the last of the accepted ones */
};

struct sender_opts {
    const char *url; /* of the collector: http://127.0.0.1:8080 */
    const char *key;
    size_t batch; /* events, 1 to SENDER_BATCH_MAX */
    bool gzip;
    int64_t retry_for_us; /* how long one batch may take, pauses included */
    int64_t timeout_us; /* of one request */
    const volatile sig_atomic_t *stop; /* ends everything when non-zero; may be NULL */
    /* Each fault of an event once; may be NULL. */
    void (*on_problem)(void *ctx, const struct sender_problem *problem);
    /* After each request that was answered; may be NULL. */
    void (*on_progress)(void *ctx, const struct sender_counts *counts);
    /* Before a pause, with the reason; may be NULL. */
    void (*on_retry)(void *ctx, const char *reason, int64_t pause_us);
    void *ctx;
};

/* Copies url and key. The caller owns *out. */
int sender_new(struct sender **out, const struct sender_opts *opts, struct err *err);
/* Forgets what was not flushed. */
void sender_free(struct sender *s);
/* Further headers of the requests from now on, ended by NULL; kept, not copied. NULL: none. */
void sender_set_headers(struct sender *s, const char *const *headers);
/* Adds one event, and sends when a batch is full. What is not a JSON object is reported as refused
 * and goes no further. -1: a batch could not be delivered, and nothing more should be added. */
int sender_add(struct sender *s, struct str json, uint64_t line, struct err *err);
/* The same for JSON of our own making: an object with an id, of at most SENDER_LINE_MAX bytes, that is not
 * parsed again. */
int sender_add_made(struct sender *s, struct str json, uint64_t line, struct err *err);
/* Counts and reports a line that cannot be an event. */
void sender_refuse(struct sender *s, uint64_t line, const char *code, const char *message);
/* Sends what is left. */
int sender_flush(struct sender *s, struct err *err);
const struct sender_counts *sender_counts(const struct sender *s);
/* Events added that have no verdict: after a failure, what may or may not have arrived. */
uint64_t sender_waiting(const struct sender *s);
