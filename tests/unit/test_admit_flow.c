/* SPDX-License-Identifier: Apache-2.0 */
/* test_admit_flow.c: which flows events are let into, by whose clock, and what becomes of the others;
 * at receipt and when they are held to the catalogue again. */
#include "admit_fixture.h"

#include "admit/restore.h"
#include "flow/flow_id.h"

#define HEAD                                                                                       \
    "defaults: {owner: team@example.org, naming: any, status: active, kind: flow}\nevents:\n"
#define EVENT(name, role)                                                                          \
    "  - {name: " name ", description: D, trigger: T, since: 2025-10-20, flow: {role: " role "}}"  \
    "\n"
#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define RECEIVED (RECEIVED_US / 1000)

static const char yaml[] = HEAD EVENT("page.begin", "begin")
    EVENT("page.step",
          "step") "  - {name: \"page.{view}.view\", description: D, trigger: T, since: 2025-10-20, "
                  "flow: {role: view}, parameters: {view: {max_values: 2, description: D}}}\n";
static const char less[] = HEAD EVENT("page.step", "step");

enum { SERVER, BROWSER, LENIENT, IMPORTED };

static const struct str key = STR("a key for tests of flows"),
                        old_key = STR("another key, an older one"),
                        foreign_key = STR("somebody else's key");

struct state {
    struct fixture f; /* first: what the fixture's functions take */
    struct flow_keys *keys, *old_keys, *foreign_keys;
};

static struct flow_keys *keys_of(const struct str *list, size_t count, bool user_agent)
{
    return flow_keys_new(&(struct flow_keys_opts){
        .keys = list, .count = count, .expiry_ms = 2 * HOUR, .user_agent = user_agent});
}

static int set_up(void **state)
{
    const struct str both[] = {key, old_key};
    struct state *s = xcalloc(1, sizeof *s);

    s->keys = keys_of(both, 2, true);
    s->old_keys = keys_of(&old_key, 1, false);
    s->foreign_keys = keys_of(&foreign_key, 1, false);
    fixture_open_flows(&s->f, yaml, s->keys);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct state *s = *state;

    fixture_close(&s->f);
    flow_keys_free(s->keys);
    flow_keys_free(s->old_keys);
    flow_keys_free(s->foreign_keys);
    free(s);
    return 0;
}

/* The id of the last event that was sent. */
static char id[FLOW_ID_LEN + 1];

/* `more` goes into the event: ",\"time\":1". */
static enum verdict send_id(struct state *s, size_t source, const char *name, int64_t begin_ms,
                            const char *more)
{
    char json[1024];

    s->f.req.source = sources_at(s->f.sources, source);
    snprintf(json, sizeof json, "{\"name\":\"%s\",\"flow\":{\"id\":\"%s\",\"begin\":%lld}%s}", name,
             id, (long long)begin_ms, more);
    return admit(&s->f, json);
}

static enum verdict send_flow(struct state *s, const struct flow_keys *by, size_t source,
                              const char *name, int64_t begin_ms, const char *more)
{
    flow_id_mint(by, begin_ms, id);
    return send_id(s, source, name, begin_ms, more);
}

static const char *at(int64_t time_ms)
{
    static char text[64];

    snprintf(text, sizeof text, ",\"time\":%lld", (long long)time_ms);
    return text;
}

/* In its flow, at that time since the begin. */
static void assert_flow(const struct state *s, int64_t flow_time_ms)
{
    assert_int_equal(s->f.out.verdict, VERDICT_ACCEPTED);
    assert_true(s->f.rec.flags & RECORD_HAS_FLOW);
    assert_text(s->f.rec.flow_id, id);
    assert_int_equal(s->f.rec.flow_time_ms, flow_time_ms);
}

