/* SPDX-License-Identifier: Apache-2.0 */
/* chunk.h: rows for one table, gathered column by column and handed to DuckDB by the thousand.
 *
 * A row begins as all NULL; a column that is not written costs nothing for it. Text is copied until
 * the chunk is appended. Rows are in the table only after chunk_flush, and then within the
 * transaction that the connection is in.
 * Threads: one owner, the connection's. */
#pragma once
#include <duckdb.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct chunk_column {
    void *data;
    uint64_t *valid;
    duckdb_vector vector;
    duckdb_vector child; /* of a list, or NULL */
    void *child_data;
    size_t child_len, child_cap;
};

struct chunk {
    duckdb_connection con;
    const char *table;
    duckdb_appender appender; /* NULL until the first row */
    duckdb_data_chunk chunk;
    struct chunk_column *columns;
    idx_t column_count, rows;
    struct arena *texts;
};

/* Costs nothing until the first row. Keeps con and table. */
void chunk_init(struct chunk *c, duckdb_connection con, const char *table);
/* Before a rollback, or after a flush: rows that were not flushed are lost with the transaction. */
void chunk_close(struct chunk *c);
/* Makes ready for one more row, appending what is full. */
int chunk_begin_row(struct chunk *c, struct err *err);
/* All rows so far are in the table when it returns 0. */
int chunk_flush(struct chunk *c, struct err *err);
/* Room for n items of a list in this row, of which the first has the returned number. */
size_t chunk_list(struct chunk *c, idx_t column, size_t n);
void chunk_list_null(struct chunk *c, idx_t column, size_t item);
/* Puts text into a vector's string: copied where it is long. */
void chunk_put_text(struct chunk *c, duckdb_string_t *out, struct str s);

static inline void chunk_end_row(struct chunk *c)
{
    c->rows++;
}

/* Marks the row's value as there, and gives its place. */
static inline void *chunk_value(struct chunk *c, idx_t column)
{
    struct chunk_column *col = c->columns + column;

    col->valid[c->rows >> 6] |= UINT64_C(1) << (c->rows & 63);
    return col->data;
}

static inline void chunk_i64(struct chunk *c, idx_t column, int64_t v)
{
    ((int64_t *)chunk_value(c, column))[c->rows] = v;
}

static inline void chunk_i32(struct chunk *c, idx_t column, int32_t v)
{
    ((int32_t *)chunk_value(c, column))[c->rows] = v;
}

static inline void chunk_i16(struct chunk *c, idx_t column, int16_t v)
{
    ((int16_t *)chunk_value(c, column))[c->rows] = v;
}

static inline void chunk_f64(struct chunk *c, idx_t column, double v)
{
    ((double *)chunk_value(c, column))[c->rows] = v;
}

static inline void chunk_bool(struct chunk *c, idx_t column, bool v)
{
    ((bool *)chunk_value(c, column))[c->rows] = v;
}

/* DuckDB keeps a UUID as a signed number, so that the first bit sorts the right way when flipped. */
static inline duckdb_hugeint chunk_uuid_value(const uint8_t *bytes)
{
    uint64_t upper, lower;

    memcpy(&upper, bytes, sizeof upper);
    memcpy(&lower, bytes + 8, sizeof lower);
    upper = __builtin_bswap64(upper) ^ UINT64_C(1) << 63;
    return (duckdb_hugeint){.lower = __builtin_bswap64(lower), .upper = (int64_t)upper};
}

static inline void chunk_uuid(struct chunk *c, idx_t column, const uint8_t *bytes)
{
    ((duckdb_hugeint *)chunk_value(c, column))[c->rows] = chunk_uuid_value(bytes);
}

/* Absent text stays NULL. */
static inline void chunk_text(struct chunk *c, idx_t column, struct str s)
{
    if (s.ptr)
        chunk_put_text(c, (duckdb_string_t *)chunk_value(c, column) + c->rows, s);
}
