/* SPDX-License-Identifier: Apache-2.0 */
/* modelling.h: the models, kept up to date beside the loading.
 *
 * Promise: a refresh that fails is logged once, tried again with pauses that grow, and stops no loading.
 * Threads: modelling_work and modelling_set_catalogue on the store's loading thread; is_due and
 * is_busy from the main thread; the two that put from any. */
#pragma once
#include "base/buf.h"
#include "model/model.h"

struct modelling; /* opaque */

/* Keeps s and store. The caller owns *out. */
int modelling_new(struct modelling **out, const struct settings *s, struct store *store,
                  struct err *err);
/* The same for models that somebody else opened: what of the settings they need. */
int modelling_settle(struct models *models, const struct settings *s, struct err *err);
void modelling_free(struct modelling *m);
struct models *modelling_models(struct modelling *m);
/* Takes c. A failure is logged, and tried again by modelling_work. */
void modelling_set_catalogue(struct modelling *m, struct catalogue *c);
/* Whether there is something to do now: the tables have come to this position. */
bool modelling_is_due(struct modelling *m, int64_t loaded);
/* Whether the last piece of work left more, to be done without waiting. */
bool modelling_is_busy(struct modelling *m);
/* Whether they still catch up with events that may be old enough to be deleted. */
bool modelling_is_far_behind(struct modelling *m);
/* Takes steps (ctx: a struct modelling) for about a fifth of a second: for runner_between. */
int modelling_work(void *ctx, struct err *err);

/* Prometheus text; and `,"models":{...}` for the status. */
void modelling_put_metrics(struct modelling *m, struct buf *out);
void modelling_put_status(struct modelling *m, struct buf *out);
