/* SPDX-License-Identifier: Apache-2.0 */
/* question.h: a statement that came from outside, held to what may be asked.
 *
 * Internal to src/store. Threads: one owner. */
#pragma once
#include "store/duck.h"

enum { QUESTION_BYTES_MAX = 256 * 1024, QUESTION_COLUMNS_MAX = 4096 };

/* Said of everything else. */
#define QUESTION_FORMS                                                                             \
    "only questions are answered here: a SELECT, FROM, SHOW, DESCRIBE, or EXPLAIN or EXPLAIN "     \
    "ANALYZE before one of them"

/* How a column is written as JSON, and whether CSV must defuse it. */
enum question_shape { QUESTION_TEXT, QUESTION_NUMBER, QUESTION_BOOLEAN, QUESTION_NESTED };

struct question_column {
    char *name;
    const char *type; /* "BIGINT", "VARCHAR", ... */
    enum question_shape shape;
};

struct question {
    struct str sql; /* one statement, without what stands behind it; borrows */
    const char *explain; /* what is to stand before sql: "EXPLAIN ", "EXPLAIN ANALYZE "; or NULL */
    struct question_column *columns;
    size_t column_count;
};

/* Checks that `sql` is one statement that reads, has no parameters and compiles; where `shown`, that
 * it reaches nothing with hidden values. The caller owns *out. */
int question_check(struct question *out, duckdb_connection con, struct str sql, bool shown,
                   struct err *err);
void question_free(struct question *q);
/* ERR_DENIED where sql, one SELECT, calls a table function that questions may not call; where `shown`,
 * where it names what can show hidden values. */
int question_reach(duckdb_connection con, struct str sql, bool shown, struct err *err);
/* The second of these, for a tree of DuckDB's (question_names.c). */
struct yyjson_val;
int question_names(duckdb_connection con, struct yyjson_val *root, struct err *err);
/* The part before the first semicolon that is not inside quotes or comments. */
struct str question_first_statement(struct str sql);
