/* SPDX-License-Identifier: Apache-2.0 */
/* bare.c: the reference for loading: `bare FROM.duckdb TO.duckdb TABLE` copies a table's rows by data
 * chunks alone, in transactions of whole row groups, and prints rows per second of CPU.
 *
 * The same columns and the same rows as the table that was loaded from events, with nothing of ours
 * around them. Reading the rows is measured by itself first and taken off. */
#include <duckdb.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS_PER_TRANSACTION = 122880 };

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bare: %s: %s\n", what, why ? why : "failed");
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(duckdb_connection con, const char *sql)
{
    duckdb_result result;

    if (duckdb_query(con, sql, &result) != DuckDBSuccess)
        die(sql, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
}

static void open_database(const char *file, duckdb_connection *con)
{
    duckdb_database db;
    duckdb_config config;
    char *why = NULL;

    duckdb_create_config(&config);
    duckdb_set_config(config, "threads", "2");
    duckdb_set_config(config, "memory_limit", "1GB");
    duckdb_set_config(config, "preserve_insertion_order", "false");
    duckdb_set_config(config, "storage_compatibility_version", "v1.4.0");
    if (duckdb_open_ext(file, &db, config, &why) != DuckDBSuccess)
        die(file, why);
    duckdb_destroy_config(&config);
    if (duckdb_connect(db, con) != DuckDBSuccess)
        die(file, NULL);
}

/* Appends every chunk of the rows to `table`, or only reads them where it is NULL. */
static uint64_t copy_rows(duckdb_connection from, duckdb_connection to, const char *select,
                          const char *table)
{
    duckdb_prepared_statement stmt;
    duckdb_pending_result pending;
    duckdb_appender appender = NULL;
    duckdb_result rows;
    duckdb_data_chunk chunk;
    uint64_t count = 0, in_transaction = 0;

    if (duckdb_prepare(from, select, &stmt) != DuckDBSuccess)
        die(select, duckdb_prepare_error(stmt));
    if (duckdb_pending_prepared_streaming(stmt, &pending) != DuckDBSuccess ||
        duckdb_execute_pending(pending, &rows) != DuckDBSuccess)
        die(select, "cannot be read");
    while ((chunk = duckdb_fetch_chunk(rows))) {
        uint64_t n = duckdb_data_chunk_get_size(chunk);

        if (table && !appender) {
            run(to, "BEGIN TRANSACTION");
            if (duckdb_appender_create(to, NULL, table, &appender) != DuckDBSuccess)
                die(table, duckdb_appender_error(appender));
        }
        if (table && duckdb_append_data_chunk(appender, chunk) != DuckDBSuccess)
            die(table, duckdb_appender_error(appender));
        duckdb_destroy_data_chunk(&chunk);
        count += n;
        in_transaction += n;
        if (table && in_transaction >= ROWS_PER_TRANSACTION) {
            if (duckdb_appender_destroy(&appender) != DuckDBSuccess)
                die(table, "flush");
            appender = NULL;
            run(to, "COMMIT");
            in_transaction = 0;
        }
    }
    if (appender) {
        if (duckdb_appender_destroy(&appender) != DuckDBSuccess)
            die(table, "flush");
        run(to, "COMMIT");
    }
    duckdb_destroy_result(&rows);
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&stmt);
    return count;
}

/* The statement that made the table, from DuckDB's own catalogue. */
static char *definition_of(duckdb_connection con, const char *table)
{
    char sql[256];
    duckdb_result result;
    char *text;

    snprintf(sql, sizeof sql, "SELECT sql FROM duckdb_tables() WHERE table_name = '%s'", table);
    if (duckdb_query(con, sql, &result) != DuckDBSuccess || duckdb_row_count(&result) != 1)
        die(table, "is not there");
    text = duckdb_value_varchar(&result, 0, 0);
    duckdb_destroy_result(&result);
    return text;
}

int main(int argc, char **argv)
{
    duckdb_connection from, to;
    char select[256], *definition;
    double reading, copying, before;
    uint64_t rows;

    if (argc != 4) {
        fprintf(stderr, "usage: bare FROM.duckdb TO.duckdb TABLE\n");
        return 2;
    }
    open_database(argv[1], &from);
    open_database(argv[2], &to);
    definition = definition_of(from, argv[3]);
    run(to, definition);
    duckdb_free(definition);
    snprintf(select, sizeof select, "SELECT * FROM %s", argv[3]);
    copy_rows(from, to, select, NULL); /* the file is in memory from here on */
    before = cpu_seconds();
    copy_rows(from, to, select, NULL);
    reading = cpu_seconds() - before;
    before = cpu_seconds();
    rows = copy_rows(from, to, select, argv[3]);
    run(to, "CHECKPOINT");
    copying = cpu_seconds() - before - reading;
    printf("%" PRIu64 " rows, %.0f rows/s of CPU\n", rows, (double)rows / copying);
    return 0;
}
