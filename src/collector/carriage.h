/* SPDX-License-Identifier: Apache-2.0 */
/* carriage.h: gives the contexts under tokens (flow/carried.h) what the journal commits, and at start
 * what it holds.
 *
 * Promise: when carriage_open has returned, the contexts are those of the journal's records, as they
 * were before the last end of the process, however that came about.
 * Threads: carriage_commit on the journal's commit thread; the rest from the owner. */
#pragma once
#include "base/io.h"
#include "flow/carried.h"
#include "journal/journal.h"

struct carriage; /* opaque */

struct carriage_opts {
    const struct io *io;
    const char *flows_dir, *journal_dir;
    struct carried *carried; /* kept; empty */
    void (*on_trouble)(void *ctx, const char *text); /* what does not verify; may be NULL */
    void *ctx;
};

/* After the journal was opened and before events come. The caller owns *out. */
int carriage_open(struct carriage **out, const struct carriage_opts *opts, struct err *err);
/* NULL is fine. */
void carriage_close(struct carriage *c);
/* For journal_opts.on_commit: what these batches do to contexts. */
void carriage_commit(struct carried *c, const struct journal_batch *first,
                     const struct journal_batch *end);
/* About once a second: brings it to the log, so that the next start need not read it in the journal. */
int carriage_sync(struct carriage *c, struct err *err);
