/* SPDX-License-Identifier: Apache-2.0 */
/* test_breakdown_sums.c: the report `breakdown` out of hours that are summed up gives the numbers that the
 * events give, whatever comes late, is deleted or hidden. With a filter that all fit it reads events alone. */
#include "days_fixture.h"

#include "model/day_properties.h"

#define RANGE "from=2026-03-22", "to=2026-04-02"
enum { DAYS = 14 };

#define CATALOGUE(privacy)                                                                         \
    "defaults: {owner: a@example.org, kind: product}\n"                                            \
    "events:\n"                                                                                    \
    "  - {name: buy, description: d, trigger: t, properties: {\n"                                  \
    "     plan: {type: string, " privacy                                                           \
    "description: d}, Flag: {type: boolean, description: d},\n"                                    \
    "     note: {type: string, description: d}, amount: {type: integer, description: d}}}\n"       \
    "  - {name: visit, description: d, trigger: t, properties: {\n"                                \
    "     door: {type: string, description: d}, note: {type: string, description: d}}}\n"

static const char catalogue[] = CATALOGUE("");
static const char hiding[] = CATALOGUE("privacy: hidden, ");

static const char *const questions[][WORDS_MAX] = {
    {"totals=1", "by=plan", "event=buy"},
    {RANGE, "totals=1"},
    {RANGE, "totals=1", "by=plan", "limit=2", "bucket=hour"},
    {RANGE, "totals=1", "by=note", "traffic=all", "time-zone=Europe/Berlin"},
    {RANGE, "totals=1", "by=flag", "event=b*", "traffic=internal", "bucket=week"},
    {RANGE, "totals=1", "by=name", "compare=previous", "time-zone=Europe/Berlin"},
    {RANGE, "totals=1", "by=path", "event=visit", "bucket=month", "time-zone=America/New_York"},
    {RANGE, "totals=1", "by=door", "time-zone=Asia/Kathmandu"},
    {RANGE, "totals=1", "by=amount", "traffic=bots"},
    {RANGE, "by=host", "bucket=none", "traffic=people"},
    {RANGE, "by=referrer_host", "bucket=none"},
    {RANGE, "by=plan", "bucket=15m"},
    {RANGE, "by=plan", "by=flag", "totals=1"},
    {RANGE, "by=plan", "measure=visitors"},
    {"from=2026-03-24T05:00:00Z", "to=2026-03-29T23:00:00Z", "by=plan", "totals=1",
     "compare=previous"},
    {"from=2026-03-24T05:20:00Z", "to=2026-03-29T23:00:01Z", "by=plan", "totals=1"},
    {"from=2027-03-22", "to=2027-04-02", "by=plan", "compare=year", "totals=1"},
};

static void make(struct visits *v, struct record *rec, struct record_property *out)
{
    struct str plan = PICK(v, "free", "pro", "(other)", "(none)", "", NULL);
    struct str door = PICK(v, "front", "back", NULL);
    static char note[24];

    visits_make(v, rec);
    rec->name = PICK(v, "buy", "visit", "visit", "nobody.knows");
    snprintf(note, sizeof note, "note %u", (unsigned)(visits_next(v) % 500));
    rec->properties = out;
    if (str_is(rec->name, "buy") && plan.ptr)
        out[rec->property_count++] = (struct record_property){
            .name = STR("plan"), .value = {.type = RECORD_TEXT, .text = plan}};
    if (str_is(rec->name, "buy") && visits_next(v) % 3)
        out[rec->property_count++] = (struct record_property){
            .name = STR("Flag"),
            .value = {.type = RECORD_BOOLEAN, .boolean = visits_next(v) % 2 == 0}};
    if (str_is(rec->name, "buy"))
        out[rec->property_count++] = (struct record_property){
            .name = STR("amount"),
            .value = {.type = RECORD_INTEGER, .integer = (int64_t)(visits_next(v) % 5)}};
    if (str_is(rec->name, "visit") && door.ptr)
        out[rec->property_count++] = (struct record_property){
            .name = STR("door"), .value = {.type = RECORD_TEXT, .text = door}};
    out[rec->property_count++] = (struct record_property){
        .name = STR("note"), .value = {.type = RECORD_TEXT, .text = str_from(note)}};
}

