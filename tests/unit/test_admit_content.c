/* SPDX-License-Identifier: Apache-2.0 */
/* test_admit_content.c: events of batches, whose attributes are there where the catalogue has them, and
 * whose measurements are what they say. */
#include "admit_fixture.h"

#include "wire/content.h"

static const char yaml[] =
    "defaults: {owner: team@example.org, naming: any, status: active, kind: flow}\nevents:\n"
    "  - name: page.viewed\n"
    "    description: D\n    trigger: T\n    since: 2025-10-20\n"
    "  - name: flow.begin\n"
    "    description: D\n    trigger: T\n    since: 2025-10-20\n"
    "    flow: {role: begin}\n"
    "    properties:\n"
    "      service: {type: string, description: D}\n"
    "  - name: flow.timing.{timer}\n"
    "    description: D\n    trigger: T\n    since: 2025-10-20\n"
    "    parameters: {timer: {pattern: '[a-z.]+', max_values: 9, multiple: true}}\n"
    "    flow: {role: measure}\n"
    "    properties:\n"
    "      duration_ms: {type: integer, max: 1000, description: D}\n";

enum { SERVER, BROWSER, LENIENT };

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    fixture_open(f, yaml);
    f->req.source = sources_at(f->sources, SERVER);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

#define BEGIN_MS (RECEIVED_US / 1000 - 60000)

/* Admits the one event of a batch. */
static enum verdict admit_type(struct fixture *f, const char *type)
{
    const struct admission_hold *hold = admission_hold(f->ad);
    const struct content_from from = {.source = source_name(f->req.source),
                                      .received_us = f->req.received_us,
                                      .expiry_us = INT64_C(7200000000),
                                      .ip = f->req.ip,
                                      .user_agent = f->req.user_agent};
    struct content *c = content_new();
    struct content_wrong wrong;
    struct err err = {0};
    char body[2048];
    int len;

    len = snprintf(
        body, sizeof body - CONTENT_PADDING,
        "{\"broker\":\"b\",\"context\":\"c\",\"duration\":0,\"entrypoint\":\"menu\","
        "\"events\":[{\"offset\":0,\"type\":\"%s\"}],\"experiments\":[],\"flowBeginTime\":%lld,"
        "\"flowId\":\"1234567890abcdef1234567890abcdef06146f1d05e7ae215885a4e45b66ff1f\","
        "\"flushTime\":0,\"isSampledUser\":true,\"lang\":\"en\",\"marketing\":[],"
        "\"migration\":\"none\",\"referrer\":\"none\",\"screen\":{\"clientHeight\":1,"
        "\"clientWidth\":1,\"devicePixelRatio\":1,\"height\":1,\"width\":1},\"service\":\"sync\","
        "\"startTime\":0,\"uniqueUserId\":\"none\",\"utm_campaign\":\"none\","
        "\"utm_content\":\"none\",\"utm_medium\":\"none\",\"utm_source\":\"none\","
        "\"utm_term\":\"none\"}",
        type, (long long)BEGIN_MS);
    arena_reset(f->a);
    buf_reset(&f->payloads, 1 << 20);
    if (content_start(c, body, (size_t)len, &from, &wrong, &err) < 0)
        fail_msg("%s", wrong.message);
    assert_int_equal(content_next(c, &f->ev, &f->faults, &err), CONTENT_EVENT);
    assert_int_equal(
        admit_event(f->ad, hold, &f->req, &f->ev, &f->faults, f->a, &f->payloads, &f->out), 0);
    admission_release(f->ad, hold);
    assert_int_equal(record_decode(&f->rec, buf_as_str(&f->payloads), f->a, &err), 0);
    content_free(c);
    return f->out.verdict;
}

static void attributes_are_kept_where_the_entry_has_them(void **state)
{
    struct fixture *f = *state;

    for (size_t source = SERVER; source <= LENIENT; source += LENIENT) {
        f->req.source = sources_at(f->sources, source);
        assert_int_equal(admit_type(f, "flow.begin"), VERDICT_ACCEPTED);
        assert_int_equal(f->rec.property_count, 1);
        assert_text(find_property(f, "service")->value.text, "sync");
        assert_int_equal(source_counted(f->req.source, SOURCE_UNDECLARED_DROPPED), 0);
    }
    assert_int_equal(f->rec.time_us, BEGIN_MS * 1000);
    assert_int_equal(f->rec.flow_time_ms, 0);
    assert_true(f->rec.flags & RECORD_HAS_VISITOR); /* by its connection, whatever the source */
    assert_text(f->rec.ua_browser, "Firefox");
}

static void a_measurement_is_its_own_time_of_the_flow(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(admit_type(f, "flow.timing.a.b.250"), VERDICT_ACCEPTED);
    assert_int_equal(f->rec.flow_time_ms, 250);
    assert_int_equal(f->rec.time_us, RECEIVED_US);
    assert_int_equal(find_property(f, "duration_ms")->value.integer, 250);
    assert_int_equal(f->rec.property_count, 2); /* the parameter */
}

static void what_is_kept_aside_has_what_its_entry_or_a_later_one_may_ask_for(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(admit_type(f, "flow.timing.a.1001"), VERDICT_QUARANTINED);
    assert_int_equal(f->faults.count, 1);
    assert_int_equal(f->faults.list[0].code, FAULT_TOO_LARGE);
    assert_non_null(find_property(f, "duration_ms"));
    assert_null(find_property(f, "service"));
    assert_int_equal(admit_type(f, "flow.other"), VERDICT_QUARANTINED);
    assert_int_equal(f->faults.list[0].code, FAULT_UNKNOWN_EVENT);
    assert_text(find_property(f, "service")->value.text, "sync");
    assert_text(find_property(f, "entrypoint")->value.text, "menu");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(attributes_are_kept_where_the_entry_has_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_measurement_is_its_own_time_of_the_flow, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_kept_aside_has_what_its_entry_or_a_later_one_may_ask_for, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
