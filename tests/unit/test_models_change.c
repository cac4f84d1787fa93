/* SPDX-License-Identifier: Apache-2.0 */
/* test_models_change.c: what a change of the catalogue does to models; what stays of flows when their
 * events go; samples, and what they do not keep any more. */
#include "model_flows.h"

#include "store/query.h"

static const char later[] = HEAD BEGIN("[plan, entrypoint, {time: p_time}]") COMPLETE("step") PAGE;

#define DAY INT64_C(86400000)

static const struct model_event events[] = {
    {"flow.begin", A, 0, 0, NULL, "de", "plan", "gold", 0, 1000},
    {"flow.signin.view", A, 100, 100, "b", "fr", NULL, NULL, 0, 150000},
    {"flow.complete", A, 200, 200, "a", NULL, NULL, NULL, 0, 300000},
    {"flow.begin", B, 300, 0, NULL, "it", "plan", "iron", 0, 300001},
    {"flow.continued." A, B, 400, 100, NULL, NULL, NULL, NULL, 0, 300002},
    {"flow.experiment.colour.blue", B, 500, 200, NULL, NULL, NULL, NULL, 0, 300003},
};

static bool is_remaking(struct model_fixture *t)
{
    struct models_stats stats;

    models_stats(t->models, &stats);
    return stats.remaking;
}

static int refresh_once(struct model_fixture *t)
{
    struct err err = {0};
    int status = models_refresh(t->models, &err);

    model_need(status, &err);
    return status;
}

/* An entry that feeds no model may still take a name away from one that does. */
static void an_entry_that_takes_a_name_over_makes_them_anew(void **state)
{
    static const char taken[] =
        CATALOGUE "  - {name: flow.signin.view, kind: page, description: d, trigger: t}\n";
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, events, ARRAY_LEN(events));
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM flow_events WHERE type = 'flow.signin.view'", "1");
    model_set_catalogue(&t, taken);
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM flow_events WHERE type = 'flow.signin.view'", "0");
    model_set_catalogue(&t, catalogue);
    refresh_once(&t);
    model_reopen(&t, taken); /* while they are made anew */
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) FROM flow_events WHERE type = 'flow.signin.view'", "0");
    model_teardown(&t);
}

static void dimensions_may_have_any_names(void **state)
{
    static const char named[] = HEAD
        "  - {name: flow.begin, description: d, trigger: t, flow: {role: begin},\n"
        "     dimensions: [e, first_begin, flow, m, p_flow, p_flow_2], properties: {\n"
        "     e: {type: string, description: d}, m: {type: string, description: d},\n"
        "     first_begin: {type: string, description: d}, flow: {type: string, description: d},\n"
        "     p_flow_2: {type: string, description: d}, p_flow: {type: string, description: d}}}\n";
    static const struct model_event begins[] = {
        {"flow.begin", A, 0, 0, NULL, NULL, "p_flow", "one", 0, 0},
        {"flow.begin", B, 0, 0, NULL, NULL, "flow", "two", 0, 0},
    };
    struct model_fixture t;

    (void)state;
    model_setup(&t, named);
    model_load(&t, begins, ARRAY_LEN(begins));
    model_refresh(&t);
    assert_value(
        t.f,
        "SELECT count(e) || ' ' || count(p_first_begin) || ' ' || string_agg(p_flow) || ' ' "
        "|| string_agg(p_flow_2) || ' ' || count(p_flow_2_2) FROM flow_metadata",
        "0 0 two one 0");
    model_teardown(&t);
}

static void what_feeds_no_model_changes_nothing(void **state)
{
    struct model_fixture t;
    AUTO_FREE char *before = NULL;

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, events, ARRAY_LEN(events));
    model_refresh(&t);
    before = fixture_value(t.f, "SELECT definition FROM model_state");
    model_set_catalogue(&t, HEAD BEGIN("[plan, entrypoint]") COMPLETE("complete"));
    assert_false(is_remaking(&t));
    assert_value(t.f, "SELECT definition FROM model_state", before);
    /* A new entry feeds a model, but nothing of what is stored. */
    model_set_catalogue(&t, CATALOGUE "  - {name: flow.more, description: d, trigger: t}\n");
    assert_false(is_remaking(&t));
    assert_int_equal(refresh_once(&t), 0);
    assert_value(t.f, "SELECT count(*) FROM flows_data", "2");
    model_set_catalogue(&t, catalogue);
    assert_value(t.f, "SELECT definition FROM model_state", before);
    model_teardown(&t);
}

