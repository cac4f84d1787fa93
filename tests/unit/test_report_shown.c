/* SPDX-License-Identifier: Apache-2.0 */
/* test_report_shown.c: what reports leave out: values that only some may see, and flows of which only a
 * sample is left. */
#include "activity_fixture.h"
#include "model_flows.h"

static const char hiding[] = "defaults: {owner: a@example.org, kind: activity}\n"
                             "events:\n"
                             "  - {name: account.login, description: d, trigger: t, properties: {\n"
                             "     place: {type: string, privacy: hidden, description: d},\n"
                             "     service: {type: string, description: d}}}\n";

static void hidden_values_are_in_no_report(void **state)
{
    static const struct model_event logins[] = {
        {"account.login", NULL, 0, 0, "a", NULL, "place", "secret", 0, 0},
        {"account.login", NULL, 1000, 0, "b", NULL, "service", "sync", 0, 0},
    };
    static const char *const wrong[][3] = {
        {"by=place", "step=account.login", NULL},
        {"by=properties", "step=account.login", NULL},
        {"filter=place=secret", "step=account.login", NULL},
        {"step=account.login[event.place~s*]", NULL},
    };
    struct model_fixture t;

    (void)state;
    model_setup(&t, hiding);
    model_load(&t, logins, ARRAY_LEN(logins));
    model_refresh(&t);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        const char *words[4] = {"per=actor", wrong[i][0], wrong[i][1], NULL};
        struct report_asked *asked = activity_asked(&t, "funnel", words);
        struct err err = {0};
        AUTO_BUF sql;

        buf_init(&sql, REPORT_SQL_MAX);
        assert_int_equal(report_build(asked, false, &sql, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        report_asked_free(asked);
    }
    assert_report(&t, "funnel", "sync,1,account.login,1,,100.0,,,0,0,0,0,0,0,0\r\n", "per=actor",
                  "by=service", "step=account.login", "filter=service=sync");
    model_teardown(&t);
}

/* Of older ones a half or a tenth is left, which would look like fewer flows. */
static void flows_that_only_samples_keep_are_in_no_report(void **state)
{
    const struct settings_flows samples = {.whole_us = 10 * DATETIME_DAY_US,
                                           .half_us = -1,
                                           .tenth_us = -1,
                                           .devices_within_us = 5 * DATETIME_DAY_US,
                                           .devices_same_day = true};
    static const struct model_event some[] = {
        {"flow.begin", "0000006", 0, 0, NULL, NULL, NULL, NULL, 0, 0},
        {"flow.complete", "0000006", 10, 10, NULL, NULL, NULL, NULL, 0, 0},
        {"flow.begin", "0000031aa", DATETIME_DAY_US / 1000, 0, NULL, NULL, NULL, NULL, 0, 0},
        {"flow.complete", "0000031aa", DATETIME_DAY_US / 1000 + 10, 10, NULL, NULL, NULL, NULL, 0,
         0},
    };
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, some, ARRAY_LEN(some));
    model_refresh(&t);
    assert_report(&t, "funnel",
                  "1,flow.begin,2,,100.0,,2,0,0,0,0,0,0,0\r\n"
                  "2,flow.complete,2,100.0,100.0,0.01,,0,0,0,0,0,0,0\r\n",
                  "step=flow.begin", "step=flow.complete");
    models_free(t.models);
    model_open(&t, catalogue, &samples);
    model_need(models_expire(t.models, MODEL_START + 11 * DATETIME_DAY_US, 100, &err) < 0 ? -1 : 0,
               &err);
    assert_value(t.f, "SELECT count(*) FROM flows_data", "2"); /* in the samples */
    assert_report(&t, "flows", "2023-11-15,1,1,100.0,0,0.01,0.01,0.01\r\n", "bucket=day");
    assert_report(&t, "connect", "2023-11-15,existing,1,0.01,0.01,0.01\r\n", "bucket=day");
    assert_report(&t, "funnel",
                  "1,flow.begin,1,,100.0,,1,0,0,0,0,0,0,0\r\n"
                  "2,flow.complete,1,100.0,100.0,0.01,,0,0,0,0,0,0,0\r\n",
                  "step=flow.begin", "step=flow.complete");
    model_teardown(&t);
}

/* A flow that goes on from another one; what only some may see of its events is nobody's. */
static void a_flow_is_told_without_hidden_values(void **state)
{
    static const char journey[] =
        "defaults: {owner: a@example.org, kind: flow}\n"
        "events:\n"
        "  - {name: flow.begin, description: d, trigger: t, flow: {role: begin}, properties: {\n"
        "     place: {type: string, privacy: hidden, description: d},\n"
        "     plan: {type: string, description: d}}}\n"
        "  - {name: \"flow.continued.{flow}\", description: d, trigger: t, flow: {role: "
        "continued},\n"
        "     parameters: {flow: {pattern: \"[0-9a-f]+\", description: d}}}\n"
        "  - {name: flow.step, description: d, trigger: t, properties: {\n"
        "     place: {type: string, privacy: hidden, description: d}}}\n";
    static const struct model_event events[] = {
        {"flow.begin", "0000006", 0, 0, NULL, NULL, "plan", "gold", 0, 0},
        {"flow.step", "0000006", 40, 40, NULL, NULL, "place", "secret", 0, 0},
        {"flow.begin", "0000031", 100, 0, NULL, NULL, NULL, NULL, 0, 0},
        {"flow.continued.0000006", "0000031", 120, 20, NULL, NULL, NULL, NULL, 0, 0},
    };
    struct model_fixture t;
    char *first, *second;

    (void)state;
    model_setup(&t, journey);
    model_load(&t, events, ARRAY_LEN(events));
    model_refresh(&t);
    first = activity_report(&t, "flow", (const char *const[]){"id=0000006", NULL});
    second = activity_report(&t, "flow", (const char *const[]){"id=0000031", NULL});
    assert_non_null(strstr(first, "40,flow.step,"));
    assert_non_null(strstr(first, "gold"));
    assert_null(strstr(first, "secret"));
    assert_non_null(strstr(first, "into,2023-11-14 22:13:20.1"));
    assert_non_null(strstr(first, ",0000031,false"));
    assert_non_null(strstr(second, "20,flow.continued.0000006,continued,"));
    assert_non_null(strstr(second, "from,2023-11-14 22:13:20,-100,"));
    assert_non_null(strstr(second, ",0000006,false"));
    free(first);
    free(second);
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_values_are_in_no_report),
        cmocka_unit_test(flows_that_only_samples_keep_are_in_no_report),
        cmocka_unit_test(a_flow_is_told_without_hidden_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
