/* SPDX-License-Identifier: Apache-2.0 */
/* test_overview.c: what the report `overview` counts, held against counting one by one. */
#include "overview_fixture.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define BETWEEN(from, to) "time >= TIMESTAMP '" from "' AND time < TIMESTAMP '" to "'"

static void load_all(struct model_fixture *t, uint64_t seed)
{
    struct visits v = {.seed = seed,
                       .from_us = OVERVIEW_START,
                       .to_us = OVERVIEW_START + OVERVIEW_DAYS * DATETIME_DAY_US};

    overview_setup(t);
    visits_load(t, &v, 4000);
    v.from_us =
        -86400000000 * 400; /* before 1970, and of a clock that is thousands of years ahead */
    v.to_us = 0;
    visits_load(t, &v, 20);
    v.from_us = INT64_C(237000000000000000);
    v.to_us = v.from_us + 86400000000;
    visits_load(t, &v, 20);
    model_refresh(t);
}

static void each_panel_counts_its_values(void **state)
{
    static const struct {
        const char *panel, *value;
    } panels[] = {
        {"event", "name"},
        {"source", "source"},
        {"page", "CASE WHEN coalesce(path, '') IN ('', '(none)') THEN '(none)' ELSE path END"},
        {"browser", "coalesce(ua_browser, '(none)')"},
        {"system", "coalesce(ua_os, '(none)')"},
        {"country", "coalesce(country, '(none)')"},
        {"campaign", "coalesce(utm_campaign, '(none)')"},
        {"referrer", "CASE WHEN referrer LIKE '%earch%' THEN 'search.example' "
                     "WHEN referrer LIKE '%mail%' THEN 'mail.example' "
                     "WHEN referrer LIKE '%news%' THEN 'news.example' "
                     "WHEN referrer LIKE '%site%' AND coalesce(host, '') NOT LIKE '%site%' THEN "
                     "'site.example' ELSE '(none)' END"},
    };
    struct model_fixture t;

    (void)state;
    load_all(&t, 1);
    for (size_t i = 0; i < ARRAY_LEN(panels); i++) {
        if (strcmp(panels[i].panel, "page") == 0)
            continue; /* has a value (other) */
        assert_panel(&t, panels[i].panel, panels[i].value,
                     OVERVIEW_PEOPLE " AND " BETWEEN("2026-03-21", "2026-04-01"),
                     WORDS("from=2026-03-21", "to=2026-04-01"));
        assert_panel(&t, panels[i].panel, panels[i].value, "bot AND NOT " OVERVIEW_IS_INTERNAL,
                     WORDS("traffic=bots"));
        assert_panel(&t, panels[i].panel, panels[i].value, OVERVIEW_IS_INTERNAL,
                     WORDS("traffic=internal"));
        assert_panel(&t, panels[i].panel, panels[i].value,
                     "ua_browser = 'Firefox' AND country IS NULL",
                     WORDS("traffic=all", "filter=ua_browser=Firefox", "filter=country="));
    }
    assert_panel(&t, "total", "CAST(NULL AS VARCHAR)", "true", WORDS("traffic=all"));
    assert_panel(&t, "traffic",
                 "CASE WHEN " OVERVIEW_IS_INTERNAL
                 " THEN 'internal' WHEN bot THEN 'bots' ELSE 'people' END",
                 "true", WORDS("traffic=bots"));
    model_teardown(&t);
}

static void buckets_are_those_of_the_time_zone(void **state)
{
    static const struct {
        const char *zone, *bucket, *value;
    } cases[] = {
        {"UTC", "day", "CAST(CAST(time AS DATE) AS VARCHAR)"},
        {"UTC", "month", "CAST(CAST(date_trunc('month', time) AS DATE) AS VARCHAR)"},
        {"UTC", "hour", "strftime(date_trunc('hour', time), '%Y-%m-%dT%H:00:00Z')"},
        {"Europe/Berlin", "day",
         "CAST(CAST(timezone('Europe/Berlin', timezone('UTC', time)) AS DATE) AS VARCHAR)"},
        {"Europe/Berlin", "week",
         "CAST(CAST(date_trunc('week', timezone('Europe/Berlin', timezone('UTC', time))) AS DATE) "
         "AS VARCHAR)"},
        {"Asia/Kolkata", "hour",
         "strftime(date_trunc('hour', time + INTERVAL 330 MINUTE), '%Y-%m-%dT%H:00:00+05:30')"},
        {"America/St_Johns", "day",
         "CAST(CAST(timezone('America/St_Johns', timezone('UTC', time)) AS DATE) AS VARCHAR)"},
    };
    struct model_fixture t;

    (void)state;
    load_all(&t, 2);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *zone = xasprintf("time-zone=%s", cases[i].zone);
        AUTO_FREE char *bucket = xasprintf("bucket=%s", cases[i].bucket);
        AUTO_FREE char *conditions = xasprintf(
            OVERVIEW_PEOPLE " AND time >= timezone('UTC', timezone('%s', TIMESTAMP '2026-03-25')) "
                            "AND time < timezone('UTC', timezone('%s', TIMESTAMP '2026-04-03'))",
            cases[i].zone, cases[i].zone);

        assert_panel(&t, "bucket", cases[i].value, conditions,
                     WORDS("from=2026-03-25", "to=2026-04-03", zone, bucket));
    }
    model_teardown(&t);
}