static void another_meaning_makes_them_anew_beside_those_in_use(void **state)
{
    static const struct model_event more = {
        "flow.signup.view", B, 900, 600, NULL, NULL, NULL, NULL, 0, 0};
    AUTO_FREE char *flows = NULL;
    struct model_fixture t, fresh;

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, events, ARRAY_LEN(events));
    model_refresh(&t);
    model_set_catalogue(&t, later);
    assert_true(is_remaking(&t));
    assert_int_equal(refresh_once(&t), 1);
    assert_value(t.f, "SELECT position FROM model_next", "122880");
    assert_value(t.f, "SELECT count(*) FROM flow_metadata WHERE completed", "1");
    model_load(&t, &more, 1);
    model_reopen(&t, later); /* it goes on where it was */
    assert_true(is_remaking(&t));
    assert_int_equal(refresh_once(&t), 1);
    assert_value(t.f, "SELECT position FROM model_next", "245760");
    assert_value(t.f, "SELECT count(*) FROM flow_events WHERE type = 'flow.signup.view'", "1");
    model_refresh(&t);
    assert_false(is_remaking(&t));
    assert_value(t.f, "SELECT count(*) FROM flow_metadata WHERE completed", "0");
    assert_value(t.f, "SELECT count(p_time) FROM flow_metadata", "0");
    assert_value(
        t.f, "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%\\_next' ESCAPE '\\'",
        "1");
    flows = fixture_value(t.f, all_flows);
    model_setup(&fresh, later);
    model_load(&fresh, events, ARRAY_LEN(events));
    model_load(&fresh, &more, 1);
    model_refresh(&fresh);
    assert_value(fresh.f, all_flows, flows);
    model_teardown(&fresh);
    model_teardown(&t);
}

static void tables_of_another_version_stand_still_until_they_are_replaced(void **state)
{
    const struct settings_flows samples = {.whole_us = 20000 * DAY * 1000,
                                           .half_us = -1,
                                           .tenth_us = -1,
                                           .devices_within_us = 5 * DAY * 1000,
                                           .devices_same_day = true};
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, events, 1);
    model_refresh(&t);
    run_sql(&t, "UPDATE model_state SET version = version - 10000");
    run_sql(&t, "ALTER TABLE flows_data DROP COLUMN begins");
    model_load(&t, events + 1, ARRAY_LEN(events) - 1);
    models_free(t.models);
    model_open(&t, catalogue, &samples);
    assert_true(is_remaking(&t));
    assert_int_equal(refresh_once(&t), 1);
    /* Nothing is asked of them, which may not have what this version's statements name. */
    assert_int_equal(models_expire(t.models, MODEL_START, 100, &err), 0);
    assert_true(is_remaking(&t));
    assert_value(t.f, "SELECT position FROM model_next", "122880");
    assert_value(t.f, "SELECT count(*) FROM flows_data", "1");
    model_refresh(&t);
    assert_value(t.f, "SELECT count(*) || ' ' || sum(begins) FROM flows_data", "2 2");
    assert_value(t.f, "SELECT position FROM model_state", "300003");
    model_teardown(&t);
}

static void a_change_that_is_taken_back_is_given_up(void **state)
{
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, events, ARRAY_LEN(events));
    model_refresh(&t);
    model_set_catalogue(&t, later);
    refresh_once(&t);
    model_set_catalogue(&t, catalogue);
    assert_false(is_remaking(&t));
    assert_value(t.f, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'flows_data_next'",
                 "0");
    assert_value(t.f, "SELECT count(*) FROM flow_metadata WHERE completed", "1");
    model_teardown(&t);
}

