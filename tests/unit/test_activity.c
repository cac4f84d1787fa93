/* SPDX-License-Identifier: Apache-2.0 */
/* test_activity.c: the tables of activity, devices and mails, and the reports that read them. */
#include "activity_fixture.h"

static void setup(struct model_fixture *t)
{
    model_setup(t, activity_catalogue);
}

static void add(struct model_fixture *t, const struct activity *rows, size_t count)
{
    activity_load(t, rows, count);
    model_refresh(t);
}

#define PAIRS                                                                                      \
    "SELECT string_agg(concat_ws(' ', strftime(day, '%d'), right(uid, 1), right(device_now, 1), "  \
    "right(device_prev, 1)), '; ' ORDER BY day, uid, device_now, device_prev) "                    \
    "FROM daily_multi_device_users"

static void the_tables_hold_what_they_should(void **state)
{
    static const struct activity rows[] = {
        {"2026-05-01T08:00:00Z", 1, 1, "sync", NULL, 0},
        {"2026-05-01T09:00:00Z", 1, 1, "sync", NULL, 0}, /* nothing new for the day */
        {"2026-05-01T09:30:00Z", 1, 1, NULL, NULL, 0}, /* another service */
        {"2026-05-01T10:00:00Z", 1, 2, "sync", NULL, 0},
        {"2026-05-06T10:00:00Z", 1, 1, "sync", NULL, 0}, /* the fifth day after */
        {"2026-05-07T10:00:00Z", 1, 3, "sync", NULL, 0}, /* the sixth: device 2 is too old */
        {"2026-05-01T10:00:00Z", 2, 0, "sync", NULL, 0}, /* without a device */
        {"2026-05-01T10:00:00Z", 0, 4, "sync", NULL, 0}, /* without a user */
        {"2026-05-01T10:00:00Z", 3, 5, NULL, "page.viewed", 0}, /* no activity */
        {"2026-05-02T00:00:00Z", 4, 1, NULL, NULL, 0}, /* the same device, another user */
    };
    struct model_fixture t;

    (void)state;
    setup(&t);
    add(&t, rows, ARRAY_LEN(rows));
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', position, strftime(timestamp, '%d %H:%M'), "
                 "right(uid, 1), type, right(device_id, 1), service), '; ' ORDER BY position) "
                 "FROM activity_events WHERE position > 5",
                 "6 07 10:00 1 account.signed 3 sync; 7 01 10:00 2 account.signed sync; "
                 "10 02 00:00 4 account.signed 1");
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', strftime(day, '%d'), right(uid, 1)), '; ' "
                 "ORDER BY day, uid) FROM daily_active_users",
                 "01 1; 01 2; 02 4; 06 1; 07 1");
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', strftime(day, '%d'), right(uid, 1), "
                 "right(device_id, 1), service), '; ' ORDER BY day, uid, device_id, service) "
                 "FROM daily_activity_per_device",
                 "01 1 1 sync; 01 1 1; 01 1 2 sync; 02 4 1; 06 1 1 sync; 07 1 3 sync");
    assert_value(t.f, PAIRS, "01 1 1 2; 01 1 2 1; 06 1 1 2; 07 1 3 1");
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', strftime(day, '%d'), measure, gap, users), '; ' "
                 "ORDER BY day, measure, gap) FROM daily_gaps",
                 "01 0 5 1; 01 0 1; 01 1 5 1; 02 0 1; 06 0 1 1; 06 1 1 1; 07 0 1; 07 1 1");
    model_teardown(&t);
}

