/* SPDX-License-Identifier: Apache-2.0 */
/* runner.h: a thread that follows the journal for one sink.
 *
 * Promise: every journal record is delivered, set aside by the sink, or still pending; where the
 * sink keeps its cursor with its rows, each exactly once. Damage in the journal is logged and
 * counted, and what lies behind it is read. One runner delays no other.
 * Threads: one inside; start and stop from the owner, the rest from any thread. */
#pragma once
#include "sink/sink.h"

struct runner; /* opaque */

struct runner_opts {
    const struct sink_ops *ops; /* kept */
    struct sink_env env; /* what it points to is kept */
    const char *journal_dir; /* copied */
    bool unpublished; /* the journal's writer is not told how far the sink has come */
};

struct runner_stats {
    int64_t position; /* delivered up to here */
    int64_t durable; /* the journal's last position, as seen last */
    uint64_t delivered, rejected; /* records since the start; those set aside are the second */
    uint64_t skipped; /* of a kind that this version does not know, or erased */
    uint64_t batches, errors; /* attempts that failed */
    uint64_t damaged; /* places in the journal that do not verify */
    int64_t delivered_us; /* when the last batch was, by the clock of the day; 0: none yet */
    bool has_totals;
    struct sink_totals totals; /* where the sink has them */
    bool failing; /* the last attempt failed; `error` says why */
    bool broken; /* the runner has ended: a new start is needed */
    char error[240];
};

/* Opens the sink and starts to follow. The caller owns *out. */
int runner_start(struct runner **out, const struct runner_opts *opts, struct err *err);
/* Delivers what was read, ends the thread, closes the sink. NULL is fine. */
void runner_stop(struct runner *r);
void runner_stats(struct runner *r, struct runner_stats *out);
const char *runner_name(const struct runner *r);
/* Runs work(ctx) on the runner's thread between two batches, and waits for it. -1: the runner has
 * ended, or work returned it. */
int runner_between(struct runner *r, int (*work)(void *ctx, struct err *err), void *ctx,
                   struct err *err);
