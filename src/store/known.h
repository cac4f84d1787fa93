/* SPDX-License-Identifier: Apache-2.0 */
/* known.h: the question which ids of a source the tables have, kept aside or not: for what is sent
 * again long after the journal has forgotten its ids. Threads: pure function. */
#pragma once
#include "base/buf.h"

struct known_filter {
    struct str source;
    int64_t from_us, to_us; /* their times, both included; INT64_MIN and INT64_MAX: any */
    uint8_t low, high; /* the last byte of the id, both included */
};

/* Appends SQL. Its answer: one column, id; or, with `count`, one number. */
void known_question(struct buf *out, const struct known_filter *f, bool count);