/* Zones a part of an hour apart, clocks that change within the range, and events that a filter leaves. */
static void values_are_those_of_the_days_of_the_zone(void **state)
{
    static const char *const zones[] = {"Europe/Berlin", "Asia/Kathmandu", "America/St_Johns",
                                        "Australia/Lord_Howe"};
    struct model_fixture t;

    (void)state;
    load_all(&t, 7);
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        AUTO_FREE char *zone = xasprintf("time-zone=%s", zones[i]);
        AUTO_FREE char *range =
            xasprintf("time >= timezone('UTC', timezone('%s', TIMESTAMP '2026-03-28')) "
                      "AND time < timezone('UTC', timezone('%s', TIMESTAMP '2026-04-06'))",
                      zones[i], zones[i]);
        AUTO_FREE char *filtered =
            xasprintf(OVERVIEW_PEOPLE " AND ua_browser = 'Firefox' AND %s", range);
        AUTO_FREE char *whole = xasprintf(OVERVIEW_PEOPLE " AND %s", range);

        assert_panel(&t, "event", "name", filtered,
                     WORDS("from=2026-03-28", "to=2026-04-06", zone, "filter=ua_browser=Firefox"));
        assert_panel(&t, "country", "coalesce(country, '(none)')", filtered,
                     WORDS("from=2026-03-28", "to=2026-04-06", zone, "filter=ua_browser=Firefox"));
        assert_panel(&t, "system", "coalesce(ua_os, '(none)')", whole,
                     WORDS("from=2026-03-28", "to=2026-04-06", zone));
    }
    model_teardown(&t);
}

/* The span before is moved by a time that is no whole quarter of an hour. */
static void any_shift_keeps_to_its_buckets(void **state)
{
    struct model_fixture t;
    AUTO_FREE char *report = NULL;
    AUTO_FREE char *ours = NULL;

    (void)state;
    load_all(&t, 9);
    report = overview_sql(&t, WORDS("panel=bucket", "bucket=hour", "compare=previous",
                                    "from=2026-03-27T05:20:07Z", "to=2026-03-29T23:10:01.5Z"));
    ours = xasprintf("SELECT value, before_events FROM (%s) WHERE before_events > 0", report);
    assert_same_rows(
        &t, ours,
        "SELECT strftime(date_trunc('hour', time + (b - a)), '%Y-%m-%dT%H:00:00Z'), count(*) "
        "FROM events, (SELECT TIMESTAMP '2026-03-27 05:20:07' AS a, "
        "TIMESTAMP '2026-03-29 23:10:01.5' AS b) "
        "WHERE time >= a - (b - a) AND time < a AND " OVERVIEW_PEOPLE " GROUP BY 1");
    model_teardown(&t);
}

/* Of the rows of a report, what an expression says. */
static void assert_says(struct model_fixture *t, const char *expression, const char *expected,
                        const char *const *words)
{
    AUTO_FREE char *report = overview_sql(t, words);
    AUTO_FREE char *sql = xasprintf("SELECT %s FROM (%s)", expression, report);

    assert_value(t->f, sql, expected);
}

static void rows_add_up_whatever_is_cut_off(void **state)
{
    struct model_fixture t;
    AUTO_FREE char *report = NULL;
    AUTO_FREE char *sql = NULL;

    (void)state;
    load_all(&t, 3);
    /* All panels but traffic, which tells of all events. */
    report = overview_sql(&t, WORDS("limit=2", "from=2026-03-20", "to=2026-04-02"));
    sql = xasprintf("SELECT count(*) || ' ' || count(DISTINCT s) || ' ' || count(DISTINCT p) FROM "
                    "(SELECT sum(events) AS s, sum(pages) AS p FROM (%s) WHERE panel <> 'traffic' "
                    "GROUP BY panel)",
                    report);
    assert_value(t.f, sql, "10 1 1");
    assert_says(&t, "string_agg(value, ' ') FILTER (panel = 'page')", "(other)",
                WORDS("limit=1", "panel=page", "filter=path=(other)", "filter=path!=x"));
    model_teardown(&t);
}

