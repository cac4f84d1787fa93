/* SPDX-License-Identifier: Apache-2.0 */
/* script.c: runs what src/model has filled in, and reads what it asks for. */
#include "store/script.h"

#include "base/check.h"
#include "base/mem.h"
#include "store/internal.h"
#include "store/schema_internal.h"

enum { STATEMENT_MAX = 16 << 20 };

int script_begin(struct store *s, struct err *err)
{
    return duck_begin(s->con, err);
}

int script_commit(struct store *s, struct err *err)
{
    return duck_run(s->con, "commit", err);
}

void script_rollback(struct store *s)
{
    duck_run(s->con, "rollback", NULL);
}

static int query(struct store *s, const char *what, struct str sql, duckdb_result *out,
                 struct err *err)
{
    AUTO_BUF text;

    buf_init(&text, STATEMENT_MAX);
    buf_str(&text, sql);
    buf_char(&text, '\0');
    if (buf_failed(&text))
        return err_set(err, ERR_LIMIT, "%s: a statement of more than %d bytes", what,
                       STATEMENT_MAX);
    if (duckdb_query(s->con, text.ptr, out) == DuckDBSuccess)
        return 0;
    duck_result_error(err, out, what);
    duckdb_destroy_result(out);
    return -1;
}

int script_run(struct store *s, const char *what, struct str sql, struct err *err)
{
    duckdb_result result;

    if (query(s, what, sql, &result, err) < 0)
        return -1;
    duckdb_destroy_result(&result);
    return 0;
}

int script_number(struct store *s, const char *what, struct str sql, int64_t *out, struct err *err)
{
    duckdb_result result;

    if (query(s, what, sql, &result, err) < 0)
        return -1;
    if (duckdb_row_count(&result) > 0 && !duckdb_value_is_null(&result, 0, 0))
        *out = duckdb_value_int64(&result, 0, 0);
    duckdb_destroy_result(&result);
    return 0;
}

static void free_values(struct str *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        duckdb_free((char *)values[i].ptr);
    free(values);
}

int script_rows(struct store *s, const char *what, struct str sql,
                int (*row)(void *ctx, const struct str *values, size_t count, struct err *err),
                void *ctx, struct err *err)
{
    duckdb_result result;
    int status = 0;

    if (query(s, what, sql, &result, err) < 0)
        return -1;
    for (idx_t i = 0; i < duckdb_row_count(&result) && status == 0; i++) {
        size_t count = duckdb_column_count(&result);
        struct str *values = xcalloc(count, sizeof *values);

        for (idx_t k = 0; k < count; k++)
            values[k] = str_from(duckdb_value_varchar(&result, k, i));
        status = row(ctx, values, count, err);
        free_values(values, count);
    }
    duckdb_destroy_result(&result);
    return status;
}

int script_keys(struct store *s, const char *what, struct str sql,
                void (*each)(void *ctx, uint64_t key), void *ctx, struct err *err)
{
    duckdb_data_chunk chunk;
    duckdb_result result;

    if (query(s, what, sql, &result, err) < 0)
        return -1;
    CHECK(duckdb_column_type(&result, 0) == DUCKDB_TYPE_UBIGINT);
    while ((chunk = duckdb_fetch_chunk(result))) {
        const uint64_t *keys = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));

        for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk); i++)
            each(ctx, keys[i]);
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
    return 0;
}

struct str script_property(const struct store *s, struct str property)
{
    const struct property *p = schema_find(s->schema, property);

    return p && !p->hidden ? str_from(p->column) : STR_NONE;
}

struct str script_column(const struct store *s, struct str property)
{
    const struct property *p = schema_find(s->schema, property);

    return p ? str_from(p->column) : STR_NONE;
}

bool script_is_hidden(const struct store *s, struct str property)
{
    const struct property *p = schema_find(s->schema, property);

    return p && p->hidden;
}

bool script_is_number(const struct store *s, struct str property)
{
    const struct property *p = schema_find(s->schema, property);

    return p && schema_view_kind(p) == KIND_NUMBER;
}

int64_t script_loaded(const struct store *s)
{
    return s->position;
}
