/* SPDX-License-Identifier: Apache-2.0 */
/* test_carry.c: events that store flows under tokens, find them, and complete them. */
#include "admit_fixture.h"

#include "flow/carried_view.h"

#define EVENT(name, more)                                                                          \
    "  - {name: " name ", description: d, trigger: t, since: 2025-01-01, kind: flow" more "}\n"
#define WHO "user: {type: string, privacy: pseudonym, description: u}"
#define HEAD "defaults: {owner: t@example.org, naming: any, status: active}\nevents:\n"
#define STEPS EVENT("page.step", "") EVENT("login", ", actor: user, properties: {" WHO "}")

static const char plain[] = HEAD STEPS EVENT("page.done", ", flow: {role: complete}");
static const char strict[] = HEAD STEPS EVENT(
    "page.done",
    ", flow: {role: complete}, properties: {plan: {type: string, required: true, description: p}}");
/* Only the last of them may be sent, and is. */
static const char several[] =
    HEAD STEPS EVENT("page.drafted", ", status: draft, flow: {role: complete}")
        EVENT("page.gone", ", status: retired, flow: {role: complete}")
            EVENT("page.done", ", flow: {role: complete}");
static const char none[] =
    HEAD STEPS EVENT("\"page.{x}.done\"", ", flow: {role: complete}, parameters: {x: {pattern: "
                                          "\"[a-z]+\", max_values: 9, description: d}}")
        EVENT("others.done", ", flow: {role: complete}, sources: [website]");

/* Admits and, as the journal would, commits. */
static enum verdict admit_and_commit(struct fixture *f, const char *json)
{
    static int64_t position;
    struct str flow, bytes;
    struct carried_op ops[CARRIED_OPS_MAX];
    struct str payload;
    enum verdict verdict = admit(f, json);
    int count;

    payload = str_of(f->payloads.ptr + f->out.payload_at, f->out.payload_len);
    assert_int_equal(record_decode_carried(payload, &flow, &bytes), 0);
    assert_int_equal(f->out.carries, bytes.ptr != NULL);
    count = carried_ops_read(bytes, flow, ops);
    assert_true(count >= 0);
    if (verdict == VERDICT_ACCEPTED)
        carried_apply(f->carried, ++position, f->req.received_us, ops, (size_t)count);
    return verdict;
}

static struct record completion(struct fixture *f)
{
    struct record rec;
    struct err err = {0};

    assert_true(f->out.completion.made);
    assert_int_equal(f->out.completion.payload_at + f->out.completion.payload_len, f->payloads.len);
    assert_int_equal(record_decode(&rec,
                                   str_of(f->payloads.ptr + f->out.completion.payload_at,
                                          f->out.completion.payload_len),
                                   f->a, &err),
                     0);
    assert_memory_equal(&rec.id, &f->out.completion.id, sizeof rec.id);
    return rec;
}

static void a_completion_keeps_identities_that_came_from_properties(void **state)
{
    struct fixture f;
    struct record rec;

    fixture_open(&f, plain);
    assert_int_equal(
        admit_and_commit(&f,
                         "{\"name\":\"page.step\",\"flow\":{\"id\":\"f1\",\"begin\":1795325400000,"
                         "\"stash\":\"t\",\"signal\":\"LOGIN\"}}"),
        VERDICT_ACCEPTED);
    assert_false(f.out.completion.made);
    assert_int_equal(
        admit_and_commit(&f,
                         "{\"name\":\"Login\",\"properties\":{\"user\":\"u\"},\"session\":\"s\","
                         "\"flow\":{\"token\":\"t\"}}"),
        VERDICT_ACCEPTED);
    rec = completion(&f);
    assert_true((rec.flags & RECORD_HAS_ACTOR) && (f.rec.flags & RECORD_HAS_ACTOR));
    assert_memory_equal(&rec.actor, &f.rec.actor, sizeof rec.actor);
    assert_memory_equal(&rec.session, &f.rec.session, sizeof rec.session);
    assert_int_equal(rec.session_epoch, f.rec.session_epoch);
    assert_int_equal(rec.flow_time_ms, 60000);
    assert_int_equal(rec.time_us, f.rec.time_us);
    assert_int_equal(rec.property_count, 0);
    assert_false(f.out.completion.quarantined);
    /* its token stands for nothing any more */
    admit_and_commit(&f, "{\"name\":\"page.step\",\"flow\":{\"token\":\"t\"}}");
    assert_false(f.rec.flags & RECORD_HAS_FLOW);
    fixture_close(&f);
}

static void a_completion_that_its_entry_refuses_is_quarantined_without_its_cause(void **state)
{
    struct fixture f;
    struct record rec;

    fixture_open(&f, strict);
    assert_int_equal(
        admit_and_commit(
            &f, "{\"name\":\"login\",\"flow\":{\"id\":\"f\",\"begin\":1,\"signal\":\"login\"}}"),
        VERDICT_ACCEPTED);
    assert_true(f.out.completion.quarantined);
    rec = completion(&f);
    assert_true(rec.flags & RECORD_QUARANTINED);
    assert_int_equal(rec.faults->list[0].code, FAULT_MISSING_PROPERTY);
    assert_null(f.out.faults);
    fixture_close(&f);
}