static void load_days(struct model_fixture *t, uint64_t seed, int64_t from_day, int64_t to_day,
                      size_t count)
{
    struct visits v = {.seed = seed,
                       .from_us = OVERVIEW_START + from_day * DATETIME_DAY_US,
                       .to_us = OVERVIEW_START + to_day * DATETIME_DAY_US};
    struct err err = {0};

    model_need(store_load_begin(t->f->store, &err), &err);
    for (size_t i = 0; i < count; i++) {
        struct record_property properties[8] = {0};
        struct record rec = {0};

        make(&v, &rec, properties);
        t->position++;
        memcpy(rec.id.b, &t->position, sizeof t->position);
        model_need(store_load_add(t->f->store, &rec, t->position, &err), &err);
    }
    model_need(store_load_commit(t->f->store, t->position, &err), &err);
}

static void setup_from(struct model_fixture *t, int64_t day, const char *summed)
{
    model_setup(t, catalogue);
    overview_settle(t, overview_internal, 2);
    set_now(t, 12);
    load_and_odd(t, 1, day, DAYS, 1200, load_days);
    assert_value(t->f, "SELECT count(*) FROM day_properties_state", summed);
}

static void make_four(struct model_fixture *t)
{
    setup_from(t, 8, "4");
}

/* Four are enough where not the ranges matter: clocks change on the second of them. */
static void setup(struct model_fixture *t)
{
    static struct model_kept kept;

    setup_once(t, catalogue, &kept, make_four);
}

static void assert_agree_on(struct model_fixture *t, const char *const *question)
{
    AUTO_FREE char *theirs = assert_as_of_events(t, "breakdown", question);

    assert_null(strstr(theirs, "day_properties"));
}

static void assert_agree(struct model_fixture *t, size_t every)
{
    for (size_t i = 0; i < ARRAY_LEN(questions); i += every)
        assert_agree_on(t, questions[i]);
}

static void assert_agrees(struct model_fixture *t)
{
    assert_agree(t, 5);
}

/* Whether it is answered by sums and events, or by events alone. */
static bool is_of_sums(struct model_fixture *t, const char *by, bool *reads_events)
{
    AUTO_FREE char *sql = report_sql(
        t, "breakdown", (const char *const[]){"from=2026-03-21", "to=2026-04-01", by, NULL});

    *reads_events = strstr(sql, "FROM events") != NULL;
    return strstr(sql, "day_properties_data") != NULL;
}

static void hours_give_what_events_give(void **state)
{
    struct model_fixture t;
    bool reads_events;

    (void)state;
    setup_from(&t, 0, "12");
    assert_agree(&t, 1);
    assert_value(t.f,
                 "SELECT string_agg(DISTINCT property, ' ' ORDER BY property) FROM "
                 "day_properties_data WHERE property IN ('plan', 'Flag', 'door', 'note', 'amount', "
                 "'path')",
                 "Flag door note path plan");
    assert_value(t.f, "SELECT count(DISTINCT day) FROM day_properties_data", "12");
    assert_true(is_of_sums(&t, "by=PLAN", &reads_events) && !reads_events);
    assert_true(is_of_sums(&t, "by=path", &reads_events) && !reads_events);
    assert_true(is_of_sums(&t, "by=amount", &reads_events) && reads_events);
    assert_true(is_of_sums(&t, "by=actor", &reads_events) && reads_events);
    assert_false(is_of_sums(&t, "by=referrer_host", &reads_events));
    model_teardown(&t);
}

static void values_that_are_too_many_are_left_out(void **state)
{
    struct model_fixture t;
    bool reads_events;

    (void)state;
    model_setup(&t, catalogue);
    overview_settle(&t, overview_internal, 2);
    set_now(&t, 12);
    t.models->days.properties.few = 150;
    load_days(&t, 1, 8, DAYS, 1200);
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT string_agg(DISTINCT property, ' ' ORDER BY property) FROM "
                 "day_properties_data WHERE property IN ('plan', 'Flag', 'door', 'note')",
                 "Flag door plan");
    assert_true(is_of_sums(&t, "by=note", &reads_events) && reads_events);
    assert_true(is_of_sums(&t, "by=door", &reads_events) && !reads_events);
    assert_agree(&t, 3);
    model_teardown(&t);
}