/* Kept aside for that alone, with the id where it is one. */
static void assert_wrong(const struct state *s, enum fault_code code, const char *path)
{
    const struct faults *faults = s->f.out.faults;

    assert_int_equal(s->f.out.verdict, VERDICT_QUARANTINED);
    assert_int_equal(faults->count, 1);
    assert_int_equal(faults->list[0].code, code);
    assert_text(faults->list[0].path, path);
    assert_true(faults->list[0].expected.len > 0 && faults->list[0].message.len > 0);
    assert_true(s->f.rec.flags & RECORD_QUARANTINED);
    if (code == FAULT_FLOW_INVALID && str_is(str_from(path), "/flow/id")) {
        assert_false(s->f.rec.flags & RECORD_HAS_FLOW);
        assert_null(s->f.rec.flow_id.ptr);
    } else {
        assert_text(s->f.rec.flow_id, id);
    }
}

static void a_page_is_held_to_the_receipt(void **state)
{
    struct state *s = *state;

    send_flow(s, s->keys, BROWSER, "page.step", RECEIVED, "");
    assert_flow(s, 0);
    send_flow(s, s->keys, BROWSER, "page.step", RECEIVED - 2 * HOUR, "");
    assert_flow(s, 2 * HOUR);
    send_flow(s, s->keys, BROWSER, "page.step", RECEIVED - 2 * HOUR - 1, "");
    assert_wrong(s, FAULT_FLOW_EXPIRED, "/flow/begin");
    assert_text(s->f.out.faults->list[0].expected, "a time at most 7200000 ms before the event");
    send_flow(s, s->keys, BROWSER, "page.step", RECEIVED + 1, "");
    assert_wrong(s, FAULT_FLOW_IN_FUTURE, "/flow/begin");
    /* Whatever time the page's clock tells. */
    send_flow(s, s->keys, BROWSER, "page.step", RECEIVED - HOUR, at(RECEIVED - 3 * HOUR));
    assert_flow(s, -2 * HOUR);
    send_flow(s, s->keys, BROWSER, "page.step", RECEIVED - 3 * HOUR, at(RECEIVED - 2 * HOUR));
    assert_wrong(s, FAULT_FLOW_EXPIRED, "/flow/begin");
}

static void a_server_may_deliver_late(void **state)
{
    struct state *s = *state;
    int64_t begin = RECEIVED - 100 * HOUR;

    send_flow(s, s->keys, SERVER, "page.step", begin, at(begin));
    assert_flow(s, 0);
    send_flow(s, s->keys, SERVER, "page.step", begin, at(begin + 2 * HOUR));
    assert_flow(s, 2 * HOUR);
    send_flow(s, s->keys, SERVER, "page.step", begin, at(begin + 2 * HOUR + 1));
    assert_wrong(s, FAULT_FLOW_EXPIRED, "/flow/begin");
    send_flow(s, s->keys, SERVER, "page.step", begin, at(begin - 1));
    assert_wrong(s, FAULT_FLOW_IN_FUTURE, "/flow/begin");
    send_flow(s, s->keys, SERVER, "page.step", begin, ""); /* its time is the receipt */
    assert_wrong(s, FAULT_FLOW_EXPIRED, "/flow/begin");
    s->f.req.flow_age_by_receipt = true; /* as routes of pages have it */
    send_flow(s, s->keys, SERVER, "page.step", begin, at(begin + HOUR));
    assert_wrong(s, FAULT_FLOW_EXPIRED, "/flow/begin");
}

/* The begin is by our clock, so the sender's is corrected by sent_at. */
static void flow_time_counts_from_the_corrected_time(void **state)
{
    struct state *s = *state;
    char more[128];

    snprintf(more, sizeof more, ",\"time\":%lld,\"sent_at\":%lld",
             (long long)(RECEIVED - 50 * SECOND - 10 * HOUR), (long long)(RECEIVED - 10 * HOUR));
    send_flow(s, s->keys, SERVER, "page.step", RECEIVED - 60 * SECOND, more);
    assert_flow(s, 10 * SECOND);
    assert_int_equal(s->f.rec.time_us, RECEIVED_US - 50000000);
    /* Half a millisecond before the next whole one is not there yet. */
    send_flow(s, s->keys, SERVER, "page.step", RECEIVED - 60 * SECOND,
              ",\"time\":\"2026-11-22T05:30:00.0019Z\"");
    assert_flow(s, 1);
    send_flow(s, s->keys, BROWSER, "page.step", RECEIVED - 60 * SECOND,
              ",\"time\":\"2026-11-22T05:29:59.9999Z\"");
    assert_flow(s, -1);
}

