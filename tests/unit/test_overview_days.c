/* SPDX-License-Identifier: Apache-2.0 */
/* test_overview_days.c: what days come to gives the numbers that the events themselves give, whatever comes
 * late, is deleted, or counts otherwise. */
#include "overview_fixture.h"

#include "model/days.h"

/* All that fit everything: with a filter, a report reads the events alone. */
#define ALL_EVENTS "filter=source~*"
enum { WORDS_MAX = 12 };

static const char *const questions[][WORDS_MAX] = {
    {"limit=1000"},
    {"limit=3", "traffic=all"},
    {"limit=1000", "traffic=bots", "bucket=month"},
    {"limit=1000", "traffic=internal", "bucket=day"},
    {"from=2026-03-21", "to=2026-04-02", "compare=previous", "limit=1000"},
    {"from=2026-03-28", "to=2026-04-01", "compare=previous", "time-zone=Europe/Berlin", "limit=2",
     "bucket=day"},
    {"from=2026-03-29", "to=2026-03-31", "compare=previous", "time-zone=Europe/Berlin"},
    {"from=2026-03-24", "to=2026-04-03", "bucket=day", "time-zone=America/St_Johns", "traffic=all"},
    {"from=2026-03-24", "to=2026-04-03", "bucket=week", "time-zone=Asia/Kathmandu",
     "compare=previous"},
    {"from=2026-03-26", "to=2026-04-02", "bucket=day", "time-zone=Pacific/Apia", "compare=previous",
     "limit=1000"},
    {"from=2026-03-27T05:20:00Z", "to=2026-03-27T23:10:01.5Z", "compare=previous"},
    {"from=2026-03-25T05:20:00Z", "to=2026-04-01T11:10:00Z", "bucket=day", "compare=previous",
     "limit=1000"},
    {"from=2026-03-25T05:20:00Z", "to=2026-03-25T05:20:01Z"},
    {"from=2026-03-25T05:20:00Z"},
    {"to=2026-03-30T22:00:00Z", "traffic=all"},
    {"from=2026-03-23", "to=2026-03-30", "bucket=hour", "traffic=all", "panel=bucket"},
    {"panel=page", "search=A", "limit=1"},
    {"from=2027-03-24", "to=2027-04-03", "compare=year", "bucket=day", "limit=1000"},
};

static void assert_agree(struct model_fixture *t, size_t every)
{
    for (size_t i = 0; i < ARRAY_LEN(questions); i += every) {
        const char *words[WORDS_MAX + 2] = {0};
        AUTO_FREE char *ours = NULL;
        AUTO_FREE char *theirs = NULL;
        size_t count = 0;

        for (; count < WORDS_MAX && questions[i][count]; count++)
            words[count] = questions[i][count];
        ours = overview_sql(t, words);
        words[count] = ALL_EVENTS;
        theirs = overview_sql(t, words);
        assert_same_rows(t, ours, theirs);
    }
}

static void assert_agrees(struct model_fixture *t)
{
    assert_agree(t, 9);
}

static void set_now(struct model_fixture *t, int64_t day)
{
    t->models->days.now_us = OVERVIEW_START + day * DATETIME_DAY_US;
    t->models->days.quiet_us = -1000 * DATETIME_DAY_US; /* nothing waits */
}

static void set_noisy(struct model_fixture *t)
{
    t->models->days.quiet_us = t->models->days.waited_us = 1000 * DATETIME_DAY_US;
}

static void load(struct model_fixture *t, uint64_t seed, int64_t from_day, int64_t to_day,
                 size_t count)
{
    struct visits v = {.seed = seed,
                       .from_us = OVERVIEW_START + from_day * DATETIME_DAY_US,
                       .to_us = OVERVIEW_START + to_day * DATETIME_DAY_US};

    visits_load(t, &v, count);
}

/* Visits of sixteen days, of which the first twelve are over and summed up; some events are of 1969, and
 * some of clocks that stand wrong. */
