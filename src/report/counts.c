/* SPDX-License-Identifier: Apache-2.0 */
/* counts.c: how many events there were, by windows and by what they have in common.
 *
 * Reads the counts alone, so that it answers for times whose events are gone. They are of quarters of
 * an hour, which fit the days of every time zone of today. All rows of a bucket add up to its events:
 * what is absent is `(none)`, what is beyond the limit `(other)`, the same word as for values beyond a
 * source's budget. */
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "report/by.h"
#include "report/internal.h"

enum { PART_MAX = 128 * 1024, BY_MAX = 4 };
#define TABLE "event_count_rows"

static const struct report_parameter own[] = {
    BY_EVENT,
    BY_COLUMN("domain, page, event, source,|platform, timezone, bot, or a dimension; up to 4"),
    BY_LIMIT("those with most events", 1000),
    {.name = "bucket",
     .argument = "SPAN",
     .help = "rows by 15m, hour, day (default), week (from Monday),|month, or none",
     .standard = "day",
     .choices = "15m|hour|day|week|month|none",
     .type = REPORT_CHOICE},
    {.name = "fill", .help = "rows with 0 where there were no events", .type = REPORT_FLAG},
    {.name = NULL},
};

static int check(const struct report_asked *asked, struct err *err)
{
    if (report_count(asked, "by") > BY_MAX)
        return err_set(err, ERR_USAGE, "--by may be given %d times", BY_MAX);
    for (size_t i = 0; i < report_count(asked, "by"); i++)
        if (str_eq_nocase(report_value(asked, "by", i), STR("count")))
            return err_set(err, ERR_USAGE, "--by count: it is what is counted");
    if (report_flag(asked, "fill") && str_is(report_text(asked, "bucket"), "none"))
        return err_set(err, ERR_USAGE, "--fill needs buckets: leave out --bucket none");
    return 0;
}

static void put_absent(const struct report_asked *asked, struct buf *sql)
{
    report_put_absent_names(sql, asked, "event");
}

/* All that the statement leaves open. */
struct texts {
    struct buf bucket, utc; /* of a window's time; NULL where the report has no buckets */
    struct buf keys[BY_MAX]; /* what it is grouped by; NULL where there is none */
    struct buf shown; /* the columns of the answer before the count */
    struct buf range, conditions, first, last, fill;
};

static struct buf *text_at(struct texts *t, size_t index)
{
    struct buf *const others[] = {&t->bucket, &t->utc,        &t->shown, &t->range,
                                  &t->first,  &t->conditions, &t->last,  &t->fill};

    if (index < BY_MAX)
        return &t->keys[index];
    index -= BY_MAX;
    return index < ARRAY_LEN(others) ? others[index] : NULL;
}

static void put_none(struct buf *out)
{
    buf_str(out, STR("NULL"));
}

static bool has_utc(const struct report_asked *asked)
{
    struct str span = report_text(asked, "bucket");

    return (str_is(span, "15m") || str_is(span, "hour")) &&
           !str_is(report_text(asked, "time-zone"), "UTC");
}

/* The bucket of a window; and its begin in UTC, where clocks that go back make two of one name. */
static void put_bucket(struct texts *t, const struct report_asked *asked)
{
    struct str span = report_text(asked, "bucket");
    bool none = str_is(span, "none");

    if (none)
        put_none(&t->bucket);
    else if (str_is(span, "15m"))
        report_put_local(&t->bucket, asked, "c.time"); /* windows are just that */
    else
        report_put_bucket(&t->bucket, asked, "c.time");
    if (!has_utc(asked))
        put_none(&t->utc);
    else if (str_is(span, "15m"))
        buf_str(&t->utc, STR("c.time"));
    else
        report_put_bucket_utc(&t->utc, asked, "c.time");
    if (!none)
        report_fill(&t->shown, "part_counts_bucket", NULL, 0);
    if (has_utc(asked))
        report_fill(&t->shown, "part_counts_bucket_utc", NULL, 0);
}

static void put_group(struct texts *t, struct str column, size_t index)
{
    char key[24];
    AUTO_BUF name;
    AUTO_BUF value;

    snprintf(key, sizeof key, "k%zu", index + 1);
    buf_init(&name, PART_MAX);
    buf_init(&value, PART_MAX);
    sql_quote(&name, column);
    report_put_column(&value, "c", column);
    report_fill(&t->keys[index], "part_counts_key",
                (struct sql_blank[]){{"value", buf_as_str(&value)}}, 1);
    report_fill(&t->shown, "part_counts_shown",
                (struct sql_blank[]){{"key", str_from(key)}, {"name", buf_as_str(&name)}}, 2);
    t->shown.failed |= name.failed || value.failed;
}

