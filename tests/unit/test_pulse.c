/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector says of itself: read from Prometheus text, and made into rates and quantiles. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "console/pulse.h"

static const char text[] = "# HELP weir_events_received_total Events received.\n"
                           "# TYPE weir_events_received_total counter\n"
                           "weir_events_received_total{source=\"backend\"} 7\n"
                           "weir_events_received_total{source=\"web, {odd} \\\"site\\\"\"} 5\n"
                           "weir_events_refused_total{source=\"backend\"} 2\n"
                           "weir_acknowledgement_seconds_bucket{le=\"0.001\"} 10\n"
                           "weir_acknowledgement_seconds_bucket{le=\"0.002\"} 30\n"
                           "weir_acknowledgement_seconds_bucket{le=\"+Inf\"} 40\n"
                           "weir_journal_segments 3\nweir_journal_full 1\n"
                           "weir_build_info{version=\"9.8.7\"} 1\n"
                           "process_start_time_seconds 1795372144.955\n";

static void counters_of_all_sources_are_added(void **state)
{
    struct pulse_sample s = {0};

    assert_true(pulse_parse(&s, str_from(text)));
    assert_int_equal(s.counts[PULSE_RECEIVED], 12);
    assert_int_equal(s.counts[PULSE_REFUSED], 2);
    assert_int_equal(s.segments, 3);
    assert_true(s.journal_full);
    assert_false(s.journal_failed);
    assert_string_equal(s.version, "9.8.7");
    assert_true(s.started_s == 1795372144.955);
    assert_int_equal(s.bucket_count, 3);
    assert_true(s.bounds_s[1] == 0.002 && isinf(s.bounds_s[2]));
}

static void what_is_no_collectors_text_is_seen(void **state)
{
    static const char *const others[] = {"",     "<html>{}</html>", "{\n}", " \n{ 1\n", "a{ 1",
                                         "x 3\n"};
    struct pulse_sample s = {0};

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(pulse_parse(&s, str_from(others[i])));
}

static void more_buckets_than_there_is_room_for_are_left_out(void **state)
{
    struct pulse_sample s = {0};
    AUTO_BUF many;

    buf_init(&many, 1 << 20);
    for (int i = 0; i < 200; i++)
        buf_printf(&many, "weir_acknowledgement_seconds_bucket{le=\"%d\"} 1\n", i);
    pulse_parse(&s, buf_as_str(&many));
    assert_int_equal(s.bucket_count, PULSE_BUCKETS_MAX);
}

static struct pulse_sample sample_of(uint64_t a, uint64_t b, uint64_t c)
{
    return (struct pulse_sample){.up = true,
                                 .started_s = 1,
                                 .bucket_count = 3,
                                 .bounds_s = {0.001, 0.002, INFINITY},
                                 .buckets = {a, b, c}};
}

static void a_quantile_lies_within_its_bucket(void **state)
{
    struct pulse_sample from = sample_of(100, 100, 100), to = sample_of(110, 130, 140);
    uint64_t count;

    assert_true(fabs(pulse_quantile_s(&from, &to, 0.125, &count) - 0.0005) < 1e-9);
    assert_int_equal(count, 40);
    assert_true(fabs(pulse_quantile_s(&from, &to, 0.5, &count) - 0.0015) < 1e-9);
    assert_true(pulse_quantile_s(&from, &to, 0.99, &count) == 0.002); /* slower than all bounds */
}

static void there_is_no_quantile_of_nothing_nor_over_a_restart(void **state)
{
    struct pulse_sample from = sample_of(1, 2, 3), to = from, down = {0};
    uint64_t count;

    assert_true(pulse_quantile_s(&from, &to, 0.5, &count) < 0);
    assert_int_equal(count, 0);
    to = sample_of(5, 6, 7);
    to.started_s = 2;
    assert_true(pulse_quantile_s(&from, &to, 0.5, &count) < 0);
    assert_true(pulse_quantile_s(&down, &to, 0.5, &count) < 0);
}

static void expect_json(struct pulse *p, const char *part)
{
    AUTO_BUF out;

    buf_init(&out, 1 << 20);
    pulse_put_json(p, &out);
    buf_char(&out, '\0');
    if (!strstr(out.ptr, part))
        fail_msg("no `%s` in %s", part, out.ptr);
}

static void rates_are_differences_and_gaps_are_gaps(void **state)
{
    struct pulse *p = pulse_new();
    struct pulse_sample s = {.up = true, .at_us = 1000000, .counts = {[PULSE_RECEIVED] = 100}};
    struct pulse_sample down = {.at_us = 16000000, .error = "connection refused"};

    expect_json(p, ",\"collector\":null,\"rates\":null");
    pulse_add(p, &s);
    expect_json(p, "\"received\":[]");
    s.at_us = 6000000;
    s.counts[PULSE_RECEIVED] = 150;
    pulse_add(p, &s);
    s.at_us = 11000000;
    s.counts[PULSE_RECEIVED] = 20; /* a ledger that was replaced */
    pulse_add(p, &s);
    expect_json(p, "\"until_us\":[6000000,11000000],\"received\":[10,null]");
    pulse_add(p, &down);
    expect_json(p, "{\"up\":false,\"asked_us\":16000000,\"down_since_us\":16000000,"
                   "\"error\":\"connection refused\"}");
    expect_json(p, "\"received\":[10,null,null]");
    pulse_free(p);
}

static void the_ring_keeps_the_newest(void **state)
{
    struct pulse *p = pulse_new();
    struct pulse_sample s = {.up = true};
    AUTO_BUF first;

    buf_init(&first, 64);
    for (int i = 0; i < PULSE_SAMPLES + 10; i++) {
        s.at_us = INT64_C(5000000) * (i + 1);
        pulse_add(p, &s);
    }
    buf_printf(&first, "\"until_us\":[%lld,", (long long)(INT64_C(5000000) * 12));
    buf_char(&first, '\0');
    expect_json(p, first.ptr);
    pulse_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_of_all_sources_are_added),
        cmocka_unit_test(what_is_no_collectors_text_is_seen),
        cmocka_unit_test(more_buckets_than_there_is_room_for_are_left_out),
        cmocka_unit_test(a_quantile_lies_within_its_bucket),
        cmocka_unit_test(there_is_no_quantile_of_nothing_nor_over_a_restart),
        cmocka_unit_test(rates_are_differences_and_gaps_are_gaps),
        cmocka_unit_test(the_ring_keeps_the_newest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
