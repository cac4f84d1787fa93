/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_view.c: the view shows what was kept where there are many shapes, at the limit of shapes,
 * where ids are not kept twice, and after a kill while columns are being made. */
#include "store_fixture.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define NOW INT64_C(1700000000123456)

static struct record plain(const char *name)
{
    return (struct record){.id = {{0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x7b, 0x70, 1, 0x80, 2}},
                           .time_us = NOW,
                           .received_us = NOW,
                           .name = str_from(name),
                           .source = STR("website")};
}

static void begin(struct fixture *f)
{
    struct err err = {0};

    if (store_load_begin(f->store, &err) < 0)
        fail_msg("%s", err.text);
}

static void add(struct fixture *f, const struct record *rec, int64_t position)
{
    struct err err = {0};

    if (store_load_add(f->store, rec, position, &err) < 0)
        fail_msg("position %" PRId64 ": %s", position, err.text);
}

static void commit(struct fixture *f, int64_t position)
{
    struct err err = {0};

    if (store_load_commit(f->store, position, &err) < 0)
        fail_msg("%s", err.text);
}

static void add_properties(struct fixture *f, const char *event, int64_t position,
                           const struct record_property *properties, size_t count)
{
    struct record rec = plain(event);

    rec.properties = properties;
    rec.property_count = count;
    add(f, &rec, position);
}

static struct record_property text(const char *name, const char *value)
{
    return (struct record_property){.name = str_from(name),
                                    .value = {.type = RECORD_TEXT, .text = str_from(value)}};
}

static struct record_property integer(const char *name, int64_t value)
{
    return (struct record_property){.name = str_from(name),
                                    .value = {.type = RECORD_INTEGER, .integer = value}};
}

