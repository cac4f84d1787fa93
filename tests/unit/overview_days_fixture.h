/* SPDX-License-Identifier: Apache-2.0 */
/* overview_days_fixture.h: what days come to, held against what the events themselves give. */
#pragma once
#include "days_fixture.h"

static const char *const questions[][WORDS_MAX] = {
    {"limit=1000"},
    {"limit=3", "traffic=all"},
    {"limit=1000", "traffic=bots", "bucket=month"},
    {"limit=1000", "traffic=internal", "bucket=day"},
    {"from=2026-03-21", "to=2026-04-02", "compare=previous", "limit=1000"},
    {"from=2026-03-28", "to=2026-04-01", "compare=previous", "time-zone=Europe/Berlin", "limit=2",
     "bucket=day"},
    {"from=2026-03-29", "to=2026-03-31", "compare=previous", "time-zone=Europe/Berlin"},
    {"from=2026-03-24", "to=2026-04-03", "bucket=day", "time-zone=America/St_Johns", "traffic=all"},
    {"from=2026-03-24", "to=2026-04-03", "bucket=week", "time-zone=Asia/Kathmandu",
     "compare=previous"},
    {"from=2026-03-26", "to=2026-04-02", "bucket=day", "time-zone=Pacific/Apia", "compare=previous",
     "limit=1000"},
    {"from=2026-03-27T05:20:00Z", "to=2026-03-27T23:10:01.5Z", "compare=previous"},
    {"from=2026-03-25T05:20:00Z", "to=2026-04-01T11:10:00Z", "bucket=day", "compare=previous",
     "limit=1000"},
    {"from=2026-03-25T05:20:00Z", "to=2026-03-25T05:20:01Z"},
    {"from=2026-03-25T05:20:00Z"},
    {"to=2026-03-30T22:00:00Z", "traffic=all"},
    {"from=2026-03-23", "to=2026-03-30", "bucket=hour", "traffic=all", "panel=bucket"},
    {"panel=page", "search=A", "limit=1"},
    {"from=2027-03-24", "to=2027-04-03", "compare=year", "bucket=day", "limit=1000"},
};

static inline void assert_agree(struct model_fixture *t, size_t every)
{
    for (size_t i = 0; i < ARRAY_LEN(questions); i += every)
        free(assert_as_of_events(t, "overview", questions[i]));
}

static inline void assert_agrees(struct model_fixture *t)
{
    assert_agree(t, 9);
}

static inline void load(struct model_fixture *t, uint64_t seed, int64_t from_day, int64_t to_day,
                        size_t count)
{
    struct visits v = {.seed = seed,
                       .from_us = OVERVIEW_START + from_day * DATETIME_DAY_US,
                       .to_us = OVERVIEW_START + to_day * DATETIME_DAY_US};

    visits_load(t, &v, count);
}

/* Visits of some days, of which those before the twelfth are over and summed up; some events are of 1969,
 * and some of clocks that stand wrong. */
static inline void setup_from(struct model_fixture *t, uint64_t seed, int64_t day,
                              const char *summed)
{
    overview_setup(t);
    set_now(t, 12);
    load_and_odd(t, seed, day, OVERVIEW_DAYS, 1500, load);
    assert_value(t->f, "SELECT count(*) FROM day_state WHERE summed > 0", summed);
}

static inline void make_five(struct model_fixture *t)
{
    setup_from(t, 41, 7, "5");
}

/* Five are enough where not the ranges matter: clocks change on the third of them. */
static inline void setup(struct model_fixture *t)
{
    static struct model_kept kept;

    setup_once(t, overview_catalogue, &kept, make_five);
}

/* Events of the first days leave the store; what they came to stays. */
static inline void delete_before(struct model_fixture *t, int64_t day)
{
    AUTO_FREE char *sql =
        xasprintf("DELETE FROM events_data WHERE time < make_timestamp(%lld) AND time > DATE "
                  "'2000-01-01'",
                  (long long)(OVERVIEW_START + day * DATETIME_DAY_US));
    struct err err = {0};

    model_need(script_run(t->f->store, "delete", str_from(sql), &err), &err);
}
