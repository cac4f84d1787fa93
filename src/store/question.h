/* SPDX-License-Identifier: Apache-2.0 */
/* question.h: a statement that came from outside, held to what may be asked.
 *
 * Internal to src/store. Threads: one owner. */
#pragma once
#include "store/duck.h"

enum { QUESTION_BYTES_MAX = 256 * 1024, QUESTION_COLUMNS_MAX = 4096, QUESTION_WITH_MAX = 1000 };

/* Whose question it is. */
enum question_whose {
    QUESTION_OURS, /* a report's, or of one with all rights: it may name what it wants, of any size */
    QUESTION_FULL, /* of one who may see hidden values */
    QUESTION_SHOWN /* ... who may not */
};

struct question_asker {
    enum question_whose whose;
    int guard; /* the number of the question's guard (guard.h); not of QUESTION_OURS */
};

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

/* Checks that `sql` is one statement that reads, has no parameters and compiles; that of others, that it is
 * not too large to be planned, and reaches no hidden values that are not for them. The caller owns *out. */
int question_check(struct question *out, duckdb_connection con, struct str sql,
                   struct question_asker asker, struct err *err);
void question_free(struct question *q);
/* DuckDB's syntax tree of sql, which must be one SELECT. The caller frees it. */
struct yyjson_doc;
struct yyjson_val;
int question_tree(duckdb_connection con, struct str sql, struct yyjson_doc **out, struct err *err);
/* ERR_LIMIT where planning it could take long, ERR_DENIED where it calls what could end the engine
 * (question_size.c). `names_unfold`: those of WITH may be NOT MATERIALIZED, which the tree does not tell. */
int question_size(struct yyjson_val *root, bool names_unfold, struct err *err);
/* ERR_DENIED where it calls a table function that questions may not call; where `shown`, where it names what
 * can show hidden values. */
int question_reach(duckdb_connection con, struct yyjson_doc *tree, bool shown, struct err *err);
/* The second of these (question_names.c), and a member that is a text: else without one. */
struct str question_text(struct yyjson_val *node, const char *name);
int question_names(duckdb_connection con, struct yyjson_val *root, struct err *err);
/* ERR_LIMIT where parsing it could take much memory (question_groups.c). */
int question_groups(struct str sql, struct err *err);
/* Has what could not be stopped taken by what can, on this connection (question_guard.c). */
int question_guard(duckdb_connection con, struct yyjson_val *root, int guard, struct err *err);
/* The index behind the quotes or comment that begin at `at`; `at` where none do. */
size_t question_skip(struct str s, size_t at);
/* The part before the first semicolon that is not inside quotes or comments. */
struct str question_first_statement(struct str sql);
