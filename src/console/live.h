/* SPDX-License-Identifier: Apache-2.0 */
/* live.h: events as they become durable, handed to those who watch.
 *
 * One thread follows the journal while anybody listens, and ends when nobody does. Whoever is slow
 * loses events and is told how many; nobody waits for them.
 * What a client reads is a text/event-stream (docs/http.md, "GET /api/live").
 * Threads: live_join, live_read and live_leave from each client's; new, stop and free from the owner. */
#pragma once
#include <stdatomic.h>

#include "console/feed.h"

enum {
    LIVE_CLIENTS_MAX = 16, /* at once */
    LIVE_RATE = 30, /* events a second that a client gets, unless it asks for another rate */
    LIVE_RATE_MAX = 200,
    LIVE_LAST_MAX = 500, /* events from before it came, at most */
    LIVE_LOOK_BACK = 10000, /* records of the journal in which they are looked for */
    LIVE_EVENT_BYTES = 64 * 1024, /* of one event's JSON: a larger one is left out */
    LIVE_QUEUE_BYTES = 1 << 20, /* that wait for one client; half of it for what came before it */
    LIVE_BEAT_S = 10, /* the longest silence */
};

struct live; /* opaque */
struct live_client; /* opaque */

struct live_ask {
    struct feed_filter filter; /* its texts are copied */
    uint64_t sample; /* only positions that this divides; 0 or 1: all */
    unsigned rate; /* a second; 0: LIVE_RATE */
    uint64_t last; /* so many of those that fit, from before */
    int64_t resume_after; /* instead: what follows this position; -1: none */
    bool show_hidden;
    /* Asked once a second or so, on the client's thread; false ends it. */
    bool (*is_wanted)(void *ctx);
    void *ctx;
};

/* Copies journal_dir. Starts nothing. */
struct live *live_new(const char *journal_dir);
/* Ends all clients: their live_read returns -1 at once. */
void live_stop(struct live *l);
/* After live_stop: waits until all have been told so, and for so long at most. */
bool live_have_left(struct live *l, int64_t most_ms);
/* All clients must have left, or be about to: waits for them, and for the thread. */
void live_free(struct live *l);
unsigned live_clients(struct live *l);
/* Whether the thread is there. */
bool live_is_following(struct live *l);

/* ERR_BUSY: LIVE_CLIENTS_MAX are there already, or it ends. The caller owns *out. */
int live_join(struct live *l, const struct live_ask *ask, struct live_client **out,
              struct err *err);
void live_leave(struct live_client *c);
/* Up to max bytes of the stream; waits for them up to LIVE_BEAT_S. -1: it has ended. */
int64_t live_read(struct live_client *c, char *out, size_t max);