static void a_late_event_changes_the_days_after_it(void **state)
{
    static const struct activity rows[] = {
        {"2026-05-10T10:00:00Z", 1, 1, NULL, NULL, 0},
        {"2026-05-12T10:00:00Z", 1, 1, NULL, NULL, 0},
        {"2026-05-13T10:00:00Z", 1, 1, NULL, NULL, 0},
    };
    static const struct activity late[] = {{"2026-05-07T10:00:00Z", 1, 2, NULL, NULL, 0}};
    struct model_fixture t;

    (void)state;
    setup(&t);
    add(&t, rows, ARRAY_LEN(rows));
    assert_value(t.f, PAIRS, "NULL");
    add(&t, late, ARRAY_LEN(late));
    assert_value(t.f, PAIRS, "10 1 1 2; 12 1 1 2");
    assert_report(&t, "devices",
                  "2026-05-09,0,0,0,,0.0,\r\n2026-05-10,1,1,1,100.0,0.14,14.29\r\n"
                  "2026-05-11,0,0,1,,0.14,14.29\r\n2026-05-12,1,1,1,100.0,0.29,28.57\r\n"
                  "2026-05-13,1,0,1,0.0,0.29,28.57\r\n",
                  "from=2026-05-09", "to=2026-05-14");
    model_teardown(&t);
}

static void devices_count_as_the_settings_say(void **state)
{
    static const struct activity rows[] = {
        {"2026-05-01T10:00:00Z", 1, 1, NULL, NULL, 0},
        {"2026-05-01T11:00:00Z", 1, 2, NULL, NULL, 0},
        {"2026-05-03T10:00:00Z", 1, 1, NULL, NULL, 0},
        {"2026-05-08T10:00:00Z", 1, 2, NULL, NULL, 0},
    };
    const struct settings_flows week = {
        .whole_us = -1, .half_us = -1, .tenth_us = -1, .devices_within_us = 7 * DATETIME_DAY_US};
    struct model_fixture t;

    (void)state;
    setup(&t);
    add(&t, rows, ARRAY_LEN(rows));
    assert_value(t.f, PAIRS, "01 1 1 2; 01 1 2 1; 03 1 1 2; 08 1 2 1");
    models_free(t.models);
    fixture_reopen(t.f);
    model_open(&t, activity_catalogue, &week);
    model_refresh(&t);
    assert_value(t.f, PAIRS, "03 1 1 2; 08 1 2 1");
    assert_value(t.f, "SELECT devices_days || ' ' || same_day FROM activity_settings", "7 false");
    model_teardown(&t);
}

