/* SPDX-License-Identifier: Apache-2.0 */
/* kept.h: answers to questions that go through all events, kept for a while.
 *
 * Promise: one question is asked for a twentieth of the time at most, however many people look, and not
 * twice at once. Threads: from any. */
#pragma once
#include "base/buf.h"
#include "base/str.h"

enum {
    KEPT_MAX = 4, /* answers: the one that was asked for least lately gives way */
    KEPT_LEAST_S = 60, /* so long an answer stands, or KEPT_TIMES as long as it took */
    KEPT_TIMES = 20,
};

struct kept; /* opaque */

struct kept *kept_new(void);
void kept_free(struct kept *k);
/* True: there is an answer, appended to `out`, as of *as_of_us by the clock of the day. False: the caller
 * asks, and says so by kept_put or kept_give_up; until then others get the answer before, where there is
 * one. `now_us` by the clock that never goes back. */
bool kept_find(struct kept *k, struct str sql, int64_t now_us, struct buf *out, int64_t *as_of_us);
void kept_put(struct kept *k, struct str sql, struct str answer, int64_t began_us, int64_t now_us,
              int64_t as_of_us);
void kept_give_up(struct kept *k, struct str sql);
