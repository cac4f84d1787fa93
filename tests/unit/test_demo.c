/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up traffic: the same from the same seed, as many events as asked for, within its span. */
#include "unit.h"

#include <stdlib.h>
#include <yyjson.h>

#include "base/datetime.h"
#include "base/mem.h"
#include "demo/pace.h"
#include "demo/rng.h"
#include "demo/traffic.h"
#include "flow/flow_id.h"

#define END_US (INT64_C(1795305600) * 1000000) /* 2026-11-22T00:00:00Z */

static struct traffic_opts options(uint64_t seed, uint64_t events)
{
    return (struct traffic_opts){.seed = seed,
                                 .events = events,
                                 .from_us = END_US - 35 * DATETIME_DAY_US,
                                 .to_us = END_US,
                                 .sources = TRAFFIC_ALL,
                                 .duplicate_per_mille = 10,
                                 .late_per_mille = 10,
                                 .wrong_per_mille = 5};
}

static void write_all(struct buf *out, const struct traffic_opts *opts)
{
    struct traffic *t;
    struct err err;

    assert_int_equal(traffic_new(&t, opts, &err), 0);
    while (traffic_next(t, out, NULL) == 1)
        buf_char(out, '\n');
    assert_false(buf_failed(out));
    traffic_free(t);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    struct traffic_opts opts = options(7, 5000), other = options(8, 5000);
    AUTO_BUF a, b, c;

    buf_init(&a, 1 << 24);
    buf_init(&b, 1 << 24);
    buf_init(&c, 1 << 24);
    write_all(&a, &opts);
    write_all(&b, &opts);
    write_all(&c, &other);
    assert_true(str_eq(buf_as_str(&a), buf_as_str(&b)));
    assert_false(str_eq(buf_as_str(&a), buf_as_str(&c)));
}

/* A fixed sum over the bytes: it may change with the generator, but not with the machine. */
static void the_bytes_do_not_depend_on_the_machine(void **state)
{
    struct traffic_opts opts = options(1, 3000);
    uint64_t sum = 0;
    AUTO_BUF a;

    buf_init(&a, 1 << 24);
    write_all(&a, &opts);
    for (size_t i = 0; i < a.len; i++)
        sum = rng_mix(sum ^ (unsigned char)a.ptr[i]);
    assert_true(sum == UINT64_C(0x5e06593816a3af4f));
}

static int64_t time_of(yyjson_val *event)
{
    yyjson_val *time = yyjson_obj_get(event, "time");
    int64_t us;

    assert_true(yyjson_is_str(time));
    assert_int_equal(datetime_parse(str_from(yyjson_get_str(time)), &us), 0);
    return us;
}

static void every_line_is_an_event_within_the_span(void **state)
{
    struct traffic_opts opts = options(3, 20000);
    struct traffic_event info;
    struct traffic *t;
    struct err err;
    uint64_t count = 0, duplicates = 0, wrong = 0, back = 0, per_source[TRAFFIC_SOURCES] = {0};
    int64_t last_us = 0;
    AUTO_BUF line;

    buf_init(&line, TRAFFIC_EVENT_MAX);
    assert_int_equal(traffic_new(&t, &opts, &err), 0);
    for (; traffic_next(t, &line, &info) == 1; count++) {
        yyjson_doc *doc = yyjson_read(line.ptr, line.len, 0);
        yyjson_val *event = yyjson_doc_get_root(doc);
        int64_t us;

        assert_true(yyjson_is_obj(event));
        us = time_of(event);
        assert_true(us >= opts.from_us && us <= opts.to_us);
        assert_true(us / 1000 == info.time_us / 1000);
        assert_int_equal(yyjson_get_len(yyjson_obj_get(event, "id")), 36);
        assert_true(yyjson_is_obj(yyjson_obj_get(event, "properties")));
        assert_true(yyjson_is_obj(yyjson_obj_get(event, "context")));
        back += us < last_us;
        last_us = us;
        duplicates += info.duplicate;
        wrong += info.wrong;
        per_source[info.source]++;
        yyjson_doc_free(doc);
        buf_reset(&line, TRAFFIC_EVENT_MAX);
    }
    assert_int_equal(count, 20000);
    assert_in_range(duplicates, 100, 300);
    assert_in_range(wrong, 50, 150);
    assert_in_range(back, 100, 900);
    for (int i = 0; i < TRAFFIC_SOURCES; i++)
        assert_true(per_source[i] > 100);
    traffic_free(t);
}