/* The three readings of "within the last five days", told apart by five users. */
static void several_devices_can_be_read_in_three_ways(void **state)
{
    static const struct activity rows[] = {
        /* 1: five days before */
        {"2026-05-05T10:00:00Z", 1, 1, NULL, NULL, 0},
        {"2026-05-10T10:00:00Z", 1, 2, NULL, NULL, 0},
        /* 2: four days before */
        {"2026-05-06T10:00:00Z", 2, 1, NULL, NULL, 0},
        {"2026-05-10T10:00:00Z", 2, 2, NULL, NULL, 0},
        /* 3: on the day alone, one after the other */
        {"2026-05-10T10:00:00Z", 3, 1, NULL, NULL, 0},
        {"2026-05-10T10:00:01Z", 3, 2, NULL, NULL, 0},
        /* 4: on the day alone, at the same moment */
        {"2026-05-10T10:00:00Z", 4, 1, NULL, NULL, 0},
        {"2026-05-10T10:00:00Z", 4, 2, NULL, NULL, 0},
        /* 5: the same device all the time; 6: too long ago */
        {"2026-05-09T10:00:00Z", 5, 1, NULL, NULL, 0},
        {"2026-05-10T10:00:00Z", 5, 1, NULL, NULL, 0},
        {"2026-05-04T10:00:00Z", 6, 1, NULL, NULL, 0},
        {"2026-05-10T10:00:00Z", 6, 2, NULL, NULL, 0},
        /* 7: one device before, both on the day */
        {"2026-05-09T10:00:00Z", 7, 1, NULL, NULL, 0},
        {"2026-05-10T10:00:00Z", 7, 1, NULL, NULL, 0},
        {"2026-05-10T10:00:00Z", 7, 2, NULL, NULL, 0},
    };
    struct model_fixture t;

    (void)state;
    setup(&t);
    add(&t, rows, ARRAY_LEN(rows));
#define ON_THE_TENTH "from=2026-05-10", "to=2026-05-11"
    /* 1, 2, 3, 4 and 7 */
    assert_report(&t, "devices", "2026-05-10,7,5,5,71.43,0.71,14.29\r\n", ON_THE_TENTH);
    assert_report(&t, "devices", "2026-05-10,7,5,5,71.43,0.71,14.29\r\n", ON_THE_TENTH,
                  "reading=dates");
    assert_report(&t, "devices", "2026-05-10,7,5,5,71.43,0.71,14.29\r\n", ON_THE_TENTH,
                  "filter=type~account.*");
    assert_report(&t, "devices", "2026-05-10,7,5,5,71.43,0.71,14.29\r\n", ON_THE_TENTH,
                  "filter=type~account.*", "reading=dates");
    /* 1, 2 and 7 */
    assert_report(&t, "devices", "2026-05-10,7,3,3,42.86,0.43,14.29\r\n", ON_THE_TENTH,
                  "reading=before");
    /* 2, 3 and 7 */
    assert_report(&t, "devices", "2026-05-10,7,3,3,42.86,0.43,14.29\r\n", ON_THE_TENTH,
                  "reading=moments");
    /* all but 5, and all but 5 and 4 */
    assert_report(&t, "devices", "2026-05-10,7,6,6,85.71,0.86,14.29\r\n", ON_THE_TENTH, "days=6",
                  "reading=dates");
    assert_report(&t, "devices", "2026-05-10,7,5,5,71.43,0.71,14.29\r\n", ON_THE_TENTH, "days=7",
                  "reading=moments");
    /* one day is the day itself in this reading: 3, and 7 has no earlier one */
    assert_report(&t, "devices", "2026-05-10,7,1,1,14.29,0.14,14.29\r\n", ON_THE_TENTH, "days=1",
                  "reading=moments");
    model_teardown(&t);
}

static void the_engagement_ratio_is_by_its_definition(void **state)
{
    static const struct activity rows[] = {
        {"2026-05-01T10:00:00Z", 1, 0, NULL, NULL, 0},
        {"2026-05-01T10:00:00Z", 2, 0, NULL, NULL, 0},
        {"2026-05-07T10:00:00Z", 1, 0, "sync", NULL, 0},
        {"2026-05-28T23:59:59.999999Z", 3, 0, NULL, NULL, 0},
    };
    struct model_fixture t;

    (void)state;
    setup(&t);
    assert_report(&t, "activity", "", "week=7");
    assert_report(&t, "activity", "2026-05-01,0,0,0,0.0,\r\n", "from=2026-05-01", "to=2026-05-02");
    add(&t, rows, ARRAY_LEN(rows));
    /* On the 7th: (2 + 1) / 7 of 2; on the 28th all three, a day later without the 1st. */
    assert_report(&t, "activity", "2026-05-07,1,2,2,0.43,21.43\r\n2026-05-08,0,1,2,0.14,7.14\r\n",
                  "from=2026-05-07", "to=2026-05-09");
    assert_report(&t, "activity", "2026-05-28,1,1,3,0.14,4.76\r\n2026-05-29,0,1,2,0.14,7.14\r\n",
                  "from=2026-05-28T12:00:00Z", "to=2026-05-29T12:00:00Z");
    assert_report(&t, "activity", "2026-05-28,1,1,1,1.0,100.0\r\n", "from=2026-05-28", "week=1",
                  "month=1");
    assert_report(&t, "activity", "2026-05-28,1,1,3,0.14,4.76\r\n", "from=2026-05-28", "month=99");
    assert_report(&t, "activity", "", "from=2026-05-29");
    assert_report(&t, "activity", "2026-05-07,sync,1,1,1,0.14,14.29\r\n", "from=2026-05-07",
                  "to=2026-05-08", "by=service", "filter=position!=1", "filter=position!=2");
    model_teardown(&t);
}

