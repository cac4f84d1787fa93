/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_shown.c: who may not see hidden values does not see them, whatever the question. */
#include "store_fixture.h"

#include "base/buf.h"
#include "store/query.h"

#define NOW INT64_C(1700000000123456)
#define TOLD "told-nobody"

static struct record_value text(const char *s)
{
    return (struct record_value){.type = RECORD_TEXT, .text = str_from(s)};
}

static struct record plain(const char *name)
{
    return (struct record){.id = {{0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x7b, 0x70, 1, 0x80, 2}},
                           .time_us = NOW,
                           .received_us = NOW,
                           .name = str_from(name),
                           .source = STR("website")};
}

static void load(struct fixture *f, const struct record *rec)
{
    int64_t position;
    struct err err = {0};

    assert_int_equal(store_cursor(f->store, &position, NULL), 0);
    if (store_load_begin(f->store, &err) < 0 ||
        store_load_add(f->store, rec, position + 1, &err) < 0 ||
        store_load_commit(f->store, position + 1, &err) < 0)
        fail_msg("%s", err.text);
}

/* Two events, whose properties share columns, and one that was kept aside. */
static void load_all(struct fixture *f)
{
    const struct record_property first[] = {
        {.name = STR("plan"), .value = text("gold")},
        {.name = STR("secret"), .value = text(TOLD), .hidden = true},
    };
    const struct record_property second[] = {
        {.name = STR("Hidden one"), .value = text(TOLD), .hidden = true},
        {.name = STR("colour"), .value = text("red")},
    };
    struct record rec = plain("a.done");

    rec.properties = first;
    rec.property_count = 2;
    load(f, &rec);
    rec = plain("b.done");
    rec.properties = second;
    rec.property_count = 2;
    load(f, &rec);
    rec.properties = first;
    rec.flags = RECORD_QUARANTINED;
    load(f, &rec);
}

static int to_buf(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return 0;
}

/* 0 with the answer in *out, or -1. */
static int ask(struct fixture *f, const char *sql, bool shown, bool ours, struct buf *out,
               struct err *err)
{
    struct query_result result;
    const struct query_opts opts = {.sql = str_from(sql),
                                    .format = QUERY_CSV,
                                    .without_hidden = shown,
                                    .ours = ours,
                                    .timeout_us = 20000000,
                                    .write = to_buf,
                                    .ctx = out};

    buf_reset(out, 0);
    if (query_run(f->store, &opts, &result, err) < 0)
        return -1;
    buf_char(out, '\0');
    return 0;
}

static void expect(struct fixture *f, const char *sql, bool shown, const char *expected)
{
    struct err err = {0};
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    if (ask(f, sql, shown, false, &out, &err) < 0)
        fail_msg("%s: %s", sql, err.text);
    if (!strstr(out.ptr, expected))
        fail_msg("%s gives %s", sql, out.ptr);
}

static void expect_refused(struct fixture *f, const char *sql)
{
    struct err err = {0};
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    if (ask(f, sql, true, false, &out, &err) == 0)
        fail_msg("%s was answered: %s", sql, out.ptr);
    if (err.code != ERR_DENIED || !strstr(err.text, "`hidden`"))
        fail_msg("%s: %s", sql, err.text);
    assert_null(strstr(err.text, TOLD));
}

/* Answered or not: the value is nowhere in what comes back. */
static void expect_silence(struct fixture *f, const char *sql)
{
    struct err err = {0};
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    if (ask(f, sql, true, false, &out, &err) == 0 && strstr(out.ptr, TOLD))
        fail_msg("%s gives %s", sql, out.ptr);
    if (strstr(err.text, TOLD))
        fail_msg("%s says %s", sql, err.text);
}

static void hidden_values_are_left_out(void **state)
{
    struct fixture *f = *state;

    load_all(f);
    expect(f, "SELECT secret FROM events WHERE name = 'a.done'", false, TOLD);
    expect(f, "SELECT plan FROM events WHERE name = 'a.done'", true, "gold");
    expect(f, "SELECT properties FROM events WHERE name = 'a.done'", true,
           "{\"\"plan\"\":\"\"gold\"\"}");
    expect(f, "SELECT properties FROM events WHERE name = 'b.done'", true,
           "{\"\"colour\"\":\"\"red\"\"}");
    expect(f, "SELECT event->'properties'->>'secret' FROM quarantine", true, "(hidden)");
    expect(f, "SELECT event->'properties'->>'plan' FROM quarantine", true, "gold");
    expect(f, "SELECT event->'properties'->>'secret' FROM quarantine", false, TOLD);
    expect(f, "SELECT count(*) FROM events", true, "2");
    expect(f, "SELECT count(*) FROM service_events", true, "2");
    expect_silence(f, "SELECT secret FROM events");
    expect_silence(f, "SELECT \"Hidden one\" FROM events");
    expect_silence(f, "FROM events");
    expect_silence(f, "FROM quarantine");
    expect_silence(f, "FROM service_events");
}

