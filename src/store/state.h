/* SPDX-License-Identifier: Apache-2.0 */
/* state.h: the one row that says which version the tables are of, how far they have come, and from
 * which journal.
 *
 * Internal to src/store. Threads: the loading thread. */
#pragma once
#include "store/internal.h"

/* Makes what is missing and brings tables of an earlier version to this one; rows stay. A file of
 * another version is ERR_USAGE and left alone. Reads s->position. `file` is for the error's text. */
int state_open(struct store *s, const char *file, struct err *err);
int state_cursor(struct store *s, int64_t *out_position, struct err *err);
/* Moves the cursor, within the transaction that the connection is in. */
int state_set_position(struct store *s, int64_t position, struct err *err);
/* That transaction was committed. */
void state_committed(struct store *s, int64_t position);
