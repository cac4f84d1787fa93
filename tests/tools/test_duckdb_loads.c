/* SPDX-License-Identifier: Apache-2.0 */
/* test_duckdb_loads.c: the DuckDB library that tools/setup fetched works with the header beside it, and has
 * built in what the store needs, so that it never has to download an extension. */
#include <duckdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct session {
    duckdb_database database;
    duckdb_connection connection;
};

static int open_session(void **state)
{
    static struct session session;
    duckdb_config config = NULL;
    char *error = NULL;

    assert_int_equal(duckdb_create_config(&config), DuckDBSuccess);
    assert_int_equal(duckdb_set_config(config, "autoinstall_known_extensions", "false"),
                     DuckDBSuccess);
    assert_int_equal(duckdb_set_config(config, "autoload_known_extensions", "false"),
                     DuckDBSuccess);
    assert_int_equal(duckdb_open_ext(NULL, &session.database, config, &error), DuckDBSuccess);
    duckdb_destroy_config(&config);
    assert_int_equal(duckdb_connect(session.database, &session.connection), DuckDBSuccess);
    *state = &session;
    return 0;
}

static int close_session(void **state)
{
    struct session *session = *state;

    duckdb_disconnect(&session->connection);
    duckdb_close(&session->database);
    return 0;
}

/* Runs sql and compares its one value, as text. */
static void assert_answer(void **state, const char *sql, const char *expected)
{
    struct session *session = *state;
    duckdb_result result;
    char *value;

    if (duckdb_query(session->connection, sql, &result) != DuckDBSuccess)
        fail_msg("%s: %s", sql, duckdb_result_error(&result));
    value = duckdb_value_varchar(&result, 0, 0);
    assert_string_equal(value, expected);
    duckdb_free(value);
    duckdb_destroy_result(&result);
}

static void extensions_are_not_installed_by_themselves(void **state)
{
    assert_answer(state, "SELECT current_setting('autoinstall_known_extensions')", "false");
    assert_answer(state, "SELECT current_setting('autoload_known_extensions')", "false");
}

static void json_parquet_and_time_zones_are_built_in(void **state)
{
    assert_answer(state, "SELECT '{\"a\": 7}'::JSON ->> 'a'", "7");
    assert_answer(state,
                  "SELECT count(*) FROM duckdb_extensions() "
                  "WHERE loaded AND extension_name IN ('json', 'parquet', 'icu')",
                  "3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extensions_are_not_installed_by_themselves),
        cmocka_unit_test(json_parquet_and_time_zones_are_built_in),
    };

    return cmocka_run_group_tests(tests, open_session, close_session);
}
