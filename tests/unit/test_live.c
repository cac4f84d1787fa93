/* SPDX-License-Identifier: Apache-2.0 */
/* Events handed to those who watch: which, in which order, and what becomes of those who are slow. */
#include "sink_fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "console/live.h"

struct hub {
    struct fixture *f;
    struct live *live;
};

static int hub_setup(void **state)
{
    struct hub *h = xcalloc(1, sizeof *h);
    AUTO_FREE char *dir = NULL;

    fixture_setup((void **)&h->f);
    dir = sink_journal_dir(h->f);
    h->live = live_new(dir);
    *state = h;
    return 0;
}

static int hub_teardown(void **state)
{
    struct hub *h = *state;

    live_free(h->live);
    sink_remove_journal(h->f);
    fixture_teardown((void **)&h->f);
    free(h);
    return 0;
}

static struct live_client *join(struct hub *h, struct live_ask ask)
{
    struct live_client *c;
    struct err err = {0};

    if (live_join(h->live, &ask, &c, &err) < 0)
        fail_msg("%s", err.text);
    return c;
}

/* Reads on until the text is there, at most a minute. */
static void expect(struct live_client *c, struct buf *seen, const char *text)
{
    int64_t end_us = clock_monotonic_us() + INT64_C(60000000);
    char block[4096];

    while (clock_monotonic_us() < end_us) {
        int64_t got;

        if (seen->ptr && strstr(seen->ptr, text))
            return;
        got = live_read(c, block, sizeof block);
        assert_true(got > 0);
        buf_append(seen, block, (size_t)got);
        buf_char(seen, '\0');
        seen->len--;
    }
    fail_msg("`%s` did not come: %s", text, seen->ptr ? seen->ptr : "nothing");
}

static unsigned occurrences(const struct buf *seen, const char *text)
{
    unsigned n = 0;

    for (const char *at = seen->ptr; at && (at = strstr(at, text)); at++)
        n++;
    return n;
}

static const struct live_ask plain = {.resume_after = -1};

static void append_quarantined(struct hub *h, const char *name)
{
    struct record_property p = {
        .name = STR("secret"), .hidden = true, .value = {.type = RECORD_TEXT, .text = STR("xyz")}};
    struct faults faults = {0};
    struct record rec = {.flags = RECORD_QUARANTINED,
                         .time_us = INT64_C(1700000000000000),
                         .name = str_from(name),
                         .source = STR("website"),
                         .properties = &p,
                         .property_count = 1,
                         .faults = &faults};
    struct str payload;
    AUTO_BUF out;

    buf_init(&out, 4096);
    record_encode(&out, &rec);
    payload = buf_as_str(&out);
    sink_append(h->f, JOURNAL_QUARANTINE, &payload, 1);
}

static void what_comes_is_handed_out_in_order(void **state)
{
    struct hub *h = *state;
    struct live_client *c = join(h, plain);
    AUTO_BUF seen;

    buf_init(&seen, 1 << 20);
    sink_append_events(h->f, 1, 3);
    expect(c, &seen, "id: 3\nevent: accepted\ndata: {\"position\":3,");
    assert_true(strstr(seen.ptr, "id: 1\n") < strstr(seen.ptr, "id: 2\n"));
    assert_int_equal(occurrences(&seen, "event: accepted\n"), 3);
    expect(c, &seen, "event: count\ndata: {\"read\":3,\"matched\":3,\"position\":3}\n\n");
    live_leave(c);
}

static void the_thread_is_there_only_while_somebody_listens(void **state)
{
    struct hub *h = *state;
    struct live_client *c;

    assert_false(live_is_following(h->live));
    c = join(h, plain);
    assert_true(live_is_following(h->live));
    live_leave(c);
    for (int i = 0; i < 60000 && live_is_following(h->live); i++)
        usleep(1000);
    assert_false(live_is_following(h->live));
    c = join(h, plain); /* and again */
    assert_true(live_is_following(h->live));
    live_leave(c);
}

static void the_last_ones_that_fit_come_first(void **state)
{
    struct hub *h = *state;
    struct live_ask ask = plain;
    struct live_client *c;
    AUTO_BUF seen;

    buf_init(&seen, 1 << 20);
    sink_append_events(h->f, 1, 20);
    append_quarantined(h, "page.viewed");
    sink_append_events(h->f, 21, 20);
    ask.last = 2;
    c = join(h, ask);
    expect(c, &seen, "id: 41\n");
    assert_int_equal(occurrences(&seen, "event: accepted\n"), 2);
    live_leave(c);
    seen.len = 0;
    ask.filter.verdict = FEED_QUARANTINED;
    c = join(h, ask);
    expect(c, &seen, "id: 21\nevent: quarantined\n");
    live_leave(c);
}

