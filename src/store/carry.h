/* SPDX-License-Identifier: Apache-2.0 */
/* carry.h: what a store that is made anew takes over from the one before.
 *
 * Threads: one owner of both stores. */
#pragma once
#include "store/store.h"

/* Cuts a store back to the rows of positions before `first`, with the cursor right before it. */
int store_cut(struct store *s, int64_t first, struct err *err);
/* Copies the rows of `deletions`. */
int store_copy_deletions(struct store *to, struct store *from, struct err *err);
/* Writes everything into the database file, so that it is whole without its log. */
int store_settle(struct store *s, struct err *err);
