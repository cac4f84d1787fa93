/* SPDX-License-Identifier: Apache-2.0 */
/* carried_log.h: the contexts under tokens on the disk, so that a start need not read the journal's last
 * hours for them.
 *
 * Promise: after carried_log_open the table is as it was when the record at *position was committed,
 * whatever became of the files: what does not verify, has a gap, or is of another journal is left
 * out, told, and read from the journal instead, which has everything. Written about once a second;
 * deleted when all that it stores has expired. Format: top of carried_log.c.
 * Threads: one owner. */
#pragma once
#include "base/err.h"
#include "base/io.h"
#include "flow/carried.h"

struct carried_log; /* opaque */

struct carried_log_opts {
    const struct io *io;
    const char *dir; /* data/flows; made where missing */
    const uint8_t *journal; /* its id, 16 bytes; copied */
    int64_t durable; /* the journal's last position */
    int64_t now_us;
    struct carried *carried; /* kept; filled */
    /* Called for each thing that does not verify. May be NULL. */
    void (*on_trouble)(void *ctx, const char *text);
    void *ctx;
};

/* Fills the table. *position: the journal is to be read on from behind it; -1: nothing is known, so it
 * is read from where it pleases the caller, who says so by carried_log_begin. The caller owns *out. */
int carried_log_open(struct carried_log **out, const struct carried_log_opts *opts,
                     int64_t *position, struct err *err);
/* The table is empty, as nothing up to this position matters any more. */
void carried_log_begin(struct carried_log *l, int64_t position);
/* About once a second: what was applied since, durable when it returns. After a failure the next call
 * tries again. */
int carried_log_write(struct carried_log *l, int64_t now_us, struct err *err);
/* NULL is fine. What was not written is in the journal. */
void carried_log_close(struct carried_log *l);