static void an_empty_store_has_zeros(void **state)
{
    struct model_fixture t;

    (void)state;
    overview_setup(&t);
    model_refresh(&t);
    assert_says(
        &t,
        "string_agg(panel || coalesce(value, '') || events || visitors, ' ' ORDER BY panel, value)",
        "bucket2026-03-2000 bucket2026-03-2100 total00 trafficbots00 trafficinternal00 "
        "trafficpeople00",
        WORDS("from=2026-03-20", "to=2026-03-22", "bucket=day"));
    model_teardown(&t);
}

static void what_was_before_stands_beside_it(void **state)
{
    struct model_fixture t;
    AUTO_FREE char *now = NULL;
    AUTO_FREE char *then = NULL;
    AUTO_FREE char *before = NULL;
    AUTO_FREE char *alone = NULL;

    (void)state;
    load_all(&t, 4);
    now = overview_sql(&t, WORDS("from=2026-03-29", "to=2026-04-03", "compare=previous",
                                 "limit=1000", "bucket=day", "time-zone=Europe/Berlin"));
    then = overview_sql(&t, WORDS("from=2026-03-24", "to=2026-03-29", "limit=1000", "bucket=day",
                                  "time-zone=Europe/Berlin"));
    before = xasprintf("SELECT panel, value, before_events, before_visitors, before_sessions, "
                       "before_pages FROM (%s) WHERE panel <> 'bucket' AND before_events > 0",
                       now);
    alone = xasprintf("SELECT panel, value, events, visitors, sessions, pages FROM (%s) "
                      "WHERE panel <> 'bucket' AND events > 0",
                      then);
    assert_same_rows(&t, before, alone);
    free(before);
    free(alone);
    before = xasprintf("SELECT CAST(value AS DATE) - 5, before_events, before_visitors FROM (%s) "
                       "WHERE panel = 'bucket'",
                       now);
    alone = xasprintf(
        "SELECT CAST(value AS DATE), events, visitors FROM (%s) WHERE panel = 'bucket'", then);
    assert_same_rows(&t, before, alone);
    model_teardown(&t);
}

static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *words[3], *says;
    } cases[] = {
        {{"search=a"}, "--search needs one --panel"},
        {{"search=a", "panel=bucket"}, "--search needs one --panel"},
        {{"compare=previous"}, "--compare needs --from and --to"},
        {{"compare=year", "from=2026-01-01", "to=2026-01-02T00:00:00Z"}, "two days, or two times"},
        {{"compare=year", "from=0001-01-01", "to=0001-01-02"}, "no year before"},
        {{"compare=previous", "from=0001-01-01", "to=0002-01-02"}, "no years before the first"},
        {{"compare=year", "from=2024-02-29", "to=2024-03-01"}, NULL},
        {{"bucket=hour", "from=2024-01-01", "to=2026-01-01"}, "ask for longer ones"},
        {{"bucket=day", "from=0001-01-01", "to=2026-01-01"}, "ask for longer ones"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct report_asked *asked = report_asked_new(report_find(STR("overview"), NULL));
        struct err err = {0};
        int status;

        for (size_t k = 0; k < ARRAY_LEN(cases[i].words) && cases[i].words[k]; k++) {
            struct str value = str_from(cases[i].words[k]), name = str_split(&value, '=');

            assert_int_equal(report_set(asked, name, value, &err), 0);
        }
        status = report_check(asked, &err);
        if (cases[i].says ? status == 0 || !strstr(err.text, cases[i].says) : status < 0)
            fail_msg("case %zu says: %s", i, err.text);
        report_asked_free(asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_panel_counts_its_values),
        cmocka_unit_test(buckets_are_those_of_the_time_zone),
        cmocka_unit_test(values_are_those_of_the_days_of_the_zone),
        cmocka_unit_test(any_shift_keeps_to_its_buckets),
        cmocka_unit_test(rows_add_up_whatever_is_cut_off),
        cmocka_unit_test(an_empty_store_has_zeros),
        cmocka_unit_test(what_was_before_stands_beside_it),
        cmocka_unit_test(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
