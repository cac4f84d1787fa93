/* SPDX-License-Identifier: Apache-2.0 */
/* test_trail.c: the reports `trail` and `search`, held against a search through the events that were put
 * in, one by one. */
#include "trail_fixture.h"

struct state {
    struct model_fixture t;
    struct trail_event *events;
};

static int setup(void **out)
{
    struct state *s = xcalloc(1, sizeof *s);
    uint32_t random = 7;

    s->events = xcalloc(TRAIL_EVENTS, sizeof *s->events);
    for (size_t i = 0; i < TRAIL_EVENTS; i++)
        trail_event_make(s->events + i, &random, (int64_t)i + 1);
    model_setup(&s->t, trail_catalogue);
    trail_load(&s->t, s->events, TRAIL_EVENTS);
    model_refresh(&s->t);
    *out = s;
    return 0;
}

static int teardown(void **state)
{
    struct state *s = *state;

    model_teardown(&s->t);
    free(s->events);
    free(s);
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct trail_event *const *x = a, *const *y = b;

    if ((*x)->time_us != (*y)->time_us)
        return (*x)->time_us < (*y)->time_us ? -1 : 1;
    return (*x)->position < (*y)->position ? -1 : 1;
}

/* The positions of the answer: the first column of its lines. */
static char *positions_of(struct state *s, const char *const *words)
{
    AUTO_FREE char *csv = activity_report(&s->t, "trail", words);
    struct str rest = str_from(csv);
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    while (rest.len) {
        struct str line = str_split(&rest, '\n');

        buf_str(&out, str_split(&line, ','));
        buf_char(&out, ' ');
    }
    return xmemdup(buf_as_str(&out).ptr, out.len);
}

/* The same of those events that have all values of `where`, pairs of property and value. */
static char *expected_of(struct state *s, const char *const (*where)[2], size_t count, bool newest,
                         size_t limit)
{
    const struct trail_event *found[TRAIL_EVENTS];
    size_t found_count = 0;
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < TRAIL_EVENTS; i++) {
        bool all = true;

        for (size_t k = 0; k < count; k++)
            all = all && trail_has(s->events + i, where[k][0], where[k][1]);
        if (all)
            found[found_count++] = s->events + i;
    }
    qsort(found, found_count, sizeof *found, by_time);
    for (size_t i = 0; i < found_count && i < limit; i++)
        buf_printf(&out, "%lld ", (long long)found[newest ? found_count - 1 - i : i]->position);
    return xmemdup(buf_as_str(&out).ptr, out.len);
}

static void check_trail(struct state *s, const char *const (*where)[2], size_t count, bool newest,
                        const char *limit)
{
    const char *words[8] = {0};
    char *texts[4] = {0};
    size_t n = 0, limit_number = (size_t)strtoul(limit, NULL, 10);
    AUTO_FREE char *limited = xasprintf("limit=%s", limit);
    AUTO_FREE char *expected = expected_of(s, where, count, newest, limit_number);
    char *answered;

    for (size_t i = 0; i < count; i++)
        words[n++] = texts[i] = xasprintf("where=%s=%s", where[i][0], where[i][1]);
    words[n++] = limited;
    words[n++] = newest ? "order=newest" : "order=oldest";
    words[n++] = "hidden=1";
    answered = positions_of(s, words);
    if (strcmp(answered, expected) != 0)
        fail_msg("%s=%s: %s, not %s", where[0][0], where[0][1], answered, expected);
    free(answered);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
}

static void a_trail_has_all_events_with_the_value(void **state)
{
    size_t some = 0;

    for (size_t p = 0; p < TRAIL_PROPERTIES; p++)
        for (size_t v = 0; v < ARRAY_LEN(trail_texts); v++) {
            const char *const where[][2] = {{trail_properties[p], trail_texts[v]}};
            AUTO_FREE char *expected = expected_of(*state, where, 1, true, 1000);

            some += strlen(expected) > 0;
            check_trail(*state, where, 1, (p + v) % 2, "1000");
        }
    assert_true(some > 30);
}