static void setup(struct model_fixture *t, uint64_t seed)
{
    overview_setup(t);
    set_now(t, 12);
    load(t, seed, 0, OVERVIEW_DAYS, 1500);
    load(t, seed + 1, -20900, -20600, 20);
    load(t, seed + 2, 2700000, 2700010, 20);
    model_refresh(t);
    assert_value(t->f, "SELECT count(*) FROM day_state WHERE summed > 0", "12");
}

static void days_give_what_events_give(void **state)
{
    struct model_fixture t;

    (void)state;
    setup(&t, 1);
    assert_agree(&t, 1);
    assert_value(t.f, "SELECT count(DISTINCT day) FROM day_values", "12");
    model_teardown(&t);
}

static void late_events_count_before_and_after_they_are_summed_up(void **state)
{
    struct model_fixture t;

    (void)state;
    setup(&t, 7);
    set_noisy(&t);
    load(&t, 17, 3, 6, 200);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0 AND seen > summed", "3");
    assert_agrees(&t);
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0 AND seen > summed", "0");
    assert_agrees(&t);
    set_now(&t, 14); /* two days more are over */
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "14");
    assert_agrees(&t);
    model_teardown(&t);
}

/* Where a process ends while a day is being summed up, the next one begins it anew. */
static void a_start_between_two_steps_changes_nothing(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    setup(&t, 23);
    load(&t, 24, 2, 9, 300);
    set_noisy(&t);
    model_refresh(&t);
    for (int steps = 1; steps < 8; steps += 6) {
        set_now(&t, 12);
        for (int i = 0; i < steps; i++)
            assert_int_equal(days_sum(t.models, &err), 1);
        assert_agrees(&t);
        model_reopen(&t, overview_catalogue);
        overview_settle(&t, overview_internal, 2);
        assert_agrees(&t);
    }
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0 AND seen > summed", "0");
    assert_value(t.f,
                 "SELECT (SELECT count(*) FROM day_values_new) + (SELECT count(*) FROM "
                 "day_hours_new) + (SELECT count(*) FROM day_quarters_new)",
                 "0");
    assert_agrees(&t);
    model_teardown(&t);
}

/* Events of the first days leave the store; what they came to stays. */
static void delete_before(struct model_fixture *t, int64_t day)
{
    AUTO_FREE char *sql =
        xasprintf("DELETE FROM events_data WHERE time < make_timestamp(%lld) AND time > DATE "
                  "'2000-01-01'",
                  (long long)(OVERVIEW_START + day * DATETIME_DAY_US));
    struct err err = {0};

    model_need(script_run(t->f->store, "delete", str_from(sql), &err), &err);
}

static void what_days_came_to_outlives_their_events(void **state)
{
    static const char *const words[] = {"limit=1000", "bucket=day", "from=2026-03-20",
                                        "to=2026-03-30", NULL};
    struct model_fixture t;
    AUTO_FREE char *sql = NULL;
    AUTO_FREE char *keep = NULL;
    AUTO_FREE char *total = NULL;
    AUTO_FREE char *report = NULL;
    struct err err = {0};

    (void)state;
    setup(&t, 31);
    sql = overview_sql(&t, words);
    keep = xasprintf("CREATE TABLE kept AS FROM (%s)", sql);
    model_need(script_run(t.f->store, "keep", str_from(keep), &err), &err);
    delete_before(&t, 5);
    assert_same_rows(&t, sql, "FROM kept");
    load(&t, 32, 1, 2, 50); /* late ones are added */
    load(&t, 33, 7, 8, 50); /* and this day is summed up anew */
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f, "SELECT string_agg(day, ' ') FROM day_state WHERE partial", "2026-03-21");
    report = overview_sql(&t, (const char *const[]){"traffic=all", "panel=total", "from=2026-03-20",
                                                    "to=2026-03-30", NULL});
    total =
        xasprintf("SELECT (SELECT events FROM (%s)) - (SELECT sum(events) FROM kept WHERE panel "
                  "= 'traffic')",
                  report);
    assert_value(t.f, total, "100");
    overview_settle(&t, overview_internal, 1); /* these cannot be told anew */
    model_refresh(&t);
    assert_value(t.f, total, "100");
    model_teardown(&t);
}

