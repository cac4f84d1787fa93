/* SPDX-License-Identifier: Apache-2.0 */
/* days.h: what days come to, as models.c has it made. Threads: the loading thread. */
#pragma once
#include "model/model_internal.h"

#define DAYS_QUIET_US INT64_C(60000000)
#define DAYS_WAITED_US INT64_C(600000000)
#define DAYS_LATER_US INT64_C(3600000000)

/* Makes the tables, where they are missing, and forgets what another process had begun. */
int days_create(struct models *m, struct err *err);
/* Once names are matched with the catalogue: days with other pages now are summed up anew. In a transaction
 * of its own. */
int days_begin(struct models *m, struct err *err);
/* In the transaction of a step of the tables in use: which days its events are of. */
int days_mark(struct models *m, const struct model_range *range, struct err *err);
/* In a transaction: all days are summed up anew, but for those of which the store has not all events. */
int days_again(struct models *m, struct err *err);
/* The same within a transaction, for tables that have come to `position`: also where other ones take the place of
 * those in use, so that no event is unknown here that they have. */
int days_look(struct models *m, int64_t position, struct err *err);
/* A piece of work, in transactions of its own. 1: there may be more; 0: no day is due. -1: the day is to be put
 * off. */
int days_sum(struct models *m, struct err *err);
/* What was begun of it is forgotten, and it waits for an hour. */
int days_put_off(struct models *m, struct err *err);
