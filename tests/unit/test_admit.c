/* SPDX-License-Identifier: Apache-2.0 */
/* test_admit.c: verdicts, identities, context and times of admitted events. */
#include "admit_fixture.h"

#include <pthread.h>

static const char yaml[] =
    "defaults: {owner: team@example.org, naming: resource.action}\n"
    "events:\n"
    "  - name: project.created\n"
    "    description: A project is created\n"
    "    trigger: When a project is created\n"
    "    kind: activity\n"
    "    status: active\n"
    "    since: 2025-10-20\n"
    "    actor: user_id\n"
    "    session: visit\n"
    "    device: machine\n"
    "    request_id: correlation\n"
    "    time: created_at\n"
    "    properties:\n"
    "      user_id: {type: string, privacy: pseudonym, description: Who}\n"
    "      owner_ids: {type: array<string>, privacy: pseudonym, description: Whose}\n"
    "      visit: {type: string, privacy: drop, description: Session}\n"
    "      machine: {type: uuid, privacy: \"pseudonym:device\", description: Device}\n"
    "      correlation: {type: string, description: Request}\n"
    "      created_at: {type: \"datetime|null\", description: Since when it is there}\n"
    "      seats: {type: integer, description: Seats}\n"
    "      note: {type: string, privacy: hidden, description: Note}\n"
    "      secret_plan: {type: string, privacy: drop, description: Plan}\n"
    "  - name: page.viewed\n"
    "    description: A page is viewed\n"
    "    trigger: When a page is viewed\n"
    "    kind: page\n"
    "    status: active\n"
    "    since: 2025-10-20\n"
    "    keep: {ip: 30d, user_agent: 30d}\n"
    "  - name: page.{what}.clicked\n"
    "    description: A click\n"
    "    trigger: When something is clicked\n"
    "    kind: page\n"
    "    status: active\n"
    "    since: 2025-10-20\n"
    "    parameters: {what: {pattern: \"[a-z]+\", max_values: 2, description: What}}\n";

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    fixture_open(f, yaml);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

static void from(struct fixture *f, size_t source)
{
    f->req.source = sources_at(f->sources, source);
}

static void an_accepted_event_has_the_catalogues_name(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"PROJECT.Created\",\"properties\":{\"seats\":3,\"note\":\"n\"}}");
    assert_null(f->out.faults);
    assert_text(f->rec.name, "project.created");
    assert_text(f->rec.source, "backend");
    assert_int_equal(find_property(f, "seats")->value.integer, 3);
    assert_false(find_property(f, "seats")->hidden);
    assert_true(find_property(f, "note")->hidden);
    assert_int_equal(f->out.payload_at, 0);
    assert_int_equal(f->out.payload_len, f->payloads.len);
    assert_memory_equal(&f->out.id, &f->rec.id, sizeof f->rec.id);
    assert_int_equal(f->rec.id.b[6] >> 4, 7);
}

static void a_browser_may_only_send_what_its_source_lists(void **state)
{
    struct fixture *f = *state;

    from(f, 1);
    assert_int_equal(admit(f, "{\"name\":\"project.created\"}"), VERDICT_REFUSED);
    assert_int_equal(f->out.faults->list[0].code, FAULT_EVENT_NOT_ALLOWED);
    assert_int_equal(admit(f, "{\"nmae\":1}"), VERDICT_REFUSED);
    accept_event(f, "{\"name\":\"page.viewed\"}");
}

