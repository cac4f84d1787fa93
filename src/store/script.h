/* SPDX-License-Identifier: Apache-2.0 */
/* script.h: statements of others on the loading connection: the tables that are derived from events.
 *
 * Statements come out of files and are filled as base/sql.h says. What runs between script_begin and
 * script_commit shows as a whole or not at all; a statement outside of both stands for itself.
 * Threads: the loading thread, between two loads. */
#pragma once
#include "store/store.h"

int script_begin(struct store *s, struct err *err);
int script_commit(struct store *s, struct err *err);
/* Also where nothing was begun, or the transaction is of no use any more. */
void script_rollback(struct store *s);

/* Runs one filled statement, and drops its rows. `what` stands before an error's text. */
int script_run(struct store *s, const char *what, struct str sql, struct err *err);
/* The first value of the first row; *out stays as it is where there is no row, or the value is NULL. */
int script_number(struct store *s, const char *what, struct str sql, int64_t *out, struct err *err);
/* Calls row() for each row, with its values as text (NULL: absent), which last for the call; -1 from
 * it ends the reading. All rows are in memory before the first call, so that row() may run others. */
int script_rows(struct store *s, const char *what, struct str sql,
                int (*row)(void *ctx, const struct str *values, size_t count, struct err *err),
                void *ctx, struct err *err);

/* Calls each() for each row's first value, a UBIGINT. */
int script_keys(struct store *s, const char *what, struct str sql,
                void (*each)(void *ctx, uint64_t key), void *ctx, struct err *err);

/* The column of the view `events` that has the property's values; absent where there is none, or
 * where its values are not for everybody. */
struct str script_property(const struct store *s, struct str property);
/* The same also where they are not: for events whose entry shows them, though another's hides them. */
struct str script_column(const struct store *s, struct str property);
/* Whether there is one, and its values are not for everybody. */
bool script_is_hidden(const struct store *s, struct str property);
/* Whether its column holds numbers that may have a fraction. */
bool script_is_number(const struct store *s, struct str property);
/* Where the tables end: the last position that is loaded. */
int64_t script_loaded(const struct store *s);
