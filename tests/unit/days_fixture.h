/* SPDX-License-Identifier: Apache-2.0 */
/* days_fixture.h: sums of days, held against what the events themselves give. */
#pragma once
#include "model_kept.h"
#include "overview_fixture.h"

#include "model/days.h"

/* All that fit everything: with a filter, a report reads the events alone. */
#define ALL_EVENTS "filter=source~*"
enum { WORDS_MAX = 12 };

static inline void run_sql(struct model_fixture *t, const char *sql)
{
    struct err err = {0};

    model_need(script_run(t->f->store, "test", str_from(sql), &err), &err);
}

/* That day is the present one. */
static inline void set_now(struct model_fixture *t, int64_t day)
{
    t->models->days.now_us = OVERVIEW_START + day * DATETIME_DAY_US;
    t->models->days.quiet_us = -1000 * DATETIME_DAY_US; /* nothing waits */
}

static inline void set_noisy(struct model_fixture *t)
{
    t->models->days.quiet_us = t->models->days.waited_us = 1000 * DATETIME_DAY_US;
}

/* Visits of some days, by what loads them; some are of 1969, and some of clocks that stand wrong. */
static inline void load_and_odd(struct model_fixture *t, uint64_t seed, int64_t from_day,
                                int64_t to_day, size_t count,
                                void (*load)(struct model_fixture *t, uint64_t seed,
                                             int64_t from_day, int64_t to_day, size_t count))
{
    load(t, seed, from_day, to_day, count);
    load(t, seed + 1, -20900, -20600, 20);
    load(t, seed + 2, 2700000, 2700010, 20);
    model_refresh(t);
}

/* A store that make() makes the first time; the twelfth day is the present one. */
static inline void setup_once(struct model_fixture *t, const char *catalogue,
                              struct model_kept *kept, void (*make)(struct model_fixture *t))
{
    if (kept->bytes.ptr) {
        model_setup_kept(t, catalogue, kept);
    } else {
        make(t);
        model_keep(t, catalogue, kept);
    }
    overview_settle(t, overview_internal, 2);
    set_now(t, 12);
}

/* A report's question out of sums gives the rows that it has out of events; the caller frees the latter's SQL. */
static inline char *assert_as_of_events(struct model_fixture *t, const char *report,
                                        const char *const *question)
{
    const char *words[WORDS_MAX + 2] = {0};
    AUTO_FREE char *ours = NULL;
    char *theirs;
    size_t count = 0;

    for (; count < WORDS_MAX && question[count]; count++)
        words[count] = question[count];
    ours = report_sql(t, report, words);
    words[count] = ALL_EVENTS;
    theirs = report_sql(t, report, words);
    assert_same_rows(t, ours, theirs);
    return theirs;
}