static void an_identity_has_one_pseudonym_wherever_it_comes_from(void **state)
{
    struct fixture *f = *state;
    struct pseudonym actor, session, device;

    accept_event(f, "{\"name\":\"project.created\",\"actor\":\"u1\",\"session\":\"s1\","
                    "\"device\":\"0190f0c0-0000-7000-8000-00000000002a\"}");
    actor = f->rec.actor;
    session = f->rec.session;
    device = f->rec.device;
    assert_int_equal(f->rec.session_epoch, RECEIVED_US / DATETIME_DAY_US);
    accept_event(f, "{\"name\":\"project.created\",\"properties\":{\"user_id\":\"u1\","
                    "\"owner_ids\":[\"u2\",\"u1\",\" \"],\"visit\":\"s1\","
                    "\"machine\":\"0190F0C0-0000-7000-8000-00000000002A\"}}");
    assert_memory_equal(&f->rec.actor, &actor, sizeof actor);
    assert_memory_equal(&f->rec.session, &session, sizeof session);
    assert_memory_equal(&f->rec.device, &device, sizeof device);
    assert_memory_equal(find_property(f, "user_id")->value.bytes, &actor, sizeof actor);
    assert_null(find_property(f, "visit")); /* dropped, and still the session */
    assert_memory_equal(find_property(f, "machine")->value.bytes, &device, sizeof device);
    assert_int_equal(find_property(f, "owner_ids")->value.list.item_type, RECORD_PSEUDONYM);
    assert_memory_equal(find_property(f, "owner_ids")->value.list.items[1].bytes, &actor, 16);
    assert_int_equal(find_property(f, "owner_ids")->value.list.items[2].type, RECORD_NULL);
    /* The event's own word comes first. */
    accept_event(f, "{\"name\":\"project.created\",\"actor\":\"u1\","
                    "\"properties\":{\"user_id\":\"u2\"}}");
    assert_memory_equal(&f->rec.actor, &actor, sizeof actor);
}

static void blank_identities_are_absent(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"project.created\",\"actor\":\" \",\"session\":\"\","
                    "\"device\":null,\"properties\":{\"user_id\":\"\\t\"}}");
    assert_false(f->rec.flags & (RECORD_HAS_ACTOR | RECORD_HAS_SESSION | RECORD_HAS_DEVICE));
    assert_int_equal(f->rec.session_epoch, 0);
    assert_int_equal(find_property(f, "user_id")->value.type, RECORD_NULL);
}

static void request_ids_come_from_the_event_then_the_header_then_are_made(void **state)
{
    struct fixture *f = *state;
    struct admit_made_id one = {0}, two = {0};
    char made[UUID_TEXT_LEN];

    accept_event(f, "{\"name\":\"project.created\",\"request_id\":\"r1\"}");
    assert_text(f->rec.request_id, "r1");
    accept_event(f, "{\"name\":\"project.created\",\"properties\":{\"correlation\":\"r2\"}}");
    assert_text(f->rec.request_id, "r2");
    accept_event(f, "{\"name\":\"project.created\"}");
    assert_text(f->rec.request_id, "from-header");
    f->req.request_id = STR("\xFF");
    accept_event(f, "{\"name\":\"project.created\"}");
    uuid_format(made, &f->out.id);
    assert_int_equal(f->rec.request_id.len, UUID_TEXT_LEN);
    assert_memory_equal(f->rec.request_id.ptr, made, sizeof made);
    f->req.request_id = STR_NONE;
    f->req.made_id = &one;
    accept_event(f, "{\"name\":\"project.created\"}");
    memcpy(made, f->rec.request_id.ptr, sizeof made);
    accept_event(f, "{\"name\":\"project.created\"}");
    assert_memory_equal(f->rec.request_id.ptr, made, sizeof made);
    f->req.made_id = &two; /* another request, of the same moment */
    accept_event(f, "{\"name\":\"project.created\"}");
    assert_memory_not_equal(f->rec.request_id.ptr, made, sizeof made);
    f->req.made_id = NULL;
}