static void days_are_those_of_the_time_zone(void **state)
{
    static const struct activity rows[] = {
        {"2026-03-28T22:59:59Z", 1, 1, NULL, NULL, 0}, /* 23:59:59 of the 28th in Berlin */
        {"2026-03-28T23:00:00Z", 2, 1, NULL, NULL, 0}, /* the 29th begins */
        {"2026-03-29T21:59:59Z", 3, 1, NULL, NULL, 0}, /* and ends after 23 hours */
        {"2026-03-29T22:00:00Z", 4, 1, NULL, NULL, 0},
        {"2026-10-24T22:00:00Z", 5, 1, NULL, NULL, 0}, /* the 25th has 25 hours */
        {"2026-10-25T22:59:59Z", 6, 2, NULL, NULL, 0},
        {"2026-10-25T22:59:59Z", 5, 2, NULL, NULL, 0},
        {"2026-10-25T23:00:00Z", 7, 1, NULL, NULL, 0},
    };
    struct model_fixture t;

    (void)state;
    setup(&t);
    add(&t, rows, ARRAY_LEN(rows));
    assert_report(&t, "activity",
                  "2026-03-28,1,1,1,0.14,14.29\r\n2026-03-29,2,3,3,0.43,14.29\r\n"
                  "2026-03-30,1,4,4,0.57,14.29\r\n",
                  "from=2026-03-28", "to=2026-03-31", "time-zone=Europe/Berlin");
    assert_report(&t, "activity", "2026-03-28,2,2,2,0.29,14.29\r\n2026-03-29,2,4,4,0.57,14.29\r\n",
                  "from=2026-03-28", "to=2026-03-30");
    assert_report(&t, "activity", "2026-10-25,2,2,2,0.29,14.29\r\n",
                  "from=2026-10-25T00:00:00+02:00", "to=2026-10-26T00:00:00+01:00",
                  "time-zone=Europe/Berlin");
    assert_report(&t, "devices", "2026-10-25,2,1,1,50.0,0.14,14.29\r\n", "from=2026-10-25",
                  "to=2026-10-26", "time-zone=Europe/Berlin", "reading=moments", "days=1");
    model_teardown(&t);
}

static void retention_follows_cohorts(void **state)
{
    static const struct activity rows[] = {
        {"2026-05-04T10:00:00Z", 1, 0, "sync", NULL, 0}, /* a Monday */
        {"2026-05-12T10:00:00Z", 1, 0, NULL, NULL, 0},
        {"2026-05-10T10:00:00Z", 2, 0, NULL, NULL, 0},
        {"2026-05-10T11:00:00Z", 2, 0, "sync", "account.created", 0},
        {"2026-05-20T10:00:00Z", 2, 0, NULL, NULL, 0},
        {"2026-05-11T10:00:00Z", 3, 0, NULL, NULL, 0},
        {"2026-05-11T12:00:00Z", 3, 0, NULL, "account.created", 0},
    };
    struct model_fixture t;

    (void)state;
    setup(&t);
    assert_report(&t, "retention", "", "period=day");
    add(&t, rows, ARRAY_LEN(rows));
#define WEEKS                                                                                      \
    "2026-05-04,2,0,2,100.0\r\n2026-05-04,2,1,1,50.0\r\n2026-05-04,2,2,1,50.0\r\n"                 \
    "2026-05-11,1,0,1,100.0\r\n2026-05-11,1,1,0,0.0\r\n"
    assert_report(&t, "retention", WEEKS, "period=week");
    assert_report(&t, "retention", WEEKS, "period=week", "filter=position!=0");
    assert_report(&t, "retention",
                  "2026-05-04,2,0,2,100.0\r\n2026-05-04,2,1,2,100.0\r\n2026-05-04,2,2,1,50.0\r\n",
                  "rolling=1", "to=2026-05-11");
    assert_report(&t, "retention",
                  "2026-05-04,1,0,1,100.0\r\n2026-05-04,1,1,0,0.0\r\n2026-05-04,1,2,1,100.0\r\n"
                  "2026-05-11,1,0,1,100.0\r\n2026-05-11,1,1,0,0.0\r\n",
                  "start=account.created");
    assert_report(&t, "retention", "2026-05-10,1,0,1,100.0\r\n2026-05-10,1,1,0,0.0\r\n",
                  "start=*.created", "period=day", "periods=1", "to=2026-05-11");
    assert_report(&t, "retention", "2026-05-01,3,0,3,100.0\r\n", "period=month");
    assert_report(&t, "retention",
                  "2026-05-04,sync,1,0,1,100.0\r\n2026-05-04,sync,1,1,1,100.0\r\n"
                  "2026-05-04,,1,0,1,100.0\r\n2026-05-04,,1,1,0,0.0\r\n",
                  "by=service", "periods=1", "to=2026-05-11");
    model_teardown(&t);
}