static void without_late_and_repeated_ones_times_never_fall(void **state)
{
    struct traffic_opts opts = options(5, 5000);
    struct traffic_event info;
    struct traffic *t;
    int64_t last_us = opts.from_us;
    AUTO_BUF line;

    opts.duplicate_per_mille = opts.late_per_mille = 0;
    buf_init(&line, TRAFFIC_EVENT_MAX);
    assert_int_equal(traffic_new(&t, &opts, NULL), 0);
    while (traffic_next(t, &line, &info) == 1) {
        assert_true(info.time_us >= last_us);
        last_us = info.time_us;
        buf_reset(&line, TRAFFIC_EVENT_MAX);
    }
    assert_true(last_us > opts.to_us - DATETIME_DAY_US / 6);
    traffic_free(t);
}

static void only_the_chosen_source_speaks(void **state)
{
    struct traffic_opts opts = options(2, 1000);
    struct traffic_event info;
    struct traffic *t;
    AUTO_BUF line;

    buf_init(&line, TRAFFIC_EVENT_MAX);
    opts.sources = 1 << TRAFFIC_SITE;
    opts.site_without_connection = true;
    opts.wrong_per_mille = 100;
    assert_int_equal(traffic_new(&t, &opts, NULL), 0);
    while (traffic_next(t, &line, &info) == 1) {
        buf_char(&line, '\0');
        assert_int_equal(info.source, TRAFFIC_SITE);
        assert_true(info.user_agent.len > 0 && info.ip.len > 0);
        assert_null(strstr(line.ptr, "user_agent"));
        assert_null(strstr(line.ptr, "\"ip\""));
        buf_reset(&line, TRAFFIC_EVENT_MAX);
    }
    traffic_free(t);
}

/* More visits than fit at once: 300,000 events within a minute. */
static void a_crowded_minute_still_has_its_events(void **state)
{
    struct traffic_opts opts = options(2, 300000);
    struct traffic *t;
    uint64_t count = 0;
    AUTO_BUF line;

    opts.from_us = opts.to_us - 60 * INT64_C(1000000);
    buf_init(&line, TRAFFIC_EVENT_MAX);
    assert_int_equal(traffic_new(&t, &opts, NULL), 0);
    while (traffic_next(t, &line, NULL) == 1) {
        count++;
        buf_reset(&line, TRAFFIC_EVENT_MAX);
    }
    assert_int_equal(count, 300000);
    traffic_free(t);
}

static void few_events_or_none_are_fine(void **state)
{
    for (uint64_t n = 0; n < 3; n++) {
        struct traffic_opts opts = options(2, n);
        uint64_t count = 0;
        struct traffic *t;
        AUTO_BUF line;

        opts.late_per_mille = 500;
        buf_init(&line, 1 << 16);
        assert_int_equal(traffic_new(&t, &opts, NULL), 0);
        while (traffic_next(t, &line, NULL) == 1)
            count++;
        assert_int_equal(count, n);
        traffic_free(t);
    }
}

