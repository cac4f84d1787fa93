/* SPDX-License-Identifier: Apache-2.0 */
/* ship_state.h: how far a log was shipped, on disk.
 *
 * One file for each log, replaced as a whole and synced after the collector's answer. It holds hashes of
 * the log's bytes, none of its texts but the path. What is written before an answer is what was read up to the
 * one before, so a crash leads to lines that are sent again, with the ids that they had.
 * Threads: one owner. */
#pragma once
#include "base/err.h"
#include "cmd/ship_part.h"

enum { SHIP_PARTS_MAX = 64 /* files of one log that are remembered; the oldest are forgotten */ };

struct ship_state {
    struct ship_part *parts[SHIP_PARTS_MAX]; /* oldest first */
    size_t count;
    int64_t scanned_us; /* Unix time: when the log's folder was last seen as it should be */
    bool known; /* there was a state */
};

/* The state's file for a log: DIR/NAME-HASH.json; the caller frees it. */
char *ship_state_file(const char *dir, const char *log);
/* ERR_CORRUPT for a file that is none. Without a file, an empty state that is not `known`. */
int ship_state_load(struct ship_state *s, const char *file, struct err *err);
int ship_state_save(const struct ship_state *s, const char *file, const char *log, struct err *err);
/* A new part at the end; the oldest closed one makes room. NULL where all are open. */
struct ship_part *ship_state_add(struct ship_state *s);
void ship_state_remove(struct ship_state *s, struct ship_part *p);
void ship_state_free(struct ship_state *s);
