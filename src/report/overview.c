/* SPDX-License-Identifier: Apache-2.0 */
/* overview.c: what happened in a range, in one answer: totals, buckets, and who, what, where from.
 *
 * All panels come from one statement, so that their numbers are of one moment and add up. People and
 * sessions have another pseudonym each day: over days they count once a day, in each panel, bucket and
 * total alike. In a panel of values, what is beyond the limit is `(other)`, and what is absent `(none)`, so
 * that the events of its rows are those of the total. */
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "report/overview.h"

enum { PART_MAX = OVERVIEW_PART_MAX };

/* What they are called stands in overview.sql, too. */
const struct overview_panels overview_panels[OVERVIEW_PANELS] = {
    {"total", NULL},
    {"bucket", NULL},
    {"traffic", NULL},
    {"event", "name"},
    {"source", "source"},
    {"page", "path"},
    {"referrer", "referrer_host"},
    {"browser", "ua_browser"},
    {"system", "ua_os"},
    {"country", "country"},
    {"campaign", "utm_campaign"},
};

#define PANELS "total|bucket|traffic|event|source|page|referrer|browser|system|country|campaign"

static const struct report_parameter own[] = {
    {.name = "panel",
     .argument = "PANEL",
     .help = "only total, bucket, traffic, event, source, page,|referrer, browser, system, country "
             "or campaign; repeat it|for several (default: all)",
     .choices = PANELS,
     .type = REPORT_CHOICE,
     .repeats = true},
    {.name = "limit",
     .argument = "N",
     .help = "so many values in a panel, those with most events;|the others together are (other) "
             "(default: 10)",
     .standard = "10",
     .type = REPORT_COUNT,
     .least = 1,
     .most = 1000},
    {.name = "search",
     .argument = "TEXT",
     .help = "only values with this text in them; for one panel|of values",
     .type = REPORT_TEXT},
    {.name = "compare",
     .argument = "SPAN",
     .help =
         "beside the range: previous, the time just before it,|year, the same a year before, or "
         "none (default)",
     .standard = "none",
     .choices = "none|previous|year",
     .type = REPORT_CHOICE},
    {.name = "bucket",
     .argument = "SPAN",
     .help = "hour, day, week (from Monday) or month; auto|(default): by the length of the range",
     .standard = "auto",
     .choices = "auto|hour|day|week|month",
     .type = REPORT_CHOICE},
    {.name = NULL},
};

bool overview_has(const struct report_asked *asked, size_t panel)
{
    size_t count = report_count(asked, "panel");

    for (size_t i = 0; i < count; i++)
        if (str_is(report_value(asked, "panel", i), overview_panels[panel].name))
            return true;
    return count == 0;
}

static int check(const struct report_asked *asked, struct err *err)
{
    struct span span;
    size_t count = 0;

    for (size_t i = OVERVIEW_VALUES; i < OVERVIEW_PANELS; i++)
        count += overview_has(asked, i);
    for (size_t i = 0; i < OVERVIEW_VALUES; i++)
        count += 2 * overview_has(asked, i);
    if (report_text(asked, "search").ptr && count != 1)
        return err_set(err, ERR_USAGE,
                       "--search needs one --panel: event, source, page, referrer, "
                       "browser, system, country or campaign");
    return span_of(&span, asked, err);
}

void overview_put_union(struct buf *out)
{
    if (!out->len)
        return;
    buf_str(out, STR("\n    "));
    report_fill(out, "part_overview_union", NULL, 0);
    buf_char(out, '\n');
}

static void put_number(struct buf *out, size_t number)
{
    buf_printf(out, "%zu", number);
}

static struct str step_of(const struct span *span)
{
    return str_is(span->unit, "hour")   ? STR("to_hours(1)")
           : str_is(span->unit, "day")  ? STR("to_days(1)")
           : str_is(span->unit, "week") ? STR("to_days(7)")
                                        : STR("to_months(1)");
}

/* Buckets without an event are there, too. */
static void put_buckets(struct overview *m)
{
    char many[24];
    AUTO_BUF number;
    AUTO_BUF first;
    AUTO_BUF last;

    buf_init(&number, 24);
    buf_init(&first, PART_MAX);
    buf_init(&last, PART_MAX);
    snprintf(many, sizeof many, "%d", SPAN_BUCKETS_MAX);
    put_number(&number, OVERVIEW_BUCKET);
    if (m->span.closed) {
        span_put_first(&first, m->asked, &m->span);
        span_put_last(&last, m->asked, &m->span);
    }
    buf_str(&m->fill, STR("\n    "));
    report_fill(&m->fill, "part_overview_union", NULL, 0);
    buf_char(&m->fill, '\n');
    report_fill(&m->fill, m->span.closed ? "part_overview_fill" : "part_overview_fill_there",
                (struct sql_blank[]){{"panel", buf_as_str(&number)},
                                     {"first", buf_as_str(&first)},
                                     {"last", buf_as_str(&last)},
                                     {"many", str_from(many)},
                                     {"step", step_of(&m->span)}},
                5);
    m->fill.failed |= number.failed || first.failed || last.failed;
}

