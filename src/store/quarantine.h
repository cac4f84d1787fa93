/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine.h: questions about what was kept aside, as SQL for query_run or the engine's console.
 *
 * Whatever the filter's texts hold, they stay values. Threads: pure functions. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"

enum quarantine_question {
    QUARANTINE_COUNT, /* one row: events */
    QUARANTINE_GROUPS, /* source, name, reason: how many, first, last, an example's position */
    QUARANTINE_EACH, /* a row an event, the newest first */
    QUARANTINE_WHOLE, /* everything about each, `errors` and `event` as text */
    QUARANTINE_POSITIONS, /* position and state, the oldest first */
    QUARANTINE_REACHED, /* one row: the position of the journal that the rows have come to */
};

/* Absent text, zero and NULL do not filter. */
struct quarantine_filter {
    struct str state; /* "waiting", "replayed", "dropped" */
    struct str reason; /* a code: one of the event's */
    struct str name; /* a pattern: `*` is any text, `?` any character; capitals do not matter */
    struct str event; /* this name as it is */
    struct str source;
    int64_t since_us, until_us; /* received: from, and before */
    const int64_t *positions; /* these, or these ids */
    size_t position_count;
    const struct uuid *ids;
    size_t id_count;
    int64_t after; /* only positions above this one */
    uint64_t limit; /* rows */
};

/* One condition by its name: reason, name, event, source, since, until or state (of which `all` is none), as people
 * write them. Borrows the value. ERR_USAGE, with a text that goes on after what was written: "is neither
 * a time, ..."; the other values do not matter. */
int quarantine_filter_set(struct quarantine_filter *f, struct str key, struct str value,
                          int64_t now_us, struct err *err);

/* Appends the question's SQL to `out` (test buf_failed). No text may hold NUL. */
void quarantine_ask(struct buf *out, enum quarantine_question which,
                    const struct quarantine_filter *filter);
