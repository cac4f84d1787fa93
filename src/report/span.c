/* SPDX-License-Identifier: Apache-2.0 */
/* span.c: buckets of a range, and the same of the range before.
 *
 * What happened before is put into the buckets of the range itself, shifted by whole days, by time or by a
 * year, so that each bucket stands beside the one that it is compared to and none is left over. Days are
 * shifted as the clocks of the time zone show them. Where a year has a 29th of February and the other has
 * not, the 28th stands for it where the range begins with it, the 1st of March where it ends on it. */
#include "report/span.h"

#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"

enum { PART_MAX = 64 * 1024, DATE_LEN = 10 };
#define HOUR_US (DATETIME_DAY_US / 24)

static bool is_date(struct str text)
{
    int64_t us;

    return datetime_parse_date(text, &us) == 0;
}

int64_t span_moment_us(struct str text)
{
    int64_t us;

    CHECK(datetime_parse_date(text, &us) == 0 || datetime_parse(text, &us) == 0);
    return us;
}

static void put_moment(char *out, int64_t us, bool date)
{
    if (date)
        datetime_format_date(out, us);
    else
        datetime_format(out, us, DATETIME_MICROSECONDS);
}

/* A 29th of February, of a date or of a time in UTC. */
static bool is_leap_day(struct str text)
{
    char date[DATE_LEN + 1];

    datetime_format_date(date, span_moment_us(text));
    return memcmp(date + 5, "02-29", 5) == 0;
}

/* The same a year before, `leap` instead of a 29th of February; the first year that there is has none. */
static int a_year_before(char *out, struct str text, const char *leap, struct err *err)
{
    size_t i = 3; /* the last digit of the year */

    put_moment(out, span_moment_us(text), is_date(text));
    if (strncmp(out, "0001", 4) == 0)
        return err_set(err, ERR_USAGE, "--compare year: there is no year before --from");
    for (; out[i] == '0'; i--)
        out[i] = '9';
    out[i]--;
    if (is_leap_day(text))
        memcpy(out + 5, leap, 5);
    return 0;
}

/* What ends on a 29th of February ended before the 1st of March, but for a part of that day alone. */
static int compare_year(struct span *s, struct str from, struct str to, struct err *err)
{
    bool part = is_leap_day(from) && span_moment_us(to) - span_moment_us(from) < DATETIME_DAY_US;

    s->compare = SPAN_YEAR_BEFORE;
    if (a_year_before(s->from, from, "02-28", err) < 0 ||
        a_year_before(s->to, to, part ? "02-28" : "03-01", err) < 0)
        return -1;
    CHECK(span_moment_us(str_from(s->from)) < span_moment_us(str_from(s->to)));
    return 0;
}

static int compare_previous(struct span *s, struct str from, struct str to, struct err *err)
{
    int64_t first;

    s->shift_us = span_moment_us(to) - span_moment_us(from);
    s->compare = is_date(from) ? SPAN_DAYS_BEFORE : SPAN_TIME_BEFORE;
    first = span_moment_us(from) - s->shift_us;
    if (span_moment_us(STR("0001-01-01")) > first)
        return err_set(err, ERR_USAGE, "--compare previous: there are no years before the first");
    put_moment(s->from, first, is_date(from));
    put_moment(s->to, span_moment_us(from), is_date(from));
    return 0;
}

static int compare(struct span *s, const struct report_asked *asked, struct err *err)
{
    struct str from = report_text(asked, "from"), to = report_text(asked, "to"),
               with = report_text(asked, "compare");

    s->compare = SPAN_ALONE;
    if (str_is(with, "none"))
        return 0;
    if (!s->closed)
        return err_set(err, ERR_USAGE, "--compare needs --from and --to");
    if (is_date(from) != is_date(to))
        return err_set(err, ERR_USAGE,
                       "--compare needs two days, or two times, as --from and --to");
    return str_is(with, "year") ? compare_year(s, from, to, err)
                                : compare_previous(s, from, to, err);
}

/* By hours up to two days, by days up to three months, by weeks up to two years. */
static struct str unit_for(int64_t us)
{
    return us <= 2 * DATETIME_DAY_US + HOUR_US     ? STR("hour")
           : us <= 93 * DATETIME_DAY_US            ? STR("day")
           : us <= (2 * 366 + 1) * DATETIME_DAY_US ? STR("week")
                                                   : STR("month");
}

int span_of(struct span *out, const struct report_asked *asked, struct err *err)
{
    struct str from = report_text(asked, "from"), to = report_text(asked, "to");
    int64_t us = 0, unit_us;

    out->closed = from.ptr && to.ptr;
    out->unit = report_text(asked, "bucket");
    if (out->closed)
        us = span_moment_us(to) - span_moment_us(from);
    if (str_is(out->unit, "auto"))
        out->unit = out->closed ? unit_for(us) : STR("day");
    unit_us = span_is_hours(out) ? HOUR_US : DATETIME_DAY_US; /* weeks and months are more */
    if (us / unit_us > SPAN_BUCKETS_MAX)
        return err_set(err, ERR_USAGE,
                       "--bucket %.*s: the range would have more than %d of them, ask for longer "
                       "ones",
                       STR_ARG(out->unit), SPAN_BUCKETS_MAX);
    return compare(out, asked, err);
}

bool span_is_hours(const struct span *span)
{
    return str_is(span->unit, "hour");
}