static void what_has_no_column_is_shown_where_it_is_known(void **state)
{
    struct fixture *f = *state;
    duckdb_result result;

    load_all(f);
    assert_int_equal(duckdb_query(f->store->con,
                                  "UPDATE events_data SET more_properties = '{\"plan\":\"lead\","
                                  "\"secret\":\"" TOLD "\",\"strange\":\"" TOLD "\"}', shape = 0",
                                  &result),
                     DuckDBSuccess);
    duckdb_destroy_result(&result);
    expect(f, "SELECT properties->>'plan' FROM events", true, "lead");
    expect(f, "SELECT json_keys(properties) FROM events LIMIT 1", true, "[plan]");
    expect(f, "SELECT properties->>'strange' FROM events", false, TOLD);
    expect_silence(f, "FROM events");
}

/* Names that are none all become the same word. */
static void names_that_were_withheld_may_be_several(void **state)
{
    const struct record_property properties[] = {
        {.name = STR("(withheld)"), .value = text("(withheld: text)"), .hidden = true},
        {.name = STR("(withheld)"), .value = text("(withheld: text)"), .hidden = true},
        {.name = STR("secret"), .value = text(TOLD), .hidden = true},
    };
    struct fixture *f = *state;
    struct record rec = plain("a.done");

    rec.properties = properties;
    rec.property_count = ARRAY_LEN(properties);
    rec.flags = RECORD_QUARANTINED;
    load(f, &rec);
    expect(f, "SELECT event->'properties'->>'secret' FROM quarantine", true, "(hidden)");
    expect_silence(f, "FROM quarantine");
}

static void the_connections_own_words_are_hidden_too(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain("a.done");

    rec.context[EVENT_IP] = STR(TOLD);
    rec.context[EVENT_USER_AGENT] = STR(TOLD);
    load(f, &rec);
    expect(f, "SELECT ip FROM events", false, TOLD);
    expect(f, "SELECT count(ip) + count(user_agent) FROM events", true, "0");
    expect(f, "SELECT count(request_ip) + count(request_user_agent) FROM service_events", true,
           "0");
}

static void what_becomes_hidden_is_hidden_from_then_on(void **state)
{
    struct fixture *f = *state;
    const struct store_column column = {.name = STR("colour"), .type = RECORD_TEXT, .hidden = true};
    struct err err = {0};

    load_all(f);
    expect(f, "SELECT colour FROM events WHERE name = 'b.done'", true, "red");
    assert_int_equal(store_add_columns(f->store, &column, 1, &err), 0);
    expect(f, "SELECT json_keys(properties) FROM events WHERE name = 'b.done'", true, "[]");
    expect_silence(f, "SELECT colour FROM events");
    fixture_reopen(f);
    expect(f, "SELECT json_keys(properties) FROM events WHERE name = 'b.done'", true, "[]");
}

static void raw_tables_are_refused_however_they_are_named(void **state)
{
    static const char *const questions[] = {
        "SELECT * FROM events_data",
        "FROM events_data",
        "FROM \"EVENTS_data\"",
        "FROM main.events",
        "FROM main.quarantine",
        "FROM weir.main.events_data",
        "FROM weir.events",
        "FROM shown.events",
        "FROM shapes",
        "FROM notes",
        "FROM rejected",
        "SELECT (SELECT max(text_1) FROM events_data)",
        "SELECT 1 WHERE EXISTS (FROM events_data WHERE text_1 LIKE 't%')",
        ("SELECT count(*) FROM events e, LATERAL (SELECT * FROM events_data d WHERE d.position = "
         "e.position)"),
        "SELECT * FROM events POSITIONAL JOIN events_data",
        "SELECT * FROM events NATURAL JOIN events_data",
        "SELECT * FROM events ASOF JOIN main.events_data d USING (position)",
        "SELECT position FROM events UNION SELECT position FROM events_data",
        "WITH x AS (FROM events_data) FROM x",
        ("WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x, events_data WHERE n < 2) "
         "FROM x"),
        /* a name that is a table's elsewhere in the question */
        "WITH events_data AS (SELECT 1) FROM events_data",
        "SELECT * FROM (WITH events_data AS (SELECT 1 AS a) FROM events_data), (FROM events_data)",
        "SELECT * FROM (PIVOT events_data ON name IN ('a.done') USING max(text_1))",
        "SELECT * FROM (UNPIVOT events_data ON text_0, text_1)",
        "DESCRIBE events_data",
        "DESCRIBE main.events",
        "SUMMARIZE events_data",
        "SUMMARIZE main.events",
        "FROM (SUMMARIZE events_data)",
        "SELECT list(d) FROM events_data d",
        "SELECT position FROM events ORDER BY (SELECT max(text_1) FROM events_data)",
        ("SELECT position FROM events QUALIFY row_number() OVER () < (SELECT count(text_1) FROM "
         "main.events_data)"),
        "SELECT count(*) FILTER ((SELECT max(text_1) > '' FROM events_data)) FROM events",
        "VALUES ((SELECT max(text_1) FROM events_data))",
        "FROM (VALUES ((SELECT max(text_1) FROM events_data)))",
        "SELECT [x FOR x IN (SELECT list(text_1) FROM events_data)]",
        "SELECT * FROM unnest((SELECT list(text_1) FROM events_data))",
        "SELECT position FROM events LIMIT (SELECT count(*) FROM events_data)",
        "SELECT * FROM events TABLESAMPLE 10% UNION ALL BY NAME FROM events_data",
    };
    struct fixture *f = *state;

    load_all(f);
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        expect_refused(f, questions[i]);
}

