/* SPDX-License-Identifier: Apache-2.0 */
/* traffic.h: made-up but believable events of the five catalogues, for the demo, tests and bench.
 *
 * Promise: equal options give equal bytes, on every machine; times rise (late and repeated events
 * aside) and lie in [from_us, to_us]; exactly `events` come out; memory is constant, however many.
 * Nobody real is in it: addresses are of the ranges kept for documentation and benchmarks, mail
 * domains and hosts are of example.*. All events are valid for their catalogue but for the share
 * `wrong_per_mille`.
 * Threads: one owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct traffic; /* opaque */

/* A catalogue, and the source in weir.yaml that its events come from. */
enum traffic_source {
    TRAFFIC_SERVICE,
    TRAFFIC_SITE,
    TRAFFIC_INTEGRATIONS,
    TRAFFIC_TIMETRACKER,
    TRAFFIC_ACCOUNTS,
    TRAFFIC_SOURCES,
};
enum {
    TRAFFIC_ALL = (1 << TRAFFIC_SOURCES) - 1,
    TRAFFIC_EVENT_MAX = 8192, /* bytes; the longest is below 2 KiB */
    TRAFFIC_DAYS_MAX = 3660, /* from_us to to_us */
};

/* Signs flow ids where no key is given. Everybody knows it, so nobody should trust it. */
#define TRAFFIC_FLOW_KEY "a key for made-up flows alone"

struct traffic_opts {
    uint64_t seed;
    uint64_t events; /* how many in all, repeated and wrong ones included */
    int64_t from_us, to_us; /* from_us < to_us */
    unsigned sources; /* bits: 1 << TRAFFIC_SITE and so on; TRAFFIC_ALL */
    unsigned duplicate_per_mille; /* an event of before once more, id and all */
    unsigned late_per_mille; /* comes some thousands of events after its time */
    unsigned wrong_per_mille; /* not valid for its catalogue */
    /* Site events leave out the address and user agent that a browser's connection has: the caller
     * sends them as the headers X-Forwarded-For and User-Agent. */
    bool site_without_connection;
    struct str flow_key; /* of 1 byte or more; borrowed until traffic_free; or STR_NONE */
};

/* What a sender wants to know beside the JSON. The text lives until the next call. */
struct traffic_event {
    enum traffic_source source;
    int64_t time_us;
    struct str user_agent, ip; /* of the person's browser; absent where there is none */
    bool duplicate, wrong;
};

/* "service" and so on: the folder below catalogues/ too. */
const char *traffic_source_name(enum traffic_source source);
/* The source of that name, or -1. */
int traffic_source_find(struct str name);

/* ERR_USAGE for options that cannot be. The caller owns *out. */
int traffic_new(struct traffic **out, const struct traffic_opts *opts, struct err *err);
void traffic_free(struct traffic *t);
/* Appends one JSON object, without a newline; `info` may be NULL. 1, or 0 after the last. Where
 * `out` has reached its maximum, buf_failed(out) and the text is cut. */
int traffic_next(struct traffic *t, struct buf *out, struct traffic_event *info);
