/* SPDX-License-Identifier: Apache-2.0 */
/* shared.h: one run for all who ask the same at once, and its answer again for those who ask soon after.
 *
 *   switch (shared_enter(s, key, is_gone, who, &run)) {
 *   case SHARED_LEFT: whoever asked is gone; there is no run
 *   case SHARED_LEAD: find the answer; shared_as_before, shared_finish or shared_fail; then as below
 *   case SHARED_GIVEN: shared_failed, or shared_answer; shared_leave
 * The key says all that an answer depends on but the tables: rights, too. Threads: from any; a run
 * belongs to the thread that leads it until it is finished or failed. Internal to src/console. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum {
    SHARED_STATE_BYTES = 32,
    SHARED_KEPT_MAX = 64, /* answers */
    SHARED_BYTES_MAX = 16 << 20, /* of them together */
    SHARED_ANSWER_MAX = 1 << 20, /* a larger one is given to those who wait, and not kept */
    SHARED_FRESH_US = 1000000, /* so long an answer is given again unseen */
    SHARED_SAME_US = 60000000, /* and so long while its state is the same */
};

struct shared; /* opaque */
struct shared_run; /* opaque */

enum shared_part { SHARED_LEAD, SHARED_GIVEN, SHARED_LEFT };

/* `drop` frees an answer, outside of any lock. */
struct shared *shared_new(void (*drop)(void *answer));
/* Nobody is in it any more. */
void shared_free(struct shared *s);

/* Waits while another leads a run of this key; `is_gone` is asked ten times a second meanwhile. */
enum shared_part shared_enter(struct shared *s, struct str key, bool (*is_gone)(void *who),
                              void *who, struct shared_run **out);
/* Whether anybody but its leader waits for it. */
bool shared_is_awaited(struct shared *s, struct shared_run *run);
/* The end of a run, by its leader, one of these. */
/* True, and that is the end: an answer that is kept was found in this state. */
bool shared_as_before(struct shared *s, struct shared_run *run,
                      const uint8_t state[SHARED_STATE_BYTES]);
/* Takes the answer over; what it takes in memory. */
void shared_finish(struct shared *s, struct shared_run *run,
                   const uint8_t state[SHARED_STATE_BYTES], void *answer, uint64_t bytes);
/* Whoever waits gets this, too, unless it is about this run alone: ERR_STOPPED and ERR_BUSY. */
void shared_fail(struct shared *s, struct shared_run *run, const struct err *err);

/* Of a run that has ended: NULL, or why it has no answer. Valid until shared_leave. */
const struct err *shared_failed(const struct shared_run *run);
void *shared_answer(const struct shared_run *run);
void shared_leave(struct shared *s, struct shared_run *run);
/* No answer from before is given again. */
void shared_forget(struct shared *s);
