/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_shapes.c: properties share columns, and no row ever shows another's value. */
#include "store_fixture.h"

#include "base/random.h"
#include "store/rows.h"
#include "store/schema.h"

enum { PER_EVENT = 8 };

struct thing {
    struct record rec;
    struct record_property properties[PER_EVENT];
    char names[PER_EVENT][16], values[PER_EVENT][24];
};

static void begin_thing(struct thing *t, const char *name)
{
    *t = (struct thing){.rec = {.time_us = 1, .name = str_from(name), .source = STR("s")}};
    t->rec.properties = t->properties;
}

static void put(struct thing *t, const char *name, struct record_value value)
{
    t->properties[t->rec.property_count++] =
        (struct record_property){.name = str_from(name), .value = value};
}

static struct record_value text(const char *z)
{
    return (struct record_value){.type = RECORD_TEXT, .text = str_from(z)};
}

static struct record_value pseudonym(uint8_t b)
{
    struct record_value v = {.type = RECORD_PSEUDONYM};

    memset(v.bytes, b, sizeof v.bytes);
    return v;
}

static void load(struct fixture *f, const struct thing *t, int64_t position)
{
    struct err err = {0};

    if (store_load_begin(f->store, &err) < 0 ||
        store_load_add(f->store, &t->rec, position, &err) < 0 ||
        store_load_commit(f->store, position, &err) < 0)
        fail_msg("%s", err.text);
}

static void properties_of_different_events_share_a_column(void **state)
{
    struct fixture *f = *state;
    struct thing a, b;

    begin_thing(&a, "a");
    put(&a, "plan", text("pro"));
    begin_thing(&b, "b");
    put(&b, "colour", text("red"));
    load(f, &a, 1);
    load(f, &b, 2);
    assert_value(f,
                 "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'events_data' AND "
                 "starts_with(column_name, 'text_')",
                 "1");
    assert_value(f, "SELECT plan FROM events WHERE position = 1", "pro");
    assert_value(f, "SELECT plan FROM events WHERE position = 2", "NULL");
    assert_value(f, "SELECT colour FROM events WHERE position = 1", "NULL");
    assert_value(f, "SELECT colour FROM events WHERE position = 2", "red");
    assert_value(f, "SELECT properties FROM events WHERE position = 2", "{\"colour\":\"red\"}");
}

static void properties_that_meet_get_columns_of_their_own(void **state)
{
    struct fixture *f = *state;
    struct thing a, b, both;

    begin_thing(&a, "a");
    put(&a, "plan", text("pro"));
    begin_thing(&b, "b");
    put(&b, "colour", text("red"));
    begin_thing(&both, "a");
    put(&both, "colour", text("blue"));
    put(&both, "plan", text("free"));
    load(f, &a, 1);
    load(f, &b, 2);
    load(f, &both, 3);
    load(f, &b, 4);
    assert_value(f, "SELECT string_agg(plan, ' ' ORDER BY position) FROM events", "pro free");
    assert_value(f, "SELECT string_agg(colour, ' ' ORDER BY position) FROM events", "red blue red");
    fixture_reopen(f);
    load(f, &both, 5);
    assert_value(f, "SELECT count(DISTINCT shape) FROM shapes", "3");
    assert_value(f, "SELECT string_agg(plan, ' ' ORDER BY position) FROM events", "pro free free");
}

static void a_property_that_is_the_actor_is_stored_once(void **state)
{
    struct fixture *f = *state;
    struct thing with, without, other;

    begin_thing(&with, "a");
    with.rec.flags = RECORD_HAS_ACTOR;
    memset(with.rec.actor.b, 0xaa, PSEUDONYM_BYTES);
    put(&with, "user_id", pseudonym(0xaa));
    put(&with, "plan", text("pro"));
    without = with;
    without.rec.properties = without.properties + 1;
    without.rec.property_count = 1;
    other = with;
    other.rec.properties = other.properties;
    other.properties[0].value = pseudonym(0xbb);
    load(f, &with, 1);
    load(f, &without, 2);
    assert_value(f,
                 "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'events_data' AND "
                 "starts_with(column_name, 'pseudonym')",
                 "0");
    load(f, &other, 3);
    load(f, &with, 4);
    assert_value(f,
                 "SELECT string_agg(coalesce(user_id[1:2], '-'), ' ' ORDER BY position) "
                 "FROM events",
                 "aa - bb aa");
    assert_value(f, "SELECT count(*) FROM events WHERE actor[1:2] = 'aa'", "4");
    assert_value(f, "SELECT properties FROM events WHERE position = 2", "{\"plan\":\"pro\"}");
    fixture_reopen(f);
    assert_value(f,
                 "SELECT string_agg(coalesce(user_id[1:2], '-'), ' ' ORDER BY position) "
                 "FROM events",
                 "aa - bb aa");
}

static void the_session_device_and_request_id_are_stored_once_too(void **state)
{
    struct fixture *f = *state;
    struct thing t;

    begin_thing(&t, "a");
    t.rec.flags = RECORD_HAS_SESSION | RECORD_HAS_DEVICE;
    memset(t.rec.session.b, 1, PSEUDONYM_BYTES);
    memset(t.rec.device.b, 2, PSEUDONYM_BYTES);
    t.rec.request_id = STR("request-17");
    put(&t, "sid", pseudonym(1));
    put(&t, "did", pseudonym(2));
    put(&t, "rid", text("request-17"));
    load(f, &t, 1);
    assert_value(f,
                 "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'events_data' AND "
                 "regexp_matches(column_name, '^(text|pseudonym)_')",
                 "0");
    assert_value(f, "SELECT sid = session AND did = device AND rid = 'request-17' FROM events",
                 "true");
}

