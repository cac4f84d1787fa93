/* SPDX-License-Identifier: Apache-2.0 */
/* days.c: what days come to: totals, hours and values, summed up once a day is over.
 *
 * Different people cannot be added up within a day, but over days they can, since their pseudonyms are
 * others each day. So a day (UTC) is summed up as a whole, out of its events; which days have events beyond
 * what was summed up, day_state knows, and reports read the events of these. A day is summed up anew once
 * no late event has come for a while, or they have come for long. Where the store has not all events any
 * more that were summed up, what was summed up stays, and late ones are added: somebody who was there
 * before counts once more then.
 *
 * Quarters of an hour tell whose first and last event of the day is in them: the people of any part of a
 * day that begins or ends with it are a sum of these, wherever a time zone cuts the day. So it is of the day as a
 * whole, and of each value.
 *
 * A day is summed up in steps, one for each panel, each a transaction of its own, so that loading goes on
 * between two; they wait in tables of their own until all agree. That is not done where another process
 * ends: the tables are emptied, and the day is begun anew.
 * A day that cannot be summed up, since it is too large for the memory, say, waits for an hour; reports read
 * its events until then, and no other model waits for it.
 * These tables are not of a generation: what the catalogue says counts in two ways only, whether a name is
 * a page and which events are internal, and with another answer all days are summed up anew of which the
 * store has the events. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "model/day_properties.h"
#include "model/days.h"

enum { PART_MAX = 1 << 20, VALUES_MAX = 20000 };

static const struct {
    const char *name, *column; /* SQL on `events AS e` */
} panels[] = {
    {"total", "NULL"},
    {"event", "e.name"},
    {"source", "e.source"},
    {"page", "e.path"},
    {"referrer", "referrer_host(e.referrer, e.host)"},
    {"browser", "e.ua_browser"},
    {"system", "e.ua_os"},
    {"country", "e.country"},
    {"campaign", "e.utm_campaign"},
};

/* The steps of a day: its panels, hours and quarters, the panels but the total by quarters, and taking them. */
enum {
    PANELS = ARRAY_LEN(panels),
    HOURS = PANELS,
    QUARTERS,
    VALUE_QUARTERS,
    TAKE = VALUE_QUARTERS + PANELS - 1
};

static int64_t now_us(const struct models *m)
{
    return m->days.now_us ? m->days.now_us : clock_now_us();
}

static void put_moment(struct buf *out, int64_t us)
{
    buf_printf(out, "make_timestamp(%" PRId64 ")", us);
}

/* Blanks that statements about days have. */
struct filling_day {
    struct buf now, quiet, waited, later, day, after, upto, from, to, summed, panel, value, events;
};

static void put_number(struct buf *out, int64_t number)
{
    buf_printf(out, "%" PRId64, number);
}

/* The panel that a step is about; PANELS where it is about none. */
static size_t panel_of(size_t step)
{
    if (step >= VALUE_QUARTERS && step < TAKE)
        return step - VALUE_QUARTERS + 1;
    return step < PANELS ? step : PANELS;
}

static void put_work(const struct models *m, struct filling_day *f)
{
    const struct days_work *w = &m->days;
    size_t panel = panel_of(w->next);

    put_moment(&f->day, w->day_us);
    put_number(&f->after, w->added ? w->summed : 0);
    put_number(&f->upto, w->upto);
    put_number(&f->summed, w->summed);
    put_moment(&f->now, now_us(m));
    put_moment(&f->quiet, now_us(m) - w->quiet_us);
    put_moment(&f->waited, now_us(m) - w->waited_us);
    put_moment(&f->later, now_us(m) + DAYS_LATER_US);
    if (panel < PANELS)
        sql_literal(&f->panel, str_from(panels[panel].name));
    sql_fill_part(
        &f->value, models_statement("part_day_value"),
        (struct sql_blank[]){{"column", str_from(panel < PANELS ? panels[panel].column : "NULL")}},
        1);
    sql_fill_part(&f->events, models_statement("part_day_events"),
                  (struct sql_blank[]){{"internal", str_from(m->internal ? m->internal : "false")},
                                       {"value", buf_as_str(&f->value)},
                                       {"day", buf_as_str(&f->day)},
                                       {"after", buf_as_str(&f->after)},
                                       {"upto", buf_as_str(&f->upto)}},
                  5);
}

