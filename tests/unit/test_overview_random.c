/* SPDX-License-Identifier: Apache-2.0 */
/* test_overview_random.c: any range, time zone, comparison and traffic gives the same numbers out of sums of
 * days, out of events, and in the report `breakdown`. */
#include "overview_days_fixture.h"

enum { QUESTIONS = 24, WORD_MAX = 64, ASKED_MAX = 10 };

struct asking {
    struct visits random;
    char words[ASKED_MAX][WORD_MAX];
    size_t count;
};

static const char *const zones[] = {"UTC",
                                    "Europe/Berlin",
                                    "America/St_Johns",
                                    "Asia/Kathmandu",
                                    "Pacific/Apia",
                                    "Pacific/Marquesas",
                                    "America/New_York",
                                    "Etc/GMT+12",
                                    "Australia/Lord_Howe"};
static const char *const whose[] = {"people", "bots", "internal", "all"};
static const char *const spans[] = {"none", "previous", "year"};
static const char *const buckets[] = {"auto", "hour", "day", "week", "month"};

#define ANY(a, list) (list)[visits_next(&(a)->random) % ARRAY_LEN(list)]

static void put(struct asking *a, const char *name, const char *value)
{
    assert_true(a->count < ASKED_MAX);
    snprintf(a->words[a->count++], WORD_MAX, "%s=%s", name, value);
}

/* A day, or a moment, of the days of visits or not far from them. */
static void put_moment(struct asking *a, const char *name, bool day, int64_t us)
{
    char text[DATETIME_SIZE];

    if (day)
        datetime_format_date(text, us);
    else
        datetime_format(text, us, DATETIME_MICROSECONDS);
    put(a, name, text);
}

static int64_t any_moment(struct asking *a)
{
    int64_t us = OVERVIEW_START + (int64_t)(visits_next(&a->random) % 21) * DATETIME_DAY_US -
                 3 * DATETIME_DAY_US;

    /* midnight, a quarter of an hour, any */
    if (visits_next(&a->random) % 3)
        us += (int64_t)(visits_next(&a->random) % 96) * 900000000;
    if (visits_next(&a->random) % 3 == 0)
        us += (int64_t)(visits_next(&a->random) % 900000000);
    return us;
}

static void put_range(struct asking *a)
{
    int64_t from = any_moment(a), to = any_moment(a);
    bool day = visits_next(&a->random) % 2;

    if (from > to) {
        int64_t other = from;

        from = to;
        to = other;
    }
    if (visits_next(&a->random) % 8 == 0)
        from += 365 * DATETIME_DAY_US; /* the year before has events */
    put_moment(a, "from", day, from);
    put_moment(a, "to", day, to + (from >= to ? 366 * DATETIME_DAY_US : day ? DATETIME_DAY_US : 1));
    put(a, "time-zone", ANY(a, zones));
    put(a, "traffic", ANY(a, whose));
}

/* With one word more, or none. */
static char *sql_of(struct model_fixture *t, struct asking *a, const char *more)
{
    const char *words[ASKED_MAX + 2] = {0};
    size_t count = 0;

    for (; count < a->count; count++)
        words[count] = a->words[count];
    words[count] = more;
    return overview_sql(t, words);
}

static void make_visits(struct model_fixture *t, uint64_t seed)
{
    setup_from(t, seed, 7, "5");
    load(t, seed + 3, -358, -354, 100); /* a year before some of them */
    model_refresh(t);
    set_noisy(t);
    for (int64_t day = 7; day < 12; day += 2) /* days with late events between others */
        load(t, seed + 4 + (uint64_t)day, day, day + 1, 20);
    model_refresh(t);
}

static void visits(struct model_fixture *t)
{
    static struct model_kept kept;

    if (kept.bytes.ptr) {
        model_setup_kept(t, overview_catalogue, &kept);
    } else {
        make_visits(t, 101);
        model_keep(t, overview_catalogue, &kept);
    }
    overview_settle(t, overview_internal, 2);
    set_now(t, 12);
    set_noisy(t);
}

static void sums_are_what_events_give(void **state)
{
    struct model_fixture t;
    struct asking a = {.random = {.seed = 1}};

    (void)state;
    visits(&t);
    for (int i = 0; i < QUESTIONS; i++) {
        AUTO_FREE char *ours = NULL;
        AUTO_FREE char *theirs = NULL;

        a.count = 0;
        put_range(&a);
        put(&a, "compare", ANY(&a, spans));
        put(&a, "bucket", ANY(&a, buckets));
        put(&a, "limit", visits_next(&a.random) % 2 ? "2" : "1000");
        ours = sql_of(&t, &a, NULL);
        theirs = sql_of(&t, &a, ALL_EVENTS);
        assert_same_rows(&t, ours, theirs);
    }
    model_teardown(&t);
}

/* The same words mean the same in both reports. */
static void breakdown_counts_the_same(void **state)
{
    static const char *const measures[] = {"events", "visitors", "sessions"};
    static const char *const spans_of_both[] = {"none", "previous"};
    struct model_fixture t;
    struct asking a = {.random = {.seed = 2}};

    (void)state;
    visits(&t);
    for (int i = 0; i < QUESTIONS / 2; i++) {
        const char *words[ASKED_MAX + 4] = {"bucket=none", NULL, NULL};
        AUTO_FREE char *overview = NULL;
        AUTO_FREE char *ours = NULL;
        AUTO_FREE char *theirs = NULL;
        AUTO_FREE char *shown = NULL;
        AUTO_FREE char *measure = NULL;
        const char *what = ANY(&a, measures);
        bool compares;

        a.count = 0;
        put_range(&a);
        put(&a, "compare", ANY(&a, spans_of_both));
        compares = strcmp(a.words[a.count - 1], "compare=none") != 0;
        measure = xasprintf("measure=%s", what);
        words[1] = measure;
        for (size_t k = 0; k < a.count; k++)
            words[2 + k] = a.words[k];
        theirs = report_sql(&t, "breakdown", words);
        overview = sql_of(&t, &a, "panel=total");
        ours = xasprintf("SELECT CAST(%s AS BIGINT), CAST(before_%s AS BIGINT) FROM (%s)", what,
                         what, overview);
        shown = xasprintf("SELECT CAST(value AS BIGINT), CAST(%s AS BIGINT) FROM (%s)",
                          compares ? "before" : "NULL", theirs);
        assert_same_rows(&t, ours, shown);
    }
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_what_events_give),
        cmocka_unit_test(breakdown_counts_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
