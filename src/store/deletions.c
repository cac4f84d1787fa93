/* SPDX-License-Identifier: Apache-2.0 */
/* deletions.c: the record of what was deleted: a row for each table, source, rule, reason and day. */
#include "base/clock.h"
#include "store/internal.h"
#include "store/retention.h"

static void bind_text_or_null(duckdb_prepared_statement stmt, idx_t index, struct str text)
{
    if (text.ptr)
        duckdb_bind_varchar_length(stmt, index, text.ptr, text.len);
    else
        duckdb_bind_null(stmt, index);
}

/* Runs one of the two statements; *changed is how many rows it concerned. */
static int put(struct store *s, const char *statement, const struct store_deletion *d,
               idx_t *changed, struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_result result;
    int status;

    if (duck_prepare(s->con, statement, &stmt, err) < 0)
        return -1;
    duckdb_bind_timestamp(stmt, 1, (duckdb_timestamp){clock_now_us()});
    if (d->before_us == INT64_MIN)
        duckdb_bind_null(stmt, 2);
    else
        duckdb_bind_timestamp(stmt, 2, (duckdb_timestamp){d->before_us});
    duckdb_bind_int64(stmt, 3, d->rows);
    bind_text_or_null(stmt, 4, str_from(d->table));
    bind_text_or_null(stmt, 5, d->source);
    bind_text_or_null(stmt, 6, str_from(d->rule));
    bind_text_or_null(stmt, 7, d->reason ? str_from(d->reason) : STR_NONE);
    status = duck_execute(stmt, &result, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0)
        return -1;
    *changed = duckdb_rows_changed(&result);
    duckdb_destroy_result(&result);
    return 0;
}

int store_record_deletion(struct store *s, const struct store_deletion *d, struct err *err)
{
    idx_t changed;

    if (put(s, "add_to_deletion", d, &changed, err) < 0)
        return -1;
    return changed > 0 ? 0 : put(s, "insert_deletion", d, &changed, err);
}