static void filters_are_patterns_of_name_and_source(void **state)
{
    struct hub *h = *state;
    struct live_ask ask = plain;
    struct live_client *c;
    AUTO_BUF seen;

    buf_init(&seen, 1 << 20);
    ask.filter.name = "PAGE.*";
    ask.filter.source = "web?ite";
    c = join(h, ask);
    sink_append_events(h->f, 1, 5);
    append_quarantined(h, "page.viewed");
    append_quarantined(h, "other.viewed");
    expect(c, &seen, "\"read\":7,\"matched\":1,");
    assert_int_equal(occurrences(&seen, "event: quarantined\n"), 1);
    assert_int_equal(occurrences(&seen, "event: accepted\n"), 0);
    live_leave(c);
}

static void hidden_values_are_for_those_who_may_see_them(void **state)
{
    struct hub *h = *state;
    struct live_ask may = plain;
    struct live_client *a, *b;
    AUTO_BUF without;
    AUTO_BUF with;

    may.show_hidden = true;
    buf_init(&without, 1 << 20);
    buf_init(&with, 1 << 20);
    a = join(h, plain);
    b = join(h, may);
    append_quarantined(h, "page.viewed");
    expect(a, &without, "\"secret\":\"(hidden)\"");
    expect(b, &with, "\"secret\":\"xyz\"");
    assert_null(strstr(without.ptr, "xyz"));
    live_leave(a);
    live_leave(b);
}

static void a_stream_is_resumed_behind_its_position(void **state)
{
    struct hub *h = *state;
    struct live_ask ask = plain;
    struct live_client *c;
    AUTO_BUF seen;

    buf_init(&seen, 1 << 20);
    sink_append_events(h->f, 1, 10);
    ask.resume_after = 7;
    ask.last = 50; /* does not count then */
    c = join(h, ask);
    expect(c, &seen, "id: 10\n");
    assert_int_equal(occurrences(&seen, "event: accepted\n"), 3);
    assert_non_null(strstr(seen.ptr, "id: 8\n"));
    sink_append_events(h->f, 11, 1);
    expect(c, &seen, "id: 11\nevent: accepted");
    assert_int_equal(occurrences(&seen, "event: accepted\n"), 4);
    live_leave(c);
}

static void what_was_not_gone_through_is_told(void **state)
{
    struct hub *h = *state;
    struct live_ask ask = plain;
    struct live_client *c;
    AUTO_BUF seen;

    buf_init(&seen, 1 << 20);
    sink_append_events(h->f, 1, LIVE_LOOK_BACK + 700);
    ask.resume_after = 100;
    c = join(h, ask);
    expect(c, &seen, "\"unread\":600,");
    assert_int_equal(occurrences(&seen, "event: accepted\n"), LIVE_LAST_MAX);
    assert_non_null(strstr(seen.ptr, "\"rate\":9500,")); /* 10,000 less the newest 500 */
    live_leave(c);
}

static void more_than_its_rate_is_left_out_and_counted(void **state)
{
    struct hub *h = *state;
    struct live_ask ask = plain;
    struct live_client *c;
    uint64_t left = 0;
    AUTO_BUF seen;

    buf_init(&seen, 1 << 20);
    ask.rate = 5;
    c = join(h, ask);
    sink_append_events(h->f, 1, 1000);
    expect(c, &seen, "\"read\":1000,\"matched\":1000,");
    expect(c, &seen, "event: skipped\n");
    for (const char *at = seen.ptr; (at = strstr(at, "{\"skipped\":")); at++)
        left = strtoull(at + 11, NULL, 10);
    assert_int_equal(left + occurrences(&seen, "event: accepted\n"), 1000);
    assert_in_range(occurrences(&seen, "event: accepted\n"), 5, 10);
    live_leave(c);
}

static void a_sample_is_every_so_manieth_position(void **state)
{
    struct hub *h = *state;
    struct live_ask ask = plain;
    struct live_client *c;
    AUTO_BUF seen;

    buf_init(&seen, 1 << 20);
    ask.sample = 10;
    c = join(h, ask);
    sink_append_events(h->f, 1, 100);
    expect(c, &seen, "\"read\":100,\"matched\":10,");
    assert_int_equal(occurrences(&seen, "event: accepted\n"), 10);
    assert_non_null(strstr(seen.ptr, "id: 50\n"));
    live_leave(c);
}