static void where_no_event_says_so_a_flow_is_not_complete_and_that_is_counted(void **state)
{
    struct carried_stats stats;
    struct fixture f;

    fixture_open(&f, none);
    assert_int_equal(
        admit_and_commit(
            &f, "{\"name\":\"login\",\"flow\":{\"id\":\"f\",\"begin\":1,\"signal\":\"login\"}}"),
        VERDICT_ACCEPTED);
    assert_false(f.out.completion.made);
    carried_stats(f.carried, &stats);
    assert_int_equal(stats.incomplete, 1);
    assert_int_equal(stats.completed, 0);
    fixture_close(&f);
}

static void a_flow_is_completed_by_an_event_that_is_in_use(void **state)
{
    struct fixture f;

    fixture_open(&f, several);
    assert_int_equal(
        admit_and_commit(
            &f, "{\"name\":\"login\",\"flow\":{\"id\":\"f\",\"begin\":1,\"signal\":\"login\"}}"),
        VERDICT_ACCEPTED);
    assert_text(completion(&f).name, "page.done");
    assert_false(f.out.completion.quarantined);
    fixture_close(&f);
}

/* Stored at its begin by our clock: 1795325400000, and the sender's is an hour ahead. */
static void the_begin_of_a_stored_flow_is_by_our_clock(void **state)
{
    struct fixture f;

    fixture_open(&f, plain);
    admit_and_commit(&f, "{\"name\":\"page.step\",\"time\":1795329000000,\"sent_at\":1795329060000,"
                         "\"flow\":{\"id\":\"f\",\"begin\":1795329000000,\"stash\":\"t\"}}");
    assert_int_equal(f.rec.flow_time_ms, 0);
    admit_and_commit(&f, "{\"name\":\"page.step\",\"flow\":{\"token\":\"t\"}}");
    assert_int_equal(f.rec.flow_time_ms, 60000);
    admit_and_commit(&f, "{\"name\":\"page.step\",\"time\":1795329030000,\"sent_at\":1795329060000,"
                         "\"flow\":{\"token\":\"t\"}}");
    assert_int_equal(f.rec.flow_time_ms, 30000);
    admit_and_commit(&f, "{\"name\":\"page.step\",\"time\":1000,\"flow\":{\"token\":\"t\"}}");
    assert_int_equal(f.rec.flow_time_ms, 0);
    fixture_close(&f);
}

static void blank_tokens_are_none(void **state)
{
    struct carried_stats stats;
    struct fixture f;

    fixture_open(&f, plain);
    assert_int_equal(admit_and_commit(&f, "{\"name\":\"page.step\",\"flow\":{\"id\":\"f\","
                                          "\"begin\":1795325400000,\"stash\":\" \"}}"),
                     VERDICT_ACCEPTED);
    assert_int_equal(admit_and_commit(&f,
                                      "{\"name\":\"page.step\",\"flow\":{\"token\":\" "
                                      "\",\"propagate\":\"x\",\"stash\":\"y\",\"clear\":true}}"),
                     VERDICT_ACCEPTED);
    assert_false(f.rec.flags & RECORD_HAS_FLOW);
    carried_stats(f.carried, &stats);
    assert_int_equal(stats.stored + stats.found[CARRIED_MISSED], 0);
    fixture_close(&f);
}

static void no_memory_is_an_error_at_every_step(void **state)
{
    static const char json[] = "{\"name\":\"login\",\"flow\":{\"token\":\"t\",\"stash\":\"s\","
                               "\"propagate\":\"p\",\"clear\":true,"
                               "\"id\":\"f\",\"begin\":1795325400000,\"signal\":\"login\"}}";
    struct fixture f;
    size_t enough = 0;

    fixture_open(&f, plain);
    admit_and_commit(&f, json);
    for (size_t size = 64; size < 16384 && !enough; size += 64) {
        const struct admission_hold *hold = admission_hold(f.ad);
        struct arena *small = arena_new(64, size);
        struct faults faults = {0};
        struct admitted out;
        AUTO_BUF payloads;

        buf_init(&payloads, 65536);
        if (admit_event(f.ad, hold, &f.req, &f.ev, &faults, small, &payloads, &out) == 0)
            enough = size;
        arena_free(small);
        admission_release(f.ad, hold);
    }
    assert_true(enough > 64);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_completion_keeps_identities_that_came_from_properties),
        cmocka_unit_test(a_completion_that_its_entry_refuses_is_quarantined_without_its_cause),
        cmocka_unit_test(where_no_event_says_so_a_flow_is_not_complete_and_that_is_counted),
        cmocka_unit_test(a_flow_is_completed_by_an_event_that_is_in_use),
        cmocka_unit_test(the_begin_of_a_stored_flow_is_by_our_clock),
        cmocka_unit_test(blank_tokens_are_none),
        cmocka_unit_test(no_memory_is_an_error_at_every_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
