/* SPDX-License-Identifier: Apache-2.0 */
/* overview_days.c: an overview out of what days come to, which are summed up once they are over.
 *
 * The range falls into days (UTC) that are whole in it and summed up, whose sums are taken, and the rest, of
 * which events are read: days with events that were not summed up, among them the present one, and the
 * beginnings and ends of days that the range cuts. Each day is of one kind alone, so that all that is
 * counted once a day adds up. Which days are not summed up was asked before: what comes after that moment
 * is not in the answer. Filters need the events themselves. */
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "report/overview.h"

static bool is_utc(const struct overview *o)
{
    return str_is(report_text(o->asked, "time-zone"), "UTC");
}

bool overview_is_of_days(const struct overview *o)
{
    bool buckets = overview_has(o->asked, OVERVIEW_BUCKET), hours = span_is_hours(&o->span);
    int64_t whole_us = hours ? DATETIME_DAY_US / 24 : DATETIME_DAY_US;

    if (report_count(o->asked, "filter"))
        return false;
    /* A bucket of the range before must not begin within what is summed up. */
    return !buckets || ((!hours || is_utc(o)) &&
                        (o->span.compare != SPAN_TIME_BEFORE || o->span.shift_us % whole_us == 0));
}

struct str overview_bound(const struct overview *o, bool before, bool to)
{
    if (before)
        return str_from(to ? o->span.to : o->span.from);
    return report_text(o->asked, to ? "to" : "from");
}

void overview_put_edge(struct buf *out, const struct overview *o, bool before, const char *part,
                       struct str days)
{
    struct str from_text = overview_bound(o, before, false),
               to_text = overview_bound(o, before, true);
    AUTO_BUF from;
    AUTO_BUF to;

    buf_init(&from, OVERVIEW_PART_MAX);
    buf_init(&to, OVERVIEW_PART_MAX);
    if (from_text.ptr)
        report_put_moment(&from, o->asked, from_text);
    if (to_text.ptr)
        report_put_moment(&to, o->asked, to_text);
    buf_char(out, '\n');
    report_fill(
        out, part,
        (struct sql_blank[]){{"from", buf_as_str(&from)}, {"to", buf_as_str(&to)}, {"days", days}},
        3);
    out->failed |= from.failed || to.failed;
}

void overview_put_others(struct buf *out, const struct overview *o, struct str time)
{
    for (size_t i = 0; i < o->asked->days_count; i++)
        report_put_run(out, "part_overview_not_of", &o->asked->days[i], time);
}

/* Not before or behind the range in any time zone. */
static bool may_meet(const struct overview *o, bool before, const struct report_days *run)
{
    struct str from = overview_bound(o, before, false), to = overview_bound(o, before, true);

    return (!from.ptr || run->last_us + 2 * DATETIME_DAY_US > span_moment_us(from)) &&
           (!to.ptr || run->first_us - DATETIME_DAY_US < span_moment_us(to));
}

static void put_runs(struct overview *o, bool before)
{
    for (size_t i = 0; i < o->asked->days_count; i++) {
        AUTO_BUF conditions;

        buf_init(&conditions, OVERVIEW_PART_MAX);
        if (!may_meet(o, before, &o->asked->days[i]))
            continue;
        report_put_run(&conditions, "part_overview_days", &o->asked->days[i], STR_NONE);
        overview_put_seen(o, before, buf_as_str(&conditions));
        o->seen.failed |= conditions.failed;
    }
}

/* Whether it is known without the database that a day begins there. */
static bool is_midnight(const struct overview *o, struct str moment)
{
    return is_utc(o) && span_moment_us(moment) % DATETIME_DAY_US == 0;
}

static void put_cut(struct overview *o, bool before, bool to)
{
    struct str moment = overview_bound(o, before, to);
    AUTO_BUF time;
    AUTO_BUF others;
    AUTO_BUF conditions;

    buf_init(&time, OVERVIEW_PART_MAX);
    buf_init(&others, OVERVIEW_PART_MAX);
    buf_init(&conditions, OVERVIEW_PART_MAX);
    if (!moment.ptr || is_midnight(o, moment))
        return;
    if (overview_cut_is_summed(o, before, to)) {
        overview_put_cut(o, before, to);
        return;
    }
    report_put_moment(&time, o->asked, moment);
    overview_put_others(&others, o, buf_as_str(&time));
    overview_put_edge(&conditions, o, before,
                      to ? "part_overview_to_edge" : "part_overview_from_edge",
                      buf_as_str(&others));
    if (to && overview_bound(o, before, false).ptr)
        overview_put_edge(&conditions, o, before, "part_overview_other_day", STR_NONE);
    overview_put_seen(o, before, buf_as_str(&conditions));
    o->seen.failed |= time.failed || others.failed || conditions.failed;
}

