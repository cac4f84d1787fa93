/* SPDX-License-Identifier: Apache-2.0 */
/* test_sink_poison.c: records that a destination refuses are found among ten thousand and set aside,
 * exactly they; values made to do harm get to DuckDB and back, or aside. */
#include "sink_fixture.h"

#include <math.h>

#include "base/clock.h"

extern const struct sink_ops sink_store;

enum { MANY = 10000, POISONS_MAX = 8 };

/* The store's sink, but it refuses batches with certain positions, as a destination would. */
static int64_t poison[POISONS_MAX];
static bool in_batch;
static unsigned writes;

static enum sink_verdict refusing_encode(void *sink, const struct sink_item *item, struct err *err)
{
    for (size_t i = 0; i < POISONS_MAX; i++)
        in_batch |= poison[i] == item->position;
    return sink_store.encode(sink, item, err);
}

static enum sink_verdict refusing_write(void *sink, int64_t position, struct err *err)
{
    writes++;
    if (in_batch) {
        err_set(err, ERR_USAGE, "one of them is bad");
        return SINK_REFUSED;
    }
    return sink_store.write(sink, position, err);
}

static void refusing_drop(void *sink)
{
    in_batch = false;
    sink_store.drop(sink);
}

static struct sink_ops refusing(void)
{
    struct sink_ops ops = sink_store;

    ops.encode = refusing_encode;
    ops.write = refusing_write;
    ops.drop = refusing_drop;
    writes = 0;
    memset(poison, 0, sizeof poison);
    return ops;
}

static double load_with(struct fixture *f, const struct sink_ops *ops, int64_t last)
{
    int64_t begun = clock_monotonic_us();
    struct runner *r = sink_start(f, ops);

    sink_await(r, last);
    runner_stop(r);
    return (double)(clock_monotonic_us() - begun) / 1e6;
}

static void one_of_ten_thousand_is_found_within_a_second(void **state)
{
    struct fixture *f = *state;
    struct sink_ops ops = refusing();
    double seconds, plain;

    sink_append_events(f, 1, 2 * MANY);
    plain = load_with(f, &sink_store, 2 * MANY); /* makes the columns, too */
    fixture_reopen(f);
    poison[0] = 2 * MANY + 7321;
    sink_append_events(f, 2 * MANY + 1, MANY);
    seconds = load_with(f, &ops, 3 * MANY);
    print_message(
        "# one of %d was found in %.2f s with %u attempts (loading twice as many took %.2f s)\n",
        MANY, seconds, writes, plain);
    assert_value(f, "SELECT count(*) || ' ' || count(DISTINCT position) FROM events",
                 "29999 29999");
    assert_value(f, "SELECT string_agg(position, ' ') FROM rejected", "27321");
    assert_true(writes <= 2 * 15);
}

static void several_are_found_each(void **state)
{
    static const int64_t bad[] = {10001, 10002, 10777, 15000, 15001, 19999, 20000};
    struct fixture *f = *state;
    struct sink_ops ops = refusing();

    sink_append_events(f, 1, MANY);
    load_with(f, &sink_store, MANY);
    memcpy(poison, bad, sizeof bad);
    sink_append_events(f, MANY + 1, MANY);
    load_with(f, &ops, 2 * MANY);
    assert_value(f, "SELECT count(*) || ' ' || count(DISTINCT position) FROM events",
                 "19993 19993");
    assert_value(f, "SELECT string_agg(position, ' ' ORDER BY position) FROM rejected",
                 "10001 10002 10777 15000 15001 19999 20000");
    assert_true(writes <= 7 * 2 * 15);
}