static void mails_have_a_table(void **state)
{
    static const struct activity rows[] = {
        {"2026-05-04T10:00:00Z", 1, 0, NULL, "email.verify.delivered", 0},
        {"2026-05-04T10:00:01Z", 0, 0, NULL, "email.verify.bounced", 0},
        {"2026-05-04T10:00:01Z", 1, 0, NULL, "account.signed", 0},
    };
    static const struct model_event mail[] = {
        {.name = "email.reset.sent",
         .flow = "0000032f",
         .at = 5,
         .locale = "de",
         .property = "email_domain",
         .value = "other"},
    };
    struct model_fixture t;

    (void)state;
    setup(&t);
    activity_load(&t, rows, ARRAY_LEN(rows));
    model_load(&t, mail, ARRAY_LEN(mail));
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', position, flow_id, domain, template, type, "
                 "bounced, complaint, locale), '; ' ORDER BY position) FROM email_events",
                 "1 verify delivered false false; 2 verify bounced true false; "
                 "4 0000032f other reset sent false false de");
    assert_value(t.f, "SELECT count(*) FROM email_events_sampled_50", "0");
    assert_value(t.f, "SELECT count(*) FROM activity_events", "1");
    model_teardown(&t);
}

static void expire(struct model_fixture *t, const char *now, int64_t rows)
{
    struct err err = {0};
    int64_t now_us = 0, gone;

    assert_int_equal(datetime_parse(str_from(now), &now_us), 0);
    do
        gone = models_expire(t->models, now_us, rows, &err);
    while (gone > 0);
    model_need((int)gone, &err);
}

#define KEPT                                                                                       \
    "SELECT concat_ws(' ', (SELECT count(*) FROM activity_events_data), "                          \
    "(SELECT count(*) FROM daily_activity_per_device_data), "                                      \
    "(SELECT count(*) FROM daily_multi_device_users_data), "                                       \
    "(SELECT count(*) FROM daily_fresh_data), (SELECT count(*) FROM email_events_data), "          \
    "(SELECT count(*) FROM activity_events), (SELECT count(*) FROM activity_events_sampled_50), "  \
    "(SELECT count(*) FROM activity_events_sampled_10))"

