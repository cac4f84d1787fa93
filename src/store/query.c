/* SPDX-License-Identifier: Apache-2.0 */
/* query.c: runs a question and writes its answer.
 *
 * A watch beside it ends it when it must not go on (watch.c). Rows
 * are streamed, so an answer's size costs no memory here (a table's excepted: answer.h). */
#include "store/query.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "store/answer.h"
#include "store/internal.h"
#include "store/watch.h"

enum { COPY_BLOCK = 64 * 1024 };

static const struct {
    const char *name, *content_type;
} formats[] = {
    [QUERY_TABLE] = {"table", "text/plain; charset=utf-8"},
    [QUERY_CSV] = {"csv", "text/csv; charset=utf-8"},
    [QUERY_JSON] = {"json", "application/json"},
    [QUERY_NDJSON] = {"ndjson", "application/x-ndjson"},
    [QUERY_PARQUET] = {"parquet", "application/vnd.apache.parquet"},
};

int query_format_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (str_is(name, formats[i].name))
            return (int)i;
    return -1;
}

const char *query_format_content_type(enum query_format format)
{
    CHECK(format < ARRAY_LEN(formats));
    return formats[format].content_type;
}

/* One asking: everything that its parts need. */
struct asking {
    struct store *store;
    duckdb_connection con;
    const struct query_opts *opts;
    struct question q;
    int guard;
    struct query_result result;
};

static void put_select_list(struct buf *columns, struct buf *names, const struct asking *as)
{
    bool json = as->opts->format == QUERY_JSON || as->opts->format == QUERY_NDJSON;

    for (size_t i = 0; i < as->q.column_count; i++) {
        bool nested = json && as->q.columns[i].shape == QUESTION_NESTED;

        buf_printf(columns, "%s%s(c%zu%s", i ? ", " : "", nested ? "to_json" : "CAST", i,
                   nested ? ")" : " AS VARCHAR)");
        buf_printf(names, "%sc%zu", i ? ", " : "", i);
    }
}

static int prepare_rows(struct asking *as, duckdb_prepared_statement *out, struct err *err)
{
    AUTO_BUF sql, columns, names;
    struct sql_blank blanks[] = {
        {"columns", STR_NONE}, {"question", as->q.sql}, {"names", STR_NONE}};
    duckdb_prepared_statement stmt = NULL;

    buf_init(&sql, 4 * QUESTION_BYTES_MAX);
    buf_init(&columns, QUESTION_BYTES_MAX);
    buf_init(&names, QUESTION_BYTES_MAX);
    if (as->q.explain) {
        buf_str(&sql, str_from(as->q.explain));
        buf_str(&sql, as->q.sql);
    } else {
        put_select_list(&columns, &names, as);
        blanks[0].text = buf_as_str(&columns);
        blanks[2].text = buf_as_str(&names);
        duck_fill(&sql, "question_rows", blanks, ARRAY_LEN(blanks));
    }
    buf_char(&sql, '\0');
    CHECK(!buf_failed(&sql) && !buf_failed(&columns) && !buf_failed(&names));
    if (duckdb_prepare(as->con, sql.ptr, &stmt) != DuckDBSuccess) {
        duck_error(err, DUCKDB_ERROR_BINDER, "question", duckdb_prepare_error(stmt));
        duckdb_destroy_prepare(&stmt);
        return -1;
    }
    *out = stmt;
    return 0;
}

static struct str cell_of(duckdb_vector vector, idx_t row)
{
    uint64_t *validity = duckdb_vector_get_validity(vector);
    duckdb_string_t *text = (duckdb_string_t *)duckdb_vector_get_data(vector) + row;

    if (validity && !duckdb_validity_row_is_valid(validity, row))
        return STR_NONE;
    return str_of(duckdb_string_t_data(text), duckdb_string_t_length(*text));
}

/* -1 with *err; 1 where the row limit is reached. */
static int write_chunk(struct asking *as, struct answer *answer, duckdb_data_chunk chunk,
                       struct str *cells, struct err *err)
{
    idx_t rows = duckdb_data_chunk_get_size(chunk);

    for (idx_t row = 0; row < rows; row++) {
        if (as->opts->rows_max && as->result.rows >= as->opts->rows_max) {
            as->result.cut = true;
            return 1;
        }
        for (size_t i = 0; i < as->q.column_count; i++)
            cells[i] = cell_of(duckdb_data_chunk_get_vector(chunk, i), row);
        if (answer_row(answer, cells, err) < 0)
            return -1;
        as->result.rows++;
    }
    return 0;
}

static int write_rows(struct asking *as, duckdb_result *rows, int64_t began_us, struct err *err)
{
    AUTO_FREE struct str *cells = xcalloc(as->q.column_count, sizeof *cells);
    struct answer *answer = answer_new(&as->q, as->opts);
    int status = answer_begin(answer, err);
    duckdb_data_chunk chunk;

    while (status == 0 && (chunk = duckdb_fetch_chunk(*rows))) {
        status = write_chunk(as, answer, chunk, cells, err);
        duckdb_destroy_data_chunk(&chunk);
    }
    if (status == 0 && duckdb_result_error(rows) && duckdb_result_error(rows)[0])
        status = duck_result_error(err, rows, "question");
    as->result.took_us = clock_monotonic_us() - began_us;
    if (status >= 0)
        status = answer_end(answer, &as->result, err);
    answer_free(answer);
    return status < 0 ? -1 : 0;
}

