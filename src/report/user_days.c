/* SPDX-License-Identifier: Apache-2.0 */
/* user_days.c: the range of a report in days, and conditions that keep DuckDB from reading the rest. */
#include "report/user_days.h"

#include "base/datetime.h"
#include "base/mem.h"

struct str user_days_sampled(const struct report_asked *asked)
{
    struct str sample = report_text(asked, "sample");

    return str_is(sample, "half")    ? STR("_sampled_50")
           : str_is(sample, "tenth") ? STR("_sampled_10")
                                     : STR("");
}

bool user_days_in_tables(const struct report_asked *asked)
{
    return str_is(report_text(asked, "time-zone"), "UTC") && report_count(asked, "filter") == 0 &&
           report_count(asked, "by") == 0;
}

/* A part with one blank. */
static void put_with(struct buf *out, const char *part, const char *blank, const struct buf *text)
{
    report_fill(out, part, (struct sql_blank[]){{blank, buf_as_str(text)}}, 1);
    out->failed |= buf_failed(text);
}

static bool is_date(struct str text)
{
    int64_t us;

    return datetime_parse_date(text, &us) == 0;
}

static void put_date(struct buf *out, const char *part, struct str text)
{
    AUTO_BUF literal;

    buf_init(&literal, USER_DAYS_MAX);
    sql_literal(&literal, text);
    put_with(out, part, "text", &literal);
}

/* The day, in the report's zone, of a moment: SQL. */
static void put_day_of(struct buf *out, const struct report_asked *asked, struct buf *moment)
{
    AUTO_BUF local;

    buf_init(&local, USER_DAYS_MAX);
    buf_char(moment, '\0');
    if (!buf_failed(moment))
        report_put_local(&local, asked, moment->ptr);
    put_with(out, "part_day_of", "time", &local);
    out->failed |= buf_failed(moment);
}

void user_days_put_first(struct buf *out, const struct report_asked *asked)
{
    struct str text = report_text(asked, "from");
    AUTO_BUF moment;

    buf_init(&moment, USER_DAYS_MAX);
    if (!text.ptr)
        return;
    if (is_date(text)) {
        put_date(out, "part_day", text);
        return;
    }
    report_put_moment(&moment, asked, text);
    put_day_of(out, asked, &moment);
}

void user_days_put_last(struct buf *out, const struct report_asked *asked)
{
    struct str text = report_text(asked, "to");
    AUTO_BUF moment;
    AUTO_BUF before;

    buf_init(&moment, USER_DAYS_MAX);
    buf_init(&before, USER_DAYS_MAX);
    if (!text.ptr)
        return;
    if (is_date(text)) {
        put_date(out, "part_day_before", text);
        return;
    }
    report_put_moment(&moment, asked, text);
    put_with(&before, "part_just_before", "moment", &moment);
    put_day_of(out, asked, &before);
}

static void put_bound(struct buf *out, const char *part, const struct buf *day, uint64_t back)
{
    char number[24];

    if (!day->len)
        return;
    snprintf(number, sizeof number, "%llu", (unsigned long long)back);
    buf_char(out, '\n');
    report_fill(out, part,
                (struct sql_blank[]){{"day", buf_as_str(day)}, {"back", str_from(number)}}, 2);
    out->failed |= buf_failed(day);
}

void user_days_put_range(struct buf *out, const struct report_asked *asked, const char *from,
                         const char *to, uint64_t back)
{
    AUTO_BUF first;
    AUTO_BUF last;

    buf_init(&first, USER_DAYS_MAX);
    buf_init(&last, USER_DAYS_MAX);
    user_days_put_first(&first, asked);
    user_days_put_last(&last, asked);
    put_bound(out, from, &first, back);
    put_bound(out, to, &last, back);
}

static void put_event_bound(struct buf *out, const struct report_asked *asked,
                            const char *parameter, const char *part, uint64_t back)
{
    struct str text = report_text(asked, parameter);
    char number[24];
    AUTO_BUF moment;

    buf_init(&moment, USER_DAYS_MAX);
    if (!text.ptr)
        return;
    snprintf(number, sizeof number, "%llu", (unsigned long long)back + 1);
    report_put_moment(&moment, asked, text);
    buf_char(out, '\n');
    report_fill(out, part,
                (struct sql_blank[]){{"time", STR("a.timestamp")},
                                     {"moment", buf_as_str(&moment)},
                                     {"back", str_from(number)}},
                3);
    out->failed |= buf_failed(&moment);
}

void user_days_put_conditions(struct buf *out, const struct report_asked *asked, uint64_t back)
{
    put_event_bound(out, asked, "from", "part_events_from", back);
    put_event_bound(out, asked, "to", "part_events_to", back);
    report_put_filters(out, asked, "a");
}

void user_days_put_part(struct buf *out, const struct report_asked *asked)
{
    struct str by = report_text(asked, "by");

    if (by.ptr)
        report_put_column(out, "a", by);
    else
        buf_str(out, STR("NULL"));
}

void user_days_put_by(struct buf *out, const struct report_asked *asked)
{
    struct str by = report_text(asked, "by");
    AUTO_BUF name;

    buf_init(&name, USER_DAYS_MAX);
    if (!by.ptr)
        return;
    sql_quote(&name, by);
    put_with(out, "part_by_part", "name", &name);
}