static void all_conditions_must_hold(void **state)
{
    static const char *const where[][2][2] = {{{"thing_id", "x"}, {"mixed", "5"}},
                                              {{"mixed", "x"}, {"tags", "7"}},
                                              {{"tags", "5"}, {"q'u\"o/te", "x"}}};

    for (size_t i = 0; i < ARRAY_LEN(where); i++) {
        AUTO_FREE char *expected = expected_of(*state, where[i], 2, true, 1000);

        assert_true(strlen(expected) > 0);
        check_trail(*state, where[i], 2, true, "1000");
        check_trail(*state, where[i], 2, false, "3");
    }
}

/* Page after page by the last position, in either direction, is the whole. */
static void pages_make_the_whole(void **state)
{
    static const char *const where[][2] = {{"mixed", "x"}};
    static const char *const orders[] = {"order=newest", "order=oldest"};

    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        AUTO_FREE char *expected = expected_of(*state, where, 1, i == 0, 1000);
        char bound[64] = "max-rows=1000"; /* no bound yet */
        AUTO_BUF all;

        buf_init(&all, 1 << 20);
        for (;;) {
            const char *const words[] = {"where=mixed=x", orders[i], "limit=4", bound, NULL};
            AUTO_FREE char *page = positions_of(*state, words);
            struct str rest = str_trim(str_from(page)), last = rest;

            if (!rest.len)
                break;
            buf_str(&all, str_from(page));
            while (rest.len)
                last = str_split(&rest, ' ');
            snprintf(bound, sizeof bound, "%s=%.*s", i ? "after" : "before", STR_ARG(last));
        }
        buf_char(&all, '\0');
        assert_string_equal(all.ptr, expected);
    }
}

static void quarantined_events_are_marked(void **state)
{
    struct state *s = *state;
    AUTO_FREE char *csv = activity_report(
        &s->t, "trail", (const char *const[]){"where=thing_id=x", "limit=1000", NULL});
    struct str rest = str_from(csv);
    size_t quarantined = 0;

    while (rest.len) {
        struct str line = str_split(&rest, '\n'), position = line;
        int64_t number = strtoll(str_split(&position, ',').ptr, NULL, 10);
        bool marked = memmem(line.ptr, line.len, ",quarantined,", 13) != NULL;

        assert_int_equal(marked, s->events[number - 1].quarantined);
        assert_int_equal(marked, memmem(line.ptr, line.len, "wrong_type", 10) != NULL);
        quarantined += marked;
    }
    assert_true(quarantined > 0);
}

/* As `events` shows them, but of `mixed`, which it shows as text. */
static void properties_are_those_that_came(void **state)
{
    struct state *s = *state;
    const char *const words[] = {"where=thing_id=it's", "limit=1000", "hidden=1", NULL};
    struct report_asked *asked = activity_asked(&s->t, "trail", words);
    struct err err = {0};
    AUTO_BUF sql;
    AUTO_FREE char *against = NULL;

    buf_init(&sql, REPORT_SQL_MAX);
    model_need(report_build(asked, false, &sql, &err), &err);
    report_asked_free(asked);
    against = xasprintf("SELECT count(*) || ' ' || count(*) FILTER ("
                        "json_merge_patch(t.properties, '{\"mixed\":null}') = "
                        "json_merge_patch(e.properties, '{\"mixed\":null}') AND t.request_id IS "
                        "NOT DISTINCT FROM e.request_id) "
                        "FROM (%.*s) AS t JOIN events AS e ON e.position = t.position",
                        (int)sql.len, sql.ptr);
    {
        AUTO_FREE char *counts = fixture_value(s->t.f, against);
        struct str rest = str_from(counts), all = str_split(&rest, ' ');

        assert_true(all.len > 1);
        if (!str_eq(all, rest))
            fail_msg("%s are the same", counts);
    }
}

