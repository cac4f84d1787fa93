/* SPDX-License-Identifier: Apache-2.0 */
/* test_activity_random.c: activity of made-up users in any order and any batches, held against the
 * definitions as plain SQL says them. */
#include "activity_fixture.h"

#define FIRST_DAY_US INT64_C(1772323200000000) /* 2026-03-01 */
enum { DAYS = 100, USERS = 700, ROWS = 24000, BATCHES = 6, LAST = 1000 };

static uint64_t seed;

static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)((seed >> 33) % n);
}

/* Few users are active often, many seldom; a third of their events has no device. */
static void make(struct activity *rows)
{
    static const char *const services[] = {NULL, "sync", "other"};

    for (size_t i = 0; i < ROWS; i++) {
        unsigned user = below(3) ? 1 + below(USERS) : 1 + below(USERS / 50);

        rows[i] = (struct activity){
            .user = below(50) ? user : 0,
            .device = below(3) ? 1 + below(3) : 0,
            .service = services[below(3)],
            .name = below(9) ? NULL : "page.viewed",
            .time_us = FIRST_DAY_US + (int64_t)below(DAYS * 24 * 60) * 60000000,
        };
        if (!below(4)) /* a day's last and first moment */
            rows[i].time_us = FIRST_DAY_US + (int64_t)below(DAYS) * DATETIME_DAY_US - below(2);
    }
}

static void load_in_batches(struct model_fixture *t, const struct activity *rows)
{
    size_t at = 0;

    for (int i = 0; i < BATCHES; i++) {
        size_t left = ROWS - LAST - at;
        size_t count = i + 1 == BATCHES ? left : 1 + below(2 * ROWS / BATCHES);

        if (count > left)
            count = left;
        activity_load(t, rows + at, count);
        at += count;
        if (i % 2)
            model_refresh(t);
    }
    model_refresh(t);
    activity_load(t, rows + at, LAST);
    model_refresh(t);
}

