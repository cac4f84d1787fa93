/* SPDX-License-Identifier: Apache-2.0 */
/* counts.h: what became of each journal record that a load has come past, kept with the rows.
 *
 * Internal to src/store. Threads: the loading thread. */
#pragma once
#include "store/store.h"

/* Reads, or begins, the counts of an open store. */
int counts_open(struct store *s, struct err *err);
/* Adds to them, within the transaction that the connection is in. */
int counts_add(struct store *s, const struct store_counts *more, struct err *err);
/* That transaction was committed. */
void counts_committed(struct store *s, const struct store_counts *more);