static void hidden_values_need_to_be_asked_for(void **state)
{
    struct state *s = *state;
    static const char *const hidden[] = {"where=secret=x", "where=ip=x"};
    AUTO_FREE char *plain = activity_report(
        &s->t, "trail", (const char *const[]){"where=thing_id=x", "limit=1000", NULL});
    AUTO_FREE char *all = activity_report(
        &s->t, "trail", (const char *const[]){"where=thing_id=x", "limit=1000", "hidden=1", NULL});

    assert_null(strstr(plain, "secret"));
    assert_non_null(strstr(all, "secret"));
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
        struct report_asked *asked =
            activity_asked(&s->t, "trail", (const char *const[]){hidden[i], NULL});
        struct err err = {0};
        AUTO_BUF sql;

        buf_init(&sql, REPORT_SQL_MAX);
        assert_int_equal(report_build(asked, false, &sql, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.text, "are hidden"));
        report_asked_free(asked);
    }
}

static void ids_and_reasons_are_picked_out(void **state)
{
    struct model_fixture t;
    struct record_value nothing = {.type = RECORD_NULL};
    struct trail_event one = {
        .position = 1,
        .time_us = MODEL_START,
        .name = "thing.removed",
        .count = 4,
        .properties = {
            {.name = STR("thing_id"), .value = {.type = RECORD_TEXT, .text = STR("a,b")}},
            {.name = STR("owner"), .value = {.type = RECORD_UUID}},
            {.name = STR("reason"), .value = {.type = RECORD_TEXT, .text = STR("asked")}},
            {.name = STR("other_id"), .value = nothing}}};
    AUTO_FREE char *csv = NULL;

    (void)state;
    model_setup(&t, trail_catalogue);
    trail_load(&t, &one, 1);
    model_refresh(&t);
    csv = activity_report(&t, "trail", (const char *const[]){"where=thing_id=a,b", NULL});
    assert_non_null(strstr(csv, ",asked,,\"{\"\"thing_id\"\":\"\"a,b\"\",\"\"owner\"\":"
                                "\"\"00000000-0000-0000-0000-000000000000\"\"}\","));
    model_teardown(&t);
}

static void what_cannot_be_is_refused(void **state)
{
    struct state *s = *state;
    static const struct {
        const char *words[3], *expected;
    } wrong[] = {{{"where=thing_jd=x"}, "did you mean `thing_id`?"},
                 {{"where=properties=x"}, "there is no column"},
                 {{"where=referrer_host=x"}, "nothing is found by it"},
                 {{"where=shape=1"}, "there is no column"},
                 {{"where=text_0=x"}, "there is no column"},
                 {{"where=thing_id=x", "before=100000"}, "--before: there is no event"}};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct report_asked *asked = activity_asked(&s->t, "trail", wrong[i].words);
        struct err err = {0};
        AUTO_BUF sql;

        buf_init(&sql, REPORT_SQL_MAX);
        assert_int_equal(report_build(asked, false, &sql, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        if (!strstr(err.text, wrong[i].expected))
            fail_msg("%s: %s", wrong[i].words[0], err.text);
        report_asked_free(asked);
    }
}

static void a_condition_is_a_column_and_a_value(void **state)
{
    static const char *const wrong[] = {"thing_id=", "thing_id!=x", "thing_id~x*"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct report_asked *asked = report_asked_new(report_find(STR("trail"), NULL));
        struct err err = {0};

        assert_int_equal(report_set(asked, STR("where"), str_from(wrong[i]), &err), 0);
        assert_int_equal(report_check(asked, &err), -1);
        assert_non_null(strstr(err.text, "with a value"));
        report_asked_free(asked);
    }
}

static void names_and_ranges_narrow_a_trail(void **state)
{
    struct state *s = *state;
    const char *const words[] = {"where=actor=4a000000000000000000000000000002",
                                 "name=thing.*",
                                 "from=2023-11-14T23:00:00Z",
                                 "to=2023-11-15T00:00:00Z",
                                 "limit=1000",
                                 "order=oldest",
                                 NULL};
    AUTO_FREE char *answered = positions_of(s, words);
    const int64_t from = INT64_C(1700002800000000), to = INT64_C(1700006400000000);
    size_t count = 0, expected = 0;

    for (size_t i = 0; i < TRAIL_EVENTS; i++) {
        const struct trail_event *e = s->events + i;

        expected += e->actor == 2 && e->time_us >= from && e->time_us < to &&
                    strncmp(e->name, "thing.", 6) == 0;
    }
    for (const char *c = answered; *c; c++)
        count += *c == ' ';
    assert_true(expected > 0);
    assert_int_equal(count, expected);
}

/* How many accepted events have it, by property. */
static size_t count_of(struct state *s, const char *property, const char *value)
{
    size_t count = 0;

    for (size_t i = 0; i < TRAIL_EVENTS; i++)
        count += !s->events[i].quarantined && trail_has(s->events + i, property, value);
    return count;
}

static bool has_line(const char *csv, const char *column, const char *value, size_t count)
{
    const char *quoted = strchr(column, '"') ? "\"q'u\"\"o/te\"" : column;
    AUTO_FREE char *line = xasprintf("%s,property,%s,%zu,", quoted, value, count);

    return strstr(csv, line) != NULL;
}

static void a_search_says_where_a_value_is(void **state)
{
    struct state *s = *state;
    static const char *const values[] = {"x", "it's", "5", "7", "8", "\xc3\xa9/~"};

    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        AUTO_FREE char *word = xasprintf("value=%s", values[i]);
        AUTO_FREE char *csv =
            activity_report(&s->t, "search", (const char *const[]){word, "hidden=1", NULL});
        size_t lines = 0, expected = 0;

        for (size_t p = 0; p < TRAIL_PROPERTIES; p++) {
            size_t count = count_of(s, trail_properties[p], values[i]);

            expected += count > 0;
            if (count && !has_line(csv, trail_properties[p], values[i], count))
                fail_msg("%s in %s, %zu times: %s", values[i], trail_properties[p], count, csv);
        }
        for (const char *c = csv; *c; c++)
            lines += *c == '\n';
        assert_int_equal(lines, expected);
    }
}