/* Rows that are there in any case. */
static void put_zero(struct overview *m, size_t panel)
{
    AUTO_BUF number;

    buf_init(&number, 24);
    put_number(&number, panel);
    overview_put_union(&m->parts);
    report_fill(&m->parts,
                panel == OVERVIEW_TRAFFIC ? "part_overview_traffic" : "part_overview_zero",
                (struct sql_blank[]){{"panel", buf_as_str(&number)}, {"value", STR("NULL")}}, 2);
}

static void put_parts(struct overview *m)
{
    for (size_t i = 0; i < OVERVIEW_PANELS; i++) {
        if (!overview_has(m->asked, i))
            continue;
        overview_put_panel(m, i);
        if (i == OVERVIEW_BUCKET)
            put_buckets(m);
        else if (i < OVERVIEW_VALUES)
            put_zero(m, i);
    }
}

static void put_search(struct buf *out, const struct report_asked *asked)
{
    struct str text = report_text(asked, "search");
    AUTO_BUF literal;

    buf_init(&literal, PART_MAX);
    if (!text.ptr)
        return;
    sql_literal(&literal, text);
    report_fill(out, "part_overview_search", (struct sql_blank[]){{"text", buf_as_str(&literal)}},
                1);
    out->failed |= literal.failed;
}

/* The text of a bucket, of what is `r.at`. */
static void put_bucket_text(struct buf *out, const struct overview *m)
{
    AUTO_BUF local;

    buf_init(&local, PART_MAX);
    report_put_local(&local, m->asked, "r.begins");
    report_fill(
        out, span_is_hours(&m->span) ? "part_overview_bucket_hours" : "part_overview_bucket_days",
        (struct sql_blank[]){{"at", STR("r.begins")}, {"local", buf_as_str(&local)}}, 2);
    out->failed |= local.failed;
}

/* The events that are read, and the sums that are there. */
static void put_all(struct overview *m)
{
    for (int before = 0; before <= (m->span.compare != SPAN_ALONE); before++)
        if (overview_is_of_days(m))
            overview_put_days(m, before);
        else
            overview_put_seen(m, before, STR_NONE);
}

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    struct overview m = {.asked = asked, .all_traffic = overview_has(asked, OVERVIEW_TRAFFIC)};
    AUTO_BUF read;
    AUTO_BUF search;
    AUTO_BUF bucket;

    buf_init(&read, PART_MAX);
    buf_init(&m.parts, PART_MAX);
    buf_init(&m.fill, PART_MAX);
    buf_init(&m.seen, PART_MAX);
    buf_init(&search, PART_MAX);
    buf_init(&bucket, PART_MAX);
    if (span_of(&m.span, asked, err) < 0)
        return -1;
    put_all(&m);
    overview_put_read(&read, &m);
    put_parts(&m);
    put_search(&search, asked);
    put_bucket_text(&bucket, &m);
    report_fill(sql, "overview",
                (struct sql_blank[]){
                    {"read", buf_as_str(&read)},
                    {"parts", buf_as_str(&m.parts)},
                    {"fill", buf_as_str(&m.fill)},
                    {"search", buf_as_str(&search)},
                    {"limit", report_text(asked, "limit")},
                    {"bucket", buf_as_str(&bucket)},
                    {"compared", m.span.compare == SPAN_ALONE ? STR("false") : STR("true")}},
                7);
    sql->failed |= m.seen.failed || read.failed || m.parts.failed || m.fill.failed ||
                   search.failed || bucket.failed;
    buf_free(&m.parts);
    buf_free(&m.fill);
    buf_free(&m.seen);
    return 0;
}

static const char *note(const struct report_asked *asked)
{
    (void)asked;
    return "visitors and sessions count once a day (UTC): their pseudonyms are others each day";
}

const struct report report_overview = {
    .name = "overview",
    .summary = "what happened: totals, buckets, events, pages, referrers, browsers ...",
    .description =
        "One answer in long form: the column panel says what a row is about, value which one it "
        "is. Each\n"
        "row has events, visitors, sessions and pages (events of kind page), and with --compare "
        "the "
        "same\n"
        "of the time before. In panels of values, rows add up to the total: (none) are events "
        "without a\n"
        "value, (other) those beyond --limit. Values are filters, too: --filter path=/pricing "
        "(event:\n"
        "name, page: path, browser: ua_browser, system: ua_os, campaign: utm_campaign, referrer:\n"
        "referrer_host).\n\n"
        "  weir report overview --from 2026-10-23 --to 2026-11-22 --compare previous\n"
        "  weir report overview --panel page --limit 100 --search blog --filter country=NL",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS | REPORT_TRAFFIC,
    .own = own,
    .table = "events",
    .days = true,
    .check = check,
    .note = note,
    .build = build,
};
