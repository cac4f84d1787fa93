/* SPDX-License-Identifier: Apache-2.0 */
/* layout_calls.c: what the single calls of DuckDB's C API cost that filling a chunk consists of.
 *
 * Uses a table in memory with sixty columns, two thirds of them texts. Each figure is CPU time. */
#include "layout_calls.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { COLUMNS = 60, CHUNKS = 500, ROWS = EV_BATCH };

void duckdb_unsafe_vector_assign_string_element_len(duckdb_vector vector, idx_t index,
                                                    const char *str, idx_t str_len)
    __attribute__((weak));

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void create_table(duckdb_connection con)
{
    char sql[2048] = "CREATE TABLE calls (c0 BIGINT";
    size_t at = strlen(sql);

    for (int i = 1; i < COLUMNS; i++)
        at += (size_t)snprintf(sql + at, sizeof sql - at, ", c%d %s", i,
                               i % 3 ? "VARCHAR" : "BIGINT");
    run_sql(con, "%s)", sql);
}

static void time_appender(duckdb_connection con)
{
    double start = cpu();

    for (int i = 0; i < CHUNKS; i++) {
        duckdb_appender a;

        if (duckdb_appender_create(con, NULL, "calls", &a) != DuckDBSuccess)
            die("appender: %s", duckdb_appender_error(a));
        duckdb_appender_destroy(&a);
    }
    printf("appender created and destroyed: %.1f us\n", (cpu() - start) / CHUNKS * 1e6);
}

static void bind_all(duckdb_data_chunk chunk)
{
    for (idx_t c = 0; c < COLUMNS; c++) {
        duckdb_vector v = duckdb_data_chunk_get_vector(chunk, c);

        duckdb_vector_ensure_validity_writable(v);
        memset(duckdb_vector_get_validity(v), 0, ROWS / 8);
    }
}

static duckdb_data_chunk time_chunks(duckdb_logical_type *types)
{
    duckdb_data_chunk chunk;
    double start = cpu();

    for (int i = 0; i < CHUNKS; i++) {
        chunk = duckdb_create_data_chunk(types, COLUMNS);
        bind_all(chunk);
        duckdb_destroy_data_chunk(&chunk);
    }
    printf("chunk created, bound and destroyed: %.1f us\n", (cpu() - start) / CHUNKS * 1e6);
    chunk = duckdb_create_data_chunk(types, COLUMNS);
    start = cpu();
    for (int i = 0; i < CHUNKS; i++) {
        duckdb_data_chunk_reset(chunk);
        bind_all(chunk);
    }
    printf("chunk reset and bound: %.1f us\n", (cpu() - start) / CHUNKS * 1e6);
    return chunk;
}

static void time_masks(duckdb_data_chunk chunk)
{
    uint64_t *mask = duckdb_vector_get_validity(duckdb_data_chunk_get_vector(chunk, 0));
    double start = cpu();

    for (int i = 0; i < CHUNKS; i++)
        for (idx_t row = 0; row < ROWS; row++)
            duckdb_validity_set_row_invalid(mask, row);
    printf("row set invalid: %.2f ns\n", (cpu() - start) / CHUNKS / ROWS * 1e9);
    start = cpu();
    for (int i = 0; i < CHUNKS * 100; i++) {
        memset(mask, 0, ROWS / 8);
        __asm__ volatile("" : : "r"(mask) : "memory");
    }
    printf("mask cleared: %.4f ns a row\n", (cpu() - start) / CHUNKS / 100 / ROWS * 1e9);
}

static void set_direct(duckdb_vector v, idx_t row, const char *text, idx_t len)
{
    duckdb_string_t *out = (duckdb_string_t *)duckdb_vector_get_data(v) + row;

    if (len <= sizeof out->value.inlined.inlined) {
        *out = (duckdb_string_t){.value.inlined.length = (uint32_t)len};
        memcpy(out->value.inlined.inlined, text, len);
        return;
    }
    out->value.pointer.length = (uint32_t)len;
    memcpy(out->value.pointer.prefix, text, sizeof out->value.pointer.prefix);
    out->value.pointer.ptr = (char *)(uintptr_t)text;
}

static void time_texts(duckdb_data_chunk chunk, const char *label,
                       void (*set)(duckdb_vector, idx_t, const char *, idx_t))
{
    static const char text[] = "0123456789abcdef0123456789abcdef";

    for (idx_t len = 8; set && len <= 32; len += 24) {
        double sum = 0;

        for (int i = 0; i < CHUNKS; i++) {
            duckdb_vector v;
            double start;

            duckdb_data_chunk_reset(chunk);
            v = duckdb_data_chunk_get_vector(chunk, 1);
            start = cpu();
            for (idx_t row = 0; row < ROWS; row++)
                set(v, row, text, len);
            sum += cpu() - start;
        }
        printf("%s: %.1f ns for %d bytes\n", label, sum / CHUNKS / ROWS * 1e9, (int)len);
    }
}

void time_calls(duckdb_connection con)
{
    duckdb_logical_type types[COLUMNS];
    duckdb_data_chunk chunk;
    duckdb_appender a;

    create_table(con);
    time_appender(con);
    if (duckdb_appender_create(con, NULL, "calls", &a) != DuckDBSuccess)
        die("appender: %s", duckdb_appender_error(a));
    for (idx_t i = 0; i < COLUMNS; i++)
        types[i] = duckdb_appender_column_type(a, i);
    chunk = time_chunks(types);
    time_masks(chunk);
    time_texts(chunk, "text assigned", duckdb_vector_assign_string_element_len);
    time_texts(chunk, "text assigned unsafely", duckdb_unsafe_vector_assign_string_element_len);
    time_texts(chunk, "text pointed at", set_direct);
    duckdb_destroy_data_chunk(&chunk);
    for (int i = 0; i < COLUMNS; i++)
        duckdb_destroy_logical_type(&types[i]);
    duckdb_appender_destroy(&a);
}