static void put_bound(struct buf *out, const struct report_asked *asked, struct str text,
                      const char *part, const char *time)
{
    AUTO_BUF moment;

    buf_init(&moment, PART_MAX);
    report_put_moment(&moment, asked, text);
    buf_char(out, '\n');
    report_fill(out, part,
                (struct sql_blank[]){{"time", str_from(time)}, {"moment", buf_as_str(&moment)}}, 2);
    out->failed |= moment.failed;
}

void span_put_range(struct buf *out, const struct report_asked *asked, const struct span *span,
                    bool before, const char *time)
{
    if (!before) {
        report_put_range(out, asked, time);
        return;
    }
    put_bound(out, asked, str_from(span->from), "part_from", time);
    put_bound(out, asked, str_from(span->to), "part_to", time);
}

/* SQL: how much later the range is than the one before; in moments, or as clocks show it. */
static void put_shift(struct buf *out, const struct report_asked *asked, const struct span *span)
{
    bool year = span->compare == SPAN_YEAR_BEFORE;
    char number[24];
    AUTO_BUF from;
    AUTO_BUF before;

    buf_init(&from, PART_MAX);
    buf_init(&before, PART_MAX);
    if (span_is_hours(span)) {
        report_put_moment(&from, asked, report_text(asked, "from"));
        report_put_moment(&before, asked, str_from(span->from));
        report_fill(
            out, "part_overview_shift_moments",
            (struct sql_blank[]){{"from", buf_as_str(&from)}, {"before", buf_as_str(&before)}}, 2);
        out->failed |= from.failed || before.failed;
        return;
    }
    snprintf(number, sizeof number, "%lld",
             (long long)(span->compare == SPAN_DAYS_BEFORE ? span->shift_us / DATETIME_DAY_US
                                                           : span->shift_us));
    report_fill(out,
                year                                ? "part_overview_shift_year"
                : span->compare == SPAN_DAYS_BEFORE ? "part_overview_shift_days"
                                                    : "part_overview_shift_us",
                (struct sql_blank[]){{"number", str_from(number)}}, 1);
}

static void put_plain(struct buf *out, const struct report_asked *asked, const struct span *span,
                      const char *time)
{
    if (span_is_hours(span))
        report_put_bucket_utc_of(out, asked, span->unit, time);
    else
        report_put_bucket_of(out, asked, span->unit, time);
}

static void put_text(struct buf *out, const char *part, const char *blank, const struct buf *text)
{
    report_fill(out, part, (struct sql_blank[]){{blank, buf_as_str(text)}}, 1);
    out->failed |= buf_failed(text);
}

/* Of a moment that is SQL of ours. */
static void put_bucket_of(struct buf *out, const struct report_asked *asked,
                          const struct span *span, struct buf *moment)
{
    buf_char(moment, '\0');
    if (!buf_failed(moment))
        put_plain(out, asked, span, moment->ptr);
    out->failed |= buf_failed(moment);
}

void span_put_first(struct buf *out, const struct report_asked *asked, const struct span *span)
{
    AUTO_BUF moment;

    buf_init(&moment, PART_MAX);
    report_put_moment(&moment, asked, report_text(asked, "from"));
    put_bucket_of(out, asked, span, &moment);
}

void span_put_last(struct buf *out, const struct report_asked *asked, const struct span *span)
{
    AUTO_BUF moment;
    AUTO_BUF before;

    buf_init(&moment, PART_MAX);
    buf_init(&before, PART_MAX);
    report_put_moment(&moment, asked, report_text(asked, "to"));
    put_text(&before, "part_just_before", "moment", &moment);
    put_bucket_of(out, asked, span, &before);
}

/* The bucket where the moment would be if it were so much later. */
static void put_shifted(struct buf *out, const struct report_asked *asked, const struct span *span,
                        const char *time)
{
    AUTO_BUF shift;
    AUTO_BUF local;
    AUTO_BUF later;
    AUTO_BUF unit;

    buf_init(&shift, PART_MAX);
    buf_init(&local, PART_MAX);
    buf_init(&later, PART_MAX);
    buf_init(&unit, PART_MAX);
    put_shift(&shift, asked, span);
    sql_literal(&unit, span->unit);
    if (span_is_hours(span))
        buf_str(&local, str_from(time));
    else
        report_put_local(&local, asked, time);
    report_fill(&later, "part_overview_later",
                (struct sql_blank[]){{"time", buf_as_str(&local)}, {"shift", buf_as_str(&shift)}},
                2);
    if (span_is_hours(span))
        put_bucket_of(out, asked, span, &later);
    else
        report_fill(out, "part_bucket_day",
                    (struct sql_blank[]){{"time", buf_as_str(&later)}, {"span", buf_as_str(&unit)}},
                    2);
    out->failed |= shift.failed || local.failed || later.failed || unit.failed;
}

void span_put_bucket(struct buf *out, const struct report_asked *asked, const struct span *span,
                     bool before, const char *time)
{
    AUTO_BUF bucket;
    AUTO_BUF first;
    AUTO_BUF last;

    buf_init(&bucket, PART_MAX);
    buf_init(&first, PART_MAX);
    buf_init(&last, PART_MAX);
    if (!before) {
        put_plain(out, asked, span, time);
        return;
    }
    put_shifted(&bucket, asked, span, time);
    span_put_first(&first, asked, span);
    span_put_last(&last, asked, span);
    report_fill(out, "part_overview_clamp",
                (struct sql_blank[]){{"bucket", buf_as_str(&bucket)},
                                     {"first", buf_as_str(&first)},
                                     {"last", buf_as_str(&last)}},
                3);
    out->failed |= bucket.failed || first.failed || last.failed;
}
