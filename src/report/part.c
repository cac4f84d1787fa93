/* SPDX-License-Identifier: Apache-2.0 */
/* part.c: the parts of statements that reports share: range, filters, buckets.
 *
 * Promises that text from outside goes into a statement as a literal or a quoted name, and no other
 * way. */
#include "base/check.h"
#include "base/datetime.h"
#include "base/embed.h"
#include "base/mem.h"
#include "report/internal.h"

enum { PART_MAX = 64 * 1024 };

extern const struct embedded report_sql_files[];

static struct str sql_text(const char *name)
{
    struct str text = embedded_find(report_sql_files, str_from(name));

    CHECK(text.ptr);
    return text;
}

void report_fill(struct buf *out, const char *name, const struct sql_blank *blanks, size_t count)
{
    sql_fill_part(out, sql_text(name), blanks, count);
}

/* A part with a value from outside as a literal. */
static void put_with_literal(struct buf *out, const char *part, const char *blank, struct str sql,
                             const char *literal_blank, struct str text)
{
    AUTO_BUF literal;

    buf_init(&literal, PART_MAX);
    sql_literal(&literal, text);
    report_fill(out, part,
                (struct sql_blank[]){{blank, sql}, {literal_blank, buf_as_str(&literal)}}, 2);
    out->failed |= literal.failed;
}

static bool is_utc(const struct report_asked *asked)
{
    return str_is(report_text(asked, "time-zone"), "UTC");
}

void report_put_local(struct buf *out, const struct report_asked *asked, const char *time)
{
    if (is_utc(asked))
        buf_str(out, str_from(time));
    else
        put_with_literal(out, "part_local", "time", str_from(time), "zone",
                         report_text(asked, "time-zone"));
}

void report_put_moment(struct buf *out, const struct report_asked *asked, struct str text)
{
    char utc[DATETIME_SIZE];
    AUTO_BUF moment;
    int64_t us;

    buf_init(&moment, PART_MAX);
    if (datetime_parse_date(text, &us) == 0) {
        sql_literal(&moment, text);
    } else {
        CHECK(datetime_parse(text, &us) == 0);
        /* without its Z */
        sql_literal(&moment, str_of(utc, datetime_format(utc, us, DATETIME_MICROSECONDS) - 1));
    }
    if (text.len == strlen("2026-11-22") && !is_utc(asked))
        put_with_literal(out, "part_moment_in_zone", "text", buf_as_str(&moment), "zone",
                         report_text(asked, "time-zone"));
    else
        report_fill(out, "part_moment", (struct sql_blank[]){{"text", buf_as_str(&moment)}}, 1);
}

static void put_bound(struct buf *out, const struct report_asked *asked, const char *parameter,
                      const char *part, const char *time)
{
    struct str text = report_text(asked, parameter);
    AUTO_BUF moment;

    buf_init(&moment, PART_MAX);
    if (!text.ptr)
        return;
    report_put_moment(&moment, asked, text);
    buf_char(out, '\n');
    report_fill(out, part,
                (struct sql_blank[]){{"time", str_from(time)}, {"moment", buf_as_str(&moment)}}, 2);
    out->failed |= moment.failed;
}

void report_put_range(struct buf *out, const struct report_asked *asked, const char *time)
{
    put_bound(out, asked, "from", "part_from", time);
    put_bound(out, asked, "to", "part_to", time);
}

void report_put_kept(struct buf *out, const struct report_asked *asked, const char *alias)
{
    if (!asked->since)
        return;
    buf_char(out, '\n');
    put_with_literal(out, "part_kept", "alias", str_from(alias), "since", str_from(asked->since));
}

void report_put_bucket_of(struct buf *out, const struct report_asked *asked, struct str span,
                          const char *time)
{
    AUTO_BUF local;

    buf_init(&local, PART_MAX);
    report_put_local(&local, asked, time);
    put_with_literal(out,
                     str_is(span, "15m")    ? "part_bucket_quarter"
                     : str_is(span, "hour") ? "part_bucket_hour"
                                            : "part_bucket_day",
                     "time", buf_as_str(&local), "span", span);
    out->failed |= local.failed;
}

void report_put_bucket(struct buf *out, const struct report_asked *asked, const char *time)
{
    report_put_bucket_of(out, asked, report_text(asked, "bucket"), time);
}

void report_put_bucket_utc(struct buf *out, const struct report_asked *asked, const char *time)
{
    report_put_bucket_utc_of(out, asked, report_text(asked, "bucket"), time);
}

void report_put_bucket_utc_of(struct buf *out, const struct report_asked *asked, struct str span,
                              const char *time)
{
    AUTO_BUF bucket;
    AUTO_BUF local;

    buf_init(&bucket, PART_MAX);
    buf_init(&local, PART_MAX);
    report_put_bucket_of(&bucket, asked, span, time);
    report_put_local(&local, asked, time);
    report_fill(out, "part_bucket_utc",
                (struct sql_blank[]){{"bucket", buf_as_str(&bucket)},
                                     {"local", buf_as_str(&local)},
                                     {"time", str_from(time)}},
                3);
    out->failed |= bucket.failed || local.failed;
}