/* Of the cohorts 0, 12 and 60. */
static void samples_are_kept_for_their_time(void **state)
{
    static const struct activity rows[] = {
        {"2026-05-01T10:00:00Z", 13, 1, NULL, NULL, 0},
        {"2026-05-01T10:00:00Z", 1, 1, NULL, NULL, 0},
        {"2026-05-01T10:00:00Z", 5, 1, NULL, NULL, 0},
        {"2026-05-04T10:00:00Z", 13, 2, NULL, NULL, 0},
        {"2026-05-04T10:00:00Z", 1, 2, NULL, NULL, 0},
        {"2026-05-04T10:00:00Z", 5, 2, NULL, NULL, 0},
        {"2026-05-01T10:00:00Z", 0, 0, NULL, "email.verify.delivered", 0},
    };
    const struct settings_flows samples = {.whole_us = 10 * DATETIME_DAY_US,
                                           .half_us = 20 * DATETIME_DAY_US,
                                           .tenth_us = 30 * DATETIME_DAY_US,
                                           .devices_within_us = 5 * DATETIME_DAY_US,
                                           .devices_same_day = true};
    struct model_fixture t;

    (void)state;
    setup(&t);
    models_free(t.models);
    model_open(&t, activity_catalogue, &samples);
    add(&t, rows, ARRAY_LEN(rows));
    expire(&t, "2026-05-05T00:00:00Z", 2);
    assert_value(t.f, KEPT, "6 6 3 9 1 6 4 2");
    expire(&t, "2026-05-11T09:00:00Z", 2); /* the first day is kept while a part of it is */
    assert_value(t.f, KEPT, "6 6 3 9 1 6 4 2");
    expire(&t, "2026-05-13T23:00:00Z", 2);
    assert_value(t.f, KEPT, "5 5 3 8 0 3 4 2");
    assert_report(&t, "activity", "2026-05-03,0,0,0,0.0,\r\n2026-05-04,3,3,3,0.43,14.29\r\n",
                  "from=2026-05-03", "to=2026-05-05");
    assert_report(&t, "activity", "2026-05-04,2,2,2,0.57,28.57\r\n", "from=2026-05-04",
                  "to=2026-05-05", "sample=half");
    expire(&t, "2026-05-26T00:00:00Z", 2);
    assert_value(t.f, KEPT, "2 2 1 3 0 0 0 2");
    assert_report(&t, "devices", "2026-05-04,1,1,1,100.0,0.14,14.29\r\n", "from=2026-05-04",
                  "to=2026-05-05", "sample=tenth");
    expire(&t, "2026-06-05T00:00:00Z", 2);
    assert_value(t.f, KEPT, "0 0 0 0 0 0 0 0");
    model_teardown(&t);
}

/* Whether or not the store has the events still. */
static void what_is_no_activity_any_more_leaves_the_tables(void **state)
{
    static const struct activity rows[] = {
        {"2026-05-01T10:00:00Z", 1, 1, NULL, "account.created", 0},
        {"2026-05-01T11:00:00Z", 2, 1, NULL, NULL, 0},
        {"2026-05-09T10:00:00Z", 3, 1, NULL, "account.created", 0},
    };
    static const char less[] =
        "defaults: {owner: a@example.org, kind: activity}\n"
        "events:\n"
        "  - {name: account.signed, description: d, trigger: t}\n"
        "  - {name: account.created, kind: product, description: d, trigger: t}\n";
    struct store_old old = {.table = STORE_EVENTS, .rule = "retention.raw", .rows_max = 100};
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    assert_int_equal(datetime_parse(STR("2026-05-05T00:00:00Z"), &old.before_us), 0);
    setup(&t);
    add(&t, rows, ARRAY_LEN(rows));
    assert_int_equal(store_delete_old(t.f->store, &old, &err), 2);
    model_set_catalogue(&t, less);
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT (SELECT string_agg(type) FROM activity_events) || ' ' || (SELECT count(*) "
                 "FROM daily_active_users)",
                 "account.signed 1");
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_hold_what_they_should),
        cmocka_unit_test(a_late_event_changes_the_days_after_it),
        cmocka_unit_test(devices_count_as_the_settings_say),
        cmocka_unit_test(several_devices_can_be_read_in_three_ways),
        cmocka_unit_test(the_engagement_ratio_is_by_its_definition),
        cmocka_unit_test(days_are_those_of_the_time_zone),
        cmocka_unit_test(retention_follows_cohorts),
        cmocka_unit_test(mails_have_a_table),
        cmocka_unit_test(samples_are_kept_for_their_time),
        cmocka_unit_test(what_is_no_activity_any_more_leaves_the_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
