/* SPDX-License-Identifier: Apache-2.0 */
/* Questions from outside: what is answered, how, and what is not. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "store/query.h"
#include "store/question.h"

static char folder[] = "/tmp/weir-query-XXXXXX";
static struct store *store;

static int open_store(void **state)
{
    AUTO_FREE char *file = NULL, *exports = NULL;
    struct err err;

    if (!mkdtemp(folder))
        return -1;
    file = io_join(folder, "weir.duckdb");
    exports = io_join(folder, "exports");
    return store_open(
        &store,
        &(struct store_opts){
            .file = file, .export_dir = exports, .memory_bytes = UINT64_C(256) << 20, .threads = 2},
        &err);
}

static int unlink_entry(void *dir, const char *name)
{
    AUTO_FREE char *path = io_join(dir, name);

    unlink(path);
    rmdir(path);
    return 0;
}

static int close_store(void **state)
{
    AUTO_FREE char *exports = io_join(folder, "exports");

    store_close(store);
    io_system()->list(io_system(), exports, unlink_entry, exports);
    io_system()->list(io_system(), folder, unlink_entry, folder);
    return rmdir(folder);
}

static int collect(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return buf_failed(ctx) ? -1 : 0;
}

static int ask(const char *sql, enum query_format format, struct buf *out,
               struct query_result *result, struct err *err)
{
    buf_reset(out, 0);
    return query_run(store,
                     &(struct query_opts){.sql = str_from(sql),
                                          .format = format,
                                          .timeout_us = 20000000,
                                          .write = collect,
                                          .ctx = out},
                     result, err);
}

static void answers_are(const char *sql, enum query_format format, const char *expected)
{
    struct query_result result;
    struct err err = {0};
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    if (ask(sql, format, &out, &result, &err) < 0)
        fail_msg("%s: %s", sql, err.text);
    buf_char(&out, '\0');
    assert_string_equal(out.ptr, expected);
}

static void csv_quotes_and_defuses(void **state)
{
    answers_are("SELECT 1 AS a, 'x,y' AS b, 'say \"hi\"' AS c, NULL AS d, '' AS e, '=1+1' AS f, "
                "-5 AS g, '-5' AS h",
                QUERY_CSV,
                "a,b,c,d,e,f,g,h\r\n1,\"x,y\",\"say \"\"hi\"\"\",,\"\",\"'=1+1\",-5,\"'-5\"\r\n");
}

static void ndjson_keeps_types(void **state)
{
    answers_are(
        "SELECT 1 AS a, 1.5::DOUBLE AS b, 'nan'::DOUBLE AS c, true AS d, [1,2] AS e, "
        "{'x': 'y'} AS f, '{\"k\":1}'::JSON AS g, NULL AS h, DATE '2026-01-02' AS i, "
        "170141183460469231731687303715884105727::HUGEINT AS j, 'é\"' AS k, '-inf'::DOUBLE "
        "AS l",
        QUERY_NDJSON,
        "{\"a\":1,\"b\":1.5,\"c\":\"nan\",\"d\":true,\"e\":[1,2],\"f\":{\"x\":\"y\"},\"g\":{"
        "\"k\":1},\"h\":null,\"i\":\"2026-01-02\",\"j\":"
        "170141183460469231731687303715884105727,\"k\":\"é\\\"\",\"l\":\"-inf\"}\n");
}

static void json_has_columns_and_rows(void **state)
{
    struct query_result result;
    struct err err;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    assert_int_equal(ask("SELECT i AS a, i AS a FROM range(3) t(i) ORDER BY i DESC", QUERY_JSON,
                         &out, &result, &err),
                     0);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.ptr, "{\"columns\":[{\"name\":\"a\",\"type\":\"BIGINT\"},{\"name\":"
                                    "\"a\",\"type\":\"BIGINT\"}],\"rows\":[[2,2],[1,1],[0,0]],"
                                    "\"row_count\":3,\"cut\":false,\"took_ms\":"));
    assert_int_equal(result.rows, 3);
}

static void tables_line_up_and_cannot_steer_a_terminal(void **state)
{
    answers_are("SELECT 'a' || chr(27) || '[2J' || chr(155) AS t, 10 AS n UNION ALL SELECT 'é', 7 "
                "ORDER BY n DESC",
                QUERY_TABLE, "t        n\n------  --\na.[2J.  10\né        7\n");
}

static void order_survives_the_formats(void **state)
{
    struct query_result result;
    struct str rest, line;
    uint64_t expected = 300000, seen;
    struct err err;
    AUTO_BUF out;

    buf_init(&out, 64 << 20);
    assert_int_equal(
        ask("SELECT i FROM range(300000) t(i) ORDER BY i DESC", QUERY_CSV, &out, &result, &err), 0);
    rest = buf_as_str(&out);
    str_split(&rest, '\n');
    while (rest.ptr && rest.len) {
        line = str_trim(str_split(&rest, '\n'));
        assert_int_equal(str_to_u64(line, &seen), 0);
        assert_true(seen == --expected);
    }
    assert_true(expected == 0);
}

static void parquet_is_a_file_that_leaves_nothing_behind(void **state)
{
    AUTO_FREE char *exports = io_join(folder, "exports");
    struct query_result result;
    struct err err = {0};
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    if (ask("SELECT 1 AS a;", QUERY_PARQUET, &out, &result, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(out.len > 8);
    assert_memory_equal(out.ptr, "PAR1", 4);
    assert_memory_equal(out.ptr + out.len - 4, "PAR1", 4);
    assert_int_equal(rmdir(exports), 0); /* empty */
    assert_int_equal(io_make_dir(io_system(), exports, 0700, &err), 0);
}