static void what_begins_a_flow_is_as_old_as_the_flow(void **state)
{
    struct state *s = *state;
    int64_t begin = RECEIVED - 100 * HOUR;

    send_flow(s, s->keys, SERVER, "page.begin", begin, at(begin + 50 * HOUR));
    assert_flow(s, 0);
    assert_int_equal(s->f.rec.time_us, begin * 1000);
    assert_false(s->f.rec.flags & (RECORD_CLOCK_SKEWED | RECORD_TIME_FROM_RECEIPT));
    send_flow(s, s->keys, SERVER, "page.begin", begin, ",\"sent_at\":0,\"time\":7");
    assert_flow(s, 0);
    assert_int_equal(s->f.rec.time_us, begin * 1000);
    send_flow(s, s->keys, BROWSER, "page.begin", RECEIVED - HOUR, "");
    assert_flow(s, 0);
    assert_int_equal(s->f.rec.time_us, RECEIVED_US - HOUR * 1000);
    send_flow(s, s->keys, BROWSER, "page.begin", begin, at(begin));
    assert_wrong(s, FAULT_FLOW_EXPIRED, "/flow/begin");
}

static void any_key_verifies_and_a_foreign_one_does_not(void **state)
{
    struct state *s = *state;

    send_flow(s, s->old_keys, BROWSER, "page.step", RECEIVED, "");
    assert_flow(s, 0);
    send_flow(s, s->foreign_keys, BROWSER, "page.step", RECEIVED, "");
    assert_wrong(s, FAULT_FLOW_BAD_SIGNATURE, "/flow/id");
    flow_id_mint(s->keys, RECEIVED, id);
    send_id(s, BROWSER, "page.step", RECEIVED - 1, "");
    assert_wrong(s, FAULT_FLOW_BAD_SIGNATURE, "/flow/id");
}

static void what_is_no_flow_id_is_not_kept(void **state)
{
    static const char *const wrong[] = {
        "somebody@example.org", "none",
        "1234567890ABCDEF1234567890ABCDEF06146F1D05E7AE215885A4E45B66FF1F"};
    struct state *s = *state;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        snprintf(id, sizeof id, "%s", wrong[i]);
        send_id(s, SERVER, "page.step", RECEIVED, "");
        assert_wrong(s, FAULT_FLOW_INVALID, "/flow/id");
    }
    flow_id_mint(s->keys, 0, id);
    send_id(s, SERVER, "page.step", -1, "");
    assert_wrong(s, FAULT_FLOW_INVALID, "/flow/begin");
    send_id(s, SERVER, "page.begin", 0, "");
    assert_flow(s, 0);
    assert_int_equal(s->f.rec.time_us, 0);
}

/* No id is signed for a part of a millisecond. */
static void a_begin_is_whole_milliseconds(void **state)
{
    struct state *s = *state;
    char json[512];

    flow_id_mint(s->keys, RECEIVED, id);
    s->f.req.source = sources_at(s->f.sources, SERVER);
    snprintf(json, sizeof json,
             "{\"name\":\"page.step\",\"flow\":{\"id\":\"%s\","
             "\"begin\":\"2026-11-22T05:31:00.0001Z\"}}",
             id);
    admit(&s->f, json);
    assert_wrong(s, FAULT_FLOW_INVALID, "/flow/begin");
    snprintf(json, sizeof json,
             "{\"name\":\"page.step\",\"flow\":{\"id\":\"%s\",\"begin\":\"2026-11-22T05:31:00Z\"}}",
             id);
    admit(&s->f, json);
    assert_flow(s, 0);
}

