/* SPDX-License-Identifier: Apache-2.0 */
/* carry.c: rows that outlive the part of the journal that they came from.
 *
 * A copy of the file is cut back rather than read and written row by row: its rows stay bit by bit
 * what they were, and so do its shared columns. */
#include "store/carry.h"

#include "base/mem.h"
#include "store/chunk.h"
#include "store/internal.h"

static int run_with_position(struct store *s, const char *statement, int64_t position,
                             struct err *err)
{
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, statement, &stmt, err) < 0)
        return -1;
    duckdb_bind_int64(stmt, 1, position);
    status = duck_execute(stmt, NULL, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

int store_cut(struct store *s, int64_t first, struct err *err)
{
    static const char *const statements[] = {"cut_events",   "cut_quarantine", "cut_notes",
                                             "cut_rejected", "cut_state",      "cut_counts"};

    if (duck_begin(s->con, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(statements); i++)
        if (run_with_position(s, statements[i], first, err) < 0)
            goto fail;
    if (duck_run(s->con, "commit", err) < 0)
        goto fail;
    s->position = first - 1;
    s->origin.salt_known = false;
    s->seen = 0;
    s->counts = (struct store_counts){.before = first - 1};
    return store_settle(s, err);

fail:
    duck_run(s->con, "rollback", NULL);
    return -1;
}

/* The columns as they were made in create_deletions.sql. */
enum { WHEN, TABLE, SOURCE, RULE, BEFORE, ROWS, REASON };

static void put_text(struct chunk *out, duckdb_result *result, idx_t column, idx_t row)
{
    char *text = duckdb_value_varchar(result, column, row);

    if (text)
        chunk_text(out, column, str_from(text));
    duckdb_free(text);
}

static int put_row(struct chunk *out, duckdb_result *result, idx_t row, struct err *err)
{
    if (chunk_begin_row(out, err) < 0)
        return -1;
    chunk_i64(out, WHEN, duckdb_value_timestamp(result, WHEN, row).micros);
    put_text(out, result, TABLE, row);
    put_text(out, result, SOURCE, row);
    put_text(out, result, RULE, row);
    if (!duckdb_value_is_null(result, BEFORE, row))
        chunk_i64(out, BEFORE, duckdb_value_timestamp(result, BEFORE, row).micros);
    chunk_i64(out, ROWS, duckdb_value_int64(result, ROWS, row));
    put_text(out, result, REASON, row);
    chunk_end_row(out);
    return 0;
}

int store_copy_deletions(struct store *to, struct store *from, struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_result result;
    struct chunk out;
    int status;

    if (duck_prepare(from->con, "read_deletions", &stmt, err) < 0)
        return -1;
    status = duck_execute(stmt, &result, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0)
        return -1;
    chunk_init(&out, to->con, "deletions");
    for (idx_t i = 0; i < duckdb_row_count(&result) && status == 0; i++)
        status = put_row(&out, &result, i, err);
    if (status == 0)
        status = chunk_flush(&out, err);
    chunk_close(&out);
    duckdb_destroy_result(&result);
    return status;
}

int store_settle(struct store *s, struct err *err)
{
    return duck_run(s->con, "checkpoint", err);
}