static void a_browser_is_known_by_its_connection(void **state)
{
    struct fixture *f = *state;
    struct pseudonym visitor;

    from(f, 1);
    accept_event(f, "{\"name\":\"page.viewed\",\"context\":{\"ip\":\"203.0.113.9\","
                    "\"user_agent\":\"curl/8\",\"url\":\"https://example.org/a?b=1#c\","
                    "\"referrer\":\"https://other.org/x?y#token\"}}");
    assert_text(f->rec.ua_browser, "Firefox");
    assert_true(f->rec.flags & RECORD_HAS_VISITOR);
    assert_int_equal(f->rec.visitor_epoch, RECEIVED_US / DATETIME_DAY_US);
    assert_null(f->rec.context[EVENT_URL].ptr);
    assert_text(f->rec.context[EVENT_HOST], "example.org");
    assert_text(f->rec.context[EVENT_PATH], "/a");
    assert_text(f->rec.context[EVENT_QUERY], "b=1");
    assert_text(f->rec.context[EVENT_REFERRER], "https://other.org/x?y");
    assert_text(f->rec.context[EVENT_IP], "198.51.100.7"); /* the catalogue keeps it */
    assert_int_equal(f->rec.keep_ip_until_us, RECEIVED_US + 30 * DATETIME_DAY_US);
    assert_text(f->rec.context[EVENT_USER_AGENT], FIREFOX);
    visitor = f->rec.visitor;
    accept_event(f, "{\"name\":\"page.viewed\"}");
    assert_memory_equal(&f->rec.visitor, &visitor, sizeof visitor);
    f->req.ip = STR("198.51.100.8");
    accept_event(f, "{\"name\":\"page.viewed\"}");
    assert_memory_not_equal(&f->rec.visitor, &visitor, sizeof visitor);
    f->req.ip = f->req.user_agent = STR_NONE;
    accept_event(f, "{\"name\":\"page.viewed\"}");
    assert_false(f->rec.flags & RECORD_HAS_VISITOR);
}

static void a_server_tells_of_its_client(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"project.created\"}");
    assert_false(f->rec.flags & RECORD_HAS_VISITOR);
    assert_null(f->rec.ua_browser.ptr);
    accept_event(f, "{\"name\":\"project.created\",\"context\":{\"ip\":\"203.0.113.9\","
                    "\"user_agent\":\"Googlebot/2.1 (+http://www.google.com/bot.html)\"}}");
    assert_true(f->rec.flags & RECORD_HAS_VISITOR);
    assert_true(f->rec.flags & RECORD_BOT);
    assert_null(f->rec.context[EVENT_IP].ptr);
    assert_null(f->rec.context[EVENT_USER_AGENT].ptr);
}

static void a_server_may_say_what_it_took_from_a_user_agent(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"project.created\",\"context\":{\"ua_browser\":\"Firefox\","
                    "\"ua_version\":\"51\",\"ua_os\":\"Linux\"}}");
    assert_text(f->rec.ua_browser, "Firefox");
    assert_text(f->rec.ua_version, "51");
    assert_text(f->rec.ua_os, "Linux");
    assert_false(f->rec.flags & RECORD_HAS_VISITOR);
    accept_event(f, "{\"name\":\"project.created\",\"context\":{\"ua_browser\":\"Lynx\","
                    "\"user_agent\":\"" FIREFOX "\"}}");
    assert_text(f->rec.ua_browser, "Firefox"); /* the user agent's own text counts */
    from(f, 1);
    accept_event(f, "{\"name\":\"page.viewed\",\"context\":{\"ua_browser\":\"Lynx\"}}");
    assert_text(f->rec.ua_browser, "Firefox"); /* as with user_agent, a page's connection tells */
    f->req.user_agent = STR_NONE;
    accept_event(f, "{\"name\":\"page.viewed\",\"context\":{\"ua_browser\":\"Lynx\"}}");
    assert_null(f->rec.ua_browser.ptr);
}

static void a_visitor_is_new_every_day(void **state)
{
    struct fixture *f = *state;
    struct pseudonym visitor;

    from(f, 1);
    accept_event(f, "{\"name\":\"page.viewed\"}");
    visitor = f->rec.visitor;
    f->req.received_us += DATETIME_DAY_US;
    assert_int_equal(pseudonyms_rotate(f->pseudonyms, f->req.received_us, NULL), 0);
    accept_event(f, "{\"name\":\"page.viewed\"}");
    assert_memory_not_equal(&f->rec.visitor, &visitor, sizeof visitor);
    assert_int_equal(f->rec.visitor_epoch, RECEIVED_US / DATETIME_DAY_US + 1);
}

