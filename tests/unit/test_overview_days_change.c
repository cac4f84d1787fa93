/* SPDX-License-Identifier: Apache-2.0 */
/* test_overview_days_change.c: the same where something counts otherwise than before, or days wait. */
#include "overview_days_fixture.h"

static void other_filters_count_for_all_days(void **state)
{
    static const char *const other[] = {"ua_os=Linux"};
    struct model_fixture t;

    (void)state;
    setup(&t);
    overview_settle(&t, other, 1);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "0");
    assert_agrees(&t);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "5");
    assert_agrees(&t);
    overview_settle(&t, other, 1); /* the same ones again */
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "5");
    model_teardown(&t);
}

/* 0, or -1 with *moved where the days are not as they were. */
static int ask_still(struct model_fixture *t, const struct report_asked *asked, bool *moved,
                     struct err *err)
{
    struct query_result result;
    AUTO_BUF sql;
    AUTO_BUF still;
    AUTO_BUF out;

    buf_init(&sql, REPORT_SQL_MAX);
    buf_init(&still, REPORT_SQL_MAX);
    buf_init(&out, 1 << 20);
    model_need(report_build(asked, false, &sql, err), err);
    assert_true(report_put_still(asked, &still));
    return query_run(t->f->store,
                     &(struct query_opts){.sql = buf_as_str(&sql),
                                          .format = QUERY_CSV,
                                          .ours = true,
                                          .still = buf_as_str(&still),
                                          .moved = moved,
                                          .timeout_us = INT64_C(60000000),
                                          .write = activity_collect,
                                          .ctx = &out},
                     &result, err);
}

/* Sums that are dropped between the two questions of a report would be missed in its answer. */
static void a_report_is_not_answered_once_days_are_not_summed_up_any_more(void **state)
{
    static const char *const other[] = {"ua_os=Linux"};
    static const char *const words[] = {"from=2026-03-21", "to=2026-04-02", NULL};
    struct model_fixture t;
    struct report_asked *asked;
    struct err err = {0};
    bool moved = false;

    (void)state;
    setup(&t);
    asked = activity_asked(&t, "overview", words);
    model_need(ask_still(&t, asked, &moved, &err), &err);
    assert_false(moved);
    overview_settle(&t, other, 1);
    assert_int_equal(ask_still(&t, asked, &moved, &err), -1);
    assert_int_equal(err.code, ERR_BUSY);
    assert_true(moved);
    model_refresh(&t); /* they are summed up again */
    model_need(ask_still(&t, asked, &moved, &err), &err);
    report_asked_free(asked);
    asked = activity_asked(&t, "activity", words);
    assert_false(report_put_still(asked, &(struct buf){0}));
    report_asked_free(asked);
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
    setup(&t);
    before = fixture_value(t.f, "SELECT sum(pages) FROM day_values WHERE panel = 'total'");
    model_set_catalogue(&t, more);
    assert_agrees(&t);
    model_refresh(&t);
    assert_agrees(&t);
    assert_value(t.f,
                 "SELECT sum(pages) = sum(events) FROM day_values WHERE panel = 'event' AND "
                 "value IN ('shop.cart', 'page.viewed')",
                 "true");
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "5");
    model_teardown(&t);
}

/* So that the derived tables are made anew, and names mean something else only once these are in use. */
static void a_page_that_feeds_other_tables_counts_as_one_too(void **state)
{
    static const char more[] =
        "defaults: {owner: a@example.org}\n"
        "events:\n"
        "  - {name: page.viewed, description: d, trigger: t, kind: page}\n"
        "  - {name: shop.cart, description: d, trigger: t, kind: [page, activity]}\n";
    struct model_fixture t;
    struct models_stats stats;

    (void)state;
    setup(&t);
    model_set_catalogue(&t, more);
    models_stats(t.models, &stats);
    assert_true(stats.remaking);
    assert_agrees(&t);
    model_refresh(&t);
    assert_agrees(&t);
    model_refresh(&t); /* the days */
    assert_agrees(&t);
    assert_value(t.f,
                 "SELECT sum(pages) = sum(events) FROM day_values WHERE panel = 'event' AND "
                 "value IN ('shop.cart', 'page.viewed')",
                 "true");
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "5");
    model_teardown(&t);
}

/* The engine had such a store before there were sums of days. */
static void a_store_of_before_is_summed_up(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    setup(&t);
    model_need(script_run(t.f->store, "forget", STR("DROP TABLE day_state"), &err), &err);
    model_reopen(&t, overview_catalogue);
    overview_settle(&t, overview_internal, 2);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "0");
    assert_agrees(&t);
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "5");
    assert_agrees(&t);
    model_teardown(&t);
}

