/* SPDX-License-Identifier: Apache-2.0 */
/* ship_follow.h: follows a log through its rotation.
 *
 * Promise: each line of what the log's name stood for since the first start is handed over, and acknowledged by
 * the collector before the state says so; read again, it has the same id. What could not be read to its end is told.
 * After a rotation the old file is read on for `grace_us` behind its last growth, beside the new one.
 * Threads: one owner. */
#pragma once
#include "cmd/ship_state.h"

struct ship_log_opts {
    const char *path;
    const char *state_dir; /* NULL: nothing is remembered */
    bool from_end; /* without a state: what is there is passed over */
    bool once; /* no waiting: files that are not the current one are done where they end */
    int64_t grace_us;
};

struct ship_log; /* opaque */

/* Keeps path. The caller owns *out. */
int ship_log_open(struct ship_log **out, const struct ship_log_opts *opts, struct err *err);
void ship_log_free(struct ship_log *l);
/* Finds the files that there are, reads a bounded piece of each, sends it, and saves the place. 1: there is
 * more; 0: at the end; -1: it cannot go on. ERR_DENIED with `stop` set: ended on the way, which loses nothing. */
int ship_log_round(struct ship_log *l, struct ship_feed *feed, char *chunk, struct err *err);
/* True where the log's name stands for a file that is open. */
bool ship_log_is_open(const struct ship_log *l);
const char *ship_log_path(const struct ship_log *l);
