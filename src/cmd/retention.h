/* SPDX-License-Identifier: Apache-2.0 */
/* retention.h: the settings' rules of how long rows stay, applied to the store in small steps.
 *
 * Threads: one owner; retention_work on the store's loading thread. */
#pragma once
#include "model/model.h"
#include "settings/settings.h"
#include "store/retention.h"

struct retention; /* opaque */

/* Keeps s, store and models (NULL: none). The clock of the day counts as it is now: where it jumps ahead later, nothing
 * is deleted sooner for it. */
struct retention *retention_new(const struct settings *s, struct store *store,
                                struct models *models);
void retention_free(struct retention *r);
/* Whether a round is due, or under way: once a minute. */
bool retention_is_due(const struct retention *r);
/* Takes steps (ctx: a struct retention) for about a tenth of a second: for runner_between. */
int retention_work(void *ctx, struct err *err);
/* Takes all steps there are; each is recorded with the reason. */
int retention_finish(struct retention *r, const char *reason, struct err *err);
/* Rows that were deleted, and raw values forgotten, since the last call. */
int64_t retention_take_count(struct retention *r);