/* Meanwhile the tables in use took what came by a catalogue that is not theirs. */
static void a_change_that_is_taken_back_late_makes_them_anew(void **state)
{
    struct model_fixture t;

    (void)state;
    for (int i = 0; i < 2; i++) { /* with and without a restart */
        model_setup(&t, catalogue);
        model_load(&t, events, 1);
        model_refresh(&t);
        model_set_catalogue(&t, later);
        model_load(&t, events + 1, ARRAY_LEN(events) - 1);
        refresh_once(&t);
        if (i > 0)
            model_reopen(&t, later);
        model_set_catalogue(&t, catalogue);
        assert_true(is_remaking(&t));
        model_refresh(&t);
        assert_value(t.f, "SELECT count(*) FROM flow_metadata WHERE completed", "1");
        model_teardown(&t);
    }
}

static void flows_outlive_their_events(void **state)
{
    const struct store_old old = {.table = STORE_EVENTS,
                                  .before_us = MODEL_START + 350000,
                                  .rule = "retention.raw",
                                  .rows_max = 100};
    AUTO_FREE char *flows = NULL, *steps = NULL;
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, events, ARRAY_LEN(events));
    model_refresh(&t);
    flows = fixture_value(t.f, all_flows);
    steps = fixture_value(t.f, all_events);
    assert_int_equal(store_delete_old(t.f->store, &old, &err), 4);
    model_need(models_remake(t.models, &err), &err);
    model_refresh(&t);
    assert_value(t.f, all_flows, flows);
    assert_value(t.f, all_events, steps);
    assert_value(t.f, "SELECT count(*) FROM flow_experiments", "1");
    /* What these say follows the catalogue even so; what they never had stays absent. */
    model_set_catalogue(&t, later);
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', plan, begins, completed, duration), '; ' ORDER "
                 "BY plan) FROM flow_metadata WHERE p_time IS NULL",
                 "gold 1 false 200; iron 1 false 200");
    model_teardown(&t);
}

static void folded_names_are_known(void **state)
{
    static const struct model_event folded[] = {
        {"flow.(other).view", A, 0, 0, NULL, NULL, NULL, NULL, 0, 0},
        {"flow.unknown", A, 10, 10, NULL, NULL, NULL, NULL, 0, 0},
    };
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, folded, ARRAY_LEN(folded));
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', name, event, kinds, flow_role, parameters), '; "
                 "' ORDER BY name) FROM event_names",
                 "flow.(other).view flow.{view}.view 4 view {view='(other)'}; flow.unknown 0 {}");
    assert_value(t.f, "SELECT count(*) FROM flow_events", "1");
    model_teardown(&t);
}

/* What only some may see does not show by way of a derived table. */
static void hidden_properties_are_no_attributes(void **state)
{
    static const char hiding[] = HEAD COMPLETE(
        "complete") "  - {name: flow.begin, description: d, trigger: t, flow: {role: begin}, "
                    "properties: {\n"
                    "     entrypoint: {type: string, privacy: hidden, description: d},\n"
                    "     service: {type: string, description: d}}}\n";
    static const struct model_event begins[] = {
        {"flow.begin", A, 0, 0, NULL, NULL, "entrypoint", "secret", 0, 0},
        {"flow.begin", B, 0, 0, NULL, NULL, "service", "sync", 0, 0},
    };
    struct model_fixture t;

    (void)state;
    model_setup(&t, hiding);
    model_load(&t, begins, ARRAY_LEN(begins));
    model_refresh(&t);
    assert_value(t.f, "SELECT count(entrypoint) || ' ' || string_agg(service) FROM flows_data",
                 "0 sync");
    assert_value(t.f, "SELECT count(entrypoint) FROM events", "1");
    model_teardown(&t);
}

