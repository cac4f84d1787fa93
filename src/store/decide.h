/* SPDX-License-Identifier: Apache-2.0 */
/* decide.h: what notes of the journal say about events in the quarantine.
 *
 * Notes are part of the journal, so tables that are made anew from it come out the same.
 * Threads: the loading one. */
#pragma once
#include "store/internal.h"

/* Whether the note decides about quarantined events: then their rows must be in the table, not just
 * in a chunk, before decide_apply. */
bool decide_is_decision(struct str note);
/* Within the load's transaction. A note that is not of the form is left alone: 0. */
int decide_apply(struct store *s, struct str note, int64_t position, int64_t received_us,
                 struct err *err);
