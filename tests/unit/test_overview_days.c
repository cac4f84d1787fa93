/* SPDX-License-Identifier: Apache-2.0 */
/* test_overview_days.c: what days come to gives the numbers that the events themselves give, whatever comes
 * late or is deleted. */
#include "overview_days_fixture.h"

static void days_give_what_events_give(void **state)
{
    struct model_fixture t;

    (void)state;
    setup_from(&t, 1, 0, "12");
    assert_agree(&t, 1);
    assert_value(t.f, "SELECT count(DISTINCT day) FROM day_values", "12");
    model_teardown(&t);
}

static void late_events_count_before_and_after_they_are_summed_up(void **state)
{
    struct model_fixture t;

    (void)state;
    setup(&t);
    set_noisy(&t);
    load(&t, 17, 8, 11, 200);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0 AND seen > summed", "3");
    assert_agrees(&t);
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0 AND seen > summed", "0");
    assert_agrees(&t);
    set_now(&t, 14); /* two days more are over */
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "7");
    assert_agrees(&t);
    model_teardown(&t);
}

/* Where a process ends while a day is being summed up, the next one begins it anew. */
static void a_start_between_two_steps_changes_nothing(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    setup(&t);
    load(&t, 24, 7, 12, 300);
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

static void what_days_came_to_outlives_their_events(void **state)
{
    static const char *const words[] = {"limit=1000", "bucket=day", "from=2026-03-20",
                                        "to=2026-03-31", NULL};
    struct model_fixture t;
    AUTO_FREE char *sql = NULL;
    AUTO_FREE char *keep = NULL;
    AUTO_FREE char *total = NULL;
    AUTO_FREE char *report = NULL;
    struct err err = {0};

    (void)state;
    setup(&t);
    sql = overview_sql(&t, words);
    keep = xasprintf("CREATE TABLE kept AS FROM (%s)", sql);
    model_need(script_run(t.f->store, "keep", str_from(keep), &err), &err);
    delete_before(&t, 9);
    assert_same_rows(&t, sql, "FROM kept");
    load(&t, 32, 8, 9, 50); /* late ones are added */
    load(&t, 33, 10, 11, 50); /* and this day is summed up anew */
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f, "SELECT string_agg(day, ' ') FROM day_state WHERE partial", "2026-03-28");
    report = overview_sql(&t, (const char *const[]){"traffic=all", "panel=total", "from=2026-03-20",
                                                    "to=2026-03-31", NULL});
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

static void values_beyond_the_bound_are_one(void **state)
{
    struct model_fixture t;

    (void)state;
    overview_setup(&t);
    set_now(&t, 12);
    t.models->days.values_max = 3;
    load(&t, 61, 0, 3, 500);
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
        cmocka_unit_test(values_beyond_the_bound_are_one),
        cmocka_unit_test(panels_that_do_not_agree_are_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
