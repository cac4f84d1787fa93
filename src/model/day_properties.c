/* SPDX-License-Identifier: Apache-2.0 */
/* day_properties.c: how many events the hours of days had, by name, by whose they are, and by the values
 * of properties: what the report `breakdown` counts where it needs not read the events of these days.
 *
 * Events add up, so that of hours any range, any bucket and most time zones are a sum; nobody is told from
 * anybody else here. A day (UTC) is summed up once days.c is through with it, out of its events, and
 * anew after late ones. Unlike what days come to, these sums never say anything else than the events that
 * are in the store: a day is read from its events as long as some of them are not summed up, and for good
 * once retention has deleted some; then its sums go, too.
 *
 * Summed up are texts and booleans: properties that everybody may see, and some columns of all events.
 * A property stays out of a day of which it would make more than a few rows, and not much fewer than
 * it has events; so the sums stay small beside the events, whatever is declared. day_properties_columns
 * says which ones; nothing is ever left out of a property that counts.
 *
 * A stored column holds several properties, so a day takes a step for each column, not for each property,
 * and each step is a transaction: loading goes on between two. The row in day_properties_state is the
 * last thing that is written: without it nothing of the day counts. Another process begins the day anew. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/day_properties.h"
#include "model/days.h"

enum { PART_MAX = 1 << 20, FEW_ROWS = 300, FEWER = 8 };

static int64_t now_us(const struct models *m)
{
    return m->days.now_us ? m->days.now_us : clock_now_us();
}

static void fill(const struct models *m, struct buf *out, const char *statement)
{
    const struct day_properties_work *w = &m->days.properties;
    char now[64], later[64], day[64], upto[24], few[24], fewer[24];
    AUTO_BUF column;
    AUTO_BUF label;

    buf_init(&column, PART_MAX);
    buf_init(&label, PART_MAX);
    sql_quote(&column, str_from(w->column));
    sql_literal(&label, str_from(w->column));
    snprintf(now, sizeof now, "make_timestamp(%" PRId64 ")", now_us(m));
    snprintf(later, sizeof later, "make_timestamp(%" PRId64 ")", now_us(m) + DAYS_LATER_US);
    snprintf(day, sizeof day, "make_timestamp(%" PRId64 ")", w->day_us);
    snprintf(upto, sizeof upto, "%" PRId64, w->upto);
    snprintf(few, sizeof few, "%d", w->few);
    snprintf(fewer, sizeof fewer, "%d", w->fewer);
    sql_fill(out, models_statement(statement),
             (struct sql_blank[]){{"now", str_from(now)},
                                  {"later", str_from(later)},
                                  {"day", str_from(day)},
                                  {"upto", str_from(upto)},
                                  {"few", str_from(few)},
                                  {"fewer", str_from(fewer)},
                                  {"column", buf_as_str(&column)},
                                  {"label", buf_as_str(&label)},
                                  {"internal", str_from(m->internal ? m->internal : "false")}},
             9);
    out->failed |= column.failed || label.failed;
}

static int run(struct models *m, const char *statement, struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    fill(m, &sql, statement);
    CHECK(!buf_failed(&sql));
    return script_run(m->store, statement, buf_as_str(&sql), err);
}

static int run_all(struct models *m, const char *const *statements, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (run(m, statements[i], err) < 0)
            return -1;
    return 0;
}

static int number(struct models *m, const char *statement, int64_t *out, struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    fill(m, &sql, statement);
    CHECK(!buf_failed(&sql));
    return script_number(m->store, statement, buf_as_str(&sql), out, err);
}

static int rows(struct models *m, const char *statement,
                int (*row)(void *ctx, const struct str *values, size_t count, struct err *err),
                void *ctx, struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, MODELS_STATEMENT_MAX);
    fill(m, &sql, statement);
    CHECK(!buf_failed(&sql));
    return script_rows(m->store, statement, buf_as_str(&sql), row, ctx, err);
}

int day_properties_create(struct models *m, struct err *err)
{
    static const char *const statements[] = {"create_day_properties_data",
                                             "create_day_properties_state",
                                             "create_day_properties_columns"};

    m->days.properties = (struct day_properties_work){.few = FEW_ROWS, .fewer = FEWER};
    return run_all(m, statements, ARRAY_LEN(statements), err);
}

int day_properties_hide(struct models *m, struct err *err)
{
    static const char *const statements[] = {"day_properties_hide", "day_properties_hidden"};

    m->days.properties.begun = false;
    return run_all(m, statements, ARRAY_LEN(statements), err);
}

int day_properties_again(struct models *m, struct err *err)
{
    static const char *const statements[] = {"day_properties_again", "day_properties_again_columns",
                                             "day_properties_again_state"};

    m->days.properties.begun = false;
    return run_all(m, statements, ARRAY_LEN(statements), err);
}

struct due {
    int64_t day_us, seen;
    bool known;
};

static int read_due(void *ctx, const struct str *values, size_t count, struct err *err)
{
    struct due *d = ctx;

    CHECK(count == 2);
    d->known = true;
    if (str_to_i64(values[0], &d->day_us) < 0 || str_to_i64(values[1], &d->seen) < 0)
        return err_set(err, ERR_CORRUPT, "day_state does not hold what it should");
    return 0;
}

static int begin(struct models *m, struct err *err)
{
    static const char *const statements[] = {
        "day_properties_clear",    "day_properties_clear_columns", "day_properties_clear_state",
        "day_properties_internal", "day_properties_shapes",        "day_properties_totals"};

    return run_all(m, statements, ARRAY_LEN(statements), err);
}

/* 1: a day was begun; 0: none is due. */
static int choose(struct models *m, struct err *err)
{
    struct due due = {0};

    if (rows(m, "day_properties_due", read_due, &due, err) < 0)
        return -1;
    if (!due.known)
        return 0;
    m->days.properties.day_us = due.day_us;
    m->days.properties.upto = due.seen;
    m->days.properties.column[0] = '\0';
    if (models_in_transaction(m, begin, err) < 0)
        return -1;
    m->days.properties.begun = true;
    return 1;
}