static void options_that_cannot_be_are_refused(void **state)
{
    struct traffic_opts opts[4] = {options(1, 1), options(1, 1), options(1, 1), options(1, 1)};
    struct traffic *t = NULL;

    opts[0].to_us = opts[0].from_us;
    opts[1].sources = 0;
    opts[2].from_us = opts[2].to_us - (TRAFFIC_DAYS_MAX + 1) * DATETIME_DAY_US;
    opts[3].late_per_mille = 501;
    for (size_t i = 0; i < ARRAY_LEN(opts); i++) {
        struct err err = {0};

        assert_int_equal(traffic_new(&t, &opts[i], &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_true(err.text[0] != '\0');
    }
    assert_null(t);
}

/* Of one flow: what was seen of it. */
struct flow_seen {
    char id[64];
    int64_t begin_ms;
    unsigned begins, cohorts, agents;
    uint64_t agent;
    bool error, complete;
};

static struct flow_seen *see_flow(struct flow_seen *flows, size_t *count, yyjson_val *flow)
{
    const char *id = yyjson_get_str(yyjson_obj_get(flow, "id"));
    int64_t begin_ms = yyjson_get_sint(yyjson_obj_get(flow, "begin"));
    size_t i = 0;

    while (i < *count && memcmp(flows[i].id, id, 64) != 0)
        i++;
    if (i == *count) {
        flows[(*count)++].begin_ms = begin_ms;
        memcpy(flows[i].id, id, 64);
    }
    assert_true(flows[i].begin_ms == begin_ms);
    return &flows[i];
}

static void see_event(struct flow_seen *f, yyjson_val *event)
{
    struct str name = str_from(yyjson_get_str(yyjson_obj_get(event, "name")));
    const char *agent =
        yyjson_get_str(yyjson_obj_get(yyjson_obj_get(event, "context"), "user_agent"));
    uint64_t hash = str_hash(str_from(agent));

    assert_true(time_of(event) / 1000 - f->begin_ms < 7200000);
    assert_true(time_of(event) / 1000 >= f->begin_ms);
    f->begins += str_is(name, "flow.begin");
    f->complete |= str_is(name, "flow.complete");
    f->error |= str_starts(name, STR("route./account/login.4"));
    if (str_is(name, "flow.experiment.emailFirst.control"))
        f->cohorts |= 1;
    if (str_is(name, "flow.experiment.emailFirst.treatment"))
        f->cohorts |= 2;
    f->agents += hash != f->agent;
    f->agent = hash;
}

static void flows_are_signed_and_go_wrong_in_the_ways_of_real_ones(void **state)
{
    static const struct str key = STR("a key of this test alone");
    struct traffic_opts opts = options(4, 20000);
    struct flow_keys *keys =
        flow_keys_new(&(struct flow_keys_opts){.keys = &key, .count = 1, .expiry_ms = 7200000});
    struct flow_seen *flows = xcalloc(opts.events, sizeof *flows);
    unsigned again = 0, elsewhere = 0, failed = 0, complete = 0, midnight = 0, taking_part = 0;
    unsigned continued = 0;
    size_t count = 0;
    struct traffic_event info;
    struct traffic *t;
    AUTO_BUF line;

    opts.sources = 1u << TRAFFIC_ACCOUNTS;
    opts.duplicate_per_mille = opts.wrong_per_mille = opts.late_per_mille = 0;
    opts.flow_key = key;
    buf_init(&line, TRAFFIC_EVENT_MAX);
    assert_int_equal(traffic_new(&t, &opts, NULL), 0);
    for (; traffic_next(t, &line, &info) == 1; buf_reset(&line, TRAFFIC_EVENT_MAX)) {
        yyjson_doc *doc = yyjson_read(line.ptr, line.len, 0);
        yyjson_val *event = yyjson_doc_get_root(doc), *flow = yyjson_obj_get(event, "flow");

        if (flow) {
            struct flow_seen *f = see_flow(flows, &count, flow);

            see_event(f, event);
            midnight += time_of(event) / DATETIME_DAY_US != f->begin_ms * 1000 / DATETIME_DAY_US;
            continued += str_starts(str_from(yyjson_get_str(yyjson_obj_get(event, "name"))),
                                    STR("flow.continued."));
        }
        yyjson_doc_free(doc);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(flow_id_verify(keys, str_of(flows[i].id, 64), flows[i].begin_ms, STR_NONE),
                         FLOW_ID_VALID);
        assert_true(flows[i].begins > 0 && flows[i].cohorts < 3);
        again += flows[i].begins > 1;
        elsewhere += flows[i].agents > 1;
        failed += flows[i].error;
        complete += flows[i].complete;
        taking_part += flows[i].cohorts > 0;
    }
    assert_in_range(count, 1000, 4000);
    assert_in_range(complete, count / 4, count * 3 / 4);
    assert_in_range(again, 5, count / 20);
    assert_in_range(elsewhere, 20, count / 4);
    assert_in_range(failed, 20, count / 5);
    assert_in_range(taking_part, 20, count / 5);
    assert_true(midnight > 5 && continued > 5);
    traffic_free(t);
    flow_keys_free(keys);
    free(flows);
}

static void nights_and_weekends_are_quieter(void **state)
{
    int64_t monday_us = END_US - 6 * DATETIME_DAY_US, noon_us = DATETIME_DAY_US / 2;
    int64_t saturday_us = END_US - DATETIME_DAY_US;

    assert_int_equal(pace_weekday(monday_us), 0);
    assert_int_equal(pace_weekday(saturday_us), 5);
    assert_int_equal(pace_weekday(-1), 2);
    assert_true(pace_level(PACE_OFFICE, monday_us + noon_us, 0) >
                10 * pace_level(PACE_OFFICE, saturday_us + noon_us, 0));
    assert_true(pace_level(PACE_LEISURE, monday_us + noon_us, 0) >
                5 * pace_level(PACE_LEISURE, monday_us + noon_us, 16 * 60));
}

static void sources_have_names(void **state)
{
    for (int i = 0; i < TRAFFIC_SOURCES; i++)
        assert_int_equal(traffic_source_find(str_from(traffic_source_name(i))), i);
    assert_int_equal(traffic_source_find(STR("elsewhere")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(the_bytes_do_not_depend_on_the_machine),
        cmocka_unit_test(every_line_is_an_event_within_the_span),
        cmocka_unit_test(without_late_and_repeated_ones_times_never_fall),
        cmocka_unit_test(only_the_chosen_source_speaks),
        cmocka_unit_test(a_crowded_minute_still_has_its_events),
        cmocka_unit_test(few_events_or_none_are_fine),
        cmocka_unit_test(options_that_cannot_be_are_refused),
        cmocka_unit_test(flows_are_signed_and_go_wrong_in_the_ways_of_real_ones),
        cmocka_unit_test(nights_and_weekends_are_quieter),
        cmocka_unit_test(sources_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
