/* SPDX-License-Identifier: Apache-2.0 */
/* test_models.c: flows from their events, whatever order and batches these come in. */
#include "model_flows.h"

#include "model/model_internal.h"
#include "model/prints.h"

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
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', left(flow_id, 4), cohort, has_begin, begins, "
                 "duration, completed, complete_time, new_account, locale, left(uid, 4), "
                 "left(continued_from, 4), plan), '; ' ORDER BY flow_id) FROM flows_data",
                 "3722 6 true 2 310 true 200 true de 6262 4d6f gold; 4d6f 66 false 0 50 false "
                 "false it");
    assert_value(t.f, "SELECT string_agg(flow_id, ' ') FROM flow_metadata", A);
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', left(flow_id, 2), type, flow_time), '; ' "
                 "ORDER BY flow_id, timestamp, type, flow_time) FROM flow_events",
                 "37 flow.begin 0; 37 flow.begin 0; 37 flow.signin.view 100; 37 flow.timing 5000; "
                 "37 flow.complete 200; 37 flow.complete 300; 37 account.created 310; "
                 "4d flow.signin.view 50");
    assert_value(t.f,
                 "SELECT string_agg(concat_ws(' ', experiment, cohort, timestamp, left(flow_id, "
                 "2), left(uid, 2)), '; ') FROM flow_experiments",
                 "colour blue 2023-11-14 22:13:20.14 37 62");
    assert_value(t.f, "SELECT position || ' ' || length(definition) FROM model_state", "12 64");
    model_teardown(&t);
}

static void a_flow_is_put_together_over_steps(void **state)
{
    static const struct model_event late[] = {
        {"flow.complete", A, 200, 200, "a", "fr", NULL, NULL, 0, 0},
        {"flow.signin.view", A, 86400100, 86400100, "b", NULL, NULL, NULL, 0, 0},
        {"flow.begin", A, 5, 0, NULL, NULL, "plan", "iron", 0, 0},
        {"flow.begin", A, 0, 0, NULL, "de", "plan", "gold", 0, 0},
        {"flow.begin", A, 0, 0, NULL, "en", "plan", "lead", 0, 0},
    };
    static const char *const expected[] = {
        "false fr 0 NULL 200",     "false fr 0 NULL 86400100", "true fr 1 iron 86400100",
        "true de 2 gold 86400100", "true de 3 gold 86400100",
    };
    struct model_fixture t;

    (void)state;
    model_setup(&t, catalogue);
    for (size_t i = 0; i < ARRAY_LEN(late); i++) {
        model_load(&t, late + i, 1);
        model_refresh(&t);
        if (i % 2)
            model_reopen(&t, catalogue);
        assert_value(t.f,
                     "SELECT concat_ws(' ', has_begin, locale, begins, coalesce(plan, 'NULL'), "
                     "duration) FROM flows_data",
                     expected[i]);
    }
    assert_value(t.f, "SELECT begin_position FROM flows_data", "4");
    model_teardown(&t);
}

/* A stream that is made up: few flows, so that these meet themselves again and again. */
enum { STREAM = 600 };
struct stream {
    struct model_event events[STREAM];
    char ids[40][65];
};

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void make_stream(struct stream *s, uint32_t seed)
{
    static const char *const names[] = {
        "flow.begin",  "flow.signin.view",           "flow.complete",    "account.created",
        "flow.timing", "flow.experiment.colour.red", "flow.signup.view", "flow.continued.abc"};
    static const char *const locales[] = {NULL, "de", "fr"}, *const actors[] = {NULL, "a", "b"};

    for (int i = 0; i < 40; i++)
        snprintf(s->ids[i], 65, "%07x%057x", 0x1234567u + (unsigned)i * 7919u, (unsigned)i);
    for (int i = 0; i < STREAM; i++) {
        unsigned flow = next_random(&seed) % 40, kind = next_random(&seed) % ARRAY_LEN(names);
        int64_t begin = (int64_t)flow * 3600000, after = next_random(&seed) % 4 * 30000000;

        if (kind == 0)
            after = 0;
        s->events[i] = (struct model_event){.name = names[kind],
                                            .flow = s->ids[flow],
                                            .at = begin + after,
                                            .flow_time = after,
                                            .actor = actors[next_random(&seed) % 3],
                                            .locale = kind ? locales[next_random(&seed) % 3] : "it",
                                            .property = kind ? NULL : "plan",
                                            .value = flow % 2 ? "gold" : "iron",
                                            .duration_ms = kind == 4 ? after + 7 : 0};
    }
}

static void shuffle(struct stream *s, uint32_t seed)
{
    for (int i = STREAM - 1; i > 0; i--) {
        unsigned k = next_random(&seed) % (unsigned)(i + 1);
        struct model_event kept = s->events[i];

        s->events[i] = s->events[k];
        s->events[k] = kept;
    }
}

