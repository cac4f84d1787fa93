/* SPDX-License-Identifier: Apache-2.0 */
/* noting.h: what strangers did, into the journal: a note now and then, however much there is to count.
 *
 * A note of a kind is written once something has changed since the last one, at most every NOTING_EVERY_S
 * seconds, and the larger the last one was, the later. What was counted since then is lost with a
 * process that is killed.
 * Threads: one owner. */
#pragma once
#include "admit/source.h"
#include "journal/journal.h"

struct cardinality;
struct noting; /* opaque */
struct unauthorised;

enum { NOTING_EVERY_S = 5, NOTING_MOST_S = 60, NOTING_BYTES_PER_S = 1024 };

/* All kept. */
struct noting *noting_new(struct journal *journal, struct sources *sources,
                          struct unauthorised *unauthorised, struct cardinality *cardinality);
void noting_free(struct noting *n);
/* Writes what is due. */
void noting_tick(struct noting *n, int64_t monotonic_us);
/* Writes all that is left; before the journal is closed. NULL is fine. */
void noting_end(struct noting *n);
