/* SPDX-License-Identifier: Apache-2.0 */
/* The made-up traffic and the catalogues agree: everything it sends is valid, but for what is wrong
 * on purpose, and every active event of all five catalogues is sent. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/datetime.h"
#include "base/mem.h"
#include "catalogue/catalogue.h"
#include "catalogue/problem.h"
#include "demo/traffic.h"
#include "wire/native.h"

#define END_US (INT64_C(1795305600) * 1000000) /* 2026-11-22T00:00:00Z */
enum { EVENTS = 20000, ENTRIES_MAX = 256 };

struct fixture {
    struct catalogue *catalogue;
    struct native *native;
    struct arena *arena;
    bool seen[ENTRIES_MAX];
};

static void set_up(struct fixture *f, enum traffic_source source)
{
    AUTO_FREE char *dir = xasprintf("catalogues/%s", traffic_source_name(source));
    struct problems problems = {0};
    struct err err = {0};

    *f = (struct fixture){.native = native_new(), .arena = arena_new(1 << 16, 1 << 20)};
    assert_int_equal(catalogue_load(&f->catalogue, dir, &problems, &err), 0);
    assert_true(catalogue_event_count(f->catalogue) <= ENTRIES_MAX);
    problems_free(&problems);
}

static void tear_down(struct fixture *f)
{
    catalogue_free(f->catalogue);
    native_free(f->native);
    arena_free(f->arena);
}

/* The number of faults, the decoder's included. */
static size_t faults_of(struct fixture *f, struct buf *line, struct str source, int64_t now_us)
{
    struct catalogue_checks checks;
    struct catalogue_match match;
    struct faults faults = {0};
    struct event event;
    struct err err;

    assert_int_equal(buf_reserve(line, NATIVE_PADDING), 0);
    native_start(f->native, line->ptr, line->len, NATIVE_JSON);
    assert_int_equal(native_next(f->native, f->arena, &event, &faults, &err), 1);
    if (faults.count || catalogue_match(f->catalogue, event.name, f->arena, &match, &faults) < 0)
        return faults.count;
    for (size_t i = 0; i < catalogue_event_count(f->catalogue); i++)
        f->seen[i] |= catalogue_event_at(f->catalogue, i) == match.event;
    assert_true(catalogue_check(&match, &event, source, true, now_us, f->arena, &checks, &faults) >=
                0);
    return faults.count + faults.more;
}

/* What nobody sends any more, see catalogues/accounts/retired.yaml. */
static bool is_past(struct str name)
{
    return str_is(name, "flow.{view}.begin") || str_is(name, "flow.have-account");
}

static void check_source(enum traffic_source source)
{
    const struct traffic_opts opts = {.seed = 11,
                                      .events = EVENTS,
                                      .from_us = END_US - 35 * DATETIME_DAY_US,
                                      .to_us = END_US,
                                      .sources = 1u << source,
                                      .duplicate_per_mille = 5,
                                      .late_per_mille = 5,
                                      .wrong_per_mille = 5};
    struct str name = str_from(traffic_source_name(source));
    struct traffic_event info;
    struct traffic *t;
    struct fixture f;
    AUTO_BUF line;

    set_up(&f, source);
    buf_init(&line, TRAFFIC_EVENT_MAX);
    assert_int_equal(traffic_new(&t, &opts, NULL), 0);
    while (traffic_next(t, &line, &info) == 1) {
        AUTO_FREE char *sent = xmemdup(line.ptr, line.len);
        size_t faults = faults_of(&f, &line, name, info.time_us);

        if ((faults > 0) != info.wrong)
            fail_msg("%zu faults, %s: %s", faults, info.wrong ? "but it is wrong" : "none expected",
                     sent);
        buf_reset(&line, TRAFFIC_EVENT_MAX);
        arena_reset(f.arena);
    }
    for (size_t i = 0; i < catalogue_event_count(f.catalogue); i++) {
        struct str event = catalogue_event_name(catalogue_event_at(f.catalogue, i));

        if (!f.seen[i] && !is_past(event))
            fail_msg("%.*s is never sent", STR_ARG(event));
    }
    traffic_free(t);
    tear_down(&f);
}

static void service_events_fit_their_catalogue(void **state)
{
    check_source(TRAFFIC_SERVICE);
}

static void site_events_fit_their_catalogue(void **state)
{
    check_source(TRAFFIC_SITE);
}

static void integrations_events_fit_their_catalogue(void **state)
{
    check_source(TRAFFIC_INTEGRATIONS);
}

static void timetracker_events_fit_their_catalogue(void **state)
{
    check_source(TRAFFIC_TIMETRACKER);
}

static void accounts_events_fit_their_catalogue(void **state)
{
    check_source(TRAFFIC_ACCOUNTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(service_events_fit_their_catalogue),
        cmocka_unit_test(site_events_fit_their_catalogue),
        cmocka_unit_test(integrations_events_fit_their_catalogue),
        cmocka_unit_test(timetracker_events_fit_their_catalogue),
        cmocka_unit_test(accounts_events_fit_their_catalogue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