static void do_not_track_is_obeyed_for_browsers(void **state)
{
    static const char json[] =
        "{\"name\":\"page.viewed\",\"context\":{%s\"path\":\"/a\",\"referrer\":\"https://r/\","
        "\"utm_source\":\"s\",\"utm_medium\":\"m\",\"utm_campaign\":\"c\",\"utm_content\":\"d\","
        "\"utm_term\":\"t\"}}";
    struct fixture *f = *state;
    char body[512];

    for (int by_header = 0; by_header < 2; by_header++) {
        from(f, 1);
        f->req.do_not_track = by_header;
        snprintf(body, sizeof body, json, by_header ? "" : "\"dnt\":1,");
        accept_event(f, body);
        assert_true(f->rec.flags & RECORD_DO_NOT_TRACK);
        assert_false(f->rec.flags & RECORD_HAS_VISITOR);
        for (int i = 0; i < EVENT_CONTEXT_COUNT; i++)
            assert_int_equal(f->rec.context[i].ptr != NULL, i == EVENT_PATH);
        from(f, 0);
        accept_event(f, body);
        assert_true(f->rec.flags & RECORD_DO_NOT_TRACK);
        assert_text(f->rec.context[EVENT_UTM_TERM], "t");
    }
    from(f, 1);
    accept_event(
        f, "{\"name\":\"page.viewed\",\"context\":{\"url\":\"https://w.example.org/a?utm_source=s"
           "&q=1&UTM_TERM=t&&amount=2\"}}");
    assert_text(f->rec.context[EVENT_QUERY], "q=1&&amount=2");
    accept_event(f, "{\"name\":\"page.viewed\",\"context\":{\"query\":\"utm_source=s\"}}");
    assert_null(f->rec.context[EVENT_QUERY].ptr);
    f->req.do_not_track = false;
    snprintf(body, sizeof body, json, "");
    accept_event(f, body);
    assert_text(f->rec.context[EVENT_REFERRER], "https://r/");
}

static void times_are_corrected_by_sent_at(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"page.viewed\"}");
    assert_int_equal(f->rec.time_us, RECEIVED_US);
    assert_true(f->rec.flags & RECORD_TIME_FROM_RECEIPT);
    accept_event(f, "{\"name\":\"page.viewed\",\"time\":\"2026-11-22T05:00:00Z\"}");
    assert_int_equal(f->rec.time_us, RECEIVED_US - INT64_C(31) * 60000000);
    assert_false(f->rec.flags & (RECORD_TIME_FROM_RECEIPT | RECORD_CLOCK_SKEWED));
    accept_event(f, "{\"name\":\"page.viewed\",\"time\":\"2026-11-22T07:00:00Z\","
                    "\"sent_at\":\"2026-11-22T07:01:00Z\"}");
    assert_int_equal(f->rec.time_us, RECEIVED_US - 60000000);
    assert_false(f->rec.flags & RECORD_CLOCK_SKEWED);
    accept_event(f, "{\"name\":\"page.viewed\",\"time\":\"2020-01-01T07:00:00Z\","
                    "\"sent_at\":\"2020-01-01T07:01:00Z\"}");
    assert_int_equal(f->rec.time_us, RECEIVED_US - 60000000);
    assert_true(f->rec.flags & RECORD_CLOCK_SKEWED);
    accept_event(f, "{\"name\":\"page.viewed\",\"time\":\"2026-11-24T05:00:00Z\"}");
    assert_true(f->rec.flags & RECORD_CLOCK_SKEWED);
    accept_event(f, "{\"name\":\"page.viewed\",\"time\":0}");
    assert_true(f->rec.flags & RECORD_CLOCK_SKEWED);
    assert_int_equal(admit(f, "{\"name\":\"page.viewed\",\"time\":\"9999-12-31T00:00:00Z\","
                              "\"sent_at\":\"0001-01-01T00:00:00Z\"}"),
                     VERDICT_QUARANTINED);
    assert_int_equal(f->faults.list[0].code, FAULT_TIME_OUT_OF_RANGE);
}

