/* SPDX-License-Identifier: Apache-2.0 */
/* breakdown_span.c: range, buckets and the span before of the report `breakdown`.
 *
 * The span before is moved onto the range, event by event, and then put into the same buckets. Days are
 * moved as the calendar of the time zone has them, so that midnight comes to midnight also where the
 * clocks were changed between; a range of moments is moved by just its length.
 * By a year each moment is moved to its date of the next year. A 29th of February that the range begins with has
 * the 28th beside it, one that it ends on the 1st of March; in the middle it has no day to be compared with, and
 * what was on one a year before stands beside the 28th. Nothing of the span before is left out. */
#include <stdio.h>

#include "base/check.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "report/breakdown.h"

enum { PART_MAX = 64 * 1024, FILLED_MAX = 10000 };
#define MINUTE_US INT64_C(60000000)

static bool is_utc(const struct report_asked *asked)
{
    return str_is(report_text(asked, "time-zone"), "UTC");
}

/* A moment as if its day began with UTC's: enough for the length of a range. */
static bool about(struct str text, int64_t *us, bool *is_day)
{
    *is_day = text.ptr && datetime_parse_date(text, us) == 0;
    return *is_day || (text.ptr && datetime_parse(text, us) == 0);
}

/* False where an end is open. */
static bool range_of(const struct report_asked *asked, int64_t *length_us, bool *days)
{
    int64_t from, to;
    bool from_day, to_day;

    if (!about(report_text(asked, "from"), &from, &from_day) ||
        !about(report_text(asked, "to"), &to, &to_day))
        return false;
    *length_us = to - from;
    *days = from_day && to_day;
    return true;
}

static bool has_range(const struct report_asked *asked)
{
    int64_t length;
    bool days;

    return range_of(asked, &length, &days);
}

bool breakdown_compares(const struct report_asked *asked)
{
    return !str_is(report_text(asked, "compare"), "none");
}

static int64_t bucket_us(struct str bucket)
{
    if (str_is(bucket, "15m"))
        return 15 * MINUTE_US;
    if (str_is(bucket, "hour"))
        return 60 * MINUTE_US;
    if (str_is(bucket, "week"))
        return 7 * DATETIME_DAY_US;
    return str_is(bucket, "month") ? 28 * DATETIME_DAY_US : DATETIME_DAY_US;
}

int breakdown_span_check(const struct report_asked *asked, struct err *err)
{
    struct str bucket = breakdown_bucket(asked);
    int64_t length;
    bool days;

    if (!range_of(asked, &length, &days)) {
        if (breakdown_compares(asked))
            return err_set(err, ERR_USAGE, "--compare needs --from and --to");
        return 0;
    }
    if (str_is(report_text(asked, "compare"), "year") && length > 365 * DATETIME_DAY_US)
        return err_set(err, ERR_USAGE, "--compare year needs a range of at most 365 days");
    if (!str_is(bucket, "none") && length / bucket_us(bucket) > FILLED_MAX)
        return err_set(
            err, ERR_USAGE,
            "the range has more than %d buckets: ask for longer ones, or a shorter range",
            FILLED_MAX);
    return 0;
}

/* The one that makes 24 to about 120, where there is one. */
struct str breakdown_bucket(const struct report_asked *asked)
{
    struct str bucket = report_text(asked, "bucket");
    int64_t length;
    bool days;

    if (!str_is(bucket, "auto"))
        return bucket;
    if (!range_of(asked, &length, &days))
        return STR("day");
    if (length <= DATETIME_DAY_US / 2)
        return STR("15m");
    if (length <= 5 * DATETIME_DAY_US)
        return STR("hour");
    if (length <= 125 * DATETIME_DAY_US)
        return STR("day");
    return length <= 800 * DATETIME_DAY_US ? STR("week") : STR("month");
}

bool breakdown_has_utc(const struct report_asked *asked)
{
    struct str bucket = breakdown_bucket(asked);

    return (str_is(bucket, "15m") || str_is(bucket, "hour")) && !is_utc(asked);
}

void breakdown_put_bucket(struct buf *out, const struct report_asked *asked)
{
    if (str_is(breakdown_bucket(asked), "none"))
        buf_str(out, STR("NULL"));
    else
        report_put_bucket_of(out, asked, breakdown_bucket(asked), "a.t");
}

