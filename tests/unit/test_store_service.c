/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_service.c: the view service_events has each value as the text that its type calls for, hides
 * what is hidden, and tells null from absent, wherever a value is kept. */
#include "store_fixture.h"

#include <math.h>

#define NOW INT64_C(946684799000000) /* 1999-12-31T23:59:59Z */

static struct record_value text(const char *s)
{
    return (struct record_value){.type = RECORD_TEXT, .text = str_from(s)};
}

static struct record_value integer(int64_t i)
{
    return (struct record_value){.type = RECORD_INTEGER, .integer = i};
}

static struct record_value number(double d)
{
    return (struct record_value){.type = RECORD_NUMBER, .number = d};
}

static struct record_value boolean(bool b)
{
    return (struct record_value){.type = RECORD_BOOLEAN, .boolean = b};
}

static struct record_value time_of(int64_t us)
{
    return (struct record_value){.type = RECORD_DATETIME, .integer = us};
}

static struct record_value sixteen(enum record_type type)
{
    return (struct record_value){.type = type, .bytes = {0x0f, 1, 2, 3}};
}

static struct record_value list(const struct record_value *items, size_t count)
{
    struct record_value v = {.type = RECORD_LIST};

    v.list.items = items;
    v.list.count = count;
    v.list.item_type = count ? items[0].type : RECORD_NULL;
    return v;
}

static const struct record_value null = {.type = RECORD_NULL};

static struct record plain(void)
{
    return (struct record){.id = {{0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x7b, 0x70, 1, 0x80, 2}},
                           .time_us = NOW,
                           .received_us = NOW,
                           .name = STR("reticulated_splines"),
                           .source = STR("backend")};
}

/* Loads one record at the next position. */
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

static void load_properties(struct fixture *f, const struct record_property *list, size_t count)
{
    struct record rec = plain();

    rec.properties = list;
    rec.property_count = count;
    load(f, &rec);
}

#define P(n, v)                                                                                    \
    {                                                                                              \
        .name = STR(n), .value = v                                                                 \
    }
#define LOAD(f, list) load_properties(f, list, ARRAY_LEN(list))
#define DATA "SELECT CAST(to_json(data) AS VARCHAR) FROM service_events WHERE position = "

/* One value of one property, and what it is shown as. */
static void assert_shown(struct fixture *f, struct record_value v, const char *expected)
{
    const struct record_property one[] = {P("foo", v)};

    LOAD(f, one);
    assert_value(f, "SELECT data[1].value FROM service_events ORDER BY position DESC LIMIT 1",
                 expected);
}

static void a_plain_event_is_the_documented_row(void **state)
{
    struct fixture *f = *state;
    const struct record_property foo[] = {P("foo", text("Bar"))};

    LOAD(f, foo);
    assert_value(
        f, "SELECT to_json(s) FROM (SELECT type, occurred_at, data FROM service_events) AS s",
        "{\"type\":\"reticulated_splines\",\"occurred_at\":\"1999-12-31T23:59:59.000000Z\","
        "\"data\":[{\"key\":\"foo\",\"value\":\"Bar\"}]}");
    assert_value(f,
                 "SELECT coalesce(request_uuid, request_ip, request_user_agent, request_referer, "
                 "request_method, request_path, request_query, response_content_type, "
                 "CAST(response_status AS VARCHAR), CAST(request_ab_tests AS VARCHAR), "
                 "user_anonymised_request_identifier, user_anonymised_session_id, "
                 "user_anonymised_jobseeker_id, user_anonymised_publisher_id, "
                 "user_anonymised_support_user_id, user_anonymised_user_id) FROM service_events",
                 "NULL");
}

static void an_event_without_properties_has_an_empty_list(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();

    load(f, &rec);
    assert_value(f, DATA "1", "[]");
}

static void scalars_are_their_text(void **state)
{
    struct fixture *f = *state;

    assert_shown(f, text(""), "");
    assert_shown(f, text("it's \"q\" <script>"), "it's \"q\" <script>");
    assert_shown(f, integer(-7), "-7");
    assert_shown(f, integer(INT64_MAX), "9223372036854775807");
    assert_shown(f, number(0.5), "0.5");
    assert_shown(f, number(5), "5");
    assert_shown(f, number(1e300), "1e+300");
    assert_shown(f, boolean(true), "true");
    assert_shown(f, boolean(false), "false");
    assert_shown(f, time_of(NOW + 1), "1999-12-31T23:59:59.000001Z");
    assert_shown(f, sixteen(RECORD_UUID), "0f010203-0000-0000-0000-000000000000");
    assert_shown(f, sixteen(RECORD_PSEUDONYM), "0f010203000000000000000000000000");
    assert_shown(f, text("{\"keyword\":\"physics\"}"), "{\"keyword\":\"physics\"}");
}

