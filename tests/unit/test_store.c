/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c: opening a store, what its statements cannot reach, and names that are hostile. */
#include "store_fixture.h"

static void a_new_store_has_its_tables_and_no_rows(void **state)
{
    struct fixture *f = *state;
    int64_t position = -1;

    assert_value(f, "SELECT count(*) FROM events_data", "0");
    assert_value(f, "SELECT count(*) FROM quarantine", "0");
    assert_int_equal(store_cursor(f->store, &position, NULL), 0);
    assert_int_equal(position, 0);
}

static void a_store_opens_again(void **state)
{
    struct fixture *f = *state;

    fixture_reopen(f);
    assert_value(f, "SELECT count(*) FROM store_state", "1");
}

static void a_store_that_is_missing_does_not_open_read_only(void **state)
{
    struct fixture *f = *state;
    struct store_opts opts = fixture_opts(f);
    AUTO_FREE char *file = xasprintf("%s/none.duckdb", f->dir);
    struct store *s = NULL;
    struct err err = {0};

    opts.file = file;
    opts.read_only = true;
    assert_int_equal(store_open(&s, &opts, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_null(s);
}

static void a_read_only_store_answers_and_does_not_change(void **state)
{
    struct fixture *f = *state;
    struct store_opts opts = fixture_opts(f);
    struct err err = {0};

    store_close(f->store);
    f->store = NULL;
    opts.read_only = true;
    assert_int_equal(store_open(&f->store, &opts, &err), 0);
    assert_value(f, "SELECT count(*) FROM events_data", "0");
    assert_int_equal(duck_run(f->store->con, "create_view_unauthorised_domains", &err), -1);
}

static void a_store_of_another_version_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct store_opts opts = fixture_opts(f);
    duckdb_result result;
    struct err err = {0};

    assert_int_equal(duckdb_query(f->store->con, "UPDATE store_state SET version = 99", &result),
                     DuckDBSuccess);
    duckdb_destroy_result(&result);
    store_close(f->store);
    f->store = NULL;
    assert_int_equal(store_open(&f->store, &opts, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.text, "another version"));
}

static void expect_refused(struct fixture *f, const char *sql)
{
    duckdb_result result;

    if (duckdb_query(f->store->con, sql, &result) == DuckDBSuccess)
        fail_msg("%s was not refused", sql);
    duckdb_destroy_result(&result);
}

static void statements_reach_no_files_extensions_or_settings(void **state)
{
    struct fixture *f = *state;

    expect_refused(f, "SELECT * FROM read_text('/etc/hostname')");
    expect_refused(f, "COPY (SELECT 1) TO '/tmp/weir-should-not-be'");
    expect_refused(f, "ATTACH '/tmp/weir-should-not-be.db'");
    expect_refused(f, "INSTALL httpfs");
    expect_refused(f, "LOAD '/tmp/x.duckdb_extension'");
    expect_refused(f, "SET memory_limit = '64GB'");
    expect_refused(f, "SET enable_external_access = true");
    expect_refused(f, "SET lock_configuration = false");
}

static void statements_may_write_to_the_export_folder(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *sql = xasprintf("COPY (SELECT 1) TO '%s/out.csv'", f->export_dir);
    duckdb_result result;

    assert_int_equal(duckdb_query(f->store->con, sql, &result), DuckDBSuccess);
    duckdb_destroy_result(&result);
}

static void identifiers_and_literals_end_where_they_should(void **state)
{
    static const struct {
        const char *text, *identifier, *literal;
    } cases[] = {
        {"plan", "\"plan\"", "'plan'"},
        {"", "\"\"", "''"},
        {"a\"b", "\"a\"\"b\"", "'a\"b'"},
        {"o'clock", "\"o'clock\"", "'o''clock'"},
        {"x\"; DROP TABLE events; --", "\"x\"\"; DROP TABLE events; --\"",
         "'x\"; DROP TABLE events; --'"},
        {"{{column}}", "\"{{column}}\"", "'{{column}}'"},
        {"\\", "\"\\\"", "'\\'"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF a;
        AUTO_BUF b;

        buf_init(&a, 100);
        buf_init(&b, 100);
        sql_quote(&a, str_from(cases[i].text));
        sql_literal(&b, str_from(cases[i].text));
        assert_true(str_is(buf_as_str(&a), cases[i].identifier));
        assert_true(str_is(buf_as_str(&b), cases[i].literal));
    }
}

static void text_in_a_blank_is_not_filled_again(void **state)
{
    const struct sql_blank blanks[] = {{"column", STR("\"{{type}}\"")}, {"type", STR("VARCHAR")}};
    AUTO_BUF sql;

    buf_init(&sql, 1000);
    duck_fill(&sql, "add_column", blanks, 2);
    buf_char(&sql, '\0');
    assert_non_null(strstr(sql.ptr, "ADD COLUMN \"{{type}}\" VARCHAR;"));
}

/* As one whose ROLLBACK failed leaves it: open, and able to do nothing more. */
static void a_broken_transaction_is_not_in_the_way_of_the_next(void **state)
{
    static const char *const breaks[] = {"BEGIN", "CREATE TEMP TABLE one(x INTEGER PRIMARY KEY)",
                                         "INSERT INTO one VALUES (1)", "INSERT INTO one VALUES (1)",
                                         "SELECT 1"};
    struct fixture *f = *state;
    struct err err = {0};
    duckdb_result result;
    duckdb_state last = DuckDBSuccess;

    for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
        last = duckdb_query(f->store->con, breaks[i], &result);
        duckdb_destroy_result(&result);
    }
    assert_int_equal(last, DuckDBError);
    if (store_load_begin(f->store, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(store_load_commit(f->store, 7, &err), 0);
    assert_value(f, "SELECT position FROM store_state", "7");
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_store_has_its_tables_and_no_rows),
        STORE_TEST(a_store_opens_again),
        STORE_TEST(a_store_that_is_missing_does_not_open_read_only),
        STORE_TEST(a_read_only_store_answers_and_does_not_change),
        STORE_TEST(a_store_of_another_version_is_refused),
        STORE_TEST(statements_reach_no_files_extensions_or_settings),
        STORE_TEST(statements_may_write_to_the_export_folder),
        STORE_TEST(a_broken_transaction_is_not_in_the_way_of_the_next),
        cmocka_unit_test(identifiers_and_literals_end_where_they_should),
        cmocka_unit_test(text_in_a_blank_is_not_filled_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