void breakdown_put_bucket_utc(struct buf *out, const struct report_asked *asked)
{
    if (breakdown_has_utc(asked))
        report_put_bucket_utc_of(out, asked, breakdown_bucket(asked), "a.t");
    else
        buf_str(out, STR("NULL"));
}

bool breakdown_has_windows(const struct report_asked *asked)
{
    return !is_utc(asked) && has_range(asked) && !str_is(breakdown_bucket(asked), "none");
}

/* What both statements about the whole range have. */
static void put_of_range(struct buf *out, const struct report_asked *asked, const char *part,
                         struct str nothing)
{
    AUTO_BUF first;
    AUTO_BUF last;
    AUTO_BUF bucket;
    AUTO_BUF utc;

    buf_init(&first, PART_MAX);
    buf_init(&last, PART_MAX);
    buf_init(&bucket, PART_MAX);
    buf_init(&utc, PART_MAX);
    report_put_moment(&first, asked, report_text(asked, "from"));
    report_put_moment(&last, asked, report_text(asked, "to"));
    breakdown_put_bucket(&bucket, asked);
    breakdown_put_bucket_utc(&utc, asked);
    report_fill(
        out, part,
        (struct sql_blank[]){{"first", buf_as_str(&first)},
                             {"last", buf_as_str(&last)},
                             {"bucket", buf_as_str(&bucket)},
                             {"utc", buf_as_str(&utc)},
                             {"nothing", nothing},
                             {"nothing_before", breakdown_compares(asked) ? nothing : STR("NULL")}},
        6);
    out->failed |= first.failed || last.failed || bucket.failed || utc.failed;
}

void breakdown_put_windows(struct buf *out, const struct report_asked *asked)
{
    if (!breakdown_has_windows(asked))
        return;
    put_of_range(out, asked, "part_breakdown_windows", STR_NONE);
    buf_char(out, '\n');
}

void breakdown_put_fill(struct buf *out, const struct report_asked *asked, struct str nothing)
{
    if (has_range(asked) && !str_is(breakdown_bucket(asked), "none"))
        put_of_range(out, asked, "part_breakdown_fill", nothing);
}

/* The texts of a comparison. */
struct spans {
    struct buf first, last, span, to_span; /* to_span: of the end */
    struct buf from_leap, to_leap; /* whether an end is on a 29th of February */
    bool of_calendar, of_year;
};

static struct buf *spans_text(struct spans *s, size_t index)
{
    struct buf *const all[] = {&s->first,   &s->last,      &s->span,
                               &s->to_span, &s->from_leap, &s->to_leap};

    return index < ARRAY_LEN(all) ? all[index] : NULL;
}

/* A moment that ends with NUL, which is behind it. */
static void put_end(struct buf *out, const struct report_asked *asked, const char *parameter)
{
    report_put_moment(out, asked, report_text(asked, parameter));
    buf_char(out, '\0');
    CHECK(!buf_failed(out));
    out->len--;
}

static void put_leap(struct buf *out, const struct report_asked *asked, const struct buf *moment)
{
    AUTO_BUF local;

    buf_init(&local, PART_MAX);
    report_put_local(&local, asked, moment->ptr);
    report_fill(out, "part_breakdown_leap", (struct sql_blank[]){{"local", buf_as_str(&local)}}, 1);
    out->failed |= local.failed;
}

static void put_year(struct spans *s, const struct report_asked *asked)
{
    put_leap(&s->from_leap, asked, &s->first);
    put_leap(&s->to_leap, asked, &s->last);
    buf_str(&s->span, STR("INTERVAL 1 YEAR"));
    report_fill(&s->to_span, "part_breakdown_span_year",
                (struct sql_blank[]){{"from_leap", buf_as_str(&s->from_leap)},
                                     {"to_leap", buf_as_str(&s->to_leap)}},
                2);
}

static void put_span(struct spans *s, const struct report_asked *asked)
{
    int64_t length = 0;
    bool days = false;
    char text[24];

    CHECK(range_of(asked, &length, &days));
    s->of_year = str_is(report_text(asked, "compare"), "year");
    s->of_calendar = days || s->of_year;
    snprintf(text, sizeof text, "%lld", (long long)(length / DATETIME_DAY_US));
    if (s->of_year) {
        put_year(s, asked);
        return;
    }
    if (days)
        report_fill(&s->span, "part_breakdown_span_days",
                    (struct sql_blank[]){{"days", str_from(text)}}, 1);
    else
        report_fill(
            &s->span, "part_breakdown_span",
            (struct sql_blank[]){{"first", buf_as_str(&s->first)}, {"last", buf_as_str(&s->last)}},
            2);
    buf_str(&s->to_span, buf_as_str(&s->span));
}

