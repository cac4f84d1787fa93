/* SPDX-License-Identifier: Apache-2.0 */
/* test_breakdown.c: what the report `breakdown` refuses, and how it calls things. */
#include "activity_fixture.h"

static const char catalogue[] =
    "defaults: {owner: a@example.org, kind: product}\n"
    "events:\n"
    "  - {name: buy, description: d, trigger: t, properties: {\n"
    "     secret: {type: string, privacy: hidden, description: d},\n"
    "     value: {type: string, description: d}, p_value: {type: string, description: d},\n"
    "     path: {type: string, description: d}, amount: {type: integer, description: d}}}\n";

static const struct model_event bought[] = {
    {"buy", NULL, 0, 0, "a", NULL, "value", "=1+1", 0, 0},
    {"buy", NULL, 1000, 0, "b", NULL, "p_value", "x", 0, 0},
    {"buy", NULL, 2000, 0, "a", NULL, "path", "own", 0, 0},
    {"buy", NULL, 3000, 0, "c", NULL, "secret", "s", 0, 0},
};

static int setup(void **state)
{
    static struct model_fixture t;

    model_setup(&t, catalogue);
    model_load(&t, bought, ARRAY_LEN(bought));
    model_refresh(&t);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    model_teardown(*state);
    return 0;
}

/* What a report with these words says against them, before or after it knows the database. */
static void assert_refused(struct model_fixture *t, const char *expected, const char *const *words)
{
    struct report_asked *asked = report_asked_new(report_find(STR("breakdown"), NULL));
    struct err err = {0};
    AUTO_BUF sql;

    buf_init(&sql, REPORT_SQL_MAX);
    for (size_t i = 0; words[i]; i++) {
        struct str value = str_from(words[i]);
        struct str name = str_split(&value, '=');

        model_need(report_set(asked, name, value, &err), &err);
    }
    if (report_check(asked, &err) == 0) {
        report_asked_free(asked);
        asked = activity_asked(t, "breakdown", words);
        assert_int_equal(report_build(asked, false, &sql, &err), -1);
    }
    assert_int_equal(err.code, ERR_USAGE);
    if (!strstr(err.text, expected))
        fail_msg("`%s` has no `%s`", err.text, expected);
    report_asked_free(asked);
}

#define REFUSES(t, expected, ...)                                                                  \
    assert_refused((t), (expected), (const char *const[]){__VA_ARGS__, NULL})

static void what_cannot_be_answered_says_why(void **state)
{
    REFUSES(*state, "--measure must be", "measure=users");
    REFUSES(*state, "--measure must be", "measure=sum:");
    REFUSES(*state, "--measure must be", "measure=events:amount");
    REFUSES(*state, "holds no numbers; count events --by it", "measure=sum:value");
    REFUSES(*state, "holds no numbers", "measure=median:time");
    REFUSES(*state, "did you mean `amount`?", "measure=mean:amout");
    REFUSES(*state, "did you mean `value`?", "by=valu");
    REFUSES(*state, "--by may be given 2 times", "by=value", "by=path", "by=name");
    REFUSES(*state, "the same column twice", "by=value", "by=VALUE");
    REFUSES(*state, "--compare needs --from and --to", "compare=previous", "from=2023-11-01");
    REFUSES(*state, "at most 365 days", "compare=year", "from=2022-11-01", "to=2023-11-02");
    REFUSES(*state, "more than 10000 buckets", "bucket=15m", "from=2022-11-01", "to=2023-11-01");
}

static void hidden_values_are_neither_shown_nor_summed(void **state)
{
    REFUSES(*state, "there is no column", "by=secret");
    REFUSES(*state, "there is no column", "measure=sum:secret");
    REFUSES(*state, "there is no column", "filter=secret=s");
    REFUSES(*state, "there is no column", "by=properties");
}