/* It never reads, so what waits for it stays within its bounds; another gets everything. */
static void who_is_slow_delays_nobody(void **state)
{
    struct hub *h = *state;
    struct live_ask ask = plain;
    struct live_client *slow, *quick;
    struct record_property p = {.name = STR("text"), .value = {.type = RECORD_TEXT}};
    struct record rec = {.time_us = INT64_C(1700000000000000),
                         .name = STR("thing.happened"),
                         .source = STR("backend"),
                         .properties = &p,
                         .property_count = 1};
    AUTO_FREE char *text = xcalloc(1, 20001);
    struct str payloads[100];
    AUTO_BUF out;
    AUTO_BUF seen;

    buf_init(&out, 1 << 20);
    buf_init(&seen, 8 << 20);
    memset(text, 'x', 20000);
    p.value.text = str_from(text);
    record_encode(&out, &rec);
    for (size_t i = 0; i < ARRAY_LEN(payloads); i++)
        payloads[i] = buf_as_str(&out);
    ask.rate = LIVE_RATE_MAX;
    slow = join(h, ask);
    quick = join(h, ask);
    for (int64_t i = 1; i <= 2; i++) { /* a hundred are more than a queue holds */
        char id[24];

        sink_append(h->f, JOURNAL_EVENT, payloads, 40);
        snprintf(id, sizeof id, "id: %lld\n", (long long)(40 * i));
        expect(quick, &seen, id);
    }
    assert_int_equal(occurrences(&seen, "event: accepted\n"), 80);
    live_leave(quick);
    seen.len = 0;
    expect(slow, &seen, "event: skipped\n");
    assert_true(occurrences(&seen, "event: accepted\n") < 60);
    assert_non_null(strstr(seen.ptr, "\"slow\":"));
    assert_null(strstr(seen.ptr, "\"slow\":0,"));
    live_leave(slow);
}

static void an_event_that_is_too_large_is_left_out(void **state)
{
    struct hub *h = *state;
    struct live_client *c = join(h, plain);
    struct record_property p = {.name = STR("text"), .value = {.type = RECORD_TEXT}};
    struct record rec = {.time_us = 1,
                         .name = STR("big"),
                         .source = STR("backend"),
                         .properties = &p,
                         .property_count = 1};
    AUTO_FREE char *text = xcalloc(1, LIVE_EVENT_BYTES + 1);
    struct str payload;
    AUTO_BUF out;
    AUTO_BUF seen;

    buf_init(&out, 1 << 20);
    buf_init(&seen, 1 << 20);
    memset(text, 'x', LIVE_EVENT_BYTES);
    p.value.text = str_from(text);
    record_encode(&out, &rec);
    payload = buf_as_str(&out);
    sink_append(h->f, JOURNAL_EVENT, &payload, 1);
    expect(c, &seen, "\"large\":1,");
    assert_int_equal(occurrences(&seen, "event: accepted\n"), 0);
    live_leave(c);
}

static void places_are_few(void **state)
{
    struct hub *h = *state;
    struct live_client *clients[LIVE_CLIENTS_MAX], *more;
    struct err err = {0};

    for (unsigned i = 0; i < LIVE_CLIENTS_MAX; i++)
        clients[i] = join(h, plain);
    assert_int_equal(live_join(h->live, &plain, &more, &err), -1);
    assert_int_equal(err.code, ERR_BUSY);
    live_leave(clients[0]);
    clients[0] = join(h, plain);
    for (unsigned i = 0; i < LIVE_CLIENTS_MAX; i++)
        live_leave(clients[i]);
    assert_int_equal(live_clients(h->live), 0);
}

static bool until_it_turns(void *ctx)
{
    return *(const bool *)ctx;
}

static void streams_end_with_the_hub_and_with_their_asker(void **state)
{
    struct hub *h = *state;
    struct live_ask ask = plain;
    bool wanted = true;
    struct live_client *a, *b, *late;
    struct err err = {0};
    char block[64];

    ask.is_wanted = until_it_turns;
    ask.ctx = &wanted;
    a = join(h, ask);
    b = join(h, plain);
    wanted = false;
    assert_int_equal(live_read(a, block, sizeof block), -1);
    live_stop(h->live);
    assert_int_equal(live_read(b, block, sizeof block), -1);
    assert_false(live_have_left(h->live, 20));
    assert_int_equal(live_join(h->live, &plain, &late, &err), -1);
    assert_int_equal(err.code, ERR_BUSY);
    live_leave(a);
    live_leave(b);
    assert_true(live_have_left(h->live, 20));
}

int main(void)
{
#define HUB_TEST(name) cmocka_unit_test_setup_teardown(name, hub_setup, hub_teardown)
    const struct CMUnitTest tests[] = {
        HUB_TEST(what_comes_is_handed_out_in_order),
        HUB_TEST(the_thread_is_there_only_while_somebody_listens),
        HUB_TEST(the_last_ones_that_fit_come_first),
        HUB_TEST(filters_are_patterns_of_name_and_source),
        HUB_TEST(hidden_values_are_for_those_who_may_see_them),
        HUB_TEST(a_stream_is_resumed_behind_its_position),
        HUB_TEST(what_was_not_gone_through_is_told),
        HUB_TEST(more_than_its_rate_is_left_out_and_counted),
        HUB_TEST(a_sample_is_every_so_manieth_position),
        HUB_TEST(who_is_slow_delays_nobody),
        HUB_TEST(an_event_that_is_too_large_is_left_out),
        HUB_TEST(places_are_few),
        HUB_TEST(streams_end_with_the_hub_and_with_their_asker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
