/* SPDX-License-Identifier: Apache-2.0 */
/* chunk.c: fills DuckDB's vectors in place.
 *
 * The mask of every column starts as all NULL and each value sets its bit. Strings of up to 12 bytes
 * stand in the vector; longer ones point into the chunk's own texts, which DuckDB copies when the
 * chunk is appended. Promises nothing about what the text is: that it is UTF-8 is the caller's. */
#include "store/chunk.h"

#include "base/check.h"
#include "base/mem.h"
#include "store/duck.h"

enum {
    ROWS = 2048, /* DuckDB's vector */
    INLINE_MAX = 12,
    TEXTS_KEPT = 1 << 20,
    TEXTS_FULL = 16 << 20, /* a chunk of longer texts is appended before it has all its rows */
    TEXTS_MAX = 128 << 20, /* what load.c lets through of one record fits between the two */
};

void chunk_init(struct chunk *c, duckdb_connection con, const char *table)
{
    *c = (struct chunk){.con = con, .table = table};
}

void chunk_close(struct chunk *c)
{
    if (c->chunk)
        duckdb_destroy_data_chunk(&c->chunk);
    if (c->appender)
        duckdb_appender_destroy(&c->appender);
    free(c->columns);
    arena_free(c->texts);
    chunk_init(c, c->con, c->table);
}

/* Where the vectors' bytes are, after the chunk was made or reset. */
static void bind_columns(struct chunk *c)
{
    for (idx_t i = 0; i < c->column_count; i++) {
        struct chunk_column *col = c->columns + i;

        col->vector = duckdb_data_chunk_get_vector(c->chunk, i);
        duckdb_vector_ensure_validity_writable(col->vector);
        col->data = duckdb_vector_get_data(col->vector);
        col->valid = duckdb_vector_get_validity(col->vector);
        memset(col->valid, 0, ROWS / 8);
        col->child_len = col->child_cap = 0;
        if (col->child)
            col->child = duckdb_list_vector_get_child(col->vector);
    }
    c->rows = 0;
    arena_reset(c->texts);
}

static int appender_error(struct chunk *c, struct err *err)
{
    duckdb_error_data data = duckdb_appender_error_data(c->appender);

    duck_error(err, duckdb_error_data_error_type(data), c->table, duckdb_error_data_message(data));
    duckdb_destroy_error_data(&data);
    return -1;
}

static int open_chunk(struct chunk *c, struct err *err)
{
    duckdb_logical_type *types;

    CHECK(duckdb_vector_size() == ROWS);
    if (duckdb_appender_create(c->con, NULL, c->table, &c->appender) != DuckDBSuccess) {
        appender_error(c, err);
        duckdb_appender_destroy(&c->appender);
        return -1;
    }
    c->column_count = duckdb_appender_column_count(c->appender);
    c->columns = xcalloc(c->column_count, sizeof *c->columns);
    types = xcalloc(c->column_count, sizeof *types);
    for (idx_t i = 0; i < c->column_count; i++)
        types[i] = duckdb_appender_column_type(c->appender, i);
    c->chunk = duckdb_create_data_chunk(types, c->column_count);
    for (idx_t i = 0; i < c->column_count; i++) {
        if (duckdb_get_type_id(types[i]) == DUCKDB_TYPE_LIST)
            c->columns[i].child =
                duckdb_list_vector_get_child(duckdb_data_chunk_get_vector(c->chunk, i));
        duckdb_destroy_logical_type(&types[i]);
    }
    free(types);
    c->texts = arena_new(TEXTS_KEPT, TEXTS_MAX);
    bind_columns(c);
    return 0;
}

static int append_rows(struct chunk *c, struct err *err)
{
    for (idx_t i = 0; i < c->column_count; i++)
        if (c->columns[i].child)
            duckdb_list_vector_set_size(c->columns[i].vector, c->columns[i].child_len);
    duckdb_data_chunk_set_size(c->chunk, c->rows);
    if (duckdb_append_data_chunk(c->appender, c->chunk) != DuckDBSuccess)
        return appender_error(c, err);
    duckdb_data_chunk_reset(c->chunk);
    bind_columns(c);
    return 0;
}

int chunk_begin_row(struct chunk *c, struct err *err)
{
    if (!c->appender && open_chunk(c, err) < 0)
        return -1;
    if (c->rows == ROWS || arena_used(c->texts) > TEXTS_FULL)
        return append_rows(c, err);
    return 0;
}

int chunk_flush(struct chunk *c, struct err *err)
{
    if (!c->appender)
        return 0;
    if (c->rows && append_rows(c, err) < 0)
        return -1;
    if (duckdb_appender_flush(c->appender) != DuckDBSuccess)
        return appender_error(c, err);
    return 0;
}

size_t chunk_list(struct chunk *c, idx_t column, size_t n)
{
    struct chunk_column *col = c->columns + column;
    duckdb_list_entry *entry = (duckdb_list_entry *)chunk_value(c, column) + c->rows;
    size_t first = col->child_len;

    CHECK(col->child);
    if (first + n > col->child_cap) {
        col->child_cap = first + n < ROWS ? ROWS : 2 * (first + n);
        CHECK(duckdb_list_vector_reserve(col->vector, col->child_cap) == DuckDBSuccess);
        col->child = duckdb_list_vector_get_child(col->vector);
        col->child_data = duckdb_vector_get_data(col->child);
    }
    *entry = (duckdb_list_entry){.offset = first, .length = n};
    col->child_len = first + n;
    return first;
}

void chunk_list_null(struct chunk *c, idx_t column, size_t item)
{
    duckdb_vector child = c->columns[column].child;

    duckdb_vector_ensure_validity_writable(child);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(child), item);
}

void chunk_put_text(struct chunk *c, duckdb_string_t *out, struct str s)
{
    char *copy;

    if (s.len <= INLINE_MAX) {
        *out = (duckdb_string_t){.value.inlined.length = (uint32_t)s.len};
        if (s.len)
            memcpy(out->value.inlined.inlined, s.ptr, s.len);
        return;
    }
    copy = arena_alloc_raw(c->texts, s.len);
    CHECK(copy);
    memcpy(copy, s.ptr, s.len);
    out->value.pointer.length = (uint32_t)s.len;
    memcpy(out->value.pointer.prefix, s.ptr, sizeof out->value.pointer.prefix);
    out->value.pointer.ptr = copy;
}