static void what_tells_of_columns_without_rows_is_refused(void **state)
{
    static const char *const questions[] = {
        "SELECT stats(plan) FROM events",
        "SELECT system.main.stats(plan) FROM events",
        "FROM pragma_storage_info('events_data')",
        "FROM histogram(events_data, text_1)",
        "FROM histogram_values(events_data, text_1)",
        "EXPLAIN SELECT * FROM events",
        "EXPLAIN ANALYZE SELECT * FROM events",
        "EXPLAIN FROM events_data",
    };
    struct fixture *f = *state;

    load_all(f);
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        expect_refused(f, questions[i]);
}

static void nothing_else_gives_them_away(void **state)
{
    static const char *const questions[] = {
        "SELECT * FROM query_table('events_data')",
        "FROM query('FROM events_data')",
        "SELECT CAST(secret AS INTEGER) FROM events",
        "SELECT CAST(plan AS INTEGER) FROM events",
        "SELECT CAST(properties AS INTEGER) FROM events",
        "SELECT error(properties) FROM events",
        "SELECT COLUMNS('secret') FROM events",
        "SELECT COLUMNS(*)::VARCHAR FROM events",
        "SELECT to_json(e) FROM events e",
        "SELECT e FROM events e",
        "SELECT struct_pack(*COLUMNS(*)) FROM events",
        "SUMMARIZE events",
        "SUMMARIZE quarantine",
        "SHOW ALL TABLES",
        "FROM duckdb_tables()",
        "FROM duckdb_columns",
        "FROM duckdb_views()",
        "FROM information_schema.columns",
        "SELECT getvariable('x')",
        "FROM json_each((SELECT list(properties)::JSON FROM events))",
        "FROM duckdb_logs",
        "FROM duckdb_variables()",
        "COPY events_data TO '/dev/stdout'",
        "SELECT * FROM 'weir.duckdb'",
        "SELECT text_1 FROM events",
        "SELECT events_data.text_1 FROM events",
        "SELECT main.events.secret FROM events",
    };
    struct fixture *f = *state;

    load_all(f);
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        expect_silence(f, questions[i]);
}

static void questions_that_are_asked_every_day_are_answered(void **state)
{
    static const char *const questions[] = {
        "SHOW TABLES",
        "DESCRIBE events",
        "SUMMARIZE events",
        "FROM columns",
        "FROM property_columns",
        "FROM deletions",
        "FROM folded_values",
        "FROM unauthorised_domains",
        "FROM store_state",
        "FROM duckdb_columns()",
        ("WITH days AS (SELECT time::DATE AS day FROM events) SELECT day, count(*) FROM days GROUP "
         "BY ALL"),
        "WITH a AS (SELECT 1 AS n), b AS (FROM a) SELECT * FROM a, b, (WITH c AS (FROM b) FROM c)",
        "SELECT name, count(*) FROM events e JOIN range(3) r(i) ON true GROUP BY ALL",
        "SELECT * FROM (PIVOT events ON name IN ('a.done') USING count(*) GROUP BY source)",
        "SELECT unnest(data) FROM service_events",
    };
    struct fixture *f = *state;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    load_all(f);
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        struct err err = {0};

        if (ask(f, questions[i], true, false, &out, &err) < 0)
            fail_msg("%s: %s", questions[i], err.text);
    }
}

/* A report's SQL may name any table, and sees the same events. */
static void our_own_questions_name_any_table(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    load_all(f);
    assert_int_equal(ask(f, "SELECT count(*) FROM events_data", true, true, &out, &err), 0);
    assert_int_equal(
        ask(f, "SELECT string_agg(properties, '') FROM events", true, true, &out, &err), 0);
    assert_null(strstr(out.ptr, TOLD));
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(hidden_values_are_left_out),
        STORE_TEST(what_has_no_column_is_shown_where_it_is_known),
        STORE_TEST(names_that_were_withheld_may_be_several),
        STORE_TEST(the_connections_own_words_are_hidden_too),
        STORE_TEST(what_becomes_hidden_is_hidden_from_then_on),
        STORE_TEST(raw_tables_are_refused_however_they_are_named),
        STORE_TEST(what_tells_of_columns_without_rows_is_refused),
        STORE_TEST(nothing_else_gives_them_away),
        STORE_TEST(questions_that_are_asked_every_day_are_answered),
        STORE_TEST(our_own_questions_name_any_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