static void of_days_that_are_not_summed_up_the_events_are_read(void **state)
{
    struct model_fixture t;
    AUTO_FREE char *sql = NULL;

    (void)state;
    setup(&t);
    sql = report_sql(&t, "breakdown",
                     (const char *const[]){"from=2026-03-21", "to=2026-04-02", "by=plan", NULL});
    assert_non_null(strstr(sql, "e.time >= TIMESTAMP '2026-04-01' AND"));
    assert_null(strstr(sql, "e.time >= TIMESTAMP '1912"));
    model_teardown(&t);
}

static void late_events_count_before_and_after_they_are_summed_up(void **state)
{
    struct model_fixture t;

    (void)state;
    setup(&t);
    set_noisy(&t);
    load_days(&t, 17, 8, 11, 100);
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT count(*) FROM day_state AS d JOIN day_properties_state AS s ON s.day = "
                 "d.day WHERE s.upto < d.seen",
                 "3");
    assert_agrees(&t);
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT count(*) FROM day_state AS d JOIN day_properties_state AS s ON s.day = "
                 "d.day WHERE s.upto < d.seen",
                 "0");
    assert_agrees(&t);
    model_teardown(&t);
}

/* Where a process ends while a day is being summed up, the next one begins it anew. */
static void a_start_between_two_steps_changes_nothing(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, catalogue);
    overview_settle(&t, overview_internal, 2);
    load_days(&t, 1, 9, DAYS, 500);
    model_refresh(&t);
    for (int steps = 1; steps < 10; steps += 8) {
        set_now(&t, 12);
        while (days_sum(t.models, &err) > 0)
            ;
        for (int i = 0; i < steps; i++)
            assert_int_equal(day_properties_sum(t.models, &err), 1);
        assert_agrees(&t);
        model_reopen(&t, catalogue);
        overview_settle(&t, overview_internal, 2);
        assert_agrees(&t);
    }
    set_now(&t, 12);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_properties_state", "3");
    assert_agrees(&t);
    model_teardown(&t);
}

static void what_is_deleted_is_in_no_sum(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    setup(&t);
    while (day_properties_sum(t.models, &err) > 0)
        ;
    run_sql(&t,
            "DELETE FROM events_data WHERE received < TIMESTAMP '2026-03-29 10:00' AND source = "
            "'site'");
    run_sql(&t, "INSERT INTO deletions VALUES (now()::TIMESTAMP, 'events', 'site', 'r', TIMESTAMP "
                "'2026-03-29 10:00', 1, NULL)");
    assert_agrees(&t);
    assert_value(t.f, "SELECT min(day) FROM day_properties_data", "2026-03-28");
    model_refresh(&t);
    assert_value(t.f, "SELECT min(day) FROM day_properties_data", "2026-03-30");
    assert_agrees(&t);
    load_days(&t, 9, 8, 11, 50); /* of days with and without deleted events */
    model_refresh(&t);
    assert_agrees(&t);
    model_teardown(&t);
}

/* Between two steps of one day. */
static void events_that_go_meanwhile_begin_the_day_anew(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    setup(&t);
    load_days(&t, 9, 11, 12, 50);
    t.models->days.quiet_us = 1000 * DATETIME_DAY_US;
    model_refresh(&t);
    set_now(&t, 12);
    while (days_sum(t.models, &err) > 0)
        ;
    for (int i = 0; i < 4; i++)
        assert_int_equal(day_properties_sum(t.models, &err), 1);
    run_sql(&t, "DELETE FROM events_data WHERE time >= TIMESTAMP '2026-03-31' AND time < TIMESTAMP "
                "'2026-03-31 09:00'");
    while (t.models->days.properties.begun)
        assert_int_equal(day_properties_sum(t.models, &err), 1);
    assert_value(t.f, "SELECT count(*) FROM day_properties_state WHERE day = DATE '2026-03-31'",
                 "0");
    assert_agrees(&t);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_properties_state WHERE day = DATE '2026-03-31'",
                 "1");
    assert_agrees(&t);
    model_teardown(&t);
}