static void lists_are_as_ruby_inspects_them(void **state)
{
    struct fixture *f = *state;
    const struct record_value texts[] = {text("a"), text("it's"), null, text("")};
    const struct record_value odd[] = {text("\"q\" \\ #{x} #y #@z"),
                                       text("\a\b\t\n\v\f\r\x1b\x7f\x01 \xc3\xa9")};
    const struct record_value numbers[] = {number(1), number(0.5)};
    const struct record_value integers[] = {integer(1), integer(-2)};
    const struct record_value booleans[] = {boolean(true), boolean(false)};
    const struct record_value times[] = {time_of(NOW)};
    const struct record_value uuids[] = {sixteen(RECORD_UUID)};
    const struct record_value pseudonyms[] = {sixteen(RECORD_PSEUDONYM)};

    assert_shown(f, list(texts, 4), "[\"a\", \"it's\", nil, \"\"]");
    assert_shown(f, list(odd, 2),
                 "[\"\\\"q\\\" \\\\ \\#{x} #y \\#@z\", "
                 "\"\\a\\b\\t\\n\\v\\f\\r\\e\\x7F\\u0001 \xc3\xa9\"]");
    assert_shown(f, list(numbers, 2), "[1, 0.5]");
    assert_shown(f, list(integers, 2), "[1, -2]");
    assert_shown(f, list(booleans, 2), "[true, false]");
    assert_shown(f, list(times, 1), "[\"1999-12-31T23:59:59.000000Z\"]");
    assert_shown(f, list(uuids, 1), "[\"0f010203-0000-0000-0000-000000000000\"]");
    assert_shown(f, list(pseudonyms, 1), "[\"0f010203000000000000000000000000\"]");
    assert_shown(f, list(NULL, 0), "[]");
}

static void null_is_there_and_absent_is_not(void **state)
{
    struct fixture *f = *state;
    const struct record_property both[] = {P("foo", text("Bar")), P("bar", integer(1))};
    const struct record_property one_null[] = {P("bar", integer(2)), P("foo", null)};
    const struct record_property one[] = {P("bar", integer(3))};

    LOAD(f, both);
    LOAD(f, one_null);
    LOAD(f, one);
    assert_value(f, DATA "1",
                 "[{\"key\":\"foo\",\"value\":\"Bar\"},{\"key\":\"bar\",\"value\":\"1\"}]");
    assert_value(f, DATA "2",
                 "[{\"key\":\"foo\",\"value\":null},{\"key\":\"bar\",\"value\":\"2\"}]");
    assert_value(f, DATA "3", "[{\"key\":\"bar\",\"value\":\"3\"}]");
    assert_value(f, "SELECT properties FROM events WHERE position = 2", "{\"bar\":2}");
}

