/* SPDX-License-Identifier: Apache-2.0 */
/* filling.h: the blanks of one statement, as the files that know what they stand for fill them.
 *
 * Threads: the loading thread. */
#pragma once
#include "model/model_internal.h"

/* Blanks of one statement that are being filled; blanks.c. */
struct filling;
/* Adds one; its text is to be appended to what this returns. */
struct buf *filling_add(struct filling *f, const char *name);
/* Appends a column of the view `events`, as text; NULL without one. */
void models_put_column(struct buf *out, struct str column);
/* Appends what the tables in use have of a property: as it would be now. `value` is SQL. */
void models_put_old(const struct models *m, struct buf *out, struct str property,
                    const struct buf *value);
/* counts_blanks.c */
void counts_add_blanks(const struct models *m, struct filling *f, const struct model_range *range);