static void spans_init(struct spans *s, const struct report_asked *asked)
{
    struct buf *text;

    for (size_t i = 0; (text = spans_text(s, i)); i++)
        buf_init(text, PART_MAX);
    put_end(&s->first, asked, "from");
    put_end(&s->last, asked, "to");
    put_span(s, asked);
}

static void spans_free(struct spans *s, struct buf *out)
{
    struct buf *text;

    for (size_t i = 0; (text = spans_text(s, i)); i++) {
        out->failed |= buf_failed(text);
        buf_free(text);
    }
}

/* A moment that a span is added to, or taken from. */
static void put_moved(struct buf *out, const struct report_asked *asked, const struct spans *s,
                      const char *time, const char *sign, const struct buf *span)
{
    bool in_zone = s->of_calendar && !is_utc(asked);
    AUTO_BUF local;
    AUTO_BUF zone;

    buf_init(&local, PART_MAX);
    buf_init(&zone, PART_MAX);
    report_put_local(&local, asked, time);
    sql_literal(&zone, report_text(asked, "time-zone"));
    report_fill(out, in_zone ? "part_breakdown_moved_in_zone" : "part_breakdown_moved",
                (struct sql_blank[]){{"time", str_from(time)},
                                     {"local", buf_as_str(&local)},
                                     {"zone", buf_as_str(&zone)},
                                     {"sign", str_from(sign)},
                                     {"span", buf_as_str(span)}},
                5);
    out->failed |= local.failed || zone.failed;
}

/* An event of the span before, moved to where it is compared. */
static void put_moved_event(struct buf *out, const struct report_asked *asked,
                            const struct spans *s)
{
    AUTO_BUF moved;

    buf_init(&moved, PART_MAX);
    put_moved(&moved, asked, s, "e.time", "+", &s->span);
    if (s->of_year)
        report_fill(out, "part_breakdown_moved_year",
                    (struct sql_blank[]){{"moved", buf_as_str(&moved)},
                                         {"first", buf_as_str(&s->first)},
                                         {"last", buf_as_str(&s->last)},
                                         {"from_leap", buf_as_str(&s->from_leap)},
                                         {"to_leap", buf_as_str(&s->to_leap)}},
                    5);
    else
        buf_str(out, buf_as_str(&moved));
    out->failed |= moved.failed;
}

void breakdown_put_time(struct buf *out, const struct report_asked *asked)
{
    struct spans s;
    AUTO_BUF moved;

    buf_init(&moved, PART_MAX);
    if (!breakdown_compares(asked)) {
        buf_str(out, STR("e.time"));
        return;
    }
    spans_init(&s, asked);
    put_moved_event(&moved, asked, &s);
    report_fill(
        out, "part_breakdown_time",
        (struct sql_blank[]){{"first", buf_as_str(&s.first)}, {"moved", buf_as_str(&moved)}}, 2);
    spans_free(&s, out);
    out->failed |= moved.failed;
}

void breakdown_put_earlier(struct buf *out, const struct report_asked *asked)
{
    struct spans s;

    if (!breakdown_compares(asked)) {
        buf_str(out, STR("false"));
        return;
    }
    spans_init(&s, asked);
    report_fill(out, "part_breakdown_earlier",
                (struct sql_blank[]){{"first", buf_as_str(&s.first)}}, 1);
    spans_free(&s, out);
}

void breakdown_put_spans(struct buf *out, const struct report_asked *asked)
{
    struct spans s;
    AUTO_BUF first;
    AUTO_BUF last;

    buf_init(&first, PART_MAX);
    buf_init(&last, PART_MAX);
    if (!breakdown_compares(asked)) {
        report_put_range(out, asked, "e.time");
        return;
    }
    spans_init(&s, asked);
    put_moved(&first, asked, &s, s.first.ptr, "-", &s.span);
    put_moved(&last, asked, &s, s.last.ptr, "-", &s.to_span);
    buf_char(out, '\n');
    report_fill(out, "part_breakdown_spans",
                (struct sql_blank[]){{"first", buf_as_str(&s.first)},
                                     {"last", buf_as_str(&s.last)},
                                     {"before_first", buf_as_str(&first)},
                                     {"before_last", buf_as_str(&last)}},
                4);
    spans_free(&s, out);
    out->failed |= first.failed || last.failed;
}
