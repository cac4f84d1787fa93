/* SPDX-License-Identifier: Apache-2.0 */
/* watch.h: a thread beside each question, which ends it when it must not go on.
 *
 * Internal to src/store. Threads: one inside; start and stop from the question's. */
#pragma once
#include <pthread.h>

#include "store/internal.h"
#include "store/query.h"

enum watch_why {
    WATCH_NOTHING,
    WATCH_TIME, /* it has taken its time */
    WATCH_ENGINE, /* the process ends */
    WATCH_UNWANTED, /* nobody waits for the answer */
    WATCH_CANCELLED, /* somebody ended it */
    WATCH_MEMORY, /* the process has grown past what questions may make of it */
    WATCH_DISK, /* the disk runs full while it runs */
};

struct watch {
    duckdb_connection con;
    const struct query_opts *opts;
    const struct store *store;
    int64_t deadline_us; /* monotonic */
    uint64_t free_first; /* bytes on the disk when the question began */
    pthread_t thread;
    pthread_mutex_t mtx;
    pthread_cond_t changed;
    bool ended, rang; /* guarded by mtx */
    int guard; /* of the question's functions */
    bool held; /* counted in opts->held; the watch's own until it is joined */
    enum watch_why why; /* of the first ring; guarded by mtx */
};

int watch_start(struct watch *w, const struct store *s, duckdb_connection con,
                const struct query_opts *opts, struct err *err);
void watch_stop(struct watch *w);
/* After watch_stop, of a question that failed: says why it was ended, if it was. */
void watch_explain(const struct watch *w, struct err *err);