static void ids_with_the_user_agent_verify_for_it_alone(void **state)
{
    /* As flow_id.c has it, the older recipe: HMAC(key, "1234567890abcdef1234567890abcdef\n" RECEIVED
     * in hex "\ncurl/8"); made with openssl dgst. */
    static const char older[] = "1234567890abcdef1234567890abcdef77ef166ae569d0b6738c6351d358bad8";
    struct state *s = *state;

    snprintf(id, sizeof id, "%s", older);
    send_id(s, SERVER, "page.step", RECEIVED, ",\"context\":{\"user_agent\":\"curl/8\"}");
    assert_flow(s, 0);
    send_id(s, SERVER, "page.step", RECEIVED, ",\"context\":{\"user_agent\":\"curl/9\"}");
    assert_wrong(s, FAULT_FLOW_BAD_SIGNATURE, "/flow/id");
    send_id(s, BROWSER, "page.step", RECEIVED, ",\"context\":{\"user_agent\":\"curl/8\"}");
    assert_wrong(s, FAULT_FLOW_BAD_SIGNATURE, "/flow/id"); /* a page's is that of the connection */
    s->f.req.user_agent = STR("curl/8");
    send_id(s, BROWSER, "page.step", RECEIVED, "");
    assert_flow(s, 0);
}

static void a_source_of_any_flow_ids_is_believed(void **state)
{
    struct state *s = *state;

    snprintf(id, sizeof id, "f-17");
    send_id(s, IMPORTED, "page.step", RECEIVED - 1000 * HOUR, "");
    assert_flow(s, 1000 * HOUR);
    send_id(s, LENIENT, "page.step", RECEIVED, "");
    assert_wrong(s, FAULT_FLOW_INVALID, "/flow/id");
    /* Both by the sender's clock; its begin is shifted like every other time of it. */
    send_id(s, IMPORTED, "page.step", RECEIVED - 60 * SECOND, at(RECEIVED - 50 * SECOND));
    assert_flow(s, 10 * SECOND);
    send_id(s, IMPORTED, "page.begin", 10 * SECOND, ",\"time\":70000,\"sent_at\":20000");
    assert_flow(s, 0);
    assert_int_equal(s->f.rec.time_us, RECEIVED_US - 10 * 1000000);
}

static void a_bad_flow_is_said_beside_sixteen_other_faults(void **state)
{
    struct state *s = *state;
    char more[1024] = ",\"properties\":{";

    for (int i = 0; i < 20; i++)
        snprintf(more + strlen(more), sizeof more - strlen(more), "\"a%d\":1%c", i,
                 i < 19 ? ',' : '}');
    send_flow(s, s->foreign_keys, SERVER, "page.step", RECEIVED, more);
    assert_int_equal(s->f.out.faults->count, FAULTS_MAX);
    assert_int_equal(s->f.out.faults->more, 5);
    assert_int_equal(s->f.out.faults->list[0].code, FAULT_FLOW_BAD_SIGNATURE);
    send_flow(s, s->keys, SERVER, "page.step", RECEIVED - 3 * HOUR, more);
    assert_int_equal(s->f.out.faults->count, FAULTS_MAX);
    assert_int_equal(s->f.out.faults->more, 5);
    assert_int_equal(s->f.out.faults->list[FAULTS_MAX - 1].code, FAULT_FLOW_EXPIRED);
}

static void a_made_up_flow_uses_up_no_parameter(void **state)
{
    static const char *const names[] = {"page.a.view", "page.b.view", "page.c.view"};
    struct state *s = *state;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        send_flow(s, s->foreign_keys, BROWSER, names[i], RECEIVED, "");
        assert_wrong(s, FAULT_FLOW_BAD_SIGNATURE, "/flow/id");
    }
    for (size_t i = 1; i < ARRAY_LEN(names); i++) {
        send_flow(s, s->keys, BROWSER, names[i], RECEIVED, "");
        assert_flow(s, 0);
        assert_text(s->f.rec.name, names[i]);
    }
}

/* --- held to the catalogue again --- */

static struct record restored;

static enum again again(struct state *s)
{
    static struct faults faults;
    const struct admission_hold *hold = admission_hold(s->f.ad);
    struct record rec;
    struct err err = {0};
    const struct admit_again what = {
        .rec = &rec, .now_us = RECEIVED_US, .a = s->f.a, .faults = &faults};
    struct buf payload;
    enum again verdict;