static void what_is_hidden_leaves_the_sums_for_good(void **state)
{
    struct model_fixture t;

    (void)state;
    setup(&t);
    assert_value(t.f, "SELECT count(*) > 0 FROM day_properties_data WHERE property = 'plan'",
                 "true");
    model_set_catalogue(&t, hiding);
    assert_value(t.f, "SELECT count(*) FROM day_properties_data WHERE property = 'plan'", "0");
    load_days(&t, 9, 9, 10, 50);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_properties_data WHERE property = 'plan'", "0");
    assert_value(t.f, "SELECT bool_or(summed) FROM day_properties_columns WHERE property = 'plan'",
                 "false");
    assert_agree_on(&t, (const char *const[]){RANGE, "totals=1", "by=flag", NULL});
    model_teardown(&t);
}

/* Sums that are dropped between the two questions of a report would be missed in its answer. */
static void what_a_report_was_told_is_held_against_what_is_summed_up(void **state)
{
    struct model_fixture t;
    struct report_asked *asked;
    AUTO_BUF still;

    (void)state;
    setup(&t);
    buf_init(&still, REPORT_SQL_MAX);
    asked = activity_asked(&t, "breakdown", (const char *const[]){RANGE, "by=plan", NULL});
    assert_true(report_put_still(asked, &still));
    buf_char(&still, '\0');
    assert_value(t.f, still.ptr, "true");
    run_sql(&t, "DELETE FROM day_properties_state WHERE day = DATE '2026-03-29'");
    assert_value(t.f, still.ptr, "false");
    model_refresh(&t);
    assert_value(t.f, still.ptr, "true");
    report_asked_free(asked);
    asked = activity_asked(&t, "breakdown", (const char *const[]){RANGE, "measure=actors", NULL});
    assert_false(report_put_still(asked, &still));
    report_asked_free(asked);
    model_teardown(&t);
}

static void what_is_internal_now_is_summed_up_anew(void **state)
{
    struct model_fixture t;

    (void)state;
    setup(&t);
    overview_settle(&t, overview_internal, 1);
    assert_value(t.f, "SELECT count(*) FROM day_properties_data", "0");
    assert_agrees(&t);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM day_properties_state", "4");
    assert_agrees(&t);
    model_teardown(&t);
}

static void a_day_that_cannot_be_summed_up_waits(void **state)
{
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    setup(&t);
    run_sql(&t, "DELETE FROM day_properties_state WHERE day >= DATE '2026-03-30'");
    assert_int_equal(day_properties_sum(t.models, &err), 1);
    run_sql(&t, "DROP TABLE temp.day_properties_shapes");
    assert_int_equal(day_properties_sum(t.models, &err), -1);
    model_need(day_properties_put_off(t.models, &err), &err);
    assert_agrees(&t);
    while (day_properties_sum(t.models, &err) > 0)
        ;
    assert_value(t.f, "SELECT count(*) FROM day_properties_state WHERE later IS NULL", "3");
    t.models->days.now_us += 2 * DAYS_LATER_US;
    while (day_properties_sum(t.models, &err) > 0)
        ;
    assert_value(t.f, "SELECT count(*) FROM day_properties_state WHERE later IS NULL", "4");
    assert_agrees(&t);
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_give_what_events_give),
        cmocka_unit_test(of_days_that_are_not_summed_up_the_events_are_read),
        cmocka_unit_test(values_that_are_too_many_are_left_out),
        cmocka_unit_test(late_events_count_before_and_after_they_are_summed_up),
        cmocka_unit_test(a_start_between_two_steps_changes_nothing),
        cmocka_unit_test(what_is_deleted_is_in_no_sum),
        cmocka_unit_test(events_that_go_meanwhile_begin_the_day_anew),
        cmocka_unit_test(what_is_hidden_leaves_the_sums_for_good),
        cmocka_unit_test(what_a_report_was_told_is_held_against_what_is_summed_up),
        cmocka_unit_test(what_is_internal_now_is_summed_up_anew),
        cmocka_unit_test(a_day_that_cannot_be_summed_up_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