static void put_events(struct buf *out, const struct report_asked *asked)
{
    AUTO_BUF names;

    buf_init(&names, PART_MAX);
    if (report_count(asked, "event") == 0)
        return;
    report_put_name_conditions(&names, asked, "event");
    buf_char(out, '\n');
    report_fill(out, "part_counts_events", (struct sql_blank[]){{"condition", buf_as_str(&names)}},
                1);
    out->failed |= names.failed;
}

/* The first window that is in the range, or the moment before which the last one begins. */
static void put_bound(struct buf *out, const struct report_asked *asked, const char *parameter,
                      const char *given, const char *else_of)
{
    struct str text = report_text(asked, parameter);
    AUTO_BUF moment;

    buf_init(&moment, PART_MAX);
    if (text.ptr)
        report_put_moment(&moment, asked, text);
    report_fill(out, text.ptr ? given : else_of,
                (struct sql_blank[]){{"moment", buf_as_str(&moment)}}, 1);
    out->failed |= moment.failed;
}

static void put_fill(struct texts *t, const struct report_asked *asked)
{
    if (!report_flag(asked, "fill"))
        return;
    put_bound(&t->first, asked, "from", "part_counts_first", "part_counts_first_there");
    put_bound(&t->last, asked, "to", "part_counts_last", "part_counts_last_there");
    report_fill(&t->fill, "part_counts_fill",
                (struct sql_blank[]){{"bucket", buf_as_str(&t->bucket)},
                                     {"utc", buf_as_str(&t->utc)},
                                     {"first", buf_as_str(&t->first)},
                                     {"last", buf_as_str(&t->last)}},
                4);
}

static void put_texts(struct texts *t, const struct report_asked *asked)
{
    size_t count = report_count(asked, "by");

    put_bucket(t, asked);
    for (size_t i = 0; i < BY_MAX; i++)
        if (i < count)
            put_group(t, report_value(asked, "by", i), i);
        else
            put_none(&t->keys[i]);
    put_events(&t->conditions, asked);
    report_put_range(&t->range, asked, "c.time");
    report_put_filters(&t->conditions, asked, "c");
    put_fill(t, asked);
}

static int need_columns(const struct report_asked *asked, struct err *err)
{
    for (size_t i = 0; i < report_count(asked, "by"); i++)
        if (report_need_column(asked, "by", STR(TABLE), report_value(asked, "by", i), err) < 0)
            return -1;
    return 0;
}

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    struct texts t;
    struct buf *text;

    if (need_columns(asked, err) < 0)
        return -1;
    for (size_t i = 0; (text = text_at(&t, i)); i++)
        buf_init(text, PART_MAX);
    put_texts(&t, asked);
    report_fill(sql, "counts",
                (struct sql_blank[]){{"range", buf_as_str(&t.range)},
                                     {"k1", buf_as_str(&t.keys[0])},
                                     {"k2", buf_as_str(&t.keys[1])},
                                     {"k3", buf_as_str(&t.keys[2])},
                                     {"k4", buf_as_str(&t.keys[3])},
                                     {"conditions", buf_as_str(&t.conditions)},
                                     {"bucket", buf_as_str(&t.bucket)},
                                     {"utc", buf_as_str(&t.utc)},
                                     {"limit", report_text(asked, "limit")},
                                     {"shown", buf_as_str(&t.shown)},
                                     {"fill", buf_as_str(&t.fill)}},
                11);
    for (size_t i = 0; (text = text_at(&t, i)); i++) {
        sql->failed |= buf_failed(text);
        buf_free(text);
    }
    return 0;
}

const struct report report_counts = {
    .name = "counts",
    .summary = "how many events, by windows and by page, domain, note ...",
    .description =
        "A row for each day (or other bucket) in which there were such events, and for each value "
        "of\n"
        "--by. It reads the quarter-hourly counts alone, which may be kept longer than events, in "
        "which\n"
        "nobody is told from anybody else. All rows of a bucket add up: (none) are events without "
        "a value,\n"
        "(other) those beyond --limit. A bucket is named by its begin.\n\n"
        "  weir report counts --event page.viewed --by page --from 2026-11-01\n"
        "  weir report counts --event socialClick --by domain --by clicked --bucket 15m",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS,
    .own = own,
    .table = TABLE,
    .check = check,
    .names = put_absent,
    .build = build,
};