static void other_filters_count_for_all_days(void **state)
{
    static const char *const other[] = {"ua_os=Linux"};
    struct model_fixture t;

    (void)state;
    setup(&t, 41);
    overview_settle(&t, other, 1);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "0");
    assert_agrees(&t);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "12");
    assert_agrees(&t);
    overview_settle(&t, other, 1); /* the same ones again */
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "12");
    model_teardown(&t);
}

static void a_name_that_becomes_a_page_counts_as_one_for_all_days(void **state)
{
    static const char more[] = "defaults: {owner: a@example.org}\n"
                               "events:\n"
                               "  - {name: page.viewed, description: d, trigger: t, kind: page}\n"
                               "  - {name: shop.cart, description: d, trigger: t, kind: page}\n";
    struct model_fixture t;
    AUTO_FREE char *before = NULL;

    (void)state;
    setup(&t, 51);
    before = fixture_value(t.f, "SELECT sum(pages) FROM day_values WHERE panel = 'total'");
    model_set_catalogue(&t, more);
    assert_agrees(&t);
    model_refresh(&t);
    assert_agrees(&t);
    assert_value(t.f,
                 "SELECT sum(pages) = sum(events) FROM day_values WHERE panel = 'event' AND "
                 "value IN ('shop.cart', 'page.viewed')",
                 "true");
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "12");
    model_teardown(&t);
}

static void values_beyond_the_bound_are_one(void **state)
{
    struct model_fixture t;

    (void)state;
    overview_setup(&t);
    set_now(&t, 12);
    t.models->days.values_max = 3;
    load(&t, 61, 0, 12, 2000);
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT max(c) FROM (SELECT count(*) AS c FROM day_values WHERE traffic = "
                 "'all' AND panel = 'page' GROUP BY day)",
                 "4");
    assert_value(t.f,
                 "SELECT count(DISTINCT s) FROM (SELECT sum(events) AS s FROM day_values WHERE "
                 "traffic = 'all' GROUP BY panel)",
                 "1");
    model_teardown(&t);
}

/* The engine had such a store before there were sums of days. */
static void a_store_of_before_is_summed_up(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    setup(&t, 71);
    model_need(script_run(t.f->store, "forget", STR("DROP TABLE day_state"), &err), &err);
    model_reopen(&t, overview_catalogue);
    overview_settle(&t, overview_internal, 2);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "0");
    assert_agrees(&t);
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "12");
    assert_agrees(&t);
    model_teardown(&t);
}

/* Events are deleted while their day is being summed up: its panels would not be of the same events. */
static void panels_that_do_not_agree_are_not_taken(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    overview_setup(&t);
    load(&t, 81, 0, 2, 500);
    set_noisy(&t);
    model_refresh(&t);
    set_now(&t, 12);
    for (int i = 0; i < 4; i++)
        assert_int_equal(days_sum(t.models, &err), 1);
    model_need(script_run(t.f->store, "delete",
                          STR("DELETE FROM events_data WHERE position % 7 = 0"), &err),
               &err);
    model_refresh(&t);
    assert_agrees(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "2");
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_give_what_events_give),
        cmocka_unit_test(late_events_count_before_and_after_they_are_summed_up),
        cmocka_unit_test(a_start_between_two_steps_changes_nothing),
        cmocka_unit_test(what_days_came_to_outlives_their_events),
        cmocka_unit_test(other_filters_count_for_all_days),
        cmocka_unit_test(a_name_that_becomes_a_page_counts_as_one_for_all_days),
        cmocka_unit_test(values_beyond_the_bound_are_one),
        cmocka_unit_test(a_store_of_before_is_summed_up),
        cmocka_unit_test(panels_that_do_not_agree_are_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