/* Also of those that came before, whether or not the store has their events still. */
static void what_is_hidden_later_leaves_the_tables(void **state)
{
    static const char open[] = HEAD BEGIN("[plan]");
    static const char hiding[] = HEAD
        "  - {name: flow.begin, description: d, trigger: t, flow: {role: begin},\n"
        "     dimensions: [plan], properties: {plan: {type: string, description: d},\n"
        "     entrypoint: {type: string, privacy: hidden, description: d},\n"
        "     time: {type: string, description: d}, service: {type: string, description: d}}}\n";
    static const struct model_event begins[] = {
        {"flow.begin", A, 0, 0, NULL, NULL, "plan", "gold", 0, 0},
        {"flow.begin", B, 0, 0, NULL, NULL, "entrypoint", "menu", 0, 0},
        {"flow.begin", "0000006", 1000, 0, NULL, NULL, "entrypoint", "menu", 0, 0},
        {"flow.begin", "0000031", 1000, 0, NULL, NULL, "service", "sync", 0, 0},
    };
    const struct store_old old = {.table = STORE_EVENTS,
                                  .before_us = MODEL_START + 500000,
                                  .rule = "retention.raw",
                                  .rows_max = 100};
    static const char shown[] =
        "SELECT concat_ws(' ', count(plan), count(entrypoint), count(service), count(*)) FROM "
        "flow_metadata";
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, open);
    model_load(&t, begins, ARRAY_LEN(begins));
    model_refresh(&t);
    assert_value(t.f, shown, "1 2 1 4");
    assert_int_equal(store_delete_old(t.f->store, &old, &err), 2);
    model_set_catalogue(&t, hiding);
    model_refresh(&t);
    assert_value(t.f, shown, "1 0 1 4");
    model_reopen(&t, hiding);
    assert_false(is_remaking(&t)); /* once is enough */
    model_teardown(&t);
}

static int take_bytes(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return 0;
}

/* What those who may not see hidden values are told. */
static void assert_shown(struct model_fixture *t, const char *sql, const char *expected)
{
    struct query_result result;
    struct err err = {0};
    AUTO_BUF out;

    buf_init(&out, 4096);
    model_need(query_run(t->f->store,
                         &(struct query_opts){.sql = str_from(sql),
                                              .format = QUERY_NDJSON,
                                              .without_hidden = true,
                                              .timeout_us = INT64_C(60000000),
                                              .write = take_bytes,
                                              .ctx = &out},
                         &result, &err),
               &err);
    buf_char(&out, '\0');
    assert_false(buf_failed(&out));
    assert_string_equal(out.ptr, expected);
}

/* In the moment between: of the tables in use, too, by whatever name those ask who may not see it. */
static void what_is_hidden_is_seen_by_nobody_meanwhile(void **state)
{
#define OPEN(privacy, dimensions)                                                                  \
    HEAD "  - {name: flow.begin, description: d, trigger: t, flow: {role: begin}" dimensions       \
         ", properties: {\n     plan: {type: string, privacy: " privacy ", description: d},\n"     \
         "     entrypoint: {type: string, privacy: " privacy ", description: d}}}\n"               \
         "  - {name: account.signed, description: d, trigger: t, kind: activity, properties: {\n"  \
         "     service: {type: string, privacy: " privacy ", description: d}}}\n"
    static const char open[] = OPEN("keep", ", dimensions: [plan]"), hiding[] = OPEN("hidden", "");
    static const struct model_event some[] = {
        {"flow.begin", A, 0, 0, NULL, NULL, "plan", "gold", 0, 0},
        {"flow.begin", B, 0, 0, NULL, NULL, "entrypoint", "menu", 0, 0},
        {"account.signed", NULL, 0, 0, "a", NULL, "service", "sync", 0, 0},
    };
    static const char *const questions[][3] = {
        {"SELECT count(plan) || ' ' || count(entrypoint) FROM flow_metadata", "1 1", "0 0"},
        {"SELECT count(service) FROM activity_events", "1", "0"},
    };
    struct model_fixture t;

    (void)state;
    model_setup(&t, open);
    model_load(&t, some, ARRAY_LEN(some));
    model_refresh(&t);
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        assert_value(t.f, questions[i][0], questions[i][1]);
    assert_shown(&t, "SELECT count(plan) + count(entrypoint) AS n FROM flows_data", "{\"n\":2}\n");
    assert_shown(&t, "SELECT count(service) AS n FROM activity_events_data", "{\"n\":1}\n");
    model_set_catalogue(&t, hiding);
    assert_true(is_remaking(&t));
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        assert_value(t.f, questions[i][0], questions[i][2]);
    assert_value(t.f, "SELECT count(plan) FROM main.flows_data", "1");
    assert_shown(&t, "SELECT count(plan) + count(entrypoint) AS n FROM flows_data", "{\"n\":0}\n");
    assert_shown(&t, "SELECT count(service) AS n FROM activity_events_data", "{\"n\":0}\n");
    model_refresh(&t);
    assert_value(t.f, "SELECT count(entrypoint) || ' ' || count(*) FROM main.flows_data", "0 2");
    assert_shown(&t, "SELECT count(*) AS n FROM flows_data", "{\"n\":2}\n");
    assert_value(t.f, "SELECT count(service) FROM main.activity_events_data", "0");
    model_teardown(&t);
#undef OPEN
}