/* DuckDB itself refuses: a constraint that one row breaks shows when the rows are handed over. */
static void what_duckdb_refuses_is_found(void **state)
{
    struct fixture *f = *state;
    duckdb_result result;

    sink_append_events(f, 1, 600);
    load_with(f, &sink_store, 600);
    if (duckdb_query(f->store->con, "CREATE UNIQUE INDEX once ON events_data (id)", &result) !=
        DuckDBSuccess)
        fail_msg("%s", duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    sink_append_events(f, 601, 900);
    sink_append_events(f, 300, 1); /* an id that is there */
    sink_append_events(f, 1502, 400);
    load_with(f, &sink_store, 1901);
    assert_value(f, "SELECT count(*) || ' ' || count(DISTINCT position) FROM events", "1900 1900");
    assert_value(f, "SELECT string_agg(position, ' ') FROM rejected", "1501");
}

/* A destination that one record breaks, as an internal error of DuckDB does: each start gets further. */
static int64_t breaker;
static bool breaks;
static int others; /* how often something else breaks it, whatever is at work */

static enum sink_verdict breaking_encode(void *sink, const struct sink_item *item, struct err *err)
{
    breaks |= item->position == breaker;
    return sink_store.encode(sink, item, err);
}

static enum sink_verdict breaking_write(void *sink, int64_t position, struct err *err)
{
    if (breaks || others > 0) {
        others--;
        err_set(err, ERR_INTERNAL, "out of order");
        return SINK_BROKEN;
    }
    return sink_store.write(sink, position, err);
}

static int count_starts(struct fixture *f, const struct sink_ops *ops, int64_t last)
{
    AUTO_FREE char *journal = sink_journal_dir(f);
    const struct settings settings = {.data = f->dir};
    const struct runner_opts opts = {
        .ops = ops, .env = {.settings = &settings, .store = f->store}, .journal_dir = journal};
    struct runner_stats stats = {0};
    struct err err = {0};
    struct runner *r;
    int starts = 0;

    while (starts < 100 && stats.position < last) {
        breaks = false;
        if (runner_start(&r, &opts, &err) < 0)
            fail_msg("%s", err.text);
        starts++;
        do {
            usleep(2000);
            runner_stats(r, &stats);
        } while (!stats.broken && stats.position < last);
        runner_stop(r);
    }
    return starts;
}

static void a_record_that_breaks_the_destination_is_set_aside_over_new_starts(void **state)
{
    struct fixture *f = *state;
    struct sink_ops ops = sink_store;
    AUTO_FREE char *file = xasprintf("%s/store.trouble", f->dir);
    int starts;

    ops.encode = breaking_encode;
    ops.write = breaking_write;
    sink_append_events(f, 1, MANY);
    load_with(f, &sink_store, MANY);
    sink_append_events(f, MANY + 1, 1000);
    breaker = MANY + 321;
    starts = count_starts(f, &ops, MANY + 1000);
    print_message("# %d starts\n", starts);
    assert_true(starts <= 15);
    assert_value(f, "SELECT count(*) || ' ' || count(DISTINCT position) FROM events",
                 "10999 10999");
    assert_value(f, "SELECT string_agg(position, ' ') FROM rejected", "10321");
    assert_int_equal(access(file, F_OK), -1);
}

/* A question, or the disk, breaks it while one record is at work: the record is none the worse. */
static void a_record_that_was_only_there_is_not_set_aside(void **state)
{
    struct fixture *f = *state;
    struct sink_ops ops = sink_store;
    AUTO_FREE char *file = xasprintf("%s/store.trouble", f->dir);

    ops.encode = breaking_encode;
    ops.write = breaking_write;
    breaker = 0;
    for (int64_t p = 1; p <= 6; p++) {
        sink_append_events(f, p, 1);
        others = (int)p % 3;
        assert_int_equal(count_starts(f, &ops, p), p % 3 + 1);
    }
    assert_value(f, "SELECT count(*) || ' ' || count(DISTINCT position) FROM events", "6 6");
    assert_value(f, "SELECT count(*) FROM rejected", "0");
    assert_int_equal(access(file, F_OK), -1);
}

/* Values, and whether they can be a row. */
static char *long_text, *deep;

struct hostile {
    const char *what;
    struct record_value value;
    bool fits;
};

static struct record_value bytes_value(const char *bytes, size_t len)
{
    return (struct record_value){.type = RECORD_TEXT, .text = str_of(bytes, len)};
}

#define TEXT_VALUE(literal) bytes_value(literal, sizeof literal - 1)
#define NUMBER_VALUE(n) ((struct record_value){.type = RECORD_NUMBER, .number = (n)})
#define INTEGER_VALUE(n) ((struct record_value){.type = RECORD_INTEGER, .integer = (n)})
#define TIME_VALUE(n) ((struct record_value){.type = RECORD_DATETIME, .integer = (n)})
#define JSON_VALUE(z) ((struct record_value){.type = RECORD_JSON, .text = str_from(z)})

static size_t list_hostile(struct hostile *out)
{
    static const struct record_value items[] = {{.type = RECORD_TEXT, .text = {"\xed\xa0\x80", 3}},
                                                {.type = RECORD_NULL}};
    const struct hostile all[] = {
        {"NUL in text", TEXT_VALUE("a\0b"), true},
        {"a lone surrogate", TEXT_VALUE("a\xed\xa0\x80z"), false},
        {"an overlong slash", TEXT_VALUE("\xc0\xaf"), false},
        {"half a character", TEXT_VALUE("\xf0\x9f\x98"), false},
        {"beyond Unicode", TEXT_VALUE("\xf4\x90\x80\x80"), false},
        {"no characters", TEXT_VALUE("\xef\xbf\xbe\xef\xbf\xbf\xef\xbb\xbf"), true},
        {"many marks", TEXT_VALUE("Z\xcc\x80\xcc\x81\xcc\x82\xe2\x80\xae\xe2\x80\x8b"), true},
        {"a MiB", bytes_value(long_text, 1000000), true},
        {"the largest integer", INTEGER_VALUE(INT64_MAX), true},
        {"the smallest integer", INTEGER_VALUE(INT64_MIN), true},
        {"the largest number", NUMBER_VALUE(1.7976931348623157e308), true},
        {"minus zero", NUMBER_VALUE(-0.0), true},
        {"the smallest number", NUMBER_VALUE(5e-324), true},
        {"infinity", NUMBER_VALUE(INFINITY), false},
        {"no number", NUMBER_VALUE(NAN), false},
        {"the end of time", TIME_VALUE(INT64_MAX), false},
        {"its beginning", TIME_VALUE(INT64_MIN), false},
        {"the year 10000", TIME_VALUE(INT64_C(253402300800000000)), false},
        {"the year 9999", TIME_VALUE(INT64_C(253402300799999999)), true},
        {"the year 1", TIME_VALUE(INT64_C(-62135596800000000)), true},
        {"deep JSON", JSON_VALUE(deep), true},
        {"no JSON at all", JSON_VALUE("{\"a\":[1,}"), true},
        {"JSON with a surrogate", JSON_VALUE("\"\\ud800\""), true},
        {"huge digits", JSON_VALUE("1e400"), true},
        {"text that is SQL", TEXT_VALUE("'); DROP TABLE events_data; --"), true},
        {"a list with a bad item",
         {.type = RECORD_LIST, .list = {.items = items, .count = 2, .item_type = RECORD_TEXT}},
         false},
    };

    memcpy(out, all, sizeof all);
    return ARRAY_LEN(all);
}

static void append_value(struct fixture *f, const struct hostile *h, enum journal_kind kind)
{
    static struct faults faults;
    struct record_property p = {.name = str_from(h->what), .value = h->value};
    struct record rec = {.time_us = INT64_C(1700000000000000),
                         .name = str_from(h->what),
                         .source = STR("backend"),
                         .properties = &p,
                         .property_count = 1};
    AUTO_BUF payload;
    struct str one;

    if (kind == JOURNAL_QUARANTINE) {
        rec.flags = RECORD_QUARANTINED;
        if (faults.count == 0)
            faults_add(&faults, FAULT_UNKNOWN_EVENT, STR(""), STR(""), STR("not declared"));
        rec.faults = &faults;
    }
    buf_init(&payload, 2 << 20);
    record_encode(&payload, &rec);
    one = buf_as_str(&payload);
    sink_append(f, kind, &one, 1);
}

static void make_long_values(void)
{
    long_text = xmalloc(1000001);
    memset(long_text, 'x', 1000000);
    long_text[1000000] = '\0';
    deep = xmalloc(200001);
    memset(deep, '[', 100000);
    memset(deep + 100000, ']', 100000);
    deep[200000] = '\0';
}

static void hostile_values_are_rows_or_set_aside(void **state)
{
    struct fixture *f = *state;
    struct hostile list[64];
    AUTO_BUF expected;
    int64_t position = 0;
    size_t count;

    make_long_values();
    buf_init(&expected, 4096);
    count = list_hostile(list);
    for (size_t i = 0; i < count; i++) {
        append_value(f, list + i, JOURNAL_EVENT);
        position++;
        if (!list[i].fits)
            buf_printf(&expected, "%s%" PRId64, expected.len ? " " : "", position);
    }
    for (size_t i = 0; i < count; i++) {
        append_value(f, list + i, JOURNAL_QUARANTINE);
        position++;
        if (!list[i].fits)
            buf_printf(&expected, " %" PRId64, position);
    }
    sink_append_events(f, 1, 10);
    load_with(f, &sink_store, position + 10);
    buf_char(&expected, '\0');
    assert_value(f, "SELECT string_agg(position, ' ' ORDER BY position) FROM rejected",
                 expected.ptr);
    assert_value(f, "SELECT length(\"a MiB\") FROM events WHERE name = 'a MiB'", "1000000");
    assert_value(f, "SELECT hex(\"NUL in text\") FROM events WHERE name = 'NUL in text'", "610062");
    assert_value(f,
                 "SELECT \"the smallest integer\" FROM events WHERE name = 'the smallest integer'",
                 "-9223372036854775808");
    /* Every column of every row can be asked for. */
    assert_value(f, "SELECT count(*) > 0 AND sum(length(e::VARCHAR)) > 0 FROM events e", "true");
    assert_value(f, "SELECT sum(length(q::VARCHAR)) > 0 FROM quarantine q", "true");
    free(long_text);
    free(deep);
}

int main(void)
{
#define SINK_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, sink_teardown)
    const struct CMUnitTest tests[] = {
        SINK_TEST(one_of_ten_thousand_is_found_within_a_second),
        SINK_TEST(several_are_found_each),
        SINK_TEST(what_duckdb_refuses_is_found),
        SINK_TEST(a_record_that_breaks_the_destination_is_set_aside_over_new_starts),
        SINK_TEST(a_record_that_was_only_there_is_not_set_aside),
        SINK_TEST(hostile_values_are_rows_or_set_aside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