static void columns_of_the_answer_do_not_collide(void **state)
{
    struct report_asked *asked = activity_asked(
        *state, "breakdown",
        (const char *const[]){"by=value", "by=p_value", "bucket=none", "totals=1", NULL});
    struct err err = {0};
    AUTO_BUF sql;
    AUTO_BUF csv;

    buf_init(&sql, REPORT_SQL_MAX);
    model_need(report_build(asked, false, &sql, &err), &err);
    activity_ask(*state, buf_as_str(&sql), QUERY_CSV, &csv);
    buf_char(&csv, '\0');
    assert_string_equal(csv.ptr, "bucket,p_p_value,p_value,value,share,before\r\n"
                                 ",,,4,100.0,\r\n"
                                 ",(none),(none),2,50.0,\r\n"
                                 ",(none),x,1,25.0,\r\n"
                                 ",\"'=1+1\",(none),1,25.0,\r\n");
    report_asked_free(asked);
}

static void a_property_called_as_a_column_is_p_x(void **state)
{
    assert_report(*state, "breakdown", ",(none),3,75.0,\r\n,own,1,25.0,\r\n", "by=p_path",
                  "bucket=none");
    assert_report(*state, "breakdown", ",(none),4,100.0,\r\n", "by=path", "bucket=none");
}

static void actors_count_once_in_the_whole_range(void **state)
{
    assert_report(*state, "breakdown", ",3,100.0,\r\n", "measure=actors", "bucket=none");
    assert_report(*state, "breakdown", ",0,,\r\n", "measure=visitors", "bucket=none");
}

static void without_events_there_is_nothing_or_zero(void **state)
{
    assert_report(*state, "breakdown", ",0,,\r\n", "event=nothing.*", "bucket=none");
    assert_report(*state, "breakdown", "", "event=nothing.*", "by=value", "bucket=none");
    assert_report(*state, "breakdown", "2023-12-01,0,,0\r\n2023-12-02,0,,0\r\n", "bucket=day",
                  "from=2023-12-01", "to=2023-12-03", "compare=previous");
    assert_report(*state, "breakdown", ",,0,,\r\n", "by=value", "bucket=none", "totals=1",
                  "event=nothing");
}

static void what_is_not_modelled_yet_waits_as_in_other_reports(void **state)
{
    struct model_fixture *t = *state;
    static const struct model_event late[] = {
        {"buy", NULL, 4000, 0, "a", NULL, "value", "late", 0, 0}};

    model_load(t, late, 1);
    assert_report(t, "breakdown", ",4,100.0,\r\n", "bucket=none");
    model_refresh(t);
    assert_report(t, "breakdown", ",5,100.0,\r\n", "bucket=none");
}

/* What --bucket auto makes of a range. */
static void assert_bucket(struct model_fixture *t, const char *from, const char *to,
                          const char *bucket)
{
    AUTO_FREE char *first = xasprintf("from=%s", from);
    AUTO_FREE char *last = xasprintf("to=%s", to);
    AUTO_FREE char *span = xasprintf("bucket=%s", bucket);
    AUTO_FREE char *chosen =
        activity_report(t, "breakdown", (const char *const[]){first, last, NULL});
    AUTO_FREE char *given =
        activity_report(t, "breakdown", (const char *const[]){first, last, span, NULL});

    assert_string_equal(chosen, given);
}

static void buckets_fit_the_range(void **state)
{
    assert_bucket(*state, "2023-11-14T00:00:00Z", "2023-11-14T06:00:00Z", "15m");
    assert_bucket(*state, "2023-11-14", "2023-11-15", "hour");
    assert_bucket(*state, "2023-11-10", "2023-11-15", "hour");
    assert_bucket(*state, "2023-11-08", "2023-11-15", "day");
    assert_bucket(*state, "2023-10-16", "2023-11-15", "day");
    assert_bucket(*state, "2023-08-17", "2023-11-15", "day");
    assert_bucket(*state, "2022-11-15", "2023-11-15", "week");
    assert_bucket(*state, "2020-11-15", "2023-11-15", "month");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_answered_says_why),
        cmocka_unit_test(hidden_values_are_neither_shown_nor_summed),
        cmocka_unit_test(columns_of_the_answer_do_not_collide),
        cmocka_unit_test(a_property_called_as_a_column_is_p_x),
        cmocka_unit_test(actors_count_once_in_the_whole_range),
        cmocka_unit_test(without_events_there_is_nothing_or_zero),
        cmocka_unit_test(buckets_fit_the_range),
        cmocka_unit_test(what_is_not_modelled_yet_waits_as_in_other_reports),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