static void fill(const struct models *m, struct buf *out, const char *statement,
                 const struct model_range *range)
{
    struct filling_day f;
    struct buf *const all[] = {&f.later, &f.now, &f.quiet,  &f.waited, &f.day,   &f.after, &f.upto,
                               &f.from,  &f.to,  &f.summed, &f.panel,  &f.value, &f.events};
    char values_max[24];

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_init(all[i], PART_MAX);
    snprintf(values_max, sizeof values_max, "%d", m->days.values_max);
    put_number(&f.from, range ? range->from : 0);
    put_number(&f.to, range ? range->to : 0);
    put_work(m, &f);
    sql_fill(out, models_statement(statement),
             (struct sql_blank[]){{"now", buf_as_str(&f.now)},
                                  {"quiet", buf_as_str(&f.quiet)},
                                  {"waited", buf_as_str(&f.waited)},
                                  {"later", buf_as_str(&f.later)},
                                  {"day", buf_as_str(&f.day)},
                                  {"upto", buf_as_str(&f.upto)},
                                  {"from", buf_as_str(&f.from)},
                                  {"to", buf_as_str(&f.to)},
                                  {"summed", buf_as_str(&f.summed)},
                                  {"panel", buf_as_str(&f.panel)},
                                  {"events", buf_as_str(&f.events)},
                                  {"added", m->days.added ? STR("true") : STR("false")},
                                  {"values_max", str_from(values_max)}},
             13);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        out->failed |= buf_failed(all[i]);
        buf_free(all[i]);
    }
}

static int run(struct models *m, const char *statement, const struct model_range *range,
               struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    fill(m, &sql, statement, range);
    CHECK(!buf_failed(&sql));
    return script_run(m->store, statement, buf_as_str(&sql), err);
}

static int run_all(struct models *m, const char *const *statements, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (run(m, statements[i], NULL, err) < 0)
            return -1;
    return 0;
}

static int number(struct models *m, const char *statement, int64_t *out, struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    fill(m, &sql, statement, NULL);
    CHECK(!buf_failed(&sql));
    return script_number(m->store, statement, buf_as_str(&sql), out, err);
}

/* What was begun, or is left of that, is forgotten. */
static int give_up(struct models *m, struct err *err)
{
    static const char *const statements[] = {"days_clear_values", "days_clear_hours",
                                             "days_clear_quarters", "days_clear_value_quarters"};

    m->days.begun = false;
    return run_all(m, statements, ARRAY_LEN(statements), err);
}

/* The events of a step are of these days. */
int days_mark(struct models *m, const struct model_range *range, struct err *err)
{
    static const char *const statements[] = {"days_new", "days_mark", "days_insert", "days_pages"};

    for (size_t i = 0; i < ARRAY_LEN(statements); i++)
        if (run(m, statements[i], range, err) < 0)
            return -1;
    return 0;
}

static int mark_all_again(struct models *m, struct err *err)
{
    static const char *const statements[] = {
        "days_whole",          "days_again_values",         "days_again_hours",
        "days_again_quarters", "days_again_value_quarters", "days_again",
        "days_pages_clear"};

    if (give_up(m, err) < 0)
        return -1;
    return run_all(m, statements, ARRAY_LEN(statements), err);
}

int days_again(struct models *m, struct err *err)
{
    return mark_all_again(m, err) < 0 ? -1 : day_properties_again(m, err);
}

int days_create(struct models *m, struct err *err)
{
    static const char *const statements[] = {"create_referrer_host",
                                             "create_day_state",
                                             "create_day_pages",
                                             "create_day_values_data",
                                             "create_day_values_new",
                                             "create_day_hours_data",
                                             "create_day_hours_new",
                                             "create_day_quarters_data",
                                             "create_day_quarters_new",
                                             "create_day_value_quarters_data",
                                             "create_day_value_quarters_new",
                                             "create_day_state_by_quarter",
                                             "view_day_values"};

    m->days = (struct days_work){
        .quiet_us = DAYS_QUIET_US, .waited_us = DAYS_WAITED_US, .values_max = VALUES_MAX};
    if (run_all(m, statements, ARRAY_LEN(statements), err) < 0)
        return -1;
    return give_up(m, err);
}

