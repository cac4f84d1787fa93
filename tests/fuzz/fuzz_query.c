/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_query.c: any bytes as the body of POST /api/query, or as the question in it. What passes is
 * one statement that reads, whatever it was wrapped in; nothing is executed here.
 *
 * Input: byte 0: bit 0 for a whole body; otherwise a question, with words that mutation finds late put
 * for single bytes where bit 1 is set; bit 2: asked by who may not see hidden values. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "console/query_body.h"
#include "store/internal.h"
#include "store/question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const words[] = {
    "SELECT ",
    " FROM ",
    " WHERE ",
    "events",
    "quarantine",
    "events_data",
    "shown.",
    "main.",
    "EXPLAIN ",
    "ANALYZE ",
    "SHOW ",
    "DESCRIBE ",
    "read_csv('",
    "read_text('",
    "glob('",
    "COPY ",
    " TO ",
    "ATTACH ",
    "INSTALL ",
    "LOAD ",
    "PRAGMA ",
    "SET ",
    "CALL ",
    "getenv('",
    "query('",
    "WITH x AS (",
    "DELETE FROM ",
    "INSERT INTO ",
    "UPDATE ",
    "CREATE TABLE ",
    "DROP ",
    "EXECUTE ",
    "PREPARE ",
    "$$",
    "/*",
    "*/",
    "--",
    ";",
    "query_table('",
    "duckdb_settings()",
    "range(",
    "unnest(",
    "VALUES ",
};

static duckdb_connection connect_once(void)
{
    static char dir[] = "/tmp/weir-fuzz-XXXXXX";
    static duckdb_connection con;
    struct store_opts opts = {.memory_bytes = UINT64_C(256) << 20, .threads = 1};
    static struct store *store; /* reachable, for the leak sanitizer */
    struct err err;

    if (con)
        return con;
    CHECK(mkdtemp(dir));
    {
        AUTO_FREE char *file = xasprintf("%s/weir.duckdb", dir);
        AUTO_FREE char *exports = xasprintf("%s/exports", dir);

        opts.file = file;
        opts.export_dir = exports;
        CHECK(store_open(&store, &opts, &err) == 0);
        CHECK(store_connect(store, &con, &err) == 0);
        unlink(file); /* it lives on in this process alone */
    }
    return con;
}

static void ask(struct str sql, bool shown)
{
    duckdb_connection con = connect_once();
    duckdb_prepared_statement stmt;
    duckdb_extracted_statements all;
    struct question q;
    struct err err = {0};
    duckdb_statement_type type;

    if (question_check(&q, con, sql,
                       (struct question_asker){shown ? QUESTION_SHOWN : QUESTION_FULL, 0},
                       &err) < 0) {
        CHECK(err.code && err.text[0]);
        return;
    }
    {
        AUTO_FREE char *text = xmemdup(q.sql.ptr, q.sql.len);

        CHECK(duckdb_extract_statements(con, text, &all) == 1);
        duckdb_destroy_extracted(&all);
        CHECK(duckdb_prepare(con, text, &stmt) == DuckDBSuccess);
        type = duckdb_prepared_statement_type(stmt);
        CHECK(type == DUCKDB_STATEMENT_TYPE_SELECT || type == DUCKDB_STATEMENT_TYPE_EXPLAIN);
        duckdb_destroy_prepare(&stmt);
    }
    question_free(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct query_opts opts = {.timeout_us = 1000000};
    struct query_body body;
    struct err err = {0};
    struct buf sql;

    if (size < 2)
        return 0;
    if (data[0] & 1) {
        if (query_body_read(&body, &opts, str_of((const char *)data + 1, size - 1), &err) == 0) {
            CHECK(opts.timeout_us > 0 && opts.timeout_us <= 1000000);
            ask(opts.sql, data[0] & 4);
        } else {
            CHECK(err.text[0]);
        }
        query_body_free(&body);
        return 0;
    }
    buf_init(&sql, 1 << 20);
    for (size_t i = 1; i < size; i++)
        if ((data[0] & 2) && data[i] >= 128)
            buf_str(&sql, str_from(words[data[i] % ARRAY_LEN(words)]));
        else
            buf_char(&sql, (char)data[i]);
    ask(buf_as_str(&sql), data[0] & 4);
    buf_free(&sql);
    return 0;
}