struct next {
    char column[sizeof((struct day_properties_work *)0)->column];
    bool known, shared;
};

static int read_next(void *ctx, const struct str *values, size_t count, struct err *err)
{
    struct next *n = ctx;

    CHECK(count == 2);
    if (values[0].len >= sizeof n->column)
        return err_set(err, ERR_CORRUPT, "shapes does not hold what it should");
    memcpy(n->column, values[0].ptr, values[0].len);
    n->column[values[0].len] = '\0';
    n->known = true;
    n->shared = str_is(values[1], "true");
    return 0;
}

static int sum_shared(struct models *m, struct err *err)
{
    static const char *const statements[] = {"day_properties_count", "day_properties_shared",
                                             "day_properties_large", "day_properties_take"};

    return run_all(m, statements, ARRAY_LEN(statements), err);
}

static int sum_own(struct models *m, struct err *err)
{
    static const char *const statements[] = {"day_properties_count", "day_properties_own",
                                             "day_properties_own_summed", "day_properties_large",
                                             "day_properties_take"};

    return run_all(m, statements, ARRAY_LEN(statements), err);
}

static int finish(struct models *m, struct err *err)
{
    static const char *const statements[] = {"day_properties_others", "day_properties_drop",
                                             "day_properties_done"};
    int64_t differ = 0;

    if (number(m, "day_properties_differ", &differ, err) < 0)
        return -1;
    return differ ? 0 : run_all(m, statements, ARRAY_LEN(statements), err);
}

static int go_on(struct models *m, struct err *err)
{
    struct next next = {0};

    if (rows(m, "day_properties_next", read_next, &next, err) < 0)
        return -1;
    if (!next.known) {
        m->days.properties.begun = false;
        return models_in_transaction(m, finish, err);
    }
    memcpy(m->days.properties.column, next.column, sizeof next.column);
    return models_in_transaction(m, next.shared ? sum_shared : sum_own, err);
}

int day_properties_sum(struct models *m, struct err *err)
{
    int64_t gone = 0;

    if (m->days.properties.begun)
        return go_on(m, err) < 0 ? -1 : 1;
    if (number(m, "day_properties_gone", &gone, err) < 0 ||
        (gone && run(m, "day_properties_forget", err) < 0))
        return -1;
    return choose(m, err);
}

static int put_off(struct models *m, struct err *err)
{
    static const char *const statements[] = {"day_properties_clear", "day_properties_clear_columns",
                                             "day_properties_clear_state", "day_properties_later"};

    return run_all(m, statements, ARRAY_LEN(statements), err);
}

int day_properties_put_off(struct models *m, struct err *err)
{
    m->days.properties.begun = false;
    return models_in_transaction(m, put_off, err);
}
