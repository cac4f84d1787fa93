/* SPDX-License-Identifier: Apache-2.0 */
/* day_properties.h: how many events the hours of days had by the values of properties, as models.c has it
 * made. Threads: the loading thread. */
#pragma once
#include "model/model_internal.h"

/* Makes the tables, where they are missing. */
int day_properties_create(struct models *m, struct err *err);
/* In a transaction, once the catalogue is another: what is hidden by now goes. */
int day_properties_hide(struct models *m, struct err *err);
/* In a transaction: all days are summed up anew. */
int day_properties_again(struct models *m, struct err *err);
/* A piece of work, in transactions of its own. 1: there may be more; 0: no day is due. -1: the day is to be put
 * off. */
int day_properties_sum(struct models *m, struct err *err);
/* What was begun of it is forgotten, and it waits for an hour. */
int day_properties_put_off(struct models *m, struct err *err);