static void rows_past_the_limit_are_said_to_be_left_out(void **state)
{
    struct query_result result;
    struct err err;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    assert_int_equal(query_run(store,
                               &(struct query_opts){.sql = STR("FROM range(10000)"),
                                                    .format = QUERY_NDJSON,
                                                    .timeout_us = 20000000,
                                                    .rows_max = 5,
                                                    .write = collect,
                                                    .ctx = &out},
                               &result, &err),
                     0);
    assert_int_equal(result.rows, 5);
    assert_true(result.cut);
}

/* The test's folder in place of %s. */
static char *with_folder(const char *sql)
{
    const char *at = strstr(sql, "%s");

    return at ? xasprintf("%.*s%s%s", (int)(at - sql), sql, folder, at + 2) : xstrdup(sql);
}

static const char *const no_questions[] = {
    "",
    "   ",
    "SELECT",
    "SELECT * FROM nowhere",
    "SELECT 1; SELECT 2",
    "SELECT $1",
    "INSERT INTO store_state VALUES (1, 1)",
    "DELETE FROM events_data",
    "CREATE TABLE t(a INT)",
    "CREATE TEMP TABLE t(a INT)",
    "DROP TABLE events_data",
    "UPDATE store_state SET position = 9",
    "EXPLAIN ANALYZE DELETE FROM events_data",
    "EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '%s/exports/evil.parquet'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '%s/weir.duckdb.wal' (FORMAT csv)",
    "EXPLAIN --\r ANALYZE COPY (SELECT 1) TO '%s/exports/evil.csv' --\n SELECT 1",
    "EXPLAIN (ANALYZE) COPY (SELECT 1) TO '%s/exports/evil.csv'",
    "EXPLAIN /* x */ ANALYZE/**/COPY (SELECT 1) TO '%s/exports/evil.csv'",
    "EXPLAIN ANALYZE SET memory_limit = '8GB'",
    "EXPLAIN EXPLAIN SELECT 1",
    "EXPLAIN",
    "FROM enable_logging('QueryLog')",
    "FROM enable_logging(storage='file', storage_config={'path': '%s/exports'})",
    "WITH a AS (SELECT (SELECT count(*) FROM system.main.ENABLE_logging())) FROM a",
    "EXPLAIN ANALYZE FROM enable_logging()",
    "FROM checkpoint()",
    "FROM disable_logging()",
    "FROM arrow_scan(1, 2, 3)",
    "FROM query('SELECT 1')",
    "FROM read_blob('%s/weir.duckdb')",
    "SELECT * FROM range(3), LATERAL (FROM read_text('%s/weir.duckdb'))",
    "COPY events_data TO '/tmp/weir-query-copy.csv'",
    "ATTACH '/tmp/x.duckdb' AS x",
    "SET memory_limit = '8GB'",
    "PRAGMA memory_limit = '8GB'",
    "RESET memory_limit",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CHECKPOINT",
    "BEGIN",
    "COMMIT",
    "CALL pragma_version(); DROP TABLE events_data",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT 1) TO '/tmp/weir-query-copy.csv'; --",
    "SELECT getenv('HOME')",
    "EXECUTE x",
    "PREPARE x AS SELECT 1",
    "EXPORT DATABASE '/tmp/weir-query-export'",
    "VACUUM",
};