/* What the view must show, kept beside. */
static void remember(duckdb_connection con, const struct thing *t, int64_t position)
{
    for (size_t i = 0; i < t->rec.property_count; i++) {
        AUTO_FREE char *sql = xasprintf("INSERT INTO expected VALUES (%lld, '%s', '%s')",
                                        (long long)position, t->names[i], t->values[i]);
        duckdb_result result;

        assert_int_equal(duckdb_query(con, sql, &result), DuckDBSuccess);
        duckdb_destroy_result(&result);
    }
}

/* A random choice of twenty properties, each a text or a number as it comes. */
static void make_random(struct thing *t)
{
    uint32_t random[PER_EVENT + 2];
    static const char *const names[] = {"a", "b", "c"};

    random_bytes(random, sizeof random);
    begin_thing(t, names[random[PER_EVENT] % 3]);
    for (size_t i = 0; i < random[PER_EVENT + 1] % PER_EVENT; i++) {
        bool is_text = random[i] % 7 > 2;

        /* No name twice on one event: each has its own twenty-eighth of the numbers. */
        snprintf(t->names[i], sizeof t->names[i], "p%zu_%u", i, random[i] % 3);
        snprintf(t->values[i], sizeof t->values[i], is_text ? "t%u" : "%u", random[i]);
        put(t, t->names[i],
            is_text ? text(t->values[i])
                    : (struct record_value){.type = RECORD_INTEGER, .integer = random[i]});
    }
}

/* Few shapes and many have their JSON made in different ways. */
static void load_random(struct fixture *f, int64_t count)
{
    duckdb_connection con;
    duckdb_result result;

    assert_int_equal(store_connect(f->store, &con, NULL), 0);
    assert_int_equal(
        duckdb_query(con, "CREATE TABLE expected (position BIGINT, name VARCHAR, value VARCHAR)",
                     &result),
        DuckDBSuccess);
    duckdb_destroy_result(&result);
    for (int64_t position = 1; position <= count; position++) {
        struct thing t;

        make_random(&t);
        load(f, &t, position);
        remember(con, &t, position);
    }
    duckdb_disconnect(&con);
    assert_value(f,
                 "SELECT count(*) FROM (SELECT position, unnest(json_keys(properties)) AS name, "
                 "properties->>(unnest(json_keys(properties))) AS value FROM events "
                 "EXCEPT SELECT position, name, value FROM expected)",
                 "0");
    assert_value(f,
                 "SELECT (SELECT count(*) FROM expected) = "
                 "(SELECT sum(len(json_keys(properties))) FROM events)",
                 "true");
}

static void a_few_random_events_show_every_value_where_it_belongs(void **state)
{
    load_random(*state, 40);
}

static void many_random_events_show_every_value_where_it_belongs(void **state)
{
    load_random(*state, 300);
}

static void tables_that_do_not_agree_are_told(void **state)
{
    static const char *const damages[] = {
        "INSERT INTO shapes VALUES (1, 'nothing'::BLOB, 'text', 'text_0')",
        "INSERT INTO shapes VALUES (-1, 'plan'::BLOB, 'text', 'text_0')",
        "INSERT INTO shapes VALUES (1, 'plan'::BLOB, 'text', 'text_0')",
        "UPDATE shapes SET kind = 'colour'",
        "UPDATE shapes SET column_name = 'text_99'",
        "UPDATE shapes SET shape = 2000000000",
    };
    struct fixture *f = *state;
    struct thing t;

    begin_thing(&t, "a");
    put(&t, "plan", text("pro"));
    load(f, &t, 1);
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        struct schema *schema = NULL;
        duckdb_result result;
        struct err err = {0};

        assert_int_equal(duckdb_query(f->store->con, "BEGIN", &result), DuckDBSuccess);
        duckdb_destroy_result(&result);
        assert_int_equal(duckdb_query(f->store->con, damages[i], &result), DuckDBSuccess);
        duckdb_destroy_result(&result);
        assert_int_equal(
            schema_open(&schema, f->store->con, rows_base_columns, rows_base_count, &err), -1);
        assert_int_equal(err.code, ERR_CORRUPT);
        assert_int_equal(duckdb_query(f->store->con, "ROLLBACK", &result), DuckDBSuccess);
        duckdb_destroy_result(&result);
    }
}

static void what_fails_to_be_planned_is_forgotten(void **state)
{
    struct fixture *f = *state;
    const struct schema_want want = {.name = STR("plan"), .kind = KIND_TEXT};
    struct thing t;

    assert_int_equal(schema_begin(f->store->schema, NULL), 0);
    assert_int_equal(schema_plan(f->store->schema, &want, 1, NULL), 0);
    assert_non_null(schema_view_column(f->store->schema, STR("plan")));
    schema_rollback(f->store->schema);
    assert_null(schema_view_column(f->store->schema, STR("plan")));
    begin_thing(&t, "a");
    put(&t, "plan", text("pro"));
    load(f, &t, 1);
    assert_value(f, "SELECT plan FROM events", "pro");
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(properties_of_different_events_share_a_column),
        STORE_TEST(properties_that_meet_get_columns_of_their_own),
        STORE_TEST(a_property_that_is_the_actor_is_stored_once),
        STORE_TEST(the_session_device_and_request_id_are_stored_once_too),
        STORE_TEST(a_few_random_events_show_every_value_where_it_belongs),
        STORE_TEST(many_random_events_show_every_value_where_it_belongs),
        STORE_TEST(tables_that_do_not_agree_are_told),
        STORE_TEST(what_fails_to_be_planned_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