static void run(struct model_fixture *t, const char *sql)
{
    duckdb_connection con;
    duckdb_result result;

    assert_int_equal(store_connect(t->f->store, &con, NULL), 0);
    if (duckdb_query(con, sql, &result) != DuckDBSuccess)
        fail_msg("%s: %s", sql, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    duckdb_disconnect(&con);
}

/* Both hold the same rows as often. */
static void assert_same(struct model_fixture *t, const char *a, const char *b)
{
    AUTO_FREE char *sql =
        xasprintf("SELECT count(*) || ' ' || (SELECT least(count(*), 1) FROM (%s)) "
                  "FROM (((%s) EXCEPT ALL (%s)) UNION ALL ((%s) EXCEPT ALL (%s)))",
                  a, a, b, b, a);

    assert_value(t->f, sql, "0 1");
}

/* What the words say, from the events themselves. */
static const char plain_days[] =
    "CREATE OR REPLACE VIEW plain AS SELECT DISTINCT CAST(time AS DATE) AS day, actor AS uid, "
    "device FROM events WHERE name <> 'page.viewed' AND actor IS NOT NULL";
static const char plain_pairs[] =
    "CREATE OR REPLACE VIEW plain_pairs AS SELECT DISTINCT n.day, n.uid, n.device AS device_now, "
    "p.device AS device_prev FROM plain n JOIN plain p ON p.uid = n.uid AND p.device <> n.device "
    "AND p.day BETWEEN n.day - 5 AND n.day";
static const char plain_users[] =
    "CREATE OR REPLACE VIEW plain_users AS SELECT DISTINCT 0 AS measure, day, uid FROM plain "
    "UNION ALL SELECT DISTINCT 1, day, uid FROM plain_pairs";

static void compare_tables(struct model_fixture *t)
{
    run(t, plain_days);
    run(t, plain_pairs);
    run(t, plain_users);
    assert_same(t, "SELECT * FROM daily_active_users", "SELECT DISTINCT day, uid FROM plain");
    assert_same(t, "SELECT day, uid, device_id, service FROM daily_activity_per_device",
                "SELECT DISTINCT CAST(time AS DATE), actor, device, service FROM events WHERE "
                "name <> 'page.viewed' AND actor IS NOT NULL AND device IS NOT NULL");
    assert_same(t, "SELECT * FROM daily_multi_device_users", "SELECT * FROM plain_pairs");
    assert_same(t, "SELECT measure, day, gap, users FROM daily_gaps",
                "SELECT measure, day, CASE WHEN gap <= 31 THEN gap END AS gap, count(*) FROM "
                "(SELECT measure, day, lead(day) OVER (PARTITION BY measure, uid ORDER BY day) - "
                "day AS gap FROM plain_users) GROUP BY ALL");
    assert_same(t, "SELECT sum(users) FROM daily_gaps_sampled_10 WHERE measure = 0",
                "SELECT count(*) FROM plain_users WHERE measure = 0 AND "
                "CAST('0x' || left(uid, 7) AS BIGINT) % 100 < 10");
    assert_same(t, "SELECT uid FROM daily_active_users_sampled_50",
                "SELECT uid FROM plain_users WHERE measure = 0 AND "
                "CAST('0x' || left(uid, 7) AS BIGINT) % 100 < 50");
}

/* Distinct users of each window, counted one by one. */
static const char plain_report[] =
    "SELECT string_agg(concat_ws(',', day, dau, wau, mau, round(mean, 2), "
    "coalesce(CAST(round(100 * mean / nullif(mau, 0), 2) AS VARCHAR), '')), chr(13) || chr(10) "
    "ORDER BY day) FROM (SELECT d.day, "
    "(SELECT count(DISTINCT uid) FROM plain_users u WHERE measure = 0 AND u.day = d.day) AS dau, "
    "(SELECT count(DISTINCT uid) FROM plain_users u WHERE measure = 0 AND u.day BETWEEN d.day - 6 "
    "AND d.day) AS wau, "
    "(SELECT count(DISTINCT uid) FROM plain_users u WHERE measure = 0 AND u.day BETWEEN d.day - "
    "27 AND d.day) AS mau, "
    "(SELECT count(*) / 7 FROM plain_users u WHERE measure = 0 AND u.day BETWEEN d.day - 6 AND "
    "d.day) AS mean "
    "FROM (SELECT CAST(unnest(generate_series(DATE '2026-03-01', DATE '2026-06-08', "
    "INTERVAL 1 DAY)) AS DATE) AS day) d)";

static void compare_reports(struct model_fixture *t)
{
    const char *const days[] = {"from=2026-03-01", "to=2026-06-09", NULL};
    const char *const events[] = {"from=2026-03-01", "to=2026-06-09", "filter=position!=0", NULL};
    const char *const long_month[] = {"from=2026-03-01", "to=2026-06-09", "month=60", NULL};
    const char *const long_events[] = {"from=2026-03-01", "to=2026-06-09", "month=60",
                                       "time-zone=Etc/UTC", NULL};
    const char *const read[] = {"from=2026-03-01", "to=2026-06-09", "reading=dates", "days=5",
                                NULL};
    AUTO_FREE char *plain = fixture_value(t->f, plain_report);
    AUTO_FREE char *ends = xasprintf("%s\r\n", plain);
    AUTO_FREE char *activity = activity_report(t, "activity", days);
    AUTO_FREE char *activity_of_events = activity_report(t, "activity", events);
    AUTO_FREE char *month = activity_report(t, "activity", long_month);
    AUTO_FREE char *month_of_events = activity_report(t, "activity", long_events);
    AUTO_FREE char *devices = activity_report(t, "devices", days);
    AUTO_FREE char *devices_of_events = activity_report(t, "devices", events);
    AUTO_FREE char *devices_read = activity_report(t, "devices", read);

    assert_string_equal(activity, ends);
    assert_string_equal(activity, activity_of_events);
    assert_string_equal(month, month_of_events);
    assert_string_equal(devices, devices_of_events);
    assert_string_equal(devices, devices_read);
}

static void tables_and_reports_are_as_the_words_say(void **state)
{
    struct activity *rows = xcalloc(ROWS, sizeof *rows);
    const char *asked = getenv("WEIR_SEED");
    uint64_t number = 1;
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    assert_int_equal(asked ? str_to_u64(str_from(asked), &number) : 0, 0);
    seed = number;
    make(rows);
    model_setup(&t, activity_catalogue);
    load_in_batches(&t, rows);
    /* Some days are counted, and some wait. */
    assert_value(t.f, "SELECT count(*) > 0 FROM daily_gaps_data", "true");
    assert_value(t.f, "SELECT count(*) > 0 FROM daily_fresh_data", "true");
    compare_tables(&t);
    compare_reports(&t);
    model_need(models_remake(t.models, &err), &err);
    model_refresh(&t);
    compare_tables(&t);
    model_teardown(&t);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_and_reports_are_as_the_words_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