static void run(struct fixture *f, const char *sql)
{
    duckdb_result result;

    if (duckdb_query(f->store->con, sql, &result) != DuckDBSuccess)
        fail_msg("%s: %s", sql, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
}

static void hidden_stays_out_wherever_it_is_kept(void **state)
{
    struct fixture *f = *state;
    struct record_property list[] = {P("email", text("a@example.org")), P("foo", text("Bar")),
                                     P("gone", null)};

    list[0].hidden = list[2].hidden = true;
    LOAD(f, list);
    assert_value(f, DATA "1", "[{\"key\":\"foo\",\"value\":\"Bar\"}]");
    /* Where there is no room for a column. Nobody knows of a property without one whether it is hidden. */
    run(f, "UPDATE events_data SET shape = 0, more_properties = "
           "'{\"email\":\"a@example.org\",\"foo\":[1,\"s\",0.5,null],\"past the limit\":\"a@\"}'");
    assert_value(f, DATA "1", "[{\"key\":\"foo\",\"value\":\"[1, \\\"s\\\", 0.5, nil]\"}]");
    list[1].hidden = true; /* hidden in any event: in all */
    LOAD(f, list);
    assert_value(f, DATA "1", "[]");
    assert_value(f, DATA "2", "[]");
}

static void a_property_of_two_types_shows_both(void **state)
{
    struct fixture *f = *state;
    const struct record_value texts[] = {text("a")};

    assert_shown(f, integer(5), "5");
    assert_shown(f, text("five"), "five");
    assert_shown(f, list(texts, 1), "[\"a\"]");
    assert_value(f, "SELECT string_agg(data[1].value, ' ' ORDER BY position) FROM service_events",
                 "5 five [\"a\"]");
}

static void accounts_and_tests_have_columns_of_their_own(void **state)
{
    struct fixture *f = *state;
    const struct record_value tests[] = {text("search_button=blue=ish"), text("bare")};
    struct record_property mine[] = {P("jobseeker_id", sixteen(RECORD_PSEUDONYM)),
                                     P("publisher_id", text("raw")), P("foo", text("Bar")),
                                     P("ab_tests", list(tests, 2))};
    struct record rec = plain();

    rec.flags = RECORD_HAS_ACTOR | RECORD_HAS_SESSION | RECORD_HAS_VISITOR;
    rec.actor = (struct pseudonym){{0x0f, 1, 2, 3}};
    rec.session = (struct pseudonym){{2}};
    rec.visitor = (struct pseudonym){{3}};
    rec.properties = mine;
    rec.property_count = ARRAY_LEN(mine);
    load(f, &rec); /* the job seeker is the actor, and kept once */
    rec.flags = 0;
    load(f, &rec);
    for (int i = 1; i <= 2; i++) {
        AUTO_FREE char *data = xasprintf(DATA "%d", i);
        AUTO_FREE char *of = xasprintf("FROM service_events WHERE position = %d", i);
        AUTO_FREE char *jobseeker = xasprintf("SELECT user_anonymised_jobseeker_id %s", of);
        AUTO_FREE char *publisher = xasprintf("SELECT user_anonymised_publisher_id %s", of);
        AUTO_FREE char *ab = xasprintf("SELECT to_json(request_ab_tests) %s", of);

        /* a publisher that is no pseudonym is no publisher */
        assert_value(
            f, data,
            "[{\"key\":\"publisher_id\",\"value\":\"raw\"},{\"key\":\"foo\",\"value\":\"Bar\"}]");
        assert_value(f, jobseeker, "0f010203000000000000000000000000");
        assert_value(f, publisher, "NULL");
        assert_value(f, ab,
                     "[{\"test\":\"search_button\",\"variant\":\"blue=ish\"},"
                     "{\"test\":\"bare\",\"variant\":null}]");
    }
    assert_value(f,
                 "SELECT user_anonymised_user_id || ' ' || user_anonymised_session_id || ' ' || "
                 "user_anonymised_request_identifier FROM service_events WHERE position = 1",
                 "0f010203000000000000000000000000 02000000000000000000000000000000 "
                 "03000000000000000000000000000000");
}

static void a_request_id_that_nobody_gave_is_not_shown(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain();

    rec.request_id = STR("018bcfe5-687b-7001-8002-000000000000"); /* its own id */
    rec.flags = RECORD_REQUEST_ID_MADE;
    load(f, &rec);
    rec.request_id = STR("018bcfe5-687b-7001-8002-000000000001"); /* that of the call's first */
    load(f, &rec);
    rec.flags = 0;
    load(f, &rec);
    rec.request_id = STR("req-1");
    load(f, &rec);
    assert_value(
        f,
        "SELECT string_agg(coalesce(request_uuid, '-'), ' ' ORDER BY position) FROM service_events",
        "- - 018bcfe5-687b-7001-8002-000000000001 req-1");
    assert_value(f, "SELECT string_agg(request_id, ' ' ORDER BY position) FROM events",
                 "018bcfe5-687b-7001-8002-000000000000 018bcfe5-687b-7001-8002-000000000001 "
                 "018bcfe5-687b-7001-8002-000000000001 req-1");
}

/* The view has another form where shapes have more than a thousand fields together. */
static void many_shapes_show_the_same(void **state)
{
    struct fixture *f = *state;
    enum { SHAPES = 14, WIDE = 80 };
    char names[SHAPES * WIDE][16], sql[160];
    struct record_property list[WIDE];
    struct record rec = plain();
    char event[16];

    rec.name = str_of(event, 2);
    rec.properties = list;
    rec.property_count = WIDE;

    for (int i = 0; i < SHAPES; i++) {
        for (int k = 0; k < WIDE; k++) {
            char *name = names[i * WIDE + k];

            snprintf(name, sizeof names[0], "p%d", (i * 7 + k) % 120);
            list[k] = (struct record_property){.name = str_from(name),
                                               .value = k ? integer(k) : text("it's")};
        }
        snprintf(event, sizeof event, "e%c", 'a' + i);
        load(f, &rec);
    }
    assert_value(f,
                 "SELECT count(*) FROM duckdb_views() WHERE view_name = 'service_events' AND "
                 "contains(sql, 'get_bit')",
                 "1");
    assert_value(f, "SELECT sum(len(data)) FROM service_events", "1120");
    for (int i = 0; i < SHAPES; i++) {
        snprintf(sql, sizeof sql,
                 "SELECT list_filter(data, lambda p: p.value = 'it''s')[1].key FROM service_events "
                 "WHERE position = %d",
                 i + 1);
        assert_value(f, sql, names[i * WIDE]);
    }
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_plain_event_is_the_documented_row),
        STORE_TEST(an_event_without_properties_has_an_empty_list),
        STORE_TEST(scalars_are_their_text),
        STORE_TEST(lists_are_as_ruby_inspects_them),
        STORE_TEST(null_is_there_and_absent_is_not),
        STORE_TEST(hidden_stays_out_wherever_it_is_kept),
        STORE_TEST(a_property_of_two_types_shows_both),
        STORE_TEST(accounts_and_tests_have_columns_of_their_own),
        STORE_TEST(a_request_id_that_nobody_gave_is_not_shown),
        STORE_TEST(many_shapes_show_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