/* Puts it in by batches of random size, whose positions lie apart, and refreshes now and then. */
static void load_stream(struct model_fixture *t, const struct stream *s, uint32_t seed)
{
    size_t at = 0;

    while (at < STREAM) {
        size_t count = 1 + next_random(&seed) % 90;

        count = count < STREAM - at ? count : STREAM - at;
        t->position += next_random(&seed) % 60000;
        model_load(t, s->events + at, count);
        if (next_random(&seed) % 3 == 0)
            model_refresh(t);
        if (next_random(&seed) % 9 == 0)
            model_reopen(t, catalogue);
        t->models->latest_flows = next_random(&seed) % 40;
        t->models->named_max = next_random(&seed) % 10;
        at += count;
    }
    model_refresh(t);
}

static void order_and_batches_change_nothing(void **state)
{
    struct stream *s = xcalloc(1, sizeof *s);
    AUTO_FREE char *flows = NULL, *events = NULL;

    (void)state;
    make_stream(s, 7);
    for (uint32_t seed = 0; seed < 4; seed++) {
        struct model_fixture t;

        model_setup(&t, catalogue);
        if (seed == 0) {
            model_load(&t, s->events, STREAM);
            model_refresh(&t);
            flows = fixture_value(t.f, all_flows);
            events = fixture_value(t.f, all_events);
        } else {
            shuffle(s, seed);
            load_stream(&t, s, seed);
        }
        assert_value(t.f, all_flows, flows);
        assert_value(t.f, all_events, events);
        assert_value(t.f,
                     "SELECT count(*) || ' ' || count(DISTINCT flow) || ' ' || max(flow) "
                     "FROM flows_data",
                     "40 40 40");
        model_teardown(&t);
    }
    free(s);
}

/* The step has written most of its rows when it fails: none of them may stay. */
static void a_step_that_fails_leaves_nothing(void **state)
{
    static const struct model_event event = {"flow.begin", A,      0,      0, NULL,
                                             "de",         "plan", "gold", 0, 0};
    struct models_stats stats;
    struct model_fixture t;
    struct err err = {0};

    (void)state;
    model_setup(&t, catalogue);
    model_load(&t, &event, 1);
    run_sql(&t, "ALTER TABLE flows_data RENAME COLUMN any_locale TO gone");
    assert_int_equal(models_refresh(t.models, &err), -1);
    models_stats(t.models, &stats);
    assert_true(stats.failing && stats.errors == 1 && stats.position == 0 && stats.loaded == 1);
    assert_non_null(strstr(stats.error, "flow_insert"));
    assert_value(t.f, "SELECT count(*) FROM flow_events_data", "0");
    assert_value(t.f, "SELECT count(*) FROM event_names", "0");
    run_sql(&t, "ALTER TABLE flows_data RENAME COLUMN gone TO any_locale");
    model_refresh(&t);
    models_stats(t.models, &stats);
    assert_true(!stats.failing && stats.errors == 1 && stats.position == 1);
    assert_value(t.f, "SELECT count(*) FROM flow_events_data", "1");
    model_teardown(&t);
}

static void without_a_catalogue_nothing_is_done(void **state)
{
    struct fixture *f;
    struct models *models;
    struct err err = {0};
    void *fixture;

    (void)state;
    fixture_setup(&fixture);
    f = fixture;
    model_need(models_open(&models, f->store, NULL, &err), &err);
    assert_int_equal(models_refresh(models, &err), -1);
    assert_int_equal(err.code, ERR_BUSY);
    assert_int_equal(models_expire(models, MODEL_START, 10, &err), 0);
    models_free(models);
    fixture_teardown(&fixture);
}

/* Keys that tables of several sizes hold; what was not committed is not there. */
static void keys_that_were_seen_are_known(void **state)
{
    struct prints *p = prints_new();
    uint64_t key = 1;
    size_t wrong = 0;

    (void)state;
    assert_false(prints_has(p, key));
    for (int i = 0; i < 300000; i++, key = key * 6364136223846793005u + 1442695040888963407u)
        prints_add(p, key);
    assert_false(prints_has(p, 1));
    prints_commit(p);
    assert_int_equal(prints_count(p), 300000);
    prints_add(p, 4711);
    prints_rollback(p);
    prints_commit(p);
    assert_false(prints_has(p, 4711));
    key = 1;
    for (int i = 0; i < 300000; i++, key = key * 6364136223846793005u + 1442695040888963407u)
        assert_true(prints_has(p, key));
    for (int i = 0; i < 300000; i++, key = key * 6364136223846793005u + 1442695040888963407u)
        wrong += prints_has(p, key);
    assert_true(wrong <= 3);
    prints_free(p);
    prints_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_is_what_its_events_say),
        cmocka_unit_test(a_flow_is_put_together_over_steps),
        cmocka_unit_test(order_and_batches_change_nothing),
        cmocka_unit_test(a_step_that_fails_leaves_nothing),
        cmocka_unit_test(keys_that_were_seen_are_known),
        cmocka_unit_test(without_a_catalogue_nothing_is_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
