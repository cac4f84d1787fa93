/* SPDX-License-Identifier: Apache-2.0 */
/* bench/catalogue.c: what it costs to find an event's entry and to hold it to it.
 *
 *   bench_catalogue catalogues
 *
 * Takes the folder of all five catalogues. Nanoseconds of CPU time, the best of several rounds, since
 * other processes interrupt; then the same for patterns, and for texts that mean harm to them. */
#include <stdio.h>
#include <time.h>

#include "base/check.h"
#include "base/mem.h"
#include "catalogue/catalogue.h"
#include "catalogue/pattern.h"
#include "catalogue/problem.h"

enum { ROUNDS = 15, TURNS = 100000, HOSTILE_LEN = 4096 };

#define TEXT(literal)                                                                              \
    {                                                                                              \
        .kind = EVENT_TEXT, .text = { literal, sizeof(literal) - 1 }                               \
    }

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_event(const struct catalogue *c, struct arena *a, const struct event *ev,
                         bool check)
{
    double best = 1e12;

    for (int round = 0; round < ROUNDS; round++) {
        double from = now_ns(), each;

        for (int i = 0; i < TURNS; i++) {
            struct catalogue_match m;
            struct catalogue_checks checks;
            struct faults faults;

            arena_reset(a);
            faults.count = faults.more = 0;
            CHECK(catalogue_match(c, ev->name, a, &m, &faults) == 0);
            if (check)
                CHECK(catalogue_check(&m, ev, STR("s"), true, 0, a, &checks, &faults) == 0);
        }
        each = (now_ns() - from) / TURNS;
        if (each < best)
            best = each;
    }
    return best;
}

static void time_events(const struct catalogue *c)
{
    static const struct event_property project[] = {
        {.name = STR("user_id"), .value = TEXT("4321")},
        {.name = STR("project_id"), .value = TEXT("77")},
        {.name = STR("project_name"), .value = TEXT("Ship it")},
        {.name = STR("has_client"), .value = {.kind = EVENT_BOOL, .boolean = true}},
    };
    static const struct event_property flow[] = {
        {.name = STR("context"), .value = TEXT("fx_desktop_v3")},
        {.name = STR("entrypoint"), .value = TEXT("abouthome")},
        {.name = STR("migration"), .value = TEXT("none")},
        {.name = STR("service"), .value = TEXT("sync")},
        {.name = STR("uid"), .value = TEXT("3722eb21d311f11cc04b4c9c52da0a61")},
    };
    const struct event events[] = {
        {.name = STR("project.created"), .properties = project, .property_count = 4},
        {.name = STR("flow.begin"), .properties = flow, .property_count = 5},
        {.name = STR("flow.signin.view"), .properties = flow, .property_count = 5},
    };
    struct arena *a = arena_new(65536, 1 << 20);

    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        printf("%-18s %zu properties  match %4.0f ns  match and check %4.0f ns\n",
               events[i].name.ptr, events[i].property_count, time_event(c, a, &events[i], false),
               time_event(c, a, &events[i], true));
    arena_free(a);
}

static double time_pattern(const char *text, struct str subject, int turns)
{
    struct err err;
    struct pattern *p = pattern_new(str_from(text), &err);
    double best = 1e12;
    volatile int sink = 0;

    CHECK(p != NULL);
    for (int round = 0; round < ROUNDS; round++) {
        double from = now_ns(), each;

        for (int i = 0; i < turns; i++)
            sink = sink + pattern_matches(p, subject);
        each = (now_ns() - from) / turns;
        if (each < best)
            best = each;
    }
    pattern_free(p);
    return best;
}

static void time_patterns(void)
{
    /* The parentheses keep the second of each pair from the quick matcher. */
    static const char *const pairs[][2] = {
        {"[0-9a-f]{32}", "([0-9a-f]{32})"},
        {"[a-z0-9][a-z0-9-]*", "([a-z0-9][a-z0-9-]*)"},
    };
    static const struct str subjects[] = {STR("3722eb21d311f11cc04b4c9c52da0a61"),
                                          STR("abouthome")};
    static const char *const hostile[] = {"(a+)+", "(a|a)*", "(a|aa)+", "([a-z]+)*\\d"};
    char text[HOSTILE_LEN];

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        printf("%-20s quick %5.1f ns  PCRE2 %5.1f ns\n", pairs[i][0],
               time_pattern(pairs[i][0], subjects[i], TURNS),
               time_pattern(pairs[i][1], subjects[i], TURNS));
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++)
        printf("%-20s on %d hostile bytes %.0f us\n", hostile[i], HOSTILE_LEN,
               time_pattern(hostile[i], str_of(text, sizeof text), 10) / 1e3);
}

int main(int argc, char **argv)
{
    struct problems problems = {0};
    struct catalogue *c;
    struct err err;

    if (argc != 2) {
        fprintf(stderr, "usage: bench_catalogue FOLDER\n");
        return 2;
    }
    if (catalogue_load(&c, argv[1], &problems, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    time_events(c);
    time_patterns();
    catalogue_free(c);
    problems_free(&problems);
    return 0;
}