/* Tables of another version stand still, while those that take their place go on. */
static void days_that_only_the_new_tables_know_count(void **state)
{
    struct model_fixture t;

    (void)state;
    setup(&t);
    load(&t, 73, 8, 10, 100);
    load(&t, 74, OVERVIEW_DAYS, OVERVIEW_DAYS + 2, 100);
    run_sql(&t, "UPDATE model_state SET version = version - 10000");
    model_reopen(&t, overview_catalogue);
    overview_settle(&t, overview_internal, 2);
    set_noisy(&t);
    model_refresh(&t);
    assert_agrees(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0 AND seen > summed", "2");
    assert_value(t.f, "SELECT max(seen) FROM day_state", "1740");
    model_teardown(&t);
}

/* Late events of a day whose other events are gone do not stand for the day. */
static void late_events_of_a_deleted_day_wait_until_they_are_added(void **state)
{
    static const struct store_deletion deleted = {.table = "events",
                                                  .rule = "retention.events",
                                                  .before_us =
                                                      OVERVIEW_START + 9 * DATETIME_DAY_US};
    static const struct store_deletion forgotten = {.table = "events",
                                                    .rule = "ip_until",
                                                    .reason = "raw value",
                                                    .before_us =
                                                        OVERVIEW_START + 12 * DATETIME_DAY_US};
    static const char *const words[] = {"traffic=all", "panel=total", "from=2026-03-20",
                                        "to=2026-03-29", NULL};
    struct model_fixture t;
    AUTO_FREE char *sql = NULL;
    AUTO_FREE char *events = NULL;
    AUTO_FREE char *count = NULL;
    struct err err = {0};

    (void)state;
    setup(&t);
    sql = overview_sql(&t, words);
    events = xasprintf("SELECT events FROM (%s)", sql);
    count = fixture_value(t.f, events);
    delete_before(&t, 9);
    model_need(store_record_deletion(t.f->store, &deleted, &err), &err);
    model_need(store_record_deletion(t.f->store, &forgotten, &err), &err);
    set_noisy(&t);
    load(&t, 35, 8, 9, 50);
    load(&t, 36, 10, 11, 50);
    model_refresh(&t);
    assert_value(t.f, "SELECT string_agg(day, ' ') FROM day_state WHERE partial", "2026-03-28");
    free(sql);
    sql = overview_sql(&t, words);
    free(events);
    events = xasprintf("SELECT events FROM (%s)", sql);
    assert_value(t.f, events, count);
    set_now(&t, 12);
    model_refresh(&t);
    free(sql);
    sql = overview_sql(&t, words);
    free(events);
    events = xasprintf("SELECT events - %s FROM (%s)", count, sql);
    assert_value(t.f, events, "50");
    model_teardown(&t);
}

/* A day whose events are deleted between two steps keeps what it came to. */
static void a_day_that_is_deleted_meanwhile_is_not_summed_up_anew(void **state)
{
    struct model_fixture t;
    AUTO_FREE char *events = NULL;
    struct err err = {0};

    (void)state;
    overview_setup(&t);
    set_now(&t, 12);
    load(&t, 37, 3, 4, 200);
    model_refresh(&t);
    set_noisy(&t);
    load(&t, 38, 3, 4, 20);
    model_refresh(&t);
    set_now(&t, 12);
    events = fixture_value(t.f, "SELECT count(*) FROM events");
    assert_string_equal(events, "220");
    assert_int_equal(days_sum(t.models, &err), 1);
    /* all panels would agree on what is left */
    run_sql(&t, "DELETE FROM events_data WHERE position % 3 = 0");
    run_sql(&t, "DELETE FROM day_values_new");
    t.models->days.next = 0;
    model_refresh(&t);
    assert_value(
        t.f, "SELECT sum(events) FROM day_values WHERE panel = 'total' AND traffic = 'all'", "213");
    assert_value(t.f, "SELECT partial FROM day_state", "true");
    model_teardown(&t);
}

/* Or a day that somebody always has late events of would be summed up without end. */
static void what_comes_while_a_day_is_summed_up_waits_anew(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    overview_setup(&t);
    t.models->days.now_us = OVERVIEW_START + 12 * DATETIME_DAY_US;
    load(&t, 39, 3, 4, 200);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed > 0", "0");
    t.models->days.now_us += DAYS_WAITED_US;
    for (int i = 0; i < 3; i++)
        assert_int_equal(days_sum(t.models, &err), 1);
    load(&t, 40, 3, 4, 5);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed = 200 AND seen = 205", "1");
    assert_agrees(&t);
    t.models->days.now_us += DAYS_QUIET_US;
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_state WHERE summed = 205", "1");
    model_teardown(&t);
}

/* What cannot even be put off is an error: it is not tried again at once, for ever. */
static void a_day_that_cannot_be_put_off_fails(void **state)
{
    struct model_fixture t;
    struct models_stats stats;
    struct err err = {0};

    (void)state;
    overview_setup(&t);
    run_sql(&t, "DROP TABLE day_values_new");
    run_sql(&t, "CREATE VIEW day_values_new AS SELECT 1 AS day");
    set_now(&t, 12);
    load(&t, 41, 3, 4, 10);
    assert_int_equal(models_finish(t.models, &err), -1);
    models_stats(t.models, &stats);
    assert_int_equal(stats.days_failed, 1);
    assert_true(stats.failing);
    model_teardown(&t);
}

/* Without a begin and an end, buckets run from the first event to the last one. */
static void open_ranges_have_the_days_without_events(void **state)
{
    static const char *const words[] = {"panel=bucket", "traffic=all", NULL};
    static const char *const theirs[] = {"panel=bucket", "traffic=all", ALL_EVENTS, NULL};
    struct model_fixture t;
    AUTO_FREE char *ours = NULL;
    AUTO_FREE char *all = NULL;
    AUTO_FREE char *count = NULL;

    (void)state;
    overview_setup(&t);
    set_now(&t, 12);
    load(&t, 42, 0, 2, 50);
    load(&t, 43, 8, 10, 50);
    model_refresh(&t);
    ours = overview_sql(&t, words);
    all = overview_sql(&t, theirs);
    assert_same_rows(&t, ours, all);
    count = xasprintf("SELECT count(*) FROM (%s)", ours);
    assert_value(t.f, count, "10");
    model_teardown(&t);
}

/* A version before did not sum up values by quarters of an hour: such days are read until they are. */
static void days_without_quarters_of_values_get_them(void **state)
{
    struct model_fixture t;

    (void)state;
    setup(&t);
    set_noisy(&t);
    run_sql(&t, "DELETE FROM day_value_quarters_data");
    run_sql(&t, "UPDATE day_state SET by_quarter = NULL");
    model_refresh(&t);
    assert_agree(&t, 2);
    assert_value(t.f, "SELECT count(*) FROM day_value_quarters_data", "0");
    run_sql(&t, "DELETE FROM events_data WHERE position % 50 = 0 AND time::DATE = '2026-03-28'");
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT string_agg(CAST(by_quarter AS VARCHAR), ' ' ORDER BY day) FROM day_state "
                 "WHERE summed > 0",
                 "true false true true true");
    assert_value(t.f, "SELECT count(DISTINCT day) FROM day_value_quarters_data", "4");
    model_teardown(&t);
}

