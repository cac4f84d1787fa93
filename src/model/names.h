/* SPDX-License-Identifier: Apache-2.0 */
/* names.h: what each event's name means. Threads: the loading thread. */
#pragma once
#include "model/model_internal.h"

/* Adds the names that are new in the range to event_names. */
int names_extend(struct models *m, const struct model_range *range, struct err *err);
/* Matches all names of g again. *feeds: one that feeds models means something else than before. */
int names_compare(struct models *m, struct generation *g, bool *feeds, struct err *err);
/* Brings event_names to the present catalogue, in the transaction there is. */
int names_match_again(struct models *m, struct err *err);