/* The days of `d` that are whole in the range and summed up. */
static void put_whole_days(struct buf *out, const struct overview *o, bool before)
{
    static const char *const parts[] = {"part_overview_from_day", "part_overview_to_day"};

    for (int to = 0; to < 2; to++) {
        AUTO_BUF moment;

        buf_init(&moment, OVERVIEW_PART_MAX);
        if (!overview_bound(o, before, to).ptr)
            continue;
        report_put_moment(&moment, o->asked, overview_bound(o, before, to));
        buf_char(out, '\n');
        report_fill(out, parts[to], (struct sql_blank[]){{"moment", buf_as_str(&moment)}}, 1);
        out->failed |= moment.failed;
    }
    overview_put_others(out, o, STR("d.day"));
}

void overview_put_names(struct buf *out, const struct overview *o, bool asked_for)
{
    for (size_t i = 0; i < OVERVIEW_PANELS; i++) {
        bool of_values = i == OVERVIEW_TOTAL || i >= OVERVIEW_VALUES;

        if (asked_for && (!of_values || !overview_has(o->asked, i)))
            continue;
        buf_str(out, out->len ? STR(", ") : STR(""));
        sql_literal(out, str_from(overview_panels[i].name));
    }
    if (out->len == 0)
        buf_str(out, STR("NULL"));
}

/* What the parts about days leave open. */
struct texts {
    struct buf names, panels, traffic, days, bucket, bucket_of_day, number, traffic_number;
};

static void put_part(struct overview *o, bool before, const char *part, const char *panel,
                     const struct texts *t)
{
    bool hours = span_is_hours(&o->span);

    overview_put_union(&o->parts);
    report_fill(
        &o->parts, part,
        (struct sql_blank[]){{"panel", str_from(panel)},
                             {"before", before ? STR("true") : STR("false")},
                             {"names", buf_as_str(&t->names)},
                             {"panels", buf_as_str(&t->panels)},
                             {"traffic", buf_as_str(&t->traffic)},
                             {"days", buf_as_str(&t->days)},
                             {"bucket", buf_as_str(&t->bucket)},
                             {"bucket_of_day", buf_as_str(&t->bucket_of_day)},
                             {"table", hours ? STR("day_hours_data") : STR("day_values_data")},
                             {"which", hours ? STR("true") : STR("d.panel = 'total'")}},
        10);
}

static void put_sums(struct overview *o, bool before)
{
    bool quarters = !is_utc(o);
    struct texts t;
    struct buf *const all[] = {&t.names, &t.panels, &t.traffic,
                               &t.days,  &t.bucket, &t.bucket_of_day};

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_init(all[i], OVERVIEW_PART_MAX);
    overview_put_names(&t.names, o, false);
    overview_put_names(&t.panels, o, true);
    sql_literal(&t.traffic, report_text(o->asked, "traffic"));
    put_whole_days(&t.days, o, before);
    span_put_bucket(&t.bucket, o->asked, &o->span, before,
                    quarters || span_is_hours(&o->span) ? "d.time" : "CAST(d.day AS TIMESTAMP)");
    span_put_bucket(&t.bucket_of_day, o->asked, &o->span, before, "CAST(d.day AS TIMESTAMP)");
    put_part(o, before, "part_overview_day_values", "", &t);
    if (overview_has(o->asked, OVERVIEW_TRAFFIC))
        put_part(o, before, "part_overview_day_traffic", "2", &t);
    if (overview_has(o->asked, OVERVIEW_BUCKET))
        put_part(o, before, quarters ? "part_overview_day_quarters" : "part_overview_day_buckets",
                 "1", &t);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        o->parts.failed |= buf_failed(all[i]);
        buf_free(all[i]);
    }
}

void overview_put_days(struct overview *o, bool before)
{
    put_runs(o, before);
    put_cut(o, before, false);
    put_cut(o, before, true);
    put_sums(o, before);
}
