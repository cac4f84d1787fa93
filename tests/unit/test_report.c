/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: values are held to their types, text from outside stays text, and steps are read. */
#include "unit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "report/step.h"

static struct report_asked *asked_for(const char *name)
{
    struct err err = {0};
    const struct report *r = report_find(str_from(name), &err);

    if (!r)
        fail_msg("%s", err.text);
    return report_asked_new(r);
}

static void takes(struct report_asked *asked, const char *name, const char *value)
{
    struct err err = {0};

    if (report_set(asked, str_from(name), str_from(value), &err) < 0)
        fail_msg("%s=%s: %s", name, value, err.text);
}

static void refuses(const char *report, const char *name, struct str value, const char *expected)
{
    struct report_asked *asked = asked_for(report);
    struct err err = {0};

    assert_int_equal(report_set(asked, str_from(name), value, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    if (!strstr(err.text, expected))
        fail_msg("%s: `%s` has no `%s`", name, err.text, expected);
    report_asked_free(asked);
}

/* As the database says it of itself. */
static const char known[] =
    "{\"rows\":[[\"column\",\"events\",\"actor\",1],[\"column\",\"events\",\"q'u\\\"ote\",2],"
    "[\"column\",\"flows_data\",\"flow\",1],[\"column\",\"flows_data\",\"ua_browser\",2],"
    "[\"column\",\"event_count_rows\",\"cl\\\"icked\",9],"
    "[\"column\",\"event_count_rows\",\"count\",10],"
    "[\"model\",\"flows\",\"abc\",7],[\"store\",null,null,9]]}";

static void knows(struct report_asked *asked)
{
    struct err err = {0};

    if (report_check(asked, &err) < 0 || report_know(asked, str_from(known), &err) < 0)
        fail_msg("%s", err.text);
}

static char *sql_of(struct report_asked *asked)
{
    struct err err = {0};
    struct buf sql;

    buf_init(&sql, REPORT_SQL_MAX);
    if (report_build(asked, false, &sql, &err) < 0)
        fail_msg("%s", err.text);
    buf_char(&sql, '\0');
    assert_false(buf_failed(&sql));
    return sql.ptr;
}

static void values_are_held_to_their_types(void **state)
{
    refuses("flows", "from", STR("yesterday"), "--from must be a day");
    refuses("flows", "from", STR("2026-02-29"), "that exists");
    refuses("flows", "bucket", STR("year"), "--bucket must be one of hour|day|week|month");
    refuses("flows", "max-rows", STR("-1"), "whole number from 1");
    refuses("flows", "timeout", STR("0s"), "--timeout must be a duration");
    refuses("flows", "by", STR(""), "--by must not be empty");
    refuses("flows", "by", STR("a\0b"), "without NUL");
    refuses("flows", "by", STR("\xff"), "UTF-8");
    refuses("flows", "time-zone", STR("Europe/Berlin'"), "name of a time zone");
    refuses("flows", "filter", STR("=x"), "begins with a column");
    refuses("flows", "filter", STR("a!x"), "a filter needs =");
    refuses("flows", "sql", STR("maybe"), "1, 0, true or false");
    refuses("flows", "formt", STR("csv"), "did you mean `format`?");
    refuses("flows", "a\x01\xff", STR("csv"), "there is no such parameter");
}

static void a_value_is_given_once_unless_it_repeats(void **state)
{
    struct report_asked *asked = asked_for("flows");
    struct err err = {0};

    takes(asked, "time_zone", "Europe/Berlin");
    assert_int_equal(report_set(asked, STR("time-zone"), STR("UTC"), &err), -1);
    assert_non_null(strstr(err.text, "given twice"));
    for (int i = 0; i < REPORT_REPEATS_MAX; i++)
        takes(asked, "filter", "a=b");
    assert_int_equal(report_set(asked, STR("filter"), STR("a=b"), &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    report_asked_free(asked);
}

static void text_from_outside_stands_in_quotes(void **state)
{
    struct report_asked *asked = asked_for("funnel");
    char *sql;

    takes(asked, "step", "a'); DROP TABLE events; --");
    takes(asked, "step", "b.*[event.q'u\"ote=it's \\] \\, here]");
    takes(asked, "filter", "UA_browser='; SELECT 1; --");
    knows(asked);
    sql = sql_of(asked);
    assert_non_null(strstr(sql, "lower(name) = lower('a''); DROP TABLE events; --')"));
    assert_non_null(strstr(sql, "'b\\..*'"));
    assert_non_null(strstr(
        sql, "value_text(x.\"q'u\"\"ote\") = value_given(x.\"q'u\"\"ote\", 'it''s ] , here')"));
    assert_non_null(strstr(
        sql, "value_text(d.\"UA_browser\") = value_given(d.\"UA_browser\", '''; SELECT 1; --')"));
    free(sql);
    report_asked_free(asked);
}

static void names_are_looked_for_in_quotes(void **state)
{
    struct report_asked *asked = asked_for("funnel");
    struct buf sql;

    takes(asked, "step", "a'b");
    takes(asked, "step", "b.*|c\nd");
    for (int i = 0; i < 2; i++)
        takes(asked, "step",
              i ? "it"
                : "{long}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    buf_init(&sql, REPORT_SQL_MAX);
    report_put_about(asked, &sql);
    buf_char(&sql, '\0');
    assert_false(buf_failed(&sql));
    assert_non_null(
        strstr(sql.ptr, "'step 1: no accepted event of kind flow is called `' || 'a''b'"));
    assert_non_null(strstr(sql.ptr, "'step 2: no accepted event of kind flow fits `' || 'b.*'"));
    assert_null(strstr(sql.ptr, "c\nd"));
    assert_null(strstr(sql.ptr, "step 3"));
    assert_non_null(strstr(sql.ptr, "step 4"));
    buf_free(&sql);
    report_asked_free(asked);
}

static void counts_ask_in_quotes(void **state)
{
    struct report_asked *asked = asked_for("counts");
    char *sql;

    (void)state;
    takes(asked, "event", "a'b");
    takes(asked, "event", "c.*'");
    takes(asked, "by", "cl\"icked");
    takes(asked, "bucket", "15m");
    takes(asked, "time-zone", "Asia/Kathmandu");
    takes(asked, "from", "2026-11-01");
    takes(asked, "fill", "1");
    knows(asked);
    sql = sql_of(asked);
    assert_non_null(
        strstr(sql, "lower(name) = lower('a''b') OR regexp_full_match(name, 'c\\..*\\'''"));
    assert_non_null(strstr(sql, "coalesce(CAST(c.\"cl\"\"icked\" AS VARCHAR), '(none)') AS k1"));
    assert_non_null(strstr(sql, "t.k1 AS \"cl\"\"icked\""));
    assert_non_null(strstr(sql, "timezone('Asia/Kathmandu', timezone('UTC', c.time)) AS b"));
    assert_null(strstr(sql, "{{"));
    free(sql);
    report_asked_free(asked);
}

static void counts_refuse_what_does_not_fit_together(void **state)
{
    static const struct {
        const char *name, *value;
        size_t times;
        const char *expected;
    } wrong[] = {{"by", "cl\"icked", 5, "--by may be given 4 times"},
                 {"by", "Count", 1, "--by count: it is what is counted"},
                 {"fill", "1", 1, "--fill needs buckets"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct report_asked *asked = asked_for("counts");
        struct err err = {0};

        for (size_t k = 0; k < wrong[i].times; k++)
            takes(asked, wrong[i].name, wrong[i].value);
        takes(asked, "bucket", "none");
        assert_int_equal(report_check(asked, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.text, wrong[i].expected));
        report_asked_free(asked);
    }
}

static void columns_in_one_word_are_told_apart(void **state)
{
    struct report_asked *asked = asked_for("counts");
    struct err err = {0};
    AUTO_BUF sql;

    (void)state;
    buf_init(&sql, REPORT_SQL_MAX);
    takes(asked, "by", "domain,page");
    knows(asked);
    assert_int_equal(report_build(asked, false, &sql, &err), -1);
    assert_string_equal(err.text, "--by: one column each time: --by a --by b");
    report_asked_free(asked);
}

static void what_is_no_column_is_refused(void **state)
{
    static const char *const wrong[][2] = {{"by", "ua_browzer"},
                                           {"by", "ua_browser\" FROM events --"},
                                           {"filter", "ua browser=x"},
                                           {"step", "a[event.ua_browser=x]"},
                                           {"step", "a[nothing=x]"}};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct report_asked *asked = asked_for("funnel");
        struct err err = {0};
        AUTO_BUF sql;

        buf_init(&sql, REPORT_SQL_MAX);
        takes(asked, "step", "flow.begin");
        takes(asked, wrong[i][0], wrong[i][1]);
        knows(asked);
        assert_int_equal(report_build(asked, false, &sql, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.text, "there is no column of"));
        report_asked_free(asked);
    }
}

static void templates_become_expressions_that_mean_no_more(void **state)
{
    static const struct {
        struct str pattern;
        const char *expected;
        bool is_pattern;
    } cases[] = {
        {STR("flow.begin"), "flow\\.begin", false},
        {STR("flow.{view}.view"), "flow\\.[^.]+\\.view", true},
        {STR("a*b"), "a.*b", true},
        {STR("a\\*b"), "a\\*b", true},
        {STR("{a b}{}{x"), "\\{a\\ b\\}\\{\\}\\{x", false},
        {STR("(a|b)+$^[x]?"), "\\(a\\|b\\)\\+\\$\\^\\[x\\]\\?", false},
        {STR("a\\"), "a\\\\", true},
        {STR("\xc3\xa9"), "\xc3\xa9", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF out;

        buf_init(&out, 1024);
        report_put_pattern(&out, cases[i].pattern);
        buf_char(&out, '\0');
        assert_string_equal(out.ptr, cases[i].expected);
        assert_int_equal(report_is_pattern(cases[i].pattern), cases[i].is_pattern);
    }
}

static void steps_are_read(void **state)
{
    struct err err = {0};
    struct step s;

    assert_int_equal(step_parse(&s, STR(" a.b [x=1,y!=2\\,3] | c.*[z~q*]|d"), &err), 0);
    assert_int_equal(s.alternative_count, 3);
    assert_true(str_is(s.alternatives[0].name, "a.b"));
    assert_int_equal(s.alternatives[0].filter_count, 2);
    assert_true(str_is(s.alternatives[0].filters[1].filter.value, "2,3"));
    assert_int_equal(s.alternatives[0].filters[1].filter.op, FILTER_IS_NOT);
    assert_int_equal(s.alternatives[1].filters[0].filter.op, FILTER_LIKE);
    assert_true(str_is(s.alternatives[2].name, "d"));
    step_free(&s);
}

static void steps_that_are_none_are_explained(void **state)
{
    static const struct {
        const char *text, *expected;
        size_t at;
    } cases[] = {
        {"", "the name of an event is missing", 0},
        {"|a", "the name of an event is missing", 0},
        {"a|", "the name of an event is missing", 2},
        {"a[x=1", "the ] is missing", 5},
        {"a[x]", "a filter is column=value", 2},
        {"a[]", "a filter is column=value", 2},
        {"a[x=1]b", "there is more than a name", 6},
        {"a]", "there is more than a name", 1},
        {"a\\", "nothing behind the last backslash", 2},
        {"a[x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1]", "at most 8 filters", 34},
        {"a|a|a|a|a|a|a|a|a", "at most 8 names", 16},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        struct step s;

        assert_int_equal(step_parse(&s, str_from(cases[i].text), &err), -1);
        if (!strstr(err.text, cases[i].expected) || err.at != cases[i].at)
            fail_msg("%s: %s, at %zu", cases[i].text, err.text, err.at);
        step_free(&s);
    }
}

static void definition_of(struct buf *out, const char *from, const char *filter, const char *json)
{
    struct report_asked *asked = asked_for("flows");
    struct err err = {0};

    if (from)
        takes(asked, "from", from);
    if (filter)
        takes(asked, "filter", filter);
    assert_int_equal(report_check(asked, &err), 0);
    assert_int_equal(report_know(asked, str_from(json), &err), 0);
    buf_reset(out, 64);
    report_put_definition(out, asked);
    buf_char(out, '\0');
    report_asked_free(asked);
}

static void a_definition_is_of_what_is_computed(void **state)
{
    AUTO_BUF plain;
    AUTO_BUF other;

    buf_init(&plain, 64);
    buf_init(&other, 64);
    definition_of(&plain, NULL, NULL, known);
    assert_int_equal(plain.len, 13);
    definition_of(&other, "2026-11-01", NULL, known);
    assert_string_equal(plain.ptr, other.ptr);
    definition_of(&other, NULL, "ua_browser=x", known);
    assert_string_not_equal(plain.ptr, other.ptr);
    definition_of(&other, NULL, NULL, "{\"rows\":[[\"model\",\"flows\",\"abd\",7]]}");
    assert_string_not_equal(plain.ptr, other.ptr);
}

static void a_database_that_says_something_else_is_refused(void **state)
{
    static const char *const wrong[] = {"", "{}", "{\"rows\":[[1]]}", "{\"rows\":[[\"x\",1,2,3]]}"};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct report_asked *asked = asked_for("flows");
        struct err err = {0};

        assert_int_equal(report_know(asked, str_from(wrong[i]), &err), -1);
        assert_int_equal(err.code, ERR_INTERNAL);
        report_asked_free(asked);
    }
}

static void sql_that_is_too_long_is_refused(void **state)
{
    struct report_asked *asked = asked_for("flows");
    struct err err = {0};
    char value[REPORT_VALUE_MAX + 1];
    AUTO_BUF sql;

    buf_init(&sql, REPORT_SQL_MAX);
    memset(value, '\'', sizeof value - 1);
    memcpy(value, "ua_browser~", 11);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < REPORT_REPEATS_MAX; i++)
        takes(asked, "filter", value);
    knows(asked);
    assert_int_equal(report_build(asked, false, &sql, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    report_asked_free(asked);
}

static int keep(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return 0;
}

static void json_gets_further_members(void **state)
{
    struct report_asked *asked = asked_for("flows");
    struct report_headed h = {.write = keep};
    AUTO_BUF out;

    buf_init(&out, 4096);
    h.ctx = &out;
    knows(asked);
    report_headed_init(&h, asked, STR("json"), STR("SELECT '\"'"));
    assert_int_equal(report_headed_write(&h, STR("{\"columns\":[")), 0);
    assert_int_equal(report_headed_write(&h, STR("]}")), 0);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.ptr, "{\"report\":\"flows\",\"definition\":\""));
    assert_non_null(strstr(out.ptr, "\"models_at\":7,\"stored_at\":9,"));
    assert_non_null(strstr(out.ptr, ",\"sql\":\"SELECT '\\\"'\",\"columns\":[]}"));
    buf_free(&h.head);
    report_asked_free(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_held_to_their_types),
        cmocka_unit_test(a_value_is_given_once_unless_it_repeats),
        cmocka_unit_test(text_from_outside_stands_in_quotes),
        cmocka_unit_test(names_are_looked_for_in_quotes),
        cmocka_unit_test(counts_ask_in_quotes),
        cmocka_unit_test(counts_refuse_what_does_not_fit_together),
        cmocka_unit_test(columns_in_one_word_are_told_apart),
        cmocka_unit_test(what_is_no_column_is_refused),
        cmocka_unit_test(templates_become_expressions_that_mean_no_more),
        cmocka_unit_test(steps_are_read),
        cmocka_unit_test(steps_that_are_none_are_explained),
        cmocka_unit_test(a_definition_is_of_what_is_computed),
        cmocka_unit_test(a_database_that_says_something_else_is_refused),
        cmocka_unit_test(sql_that_is_too_long_is_refused),
        cmocka_unit_test(json_gets_further_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