static int answer_with_rows(struct asking *as, int64_t began_us, struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_pending_result pending = NULL;
    duckdb_result rows;
    int status = -1;

    if (prepare_rows(as, &stmt, err) < 0)
        return -1;
    if (duckdb_pending_prepared_streaming(stmt, &pending) != DuckDBSuccess) {
        duck_error(err, DUCKDB_ERROR_EXECUTOR, "question", duckdb_pending_error(pending));
    } else if (duckdb_execute_pending(pending, &rows) != DuckDBSuccess) {
        duck_result_error(err, &rows, "question");
        duckdb_destroy_result(&rows);
    } else {
        status = write_rows(as, &rows, began_us, err);
        duckdb_destroy_result(&rows);
    }
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&stmt);
    return status;
}

static int pass_file_on(struct asking *as, const char *file, struct err *err)
{
    AUTO_FD fd = open(file, O_RDONLY | O_CLOEXEC);
    char block[COPY_BLOCK];
    ssize_t n;

    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", file, strerror(errno));
    while ((n = read(fd, block, sizeof block)) > 0)
        if (as->opts->write(as->opts->ctx, str_of(block, (size_t)n)) < 0)
            return err_set(err, ERR_IO, "the answer could not be passed on");
    return n < 0 ? err_set(err, ERR_IO, "read %s: %s", file, strerror(errno)) : 0;
}

static int answer_with_parquet(struct asking *as, int64_t began_us, struct err *err)
{
    AUTO_BUF quoted;
    AUTO_FREE char *file = NULL;
    unsigned char random[8];
    char hex[17] = {0};
    int status;

    buf_init(&quoted, 64 * 1024);
    if (!as->store->export_dir || as->q.explain)
        return err_set(err, ERR_USAGE, "this cannot be had as Parquet here; ask for csv or ndjson");
    random_bytes(random, sizeof random);
    hex_encode(hex, random, sizeof random);
    file = xasprintf("%s/answer-%s.parquet", as->store->export_dir, hex);
    sql_literal(&quoted, str_from(file));
    status = duck_run_filled(
        as->con, "question_parquet",
        (struct sql_blank[]){{"question", as->q.sql}, {"file", buf_as_str(&quoted)}}, 2, err);
    as->result.took_us = clock_monotonic_us() - began_us;
    if (status == 0)
        status = pass_file_on(as, file, err);
    unlink(file);
    return status;
}

static int measure_progress(duckdb_connection con, struct err *err)
{
    static const char *const settings[][2] = {{"enable_progress_bar_print", "false"},
                                              {"enable_progress_bar", "true"},
                                              {"progress_bar_time", "0"}};

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const struct sql_blank blanks[] = {{"setting", str_from(settings[i][0])},
                                           {"value", str_from(settings[i][1])}};

        if (duck_run_filled(con, "measure_progress", blanks, ARRAY_LEN(blanks), err) < 0)
            return -1;
    }
    return 0;
}

/* In the question's transaction, so that both see the same. */
static int check_still(const struct asking *as, struct err *err)
{
    AUTO_FREE char *sql = xmemdup(as->opts->still.ptr, as->opts->still.len);
    duckdb_result result;
    int status = 0;
    bool holds;

    if (duckdb_query(as->con, sql, &result) != DuckDBSuccess)
        status = duck_result_error(err, &result, "question");
    holds = status == 0 && duckdb_value_boolean(&result, 0, 0);
    duckdb_destroy_result(&result);
    if (status < 0 || holds)
        return status;
    if (as->opts->moved)
        *as->opts->moved = true;
    return err_set(err, ERR_BUSY, "the tables have changed meanwhile; ask again");
}

static enum question_whose whose(const struct query_opts *opts)
{
    if (opts->ours || (opts->trusted && !opts->without_hidden))
        return QUESTION_OURS;
    return opts->without_hidden ? QUESTION_SHOWN : QUESTION_FULL;
}

static int ask(struct asking *as, struct err *err)
{
    const struct question_asker asker = {whose(as->opts), as->guard};
    int64_t began_us = clock_monotonic_us();
    int status;

    if (as->opts->progress && measure_progress(as->con, err) < 0)
        return -1;
    if (as->opts->without_hidden && duck_run(as->con, "use_shown", err) < 0)
        return -1;
    if (duck_run(as->con, "begin_question", err) < 0)
        return -1;
    if (as->opts->still.len && check_still(as, err) < 0)
        return -1;
    if (question_check(&as->q, as->con, as->opts->sql, asker, err) < 0)
        return -1;
    if (as->opts->format == QUERY_PARQUET)
        status = answer_with_parquet(as, began_us, err);
    else
        status = answer_with_rows(as, began_us, err);
    question_free(&as->q);
    return status;
}

int query_run(struct store *s, const struct query_opts *opts, struct query_result *out,
              struct err *err)
{
    struct asking as = {.store = s, .opts = opts};
    struct watch watch;
    int status = -1;

    CHECK(opts->timeout_us > 0);
    if (store_connect(s, &as.con, err) < 0)
        return -1;
    if (watch_start(&watch, s, as.con, opts, err) == 0) {
        as.guard = watch.guard;
        status = ask(&as, err);
        watch_stop(&watch);
        if (status < 0)
            watch_explain(&watch, err);
    }
    duck_disconnect(&as.con);
    if (status == 0)
        *out = as.result;
    return status;
}
