/* SPDX-License-Identifier: Apache-2.0 */
/* guard.h: functions of ours that take the place of DuckDB's in the questions of others.
 *
 * Internal to src/store. DuckDB ends a question between two calls of a function, over 2048 rows each; these
 * look themselves whether the question is to end. Answers are DuckDB's, and so are the names (question_guard.c).
 * Threads: any. */
#pragma once
#include <stdbool.h>

#include "store/duck.h"

/* Makes the functions known to the database. */
int guard_register(duckdb_connection con, struct err *err);
/* A number for one question, until guard_leave; -1: there is none left. */
int guard_enter(void);
/* From now on its functions fail. */
void guard_stop(int guard);
void guard_leave(int guard);
bool guard_is_stopped(int guard);

/* The number of changes that make one text of the other, as DuckDB counts them: -1 where it was stopped
 * (guard_text.c), -2 where the texts are too long. With swaps two neighbours may change places. */
int64_t guard_distance(struct str a, struct str b, int guard);
int64_t guard_distance_with_swaps(struct str a, struct str b, int guard);
/* Whether the text is LIKE the pattern: 0 or 1; -1 where it was stopped, -2 where the pattern ends with what
 * `escape` is. An `escape` of 0 is none. In time that grows with the product of both, whatever the pattern. */
int guard_like(struct str text, struct str pattern, char escape, int guard);