static void what_is_no_question_is_refused(void **state)
{
    AUTO_FREE char *exports = io_join(folder, "exports");
    int64_t before, after;
    struct query_result result;
    struct err err;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    assert_int_equal(store_cursor(store, &before, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(no_questions); i++) {
        for (enum query_format format = QUERY_TABLE; format <= QUERY_PARQUET; format++) {
            AUTO_FREE char *sql = with_folder(no_questions[i]);

            err = (struct err){0};
            if (ask(sql, format, &out, &result, &err) == 0)
                fail_msg("answered: %s", no_questions[i]);
            assert_true(err.text[0] != '\0');
        }
    }
    assert_int_equal(store_cursor(store, &after, &err), 0);
    assert_true(before == after);
    assert_int_equal(access("/tmp/weir-query-copy.csv", F_OK), -1);
    assert_int_equal(rmdir(exports), 0); /* empty */
    assert_int_equal(io_make_dir(io_system(), exports, 0700, &err), 0);
    answers_are("SELECT count(*) AS n FROM events_data", QUERY_CSV, "n\r\n0\r\n");
    answers_are("SELECT current_setting('enable_logging') AS l", QUERY_CSV, "l\r\n0\r\n");
}

static void questions_of_every_reading_form_are_answered(void **state)
{
    static const char *const cases[] = {
        "SELECT 1",
        "  select 1 ;  -- done; really",
        ";; /* ; */ ; SELECT 1",
        "/* ; */ SELECT ';' AS \"a;b\", $$;$$ AS c, $t$;'$t$, E'\\';' /* x */; /* y */",
        "SELECT $$a;b$$ < 'c;' AS a$$, 'c;' AS \"ae\", 'x' AS somee, e'\\';' /* $$ */ ; --",
        "FROM range(3)",
        "VALUES (1)",
        "WITH a AS (SELECT 1 AS x) SELECT x FROM a",
        "SHOW TABLES",
        "DESCRIBE events_data",
        "SUMMARIZE FROM range(3)",
        "EXPLAIN SELECT count(*) FROM events_data",
        "  -- why?\n/* so */ explain/**/analyze SELECT count(*) FROM events_data;",
        "EXPLAIN(SELECT 1)",
        "EXPLAIN ANALYZE FROM range(3)",
        "SELECT * FROM json_each('[1, 2]'), unnest([1, 2]) AS u(x)",
        "PIVOT (SELECT 1 AS a, 2 AS b) ON a IN (1) USING sum(b)",
        "SELECT column_name FROM duckdb_columns()",
        "SELECT name, count(*) FROM events_data GROUP BY 1 ORDER BY 2 DESC",
    };
    struct query_result result;
    struct err err;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (enum query_format format = QUERY_TABLE; format < QUERY_PARQUET; format++)
            if (ask(cases[i], format, &out, &result, &err) < 0)
                fail_msg("%s: %s", cases[i], err.text);
}

static void a_question_ends_when_its_time_is_over(void **state)
{
    static const char *const cases[] = {
        "SELECT count(*) FROM range(10000000000) a(i) WHERE hash(i) % 7 = 1",
        "SELECT a.i + b.i FROM range(1000000) a(i), range(1000000) b(i) WHERE a.i + b.i = -1",
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t began_us = clock_monotonic_us();
        struct query_result result;
        struct err err;
        AUTO_BUF out;

        buf_init(&out, 1 << 20);
        assert_int_equal(query_run(store,
                                   &(struct query_opts){.sql = str_from(cases[i]),
                                                        .format = QUERY_CSV,
                                                        .timeout_us = 300000,
                                                        .write = collect,
                                                        .ctx = &out},
                                   &result, &err),
                         -1);
        assert_int_equal(err.code, ERR_LIMIT);
        assert_non_null(strstr(err.text, "longer than 0.3 s"));
        assert_true(clock_monotonic_us() - began_us < 60000000);
    }
}

static int refuse(void *ctx, struct str bytes)
{
    return -1;
}

static void an_answer_that_nobody_takes_stops(void **state)
{
    struct query_result result;
    struct err err;

    assert_int_equal(query_run(store,
                               &(struct query_opts){.sql = STR("FROM range(100000000)"),
                                                    .format = QUERY_NDJSON,
                                                    .timeout_us = 20000000,
                                                    .write = refuse},
                               &result, &err),
                     -1);
    assert_int_equal(err.code, ERR_IO);
}

/* What questions put on the disk is the journal's room, too. */
static void a_question_ends_before_the_disk_is_short(void **state)
{
    AUTO_FREE char *file = io_join(folder, "short.duckdb"),
                   *log = io_join(folder, "short.duckdb.wal");
    struct io_space space;
    struct query_result result;
    struct store *s;
    struct err err = {0};
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    assert_int_equal(io_system()->space(io_system(), folder, &space), 0);
    assert_int_equal(store_open(&s,
                                &(struct store_opts){.file = file,
                                                     .memory_bytes = UINT64_C(64) << 20,
                                                     .reserve_bytes = space.available,
                                                     .threads = 1},
                                &err),
                     0);
    assert_int_equal(query_run(s,
                               &(struct query_opts){
                                   .sql = STR("SELECT max(x) FROM (SELECT md5(range::VARCHAR) || "
                                              "range AS x FROM range(20000000) ORDER BY x) t"),
                                   .format = QUERY_CSV,
                                   .timeout_us = 60000000,
                                   .write = collect,
                                   .ctx = &out},
                               &result, &err),
                     -1);
    assert_int_equal(err.code, ERR_SPACE);
    assert_non_null(strstr(err.text, "journal.reserve"));
    store_close(s);
    unlink(file);
    unlink(log);
}

static atomic_uint looks;

static bool is_gone(void *asker)
{
    return ++*(atomic_uint *)asker >= 2;
}

static void a_question_that_nobody_waits_for_ends(void **state)
{
    struct query_result result;
    struct err err = {0};
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    assert_int_equal(
        query_run(store,
                  &(struct query_opts){.sql = STR("SELECT count(*) FROM range(1000000000000)"),
                                       .format = QUERY_CSV,
                                       .timeout_us = 60000000,
                                       .is_unwanted = is_gone,
                                       .asker = &looks,
                                       .write = collect,
                                       .ctx = &out},
                  &result, &err),
        -1);
    assert_int_equal(err.code, ERR_BUSY);
    assert_non_null(strstr(err.text, "nobody waits"));
    assert_int_equal(looks, 2);
}

static atomic_bool cancelled;
static struct query_progress progress = {.permille = -2};

/* Somebody stops it at the second look. */
static bool cancel_once_under_way(void *asker)
{
    int *seen = asker;

    atomic_store(&cancelled, ++*seen > 1);
    return false;
}

static void a_question_that_is_measured_can_be_stopped(void **state)
{
    struct query_result result;
    struct err err = {0};
    int seen = 0;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    assert_int_equal(
        query_run(
            store,
            &(struct query_opts){
                .sql = STR("SELECT sum(md5_number(CAST(range AS VARCHAR))) FROM range(1000000000)"),
                .format = QUERY_CSV,
                .timeout_us = 20000000,
                .is_unwanted = cancel_once_under_way,
                .asker = &seen,
                .cancel = &cancelled,
                .progress = &progress,
                .write = collect,
                .ctx = &out},
            &result, &err),
        -1);
    assert_int_equal(err.code, ERR_STOPPED);
    assert_non_null(strstr(err.text, "on request"));
    assert_int_equal(seen, 2);
    assert_in_range(atomic_load(&progress.permille) + 1, 0, 1001); /* -1: not known */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_quotes_and_defuses),
        cmocka_unit_test(ndjson_keeps_types),
        cmocka_unit_test(json_has_columns_and_rows),
        cmocka_unit_test(tables_line_up_and_cannot_steer_a_terminal),
        cmocka_unit_test(order_survives_the_formats),
        cmocka_unit_test(parquet_is_a_file_that_leaves_nothing_behind),
        cmocka_unit_test(rows_past_the_limit_are_said_to_be_left_out),
        cmocka_unit_test(what_is_no_question_is_refused),
        cmocka_unit_test(questions_of_every_reading_form_are_answered),
        cmocka_unit_test(a_question_ends_when_its_time_is_over),
        cmocka_unit_test(an_answer_that_nobody_takes_stops),
        cmocka_unit_test(a_question_ends_before_the_disk_is_short),
        cmocka_unit_test(a_question_that_nobody_waits_for_ends),
        cmocka_unit_test(a_question_that_is_measured_can_be_stopped),
    };

    return cmocka_run_group_tests(tests, open_store, close_store);
}