int days_look(struct models *m, int64_t position, struct err *err)
{
    int64_t differ = 0;
    struct model_range unknown = {.to = position};

    if (number(m, "days_known", &unknown.from, err) < 0)
        return -1;
    if (unknown.from < position && days_mark(m, &unknown, err) < 0)
        return -1;
    if (number(m, "days_pages_differ", &differ, err) < 0)
        return -1;
    if (differ && mark_all_again(m, err) < 0)
        return -1;
    return run(m, "days_pages", NULL, err);
}

int days_begin(struct models *m, struct err *err)
{
    if (script_begin(m->store, err) < 0)
        return -1;
    if (days_look(m, m->current.position, err) < 0 || script_commit(m->store, err) < 0) {
        script_rollback(m->store);
        return -1;
    }
    return 0;
}

/* Summing up. */

struct due {
    int64_t day_us, summed, events, seen;
    bool known;
};

static int read_due(void *ctx, const struct str *values, size_t count, struct err *err)
{
    struct due *d = ctx;

    CHECK(count == 4);
    d->known = true;
    if (str_to_i64(values[0], &d->day_us) < 0 || str_to_i64(values[1], &d->summed) < 0 ||
        str_to_i64(values[2], &d->events) < 0 || str_to_i64(values[3], &d->seen) < 0)
        return err_set(err, ERR_CORRUPT, "day_state does not hold what it should");
    return 0;
}

/* Whether events of the day that were summed up before are gone. */
static int is_lacking(struct models *m, bool *out, struct err *err)
{
    int64_t left = 0;

    if (m->days.summed > 0 && number(m, "days_left", &left, err) < 0)
        return -1;
    *out = left < m->days.events;
    return 0;
}

/* 1: a day was chosen; 0: none is due. */
static int choose(struct models *m, struct err *err)
{
    struct days_work *w = &m->days;
    struct due due = {0};
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    fill(m, &sql, "days_due", NULL);
    if (script_rows(m->store, "days_due", buf_as_str(&sql), read_due, &due, err) < 0)
        return -1;
    if (!due.known)
        return 0;
    if (give_up(m, err) < 0)
        return -1;
    w->day_us = due.day_us;
    w->summed = due.summed;
    w->events = due.events;
    w->upto = m->current.position;
    w->next = 0;
    w->added = false;
    if (is_lacking(m, &w->added, err) < 0)
        return -1;
    w->begun = true;
    return 1;
}

static int take(struct models *m, struct err *err)
{
    static const char *const statements[] = {"days_pages",
                                             "days_drop_values",
                                             "days_drop_hours",
                                             "days_drop_quarters",
                                             "days_drop_value_quarters",
                                             "days_done",
                                             "days_take_values",
                                             "days_take_hours",
                                             "days_take_quarters",
                                             "days_take_value_quarters",
                                             "days_clear_values",
                                             "days_clear_hours",
                                             "days_clear_quarters",
                                             "days_clear_value_quarters"};
    int64_t differ = 0;
    bool lacking;

    if (number(m, "days_agree", &differ, err) < 0 || is_lacking(m, &lacking, err) < 0)
        return -1;
    return differ || lacking != m->days.added ? give_up(m, err)
                                              : run_all(m, statements, ARRAY_LEN(statements), err);
}

static int sum_part(struct models *m, struct err *err)
{
    if (m->days.next == TAKE)
        return take(m, err);
    return run(m,
               m->days.next == HOURS            ? "days_sum_hours"
               : m->days.next == QUARTERS       ? "days_sum_quarters"
               : m->days.next >= VALUE_QUARTERS ? "days_sum_value_quarters"
                                                : "days_sum_values",
               NULL, err);
}

static int step(struct models *m, struct err *err)
{
    bool last = m->days.next == TAKE;

    if (script_begin(m->store, err) < 0)
        return -1;
    if (sum_part(m, err) < 0 || script_commit(m->store, err) < 0) {
        script_rollback(m->store);
        return -1;
    }
    m->days.next++;
    if (last)
        m->days.begun = false;
    return 0;
}

int days_sum(struct models *m, struct err *err)
{
    int status = 1;

    if (!m->days.begun) {
        status = choose(m, err);
        if (status <= 0)
            return status;
    }
    if (step(m, err) == 0)
        return 1;
    return -1;
}

int days_put_off(struct models *m, struct err *err)
{
    if (give_up(m, err) < 0)
        return -1;
    return run(m, "days_later", NULL, err);
}