static void a_search_by_beginning_names_the_values(void **state)
{
    struct state *s = *state;
    AUTO_FREE char *csv =
        activity_report(&s->t, "search", (const char *const[]){"value=it*", NULL});
    AUTO_FREE char *names =
        activity_report(&s->t, "search", (const char *const[]){"value=thing.*", NULL});
    AUTO_FREE char *hidden =
        activity_report(&s->t, "search", (const char *const[]){"value=it*", "hidden=1", NULL});

    assert_true(has_line(csv, "thing_id", "it's", count_of(s, "thing_id", "it's")));
    assert_true(has_line(csv, "tags", "it's", count_of(s, "tags", "it's")));
    assert_null(strstr(csv, "secret"));
    assert_non_null(strstr(hidden, "secret,property,it's,"));
    assert_non_null(strstr(names, "name,event,thing.created,"));
    assert_non_null(strstr(names, "name,event,thing.removed,"));
}

static void everything_is_not_searched_for(void **state)
{
    struct report_asked *asked = report_asked_new(report_find(STR("search"), NULL));
    struct err err = {0};

    (void)state;
    assert_int_equal(report_set(asked, STR("value"), STR("*"), &err), 0);
    assert_int_equal(report_check(asked, &err), -1);
    assert_non_null(strstr(err.text, "would find everything"));
    report_asked_free(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trail_has_all_events_with_the_value),
        cmocka_unit_test(all_conditions_must_hold),
        cmocka_unit_test(pages_make_the_whole),
        cmocka_unit_test(quarantined_events_are_marked),
        cmocka_unit_test(properties_are_those_that_came),
        cmocka_unit_test(hidden_values_need_to_be_asked_for),
        cmocka_unit_test(ids_and_reasons_are_picked_out),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_condition_is_a_column_and_a_value),
        cmocka_unit_test(names_and_ranges_narrow_a_trail),
        cmocka_unit_test(a_search_says_where_a_value_is),
        cmocka_unit_test(a_search_by_beginning_names_the_values),
        cmocka_unit_test(everything_is_not_searched_for),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