static void run(struct fixture *f, const char *sql)
{
    duckdb_result result;

    if (duckdb_query(f->store->con, sql, &result) != DuckDBSuccess)
        fail_msg("%s: %s", sql, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
}

/* Any numbers, always the same. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Of 120 shapes each property is in every third, so that they are looked up by bits. */
static void a_property_of_many_shapes_is_shown_in_just_these(void **state)
{
    struct fixture *f = *state;
    char names[120][16];

    begin(f);
    for (int i = 0; i < 120; i++) {
        static const char *const three[] = {"a", "b", "c"};
        struct record_property list[2] = {text(three[i % 3], "shared")};

        snprintf(names[i], sizeof names[i], "only %d", i);
        list[1] = integer(names[i], i);
        add_properties(f, names[i], i + 1, list, 2);
    }
    commit(f, 120);
    fixture_reopen(f);
    assert_value(f, "SELECT max(shape) FROM shapes", "120");
    assert_value(f, "SELECT count(*) FROM events WHERE a = 'shared' AND position % 3 = 1", "40");
    assert_value(f, "SELECT count(a) || ' ' || count(b) || ' ' || count(c) FROM events",
                 "40 40 40");
    assert_value(f, "SELECT count(*) FROM events WHERE coalesce(a, b, c) = 'shared'", "120");
    assert_value(f, "SELECT sum(\"only 77\") FROM events", "77");
    assert_value(f, "SELECT sum(len(json_keys(properties))) FROM events", "240");
    assert_value(f,
                 "SELECT count(*) FROM duckdb_views() WHERE schema_name = 'main' AND view_name = "
                 "'events' AND contains(sql, "
                 "'get_bit')",
                 "1");
}

static void a_request_id_that_is_the_events_id_is_not_kept_twice(void **state)
{
    struct fixture *f = *state;
    struct record rec = plain("a");

    begin(f);
    add(f, &rec, 1);
    rec.request_id = STR("018bcfe5-687b-7001-8002-000000000000");
    add(f, &rec, 2);
    rec.request_id = STR("018bcfe5-687b-7001-8002-000000000001");
    add(f, &rec, 3);
    rec.request_id = STR("");
    add(f, &rec, 4);
    commit(f, 4);
    assert_value(f,
                 "SELECT string_agg(coalesce(request_id, '-'), ' ' ORDER BY position) FROM events",
                 "- 018bcfe5-687b-7001-8002-000000000000 018bcfe5-687b-7001-8002-000000000001 -");
    assert_value(f,
                 "SELECT count(request_uuid) || ' ' || sum(strlen(request_text)) FROM events_data",
                 "1 0");
}

static void past_the_last_shape_known_properties_are_in_the_json_too(void **state)
{
    struct fixture *f = *state;
    const struct record_property list[] = {text("c", "kept"), text("d", "else")};

    begin(f);
    add_properties(f, "a", 1, list, 1);
    commit(f, 1);
    run(f, "INSERT INTO shapes SELECT i, property, kind, column_name FROM shapes, range(2, 2048) "
           "t(i)");
    fixture_reopen(f);
    begin(f);
    add_properties(f, "b", 2, list, 2);
    add_properties(f, "b", 3, list, 1);
    commit(f, 3);
    assert_value(f, "SELECT max(shape) FROM shapes", "2047");
    assert_value(f, "SELECT properties->>'c' FROM events WHERE position = 2", "kept");
    assert_value(f, "SELECT properties->>'d' FROM events WHERE position = 2", "else");
    assert_value(f, "SELECT c FROM events WHERE position = 3", "kept");
}

/* Loads until it is killed: almost each event needs a column or a shape of its own. */
static _Noreturn void load_for_ever(const struct fixture *f, unsigned seed)
{
    const struct store_opts opts = fixture_opts(f);
    uint64_t random = seed;
    struct store *s;
    int64_t position;

    if (store_open(&s, &opts, NULL) < 0 || store_cursor(s, &position, NULL) < 0)
        _exit(1);
    for (;;) {
        char names[3][16];
        struct record_property list[3];
        struct record rec = plain("a");

        if (store_load_begin(s, NULL) < 0)
            _exit(1);
        for (uint64_t n = next_random(&random) % 20; n > 0; n--) {
            for (int i = 0; i < 3; i++) {
                snprintf(names[i], sizeof names[i], "p%d", (int)(next_random(&random) % 200));
                list[i] = integer(names[i], position + 1);
            }
            snprintf(names[0], sizeof names[0], "position");
            rec.properties = list;
            rec.property_count = 3;
            if (store_load_add(s, &rec, position + 1, NULL) < 0)
                _exit(1);
            position++;
        }
        if (store_load_commit(s, position, NULL) < 0)
            _exit(1);
    }
}

static void a_kill_at_any_moment_leaves_each_position_once(void **state)
{
    struct fixture *f = *state;
    const struct record_property declared = integer("position", 1);
    int64_t last = 1;

    begin(f);
    add_properties(f, "a", 1, &declared, 1);
    commit(f, 1);

    for (unsigned round = 0; round < 5 || (last == 1 && round < 20); round++) {
        const struct timespec pause = {.tv_nsec = 20000000 + 60000000L * round};
        int64_t position;
        int status;
        pid_t child;

        store_close(f->store);
        f->store = NULL;
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
            load_for_ever(f, round);
        nanosleep(&pause, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status)); /* it had not failed */
        fixture_open_store(f);
        assert_int_equal(store_cursor(f->store, &position, NULL), 0);
        assert_true(position >= last);
        last = position;
        assert_value(f,
                     "SELECT count(*) = (SELECT position FROM store_state) AND count(*) = "
                     "count(DISTINCT position) AND count(*) = coalesce(max(position), 0) AND "
                     "coalesce(bool_and(p_position = position), true) FROM events",
                     "true");
        assert_value(
            f, "SELECT count(*) FROM shapes ANTI JOIN duckdb_columns() USING (column_name)", "0");
    }
    assert_true(last > 1);
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_property_of_many_shapes_is_shown_in_just_these),
        STORE_TEST(a_request_id_that_is_the_events_id_is_not_kept_twice),
        STORE_TEST(past_the_last_shape_known_properties_are_in_the_json_too),
        STORE_TEST(a_kill_at_any_moment_leaves_each_position_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
