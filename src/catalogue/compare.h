/* SPDX-License-Identifier: Apache-2.0 */
/* compare.h: which events differ between two catalogues.
 *
 * Threads: any; catalogues do not change. */
#pragma once
#include "catalogue/catalogue.h"

enum catalogue_difference { CATALOGUE_ADDED, CATALOGUE_REMOVED, CATALOGUE_CHANGED };

/* Calls each() for every event that only one of them has, by name without regard to ASCII case, or
 * whose entries say different things; where in their files they stand is no difference. First those
 * of `to`, in its order, then what is gone. Names live as long as their catalogues. */
void catalogue_compare(const struct catalogue *from, const struct catalogue *to,
                       void (*each)(void *ctx, enum catalogue_difference what, struct str name),
                       void *ctx);