    buf_init(&payload, 1 << 20);
    assert_int_equal(record_decode(&rec, buf_as_str(&s->f.payloads), s->f.a, &err), 0);
    rec.received_us = RECEIVED_US;
    assert_int_equal(admit_again(s->f.ad, hold, &what, &payload, &verdict), 0);
    admission_release(s->f.ad, hold);
    if (verdict == AGAIN_ACCEPTED) {
        struct str copy = arena_copy(s->f.a, buf_as_str(&payload));

        assert_int_equal(record_decode(&restored, copy, s->f.a, &err), 0);
    }
    buf_free(&payload);
    return verdict;
}

static void use(struct state *s, const char *catalogue)
{
    struct err err = {0};

    assert_int_equal(admission_swap(s->f.ad, load_catalogue(catalogue), &err), 0);
}

static void a_bad_flow_stays_bad(void **state)
{
    struct state *s = *state;

    use(s, less);
    send_flow(s, s->foreign_keys, SERVER, "page.begin", RECEIVED, "");
    assert_int_equal(s->f.out.faults->count, 2); /* the catalogue did not know it, either */
    use(s, yaml);
    assert_int_equal(again(s), AGAIN_FAULTY);
    send_flow(s, s->keys, BROWSER, "page.step", RECEIVED - 3 * HOUR, "");
    assert_int_equal(again(s), AGAIN_FAULTY);
}

static void what_begins_flows_now_is_moved_to_the_begin(void **state)
{
    struct state *s = *state;
    int64_t begin = RECEIVED - 100 * HOUR;

    use(s, less);
    send_flow(s, s->keys, SERVER, "page.begin", begin, ",\"time\":\"2026-11-18T02:00:00.0019Z\"");
    assert_int_equal(s->f.out.verdict, VERDICT_QUARANTINED);
    assert_int_equal(s->f.out.faults->count, 1);
    assert_int_equal(s->f.out.faults->list[0].code, FAULT_UNKNOWN_EVENT);
    assert_true(s->f.rec.flow_time_ms > 0);
    use(s, yaml);
    assert_int_equal(again(s), AGAIN_ACCEPTED);
    assert_int_equal(restored.time_us, begin * 1000);
    assert_int_equal(restored.flow_time_ms, 0);
    assert_text(restored.flow_id, id);
}

/* Only what did not come from us has times that no sum holds. */
static void a_record_with_an_impossible_flow_time_stays_as_it_is(void **state)
{
    struct state *s = *state;
    struct record rec = {.flags = RECORD_HAS_FLOW,
                         .name = STR("page.begin"),
                         .source = STR("backend"),
                         .time_us = RECEIVED_US,
                         .flow_id = STR("f"),
                         .request_id = STR("r")};
    static const int64_t times[] = {INT64_MIN, INT64_MAX, INT64_MAX / 1000, -400000000000000};

    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        rec.flow_time_ms = times[i];
        arena_reset(s->f.a);
        buf_reset(&s->f.payloads, 1 << 20);
        record_encode(&s->f.payloads, &rec);
        assert_int_equal(again(s), AGAIN_ACCEPTED);
        assert_int_equal(restored.time_us, RECEIVED_US);
        assert_int_equal(restored.flow_time_ms, times[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_is_held_to_the_receipt),
        TEST(a_server_may_deliver_late),
        TEST(flow_time_counts_from_the_corrected_time),
        TEST(what_begins_a_flow_is_as_old_as_the_flow),
        TEST(any_key_verifies_and_a_foreign_one_does_not),
        TEST(what_is_no_flow_id_is_not_kept),
        TEST(a_begin_is_whole_milliseconds),
        TEST(ids_with_the_user_agent_verify_for_it_alone),
        TEST(a_source_of_any_flow_ids_is_believed),
        TEST(a_bad_flow_is_said_beside_sixteen_other_faults),
        TEST(a_made_up_flow_uses_up_no_parameter),
        TEST(a_bad_flow_stays_bad),
        TEST(what_begins_flows_now_is_moved_to_the_begin),
        TEST(a_record_with_an_impossible_flow_time_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