static void a_property_may_stand_for_the_time(void **state)
{
    struct fixture *f = *state;

    /* as it is: it is no reading of the sender's clock */
    accept_event(f, "{\"name\":\"project.created\",\"time\":\"2026-11-22T05:00:00Z\","
                    "\"sent_at\":\"2026-11-22T05:00:00Z\",\"properties\":{\"created_at\":"
                    "\"2012-03-04T05:06:07.000008Z\"}}");
    assert_int_equal(f->rec.time_us, INT64_C(1330837567000008));
    assert_false(f->rec.flags & (RECORD_TIME_FROM_RECEIPT | RECORD_CLOCK_SKEWED));
    assert_int_equal(f->rec.property_count, 1); /* and it stays one */
    assert_int_equal(f->rec.properties[0].value.integer, INT64_C(1330837567000008));
    accept_event(f, "{\"name\":\"project.created\",\"properties\":{\"created_at\":1330837567000}}");
    assert_int_equal(f->rec.time_us, INT64_C(1330837567000000));
    accept_event(f, "{\"name\":\"project.created\",\"time\":\"2026-11-22T05:00:00Z\","
                    "\"properties\":{\"created_at\":null}}");
    assert_int_equal(f->rec.time_us, RECEIVED_US - INT64_C(31) * 60000000);
    accept_event(f, "{\"name\":\"project.created\"}");
    assert_int_equal(f->rec.time_us, RECEIVED_US);
    assert_true(f->rec.flags & RECORD_TIME_FROM_RECEIPT);
    accept_event(f, "{\"name\":\"project.created\",\"properties\":{\"created_at\":"
                    "\"2026-11-24T05:00:00Z\"}}"); /* as any time: kept, and flagged */
    assert_true(f->rec.flags & RECORD_CLOCK_SKEWED);
    accept_event(f, "{\"name\":\"project.created\",\"properties\":{\"created_at\":"
                    "\"1980-01-01T00:00:00Z\"}}");
    assert_true(f->rec.flags & RECORD_CLOCK_SKEWED);
    assert_int_equal(admit(f, "{\"name\":\"project.created\",\"properties\":{\"created_at\":"
                              "\"yesterday\"}}"),
                     VERDICT_QUARANTINED);
    assert_int_equal(f->rec.time_us, RECEIVED_US);
    assert_int_equal(admit(f, "{\"name\":\"project.created\",\"properties\":{\"created_at\":"
                              "\"2012-03-04T05:06:07Z\",\"seats\":\"two\"}}"),
                     VERDICT_QUARANTINED);
    assert_int_equal(f->rec.time_us, INT64_C(1330837567000000));
}

static void a_flow_has_its_time_since_it_began(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"page.viewed\",\"time\":\"2026-11-22T05:00:01.5Z\","
                    "\"flow\":{\"id\":\"f1\",\"begin\":\"2026-11-22T05:00:00Z\"}}");
    assert_text(f->rec.flow_id, "f1");
    assert_int_equal(f->rec.flow_time_ms, 1500);
    accept_event(f, "{\"name\":\"page.viewed\",\"flow\":{\"id\":\"f1\","
                    "\"begin\":\"2026-11-22T05:31:01Z\"}}");
    assert_int_equal(f->rec.flow_time_ms, -1000);
}

static void lenient_sources_drop_and_count_what_is_undeclared(void **state)
{
    struct fixture *f = *state;

    from(f, 2);
    accept_event(f, "{\"name\":\"page.viewed\",\"properties\":{\"a\":1,\"b\":2}}");
    assert_int_equal(f->rec.property_count, 0);
    assert_int_equal(source_counted(f->req.source, SOURCE_UNDECLARED_DROPPED), 2);
}

static void parameters_are_properties_within_their_budget(void **state)
{
    struct fixture *f = *state;

    accept_event(f, "{\"name\":\"page.one.clicked\"}");
    assert_text(find_property(f, "what")->value.text, "one");
    accept_event(f, "{\"name\":\"page.two.clicked\"}");
    accept_event(f, "{\"name\":\"page.three.clicked\"}");
    assert_text(find_property(f, "what")->value.text, "(other)");
    assert_text(f->rec.name, "page.(other).clicked");
}

static void a_reload_changes_later_requests_only(void **state)
{
    struct fixture *f = *state;
    const struct admission_hold *before = admission_hold(f->ad);
    struct err err;

    assert_int_equal(
        admission_swap(f->ad,
                       load_catalogue("defaults: {owner: team@example.org}\n"
                                      "events:\n"
                                      "  - {name: other.event, description: Other, kind: product,"
                                      " trigger: Never, status: active, since: 2025-10-20}\n"),
                       &err),
        0);
    assert_int_equal(admit(f, "{\"name\":\"page.viewed\"}"), VERDICT_QUARANTINED);
    accept_event(f, "{\"name\":\"other.event\"}");
    arena_reset(f->a);
    f->ev = (struct event){.name = STR("page.viewed")};
    f->faults.count = 0;
    assert_int_equal(
        admit_event(f->ad, before, &f->req, &f->ev, &f->faults, f->a, &f->payloads, &f->out), 0);
    assert_int_equal(f->out.verdict, VERDICT_ACCEPTED);
    admission_release(f->ad, before);
}