void report_put_column(struct buf *out, const char *alias, struct str column)
{
    AUTO_BUF name;

    buf_init(&name, PART_MAX);
    sql_quote(&name, column);
    report_fill(out, "part_column",
                (struct sql_blank[]){{"alias", str_from(alias)}, {"name", buf_as_str(&name)}}, 2);
    out->failed |= name.failed;
}

void report_put_event_column(struct buf *out, const char *alias, struct str column)
{
    if (str_eq_nocase(column, STR("referrer_host")))
        report_fill(out, "part_referrer_host", (struct sql_blank[]){{"alias", str_from(alias)}}, 1);
    else
        report_put_column(out, alias, column);
}

void report_put_by(struct buf *out, const struct report_asked *asked, const char *alias)
{
    struct str by = report_text(asked, "by");
    AUTO_BUF column;
    AUTO_BUF name;

    buf_init(&column, PART_MAX);
    buf_init(&name, PART_MAX);
    if (!by.ptr)
        return;
    report_put_column(&column, alias, by);
    sql_quote(&name, by);
    report_fill(out, "part_by",
                (struct sql_blank[]){{"column", buf_as_str(&column)}, {"name", buf_as_str(&name)}},
                2);
}

int report_filter_parse(struct report_filter *out, struct str text, struct err *err)
{
    struct filter f;

    if (filter_parse(&f, text, err) < 0)
        return -1;
    *out = (struct report_filter){.column = f.column, .value = f.value, .op = f.op};
    return 0;
}

void report_put_filter(struct buf *out, const struct report_filter *f, struct str column)
{
    static const char *const parts[] = {[FILTER_IS] = "part_filter_is",
                                        [FILTER_IS_NOT] = "part_filter_is_not",
                                        [FILTER_LIKE] = "part_filter_like",
                                        [FILTER_UNLIKE] = "part_filter_unlike"};
    AUTO_BUF pattern;

    buf_init(&pattern, PART_MAX);
    buf_char(out, '\n');
    if (f->op == FILTER_LIKE || f->op == FILTER_UNLIKE)
        report_put_pattern(&pattern, f->value);
    else
        buf_str(&pattern, f->value);
    put_with_literal(out, f->op == FILTER_IS && f->value.len ? "part_filter_is_text" : parts[f->op],
                     "column", column, "value", buf_as_str(&pattern));
    out->failed |= pattern.failed;
}

void report_put_filters(struct buf *out, const struct report_asked *asked, const char *alias)
{
    size_t count = report_count(asked, "filter");
    bool of_events = strcmp(report_table(asked), "events") == 0;

    for (size_t i = 0; i < count; i++) {
        struct report_filter f;
        AUTO_BUF column;

        buf_init(&column, PART_MAX);
        CHECK(report_filter_parse(&f, report_value(asked, "filter", i), NULL) == 0);
        if (of_events)
            report_put_event_column(&column, alias, f.column);
        else
            report_put_column(&column, alias, f.column);
        report_put_filter(out, &f, buf_as_str(&column));
        out->failed |= column.failed;
    }
}

static void put_utc_column(struct buf *out, const struct report_asked *asked, const char *time)
{
    AUTO_BUF utc;

    buf_init(&utc, PART_MAX);
    report_put_bucket_utc(&utc, asked, time);
    report_fill(out, "part_bucket_utc_column", (struct sql_blank[]){{"utc", buf_as_str(&utc)}}, 1);
    buf_char(out, ' ');
    out->failed |= utc.failed;
}

void report_fill_flows(struct buf *out, const char *name, const struct report_asked *asked,
                       struct str more)
{
    AUTO_BUF bucket;
    AUTO_BUF by;
    AUTO_BUF conditions;

    buf_init(&bucket, PART_MAX);
    buf_init(&by, PART_MAX);
    buf_init(&conditions, REPORT_SQL_MAX);
    report_put_bucket(&bucket, asked, "f.begin_time");
    if (str_is(report_text(asked, "bucket"), "hour") && !is_utc(asked))
        put_utc_column(&by, asked, "f.begin_time");
    report_put_by(&by, asked, "f");
    report_put_kept(&conditions, asked, "f");
    report_put_range(&conditions, asked, "f.begin_time");
    report_put_filters(&conditions, asked, "f");
    if (more.len)
        buf_char(&conditions, '\n');
    buf_str(&conditions, more);
    report_fill(out, name,
                (struct sql_blank[]){{"bucket", buf_as_str(&bucket)},
                                     {"by", buf_as_str(&by)},
                                     {"conditions", buf_as_str(&conditions)}},
                3);
    out->failed |= bucket.failed || by.failed || conditions.failed;
}
