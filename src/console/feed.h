/* SPDX-License-Identifier: Apache-2.0 */
/* feed.h: the journal's events one after another, decoded, for who follows them: GET /api/live and
 * `weir tail`.
 *
 * Promise: gives only what is durable. Notes, and records that were erased, are passed over.
 * Threads: one owner per feed; filters are pure. */
#pragma once
#include "event/record.h"

struct feed; /* opaque */

enum feed_verdict { FEED_ALL, FEED_ACCEPTED, FEED_QUARANTINED };

/* What is wanted. Patterns have * for any text and ? for one letter; capitals do not matter. */
struct feed_filter {
    const char *name, *source; /* NULL: any */
    enum feed_verdict verdict;
};

struct feed_event {
    int64_t position;
    const struct record *record; /* until the next call */
};

/* Gives what follows position `after`. The caller owns *out. */
int feed_open(struct feed **out, const char *dir, int64_t after, struct err *err);
/* The same from behind all but the last `last` records. */
int feed_open_near_end(struct feed **out, const char *dir, uint64_t last, struct err *err);
void feed_close(struct feed *f);
/* The journal's last position that is durable; 0: none. */
int64_t feed_durable(struct feed *f);
/* 1 and *out; 0: nothing more yet; -1: ERR_CORRUPT for what cannot be read, after which the next call
 * goes on behind it, or what else went wrong. */
int feed_next(struct feed *f, struct feed_event *out, struct err *err);
bool feed_fits(const struct feed_filter *filter, const struct record *record);