/* The tables of mails, too: at once in what is asked, and then in the rows themselves. */
static void what_is_hidden_later_leaves_the_mails(void **state)
{
#define MAIL(privacy)                                                                              \
    "defaults: {owner: a@example.org, kind: email}\n"                                              \
    "events:\n"                                                                                    \
    "  - {name: mail.reset.sent, description: d, trigger: t, properties: {\n"                      \
    "     email_domain: {type: string, privacy: " privacy ", description: d},\n"                   \
    "     bounced: {type: string, description: d},\n"                                              \
    "     template: {type: string, privacy: " privacy ", description: d}}}\n"
    static const struct model_event mails[] = {
        {"mail.reset.sent", NULL, 0, 0, NULL, NULL, "email_domain", "secret.org", 0, 0},
        {"mail.reset.sent", NULL, 10, 0, NULL, NULL, "template", "secret", 0, 0},
        {"mail.reset.sent", NULL, 1000000, 0, NULL, NULL, "email_domain", "secret.org", 0, 0},
        {"mail.reset.sent", NULL, 1000000, 0, NULL, NULL, "bounced", "true", 0, 0},
    };
    const struct store_old old = {.table = STORE_EVENTS,
                                  .before_us = MODEL_START + 500000,
                                  .rule = "retention.raw",
                                  .rows_max = 100};
    static const char seen[] = "SELECT concat_ws(' ', count(domain), count(template), "
                               "count(*) FILTER (bounced), count(*)) FROM ";
    AUTO_FREE char *shown = xasprintf("%s email_events", seen);
    AUTO_FREE char *stored = xasprintf("%s email_events_data", seen);
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, MAIL("keep"));
    model_load(&t, mails, ARRAY_LEN(mails));
    model_refresh(&t);
    assert_value(t.f, shown, "2 4 1 4");
    assert_int_equal(store_delete_old(t.f->store, &old, &err), 2);
    model_set_catalogue(&t, MAIL("hidden"));
    assert_true(is_remaking(&t));
    assert_value(t.f, shown, "0 0 1 4"); /* before the rows are other ones */
    model_refresh(&t);
    assert_value(t.f, stored, "0 0 1 4");
    assert_value(t.f, shown, "0 0 1 4");
    model_reopen(&t, MAIL("hidden"));
    assert_false(is_remaking(&t)); /* once is enough */
    model_teardown(&t);
#undef MAIL
}

/* Ids and cohorts as people have worked them out. */
static void samples_are_exact(void **state)
{
    static const char *const ids[] = {A,        B,      "00000310aa", "0000032faa", "0000064aaa",
                                      "no-hex", "12345"};
    struct model_event some[ARRAY_LEN(ids)] = {0};
    struct model_fixture t;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        some[i] = (struct model_event){.name = "flow.begin", .flow = ids[i]};
    model_setup(&t, catalogue);
    model_load(&t, some, ARRAY_LEN(some));
    model_refresh(&t);
    assert_value(t.f,
                 "SELECT string_agg(coalesce(cohort::VARCHAR, 'none'), ' ' ORDER BY "
                 "begin_position) FROM flows_data",
                 "6 66 49 50 0 none none");
    assert_value(
        t.f,
        "SELECT string_agg(left(flow_id, 7), ' ' ORDER BY flow_id) FROM flow_metadata_sampled_50",
        "0000031 0000064 3722eb2");
    assert_value(
        t.f,
        "SELECT string_agg(left(flow_id, 7), ' ' ORDER BY flow_id) FROM flow_events_sampled_10",
        "0000064 3722eb2");
    assert_value(t.f, "SELECT count(*) FROM flow_metadata", "7");
    model_teardown(&t);
}