static void keys_of_payloads_name_their_source(void **state)
{
    struct fixture *f = *state;
    struct record gone = {.name = STR("x"), .source = STR("gone")};
    uint32_t number, first, second;
    struct uuid id;

    from(f, 2);
    accept_event(f, "{\"name\":\"page.viewed\",\"id\":\"0190f0c0-0000-7000-8000-00000000002a\"}");
    assert_true(admit_key_of(f->ad, buf_as_str(&f->payloads), &id, &number));
    assert_int_equal(number, 2);
    assert_int_equal(id.b[15], 0x2a);
    assert_false(f->out.fresh);
    assert_false(admit_key_of(f->ad, STR("no payload"), &id, &number));
    buf_reset(&f->payloads, 1 << 20);
    record_encode(&f->payloads, &gone);
    assert_true(admit_key_of(f->ad, buf_as_str(&f->payloads), &id, &first));
    assert_true(admit_key_of(f->ad, buf_as_str(&f->payloads), &id, &second));
    assert_int_equal(first, sources_count(f->sources));
    assert_int_equal(second, sources_count(f->sources));
    assert_true(str_is(admit_source_name(f->ad, first), "gone"));
    assert_int_equal(admit_source_number(f->ad, STR("gone")), first);
    for (number = 0; number < 3; number++)
        assert_int_equal(admit_source_number(f->ad, admit_source_name(f->ad, number)), number);
}

static void full_memory_fails_the_request(void **state)
{
    struct fixture *f = *state;
    struct arena *small = arena_new(16, 16);
    const struct admission_hold *hold = admission_hold(f->ad);
    struct event_property property = {.name = STR("seats"),
                                      .value = {.kind = EVENT_INTEGER, .integer = 1}};
    struct buf tiny;

    f->ev = (struct event){
        .name = STR("project.created"), .properties = &property, .property_count = 1};
    f->faults.count = 0;
    assert_int_equal(
        admit_event(f->ad, hold, &f->req, &f->ev, &f->faults, small, &f->payloads, &f->out), -1);
    buf_init(&tiny, 20);
    assert_int_equal(admit_event(f->ad, hold, &f->req, &f->ev, &f->faults, f->a, &tiny, &f->out),
                     -1);
    buf_free(&tiny);
    admission_release(f->ad, hold);
    arena_free(small);
}

static void *hold_and_release(void *arg)
{
    struct fixture *f = arg;

    for (int i = 0; i < 20000; i++)
        admission_release(f->ad, admission_hold(f->ad));
    return NULL;
}

static void holds_and_swaps_do_not_meet(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[2];
    struct err err;

    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hold_and_release, f), 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(admission_swap(f->ad, load_catalogue(yaml), &err), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_accepted_event_has_the_catalogues_name),
        TEST(a_browser_may_only_send_what_its_source_lists),
        TEST(an_identity_has_one_pseudonym_wherever_it_comes_from),
        TEST(blank_identities_are_absent),
        TEST(request_ids_come_from_the_event_then_the_header_then_are_made),
        TEST(a_browser_is_known_by_its_connection),
        TEST(a_server_tells_of_its_client),
        TEST(a_server_may_say_what_it_took_from_a_user_agent),
        TEST(a_visitor_is_new_every_day),
        TEST(do_not_track_is_obeyed_for_browsers),
        TEST(times_are_corrected_by_sent_at),
        TEST(a_property_may_stand_for_the_time),
        TEST(a_flow_has_its_time_since_it_began),
        TEST(lenient_sources_drop_and_count_what_is_undeclared),
        TEST(parameters_are_properties_within_their_budget),
        TEST(a_reload_changes_later_requests_only),
        TEST(keys_of_payloads_name_their_source),
        TEST(full_memory_fails_the_request),
        TEST(holds_and_swaps_do_not_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
