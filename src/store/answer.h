/* SPDX-License-Identifier: Apache-2.0 */
/* answer.h: rows of text, written as CSV, JSON, NDJSON or a table.
 *
 * Internal to src/store. Threads: one owner. */
#pragma once
#include "store/query.h"
#include "store/question.h"

enum { ANSWER_TABLE_ROWS_MAX = 10000 }; /* a table is laid out in memory, for people */

struct answer; /* opaque */

/* Borrows all three until answer_free. */
struct answer *answer_new(const struct question *q, const struct query_opts *opts);
void answer_free(struct answer *a);
/* What stands before the first row. */
int answer_begin(struct answer *a, struct err *err);
/* One row: a text for each column, STR_NONE for NULL. */
int answer_row(struct answer *a, const struct str *cells, struct err *err);
int answer_end(struct answer *a, const struct query_result *result, struct err *err);
