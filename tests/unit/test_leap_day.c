/* SPDX-License-Identifier: Apache-2.0 */
/* test_leap_day.c: what a 29th of February is compared with by --compare year, in any time zone: an event
 * an hour, of the days around it in three years. */
#include "activity_fixture.h"

static const char catalogue[] = "defaults: {owner: a@example.org, kind: product}\n"
                                "events:\n"
                                "  - {name: tick, description: d, trigger: t}\n";
static const char *const zones[] = {"UTC", "America/New_York", "Pacific/Auckland"};

static void load_hours(struct model_fixture *t, const char *from, const char *to)
{
    struct err err = {0};
    int64_t us, last;

    assert_int_equal(datetime_parse_date(str_from(from), &us), 0);
    assert_int_equal(datetime_parse_date(str_from(to), &last), 0);
    model_need(store_load_begin(t->f->store, &err), &err);
    for (; us < last; us += DATETIME_DAY_US / 24) {
        struct record rec = {
            .time_us = us, .received_us = us, .name = STR("tick"), .source = STR("test")};

        t->position++;
        memcpy(rec.id.b, &t->position, sizeof t->position);
        model_need(store_load_add(t->f->store, &rec, t->position, &err), &err);
    }
    model_need(store_load_commit(t->f->store, t->position, &err), &err);
}

static int setup(void **state)
{
    static struct model_fixture t;

    model_setup(&t, catalogue);
    load_hours(&t, "2023-02-20", "2023-03-10");
    load_hours(&t, "2024-02-20", "2024-03-10");
    load_hours(&t, "2025-02-20", "2025-03-10");
    model_refresh(&t);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    model_teardown(*state);
    return 0;
}

struct question {
    const char *from, *to, *bucket, *expected; /* what was before, bucket by bucket */
};

static void assert_before(struct model_fixture *t, const char *report, const char *select,
                          const struct question *q, const char *zone, const char *filter)
{
    AUTO_FREE char *from = xasprintf("from=%s", q->from);
    AUTO_FREE char *to = xasprintf("to=%s", q->to);
    AUTO_FREE char *bucket = xasprintf("bucket=%s", q->bucket);
    AUTO_FREE char *in = xasprintf("time-zone=%s", zone);
    struct report_asked *asked = activity_asked(
        t, report, (const char *const[]){"compare=year", from, to, bucket, in, filter, NULL});
    AUTO_FREE char *whole = NULL;
    AUTO_FREE char *found = NULL;
    struct err err = {0};
    AUTO_BUF sql;

    buf_init(&sql, REPORT_SQL_MAX);
    model_need(report_build(asked, false, &sql, &err), &err);
    assert_false(buf_failed(&sql));
    whole = xasprintf("%s FROM (%.*s)", select, STR_ARG(buf_as_str(&sql)));
    found = fixture_value(t->f, whole);
    if (strcmp(found, q->expected) != 0)
        fail_msg("%s from %s to %s by %s in %s: %s, not %s", report, q->from, q->to, q->bucket,
                 zone, found, q->expected);
    report_asked_free(asked);
}

static void assert_breakdown(struct model_fixture *t, const struct question *q, const char *zone,
                             bool of_events)
{
    assert_before(t, "breakdown", "SELECT string_agg(before, ' ' ORDER BY bucket)", q, zone,
                  of_events ? "filter=source~*" : NULL);
}

static void assert_overview(struct model_fixture *t, const struct question *q, const char *zone,
                            bool of_events)
{
    assert_before(t, "overview",
                  "SELECT string_agg(before_events, ' ' ORDER BY value) FILTER (panel = 'bucket')",
                  q, zone, of_events ? "filter=source~*" : NULL);
}

#define HOURS "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"

static void each_day_has_one_to_be_compared_with(void **state)
{
    static const struct question questions[] = {
        {"2024-02-29", "2024-03-01", "day", "24"},
        {"2024-02-29", "2024-03-01", "hour", HOURS},
        {"2024-02-29", "2024-03-03", "day", "24 24 24"},
        {"2024-02-28", "2024-02-29", "day", "24"},
        {"2024-02-28", "2024-02-29", "hour", HOURS},
        {"2024-02-27", "2024-03-02", "day", "24 24 0 24"},
        {"2025-02-27", "2025-03-02", "day", "24 48 24"},
        {"2025-03-01", "2025-03-03", "day", "24 24"},
    };

    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        for (size_t k = 0; k < ARRAY_LEN(zones); k++) {
            assert_breakdown(*state, &questions[i], zones[k], (i + k) % 2 == 0);
            assert_overview(*state, &questions[i], zones[k], (i + k) % 2 == 1);
        }
}

static void parts_of_it_have_as_much(void **state)
{
    static const struct question questions[] = {
        {"2024-02-29T06:00:00Z", "2024-02-29T10:00:00Z", "hour", "1 1 1 1"},
        {"2024-02-28T18:00:00Z", "2024-02-29T06:00:00Z", "day", "6 6"},
        {"2024-02-29T18:00:00Z", "2024-03-01T06:00:00Z", "day", "6 6"},
    };

    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        assert_breakdown(*state, &questions[i], "UTC", true);
        assert_overview(*state, &questions[i], "UTC", true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_day_has_one_to_be_compared_with),
        cmocka_unit_test(parts_of_it_have_as_much),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
