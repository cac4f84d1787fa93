/* SPDX-License-Identifier: Apache-2.0 */
/* test_models.c: flows from their events, whatever order and batches these come in. */
#include "model_fixture.h"

static const char catalogue[] =
    "defaults: {owner: a@example.org, kind: flow}\n"
    "events:\n"
    "  - {name: flow.begin, description: d, trigger: t, flow: {role: begin},\n"
    "     dimensions: [plan, entrypoint], properties: {\n"
    "     plan: {type: string, description: d}, entrypoint: {type: string, description: d},\n"
    "     service: {type: string, description: d}}}\n"
    "  - {name: flow.complete, description: d, trigger: t, flow: {role: complete}}\n"
    "  - {name: account.created, description: d, trigger: t, kind: [flow, activity], flow: {role: "
    "new_account}}\n"
    "  - {name: \"flow.{view}.view\", description: d, trigger: t, flow: {role: view},\n"
    "     parameters: {view: {pattern: \"[a-z]+\", description: d}}}\n"
    "  - {name: \"flow.continued.{flow}\", description: d, trigger: t, flow: {role: continued},\n"
    "     parameters: {flow: {pattern: \"[0-9a-f]+\", description: d}}}\n"
    "  - {name: \"flow.experiment.{experiment}.{cohort}\", description: d, trigger: t,\n"
    "     flow: {role: experiment}, parameters: {experiment: {pattern: \"[a-z]+\", description: "
    "d},\n"
    "     cohort: {pattern: \"[a-z]+\", description: d}}}\n"
    "  - {name: flow.timing, description: d, trigger: t, flow: {role: measure},\n"
    "     properties: {duration_ms: {type: integer, description: d}}}\n"
    "  - {name: page.viewed, description: d, trigger: t, kind: page}\n";

#define A "3722eb21d311f11cc04b4c9c52da0a611a46d41e92d78285a9b5b597925ab45e"
#define B "4d6f7a696c6c6146697265666f7821212a204a6d26b009b26b3116f643d84c6f"

static void a_flow_is_what_its_events_say(void **state)
{
    static const struct model_event events[] = {
        {"flow.begin", A, 0, 0, NULL, "de", "plan", "gold", 0, 0},
        {"page.viewed", A, 10, 10, NULL, NULL, NULL, NULL, 0, 0},
        {"flow.signin.view", A, 100, 100, "b", "fr", NULL, NULL, 0, 0},
        {"flow.begin", A, 0, 0, NULL, "en", "plan", "iron", 0, 0},
        {"flow.timing", A, 120, 120, NULL, NULL, NULL, NULL, 5000, 0},
        {"flow.continued." B, A, 130, 130, NULL, NULL, NULL, NULL, 0, 0},
        {"flow.experiment.colour.blue", A, 140, 140, NULL, NULL, NULL, NULL, 0, 0},
        {"flow.complete", A, 200, 200, "a", NULL, NULL, NULL, 0, 0},
        {"flow.complete", A, 300, 300, NULL, NULL, NULL, NULL, 0, 0},
        {"account.created", A, 310, 310, NULL, NULL, NULL, NULL, 0, 0},
        {"flow.signin.view", B, 50, 50, NULL, "it", NULL, NULL, 0, 0},
        {"account.created", NULL, 60, 0, NULL, NULL, NULL, NULL, 0, 0},
    };
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, events, ARRAY_LEN(events));
    model_refresh(&t);
    assert_value(
        t.f,
        "SELECT string_agg(concat_ws(' ', left(flow_id, 4), cohort, has_begin, begins, duration, "
        "completed, complete_time, new_account, locale, left(uid, 4), left(continued_from, 4), "
        "plan), '; ' ORDER BY flow_id) FROM flows_data",
        "3722 6 true 2 310 true 200 true de 6262 4d6f gold; 4d6f 66 false 0 50 false false it");
    assert_value(t.f, "SELECT string_agg(flow_id, ' ') FROM flow_metadata", A);
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', left(flow_id, 2), type, flow_time), '; ' "
                 "ORDER BY flow_id, timestamp, type, flow_time) FROM flow_events",
                 "37 flow.begin 0; 37 flow.begin 0; 37 flow.signin.view 100; 37 flow.timing 5000; "
                 "37 flow.complete 200; 37 flow.complete 300; 37 account.created 310; "
                 "4d flow.signin.view 50");
    assert_value(
        t.f,
        "SELECT string_agg(concat_ws(' ', experiment, cohort, timestamp, left(flow_id, 2), "
        "left(uid, 2)), '; ') FROM flow_experiments",
        "colour blue 2023-11-14 22:13:20.14 37 62");
    assert_value(t.f, "SELECT position || ' ' || length(definition) FROM model_state", "12 64");
    model_teardown(&t);
}

static void all_can_be_made_anew(void **state)
{
    static const struct model_event events[] = {
        {"flow.begin", A, 0, 0, NULL, "de", "plan", "gold", 0, 0},
        {"flow.complete", A, 200, 200, "a", NULL, NULL, NULL, 0, 0},
    };
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, events, ARRAY_LEN(events));
    model_refresh(&t);
    model_need(models_remake(t.models, &err), &err);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM flows_data WHERE completed", "1");
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_is_what_its_events_say),
        cmocka_unit_test(all_can_be_made_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