/* Any local day, of parts of two days, is told by quarters; no event is read. */
static void parts_of_days_need_no_events(void **state)
{
    static const char *const zones[] = {"time-zone=Europe/Berlin", "time-zone=Asia/Kathmandu",
                                        "time-zone=America/St_Johns"};
    struct model_fixture t;

    (void)state;
    setup(&t);
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        AUTO_FREE char *ours =
            overview_sql(&t, (const char *const[]){"from=2026-03-28", "to=2026-03-31", "limit=1000",
                                                   zones[i], "bucket=day", NULL});
        AUTO_FREE char *theirs =
            overview_sql(&t, (const char *const[]){"from=2026-03-28", "to=2026-03-31", "limit=1000",
                                                   zones[i], "bucket=day", ALL_EVENTS, NULL});

        assert_null(strstr(ours, "FROM events "));
        assert_non_null(strstr(theirs, "FROM events "));
        assert_same_rows(&t, ours, theirs);
    }
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_filters_count_for_all_days),
        cmocka_unit_test(a_report_is_not_answered_once_days_are_not_summed_up_any_more),
        cmocka_unit_test(a_name_that_becomes_a_page_counts_as_one_for_all_days),
        cmocka_unit_test(a_page_that_feeds_other_tables_counts_as_one_too),
        cmocka_unit_test(a_store_of_before_is_summed_up),
        cmocka_unit_test(days_that_only_the_new_tables_know_count),
        cmocka_unit_test(late_events_of_a_deleted_day_wait_until_they_are_added),
        cmocka_unit_test(a_day_that_is_deleted_meanwhile_is_not_summed_up_anew),
        cmocka_unit_test(what_comes_while_a_day_is_summed_up_waits_anew),
        cmocka_unit_test(a_day_that_cannot_be_put_off_fails),
        cmocka_unit_test(open_ranges_have_the_days_without_events),
        cmocka_unit_test(days_without_quarters_of_values_get_them),
        cmocka_unit_test(parts_of_days_need_no_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