static int64_t expire(struct model_fixture *t, int64_t after_days, int64_t rows)
{
    struct err err = {0};
    int64_t gone = models_expire(t->models, MODEL_START + after_days * DAY * 1000, rows, &err);

    model_need(gone < 0 ? -1 : 0, &err);
    return gone;
}

static void open_with(struct model_fixture *t, const struct settings_flows *samples)
{
    models_free(t->models);
    model_open(t, catalogue, samples);
}

static void what_no_sample_keeps_goes(void **state)
{
    const struct settings_flows samples = {.whole_us = 10 * DAY * 1000,
                                           .half_us = 20 * DAY * 1000,
                                           .tenth_us = 30 * DAY * 1000,
                                           .devices_within_us = 5 * DAY * 1000,
                                           .devices_same_day = true};
    static const char *const ids[] = {"0000006", "0000031aa", "0000042aa", "none"}; /* 6, 49, 66 */
    static const char shown[] =
        "SELECT concat_ws(' ', (SELECT count(*) FROM flow_metadata), (SELECT count(*) FROM "
        "flow_metadata_sampled_50), (SELECT count(*) FROM flow_events_sampled_10), (SELECT "
        "count(*) FROM flows_data), (SELECT count(*) FROM flow_events_data))";
    struct model_event some[8] = {0};
    struct model_fixture t;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        some[i] = (struct model_event){.name = "flow.begin", .flow = ids[i]};
        some[4 + i] = (struct model_event){
            .name = "flow.signin.view", .flow = ids[i], .at = 12 * DAY, .flow_time = 12 * DAY};
    }
    model_setup(&t, catalogue);
    model_load(&t, some, 8);
    model_refresh(&t);
    open_with(&t, &samples);
    assert_value(t.f, shown, "0 0 0 4 8"); /* they are years old */
    assert_int_equal(expire(&t, 10, 100), 0);
    assert_value(t.f, shown, "4 2 2 4 8");
    assert_int_equal(expire(&t, 11, 1), 1);
    assert_value(t.f, shown, "0 2 2 3 6");
    assert_int_equal(expire(&t, 11, 1), 1);
    assert_int_equal(expire(&t, 11, 1), 0);
    assert_value(t.f, shown, "0 2 2 2 4");
    assert_int_equal(expire(&t, 20, 100), 0);
    assert_int_equal(expire(&t, 21, 100), 1);
    assert_value(t.f, shown, "0 0 2 1 2");
    assert_int_equal(expire(&t, 31, 100), 1);
    assert_value(t.f, shown, "0 0 0 0 0");
    assert_value(t.f, "SELECT sum(rows) FROM deletions WHERE rule = 'flows.samples'", "4");
    model_teardown(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dimensions_may_have_any_names),
        cmocka_unit_test(what_feeds_no_model_changes_nothing),
        cmocka_unit_test(an_entry_that_takes_a_name_over_makes_them_anew),
        cmocka_unit_test(another_meaning_makes_them_anew_beside_those_in_use),
        cmocka_unit_test(tables_of_another_version_stand_still_until_they_are_replaced),
        cmocka_unit_test(a_change_that_is_taken_back_is_given_up),
        cmocka_unit_test(a_change_that_is_taken_back_late_makes_them_anew),
        cmocka_unit_test(flows_outlive_their_events),
        cmocka_unit_test(folded_names_are_known),
        cmocka_unit_test(hidden_properties_are_no_attributes),
        cmocka_unit_test(what_is_hidden_later_leaves_the_tables),
        cmocka_unit_test(what_is_hidden_is_seen_by_nobody_meanwhile),
        cmocka_unit_test(what_is_hidden_later_leaves_the_mails),
        cmocka_unit_test(samples_are_exact),
        cmocka_unit_test(what_no_sample_keeps_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
