/* SPDX-License-Identifier: Apache-2.0 */
/* overview_events.c: the part of an overview that is counted out of events.
 *
 * Each event is read once, and what panels count in turn is made smaller before: events by visit for
 * what a visit seldom changes, zones asked once for each quarter of an hour, hosts of referrers once for each
 * address. While they are counted, values are hashes of 64 bits, as people and sessions are; of each, one text is
 * kept. Where no event is read, nothing of this is in the statement: planning it costs more than the sums. */
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "report/overview.h"

enum { PART_MAX = OVERVIEW_PART_MAX };
#define QUARTER_US (DATETIME_DAY_US / 96)

/* Whether a visit has few values of it. */
static bool is_of_visits(size_t panel)
{
    return panel != OVERVIEW_EVENT && panel != OVERVIEW_PAGE;
}

static void put_value(struct buf *out, const char *alias, const char *column)
{
    AUTO_BUF value;

    buf_init(&value, PART_MAX);
    report_put_event_column(&value, alias, str_from(column));
    report_fill(out, "part_overview_value", (struct sql_blank[]){{"value", buf_as_str(&value)}}, 1);
    out->failed |= value.failed;
}

static void put_columns(struct buf *out, const struct overview *o)
{
    for (size_t i = OVERVIEW_VALUES; i < OVERVIEW_PANELS; i++) {
        if (!overview_has(o->asked, i))
            continue;
        if (i == OVERVIEW_REFERRER) {
            buf_str(out, STR("e.referrer, e.host,"));
        } else {
            put_value(out, "e", overview_panels[i].column);
            buf_printf(out, " AS %s,", overview_panels[i].name);
        }
        buf_str(out, STR("\n        "));
    }
}

/* What stands for the time of an event where its bucket is asked for: a moment of the same bucket. */
static void put_moment(struct buf *out, const struct overview *o, bool before)
{
    bool by_quarters =
        !before || o->span.compare != SPAN_TIME_BEFORE || o->span.shift_us % QUARTER_US == 0;

    if (!overview_has(o->asked, OVERVIEW_BUCKET))
        buf_str(out, STR("CAST(NULL AS TIMESTAMP)"));
    else if (by_quarters)
        report_fill(out, "part_overview_quarter", NULL, 0);
    else
        buf_str(out, STR("e.time"));
}

void overview_put_seen(struct overview *o, bool before, struct str more)
{
    char position[24];
    AUTO_BUF moment;
    AUTO_BUF whose;
    AUTO_BUF columns;
    AUTO_BUF conditions;

    buf_init(&moment, PART_MAX);
    buf_init(&whose, PART_MAX);
    buf_init(&columns, PART_MAX);
    buf_init(&conditions, PART_MAX);
    snprintf(position, sizeof position, "%lld", (long long)o->asked->models_at);
    put_moment(&moment, o, before);
    report_put_traffic_of(&whose, o->asked, "e");
    put_columns(&columns, o);
    span_put_range(&conditions, o->asked, &o->span, before, "e.time");
    buf_str(&conditions, more);
    report_put_filters(&conditions, o->asked, "e");
    if (!o->all_traffic)
        report_put_traffic(&conditions, o->asked, "e");
    overview_put_union(&o->seen);
    report_fill(&o->seen, "part_overview_seen",
                (struct sql_blank[]){{"before", before ? STR("true") : STR("false")},
                                     {"moment", buf_as_str(&moment)},
                                     {"traffic_of", buf_as_str(&whose)},
                                     {"columns", buf_as_str(&columns)},
                                     {"position", str_from(position)},
                                     {"conditions", buf_as_str(&conditions)}},
                6);
    o->seen.failed |= moment.failed || whose.failed || columns.failed || conditions.failed;
}

static void put_windows(struct buf *out, const struct overview *o)
{
    AUTO_BUF bucket;
    AUTO_BUF before;
    AUTO_BUF either;

    buf_init(&bucket, PART_MAX);
    buf_init(&before, PART_MAX);
    buf_init(&either, PART_MAX);
    if (!overview_has(o->asked, OVERVIEW_BUCKET))
        return;
    span_put_bucket(&bucket, o->asked, &o->span, false, "moment");
    if (o->span.compare != SPAN_ALONE) {
        span_put_bucket(&before, o->asked, &o->span, true, "moment");
        report_fill(
            &either, "part_overview_windows_before",
            (struct sql_blank[]){{"before", buf_as_str(&before)}, {"bucket", buf_as_str(&bucket)}},
            2);
    }
    report_fill(
        out, "part_overview_windows",
        (struct sql_blank[]){{"bucket", either.len ? buf_as_str(&either) : buf_as_str(&bucket)}},
        1);
    buf_char(out, '\n');
    out->failed |= bucket.failed || before.failed || either.failed;
}

static void put_referrers(struct buf *out, const struct overview *o)
{
    AUTO_BUF value;

    buf_init(&value, PART_MAX);
    if (!overview_has(o->asked, OVERVIEW_REFERRER))
        return;
    put_value(&value, "e", overview_panels[OVERVIEW_REFERRER].column);
    report_fill(out, "part_overview_referrers", (struct sql_blank[]){{"value", buf_as_str(&value)}},
                1);
    buf_char(out, '\n');
    out->failed |= value.failed;
}

/* What the tables of what was read leave open. */
struct texts {
    struct buf of_visits, codes, kept, windows, referrers, columns, joins;
};

/* A value of visits is told by the visit's code; others have a code each. */
static void put_codes(struct texts *t, const struct overview *o)
{
    for (size_t i = OVERVIEW_VALUES; i < OVERVIEW_PANELS; i++) {
        const char *name = overview_panels[i].name;

        if (!overview_has(o->asked, i))
            continue;
        if (i == OVERVIEW_REFERRER) {
            buf_str(&t->codes, STR(", hash(e.referrer, e.host) AS referrer_code"));
        } else if (is_of_visits(i)) {
            buf_printf(&t->of_visits, ", e.%s", name);
            buf_printf(&t->kept, ", any_value(%s) AS %s", name, name);
        } else {
            buf_printf(&t->codes, ", hash(e.%s) AS %s_code", name, name);
        }
    }
}

static void put_joined(struct texts *t, const struct overview *o)
{
    static const struct {
        size_t panel;
        const char *column, *join;
    } joined[] = {{OVERVIEW_BUCKET, ", w.begins", "part_overview_join_windows"},
                  {OVERVIEW_REFERRER, ", r.referrer", "part_overview_join_referrers"}};

    for (size_t i = 0; i < ARRAY_LEN(joined); i++) {
        if (!overview_has(o->asked, joined[i].panel))
            continue;
        buf_str(&t->columns, str_from(joined[i].column));
        buf_str(&t->joins, STR("\n    "));
        report_fill(&t->joins, joined[i].join, NULL, 0);
    }
}

void overview_put_read(struct buf *out, const struct overview *o)
{
    struct texts t;
    struct buf *const all[] = {&t.of_visits, &t.codes,   &t.kept, &t.windows,
                               &t.referrers, &t.columns, &t.joins};

    if (!o->seen.len)
        return;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_init(all[i], PART_MAX);
    put_codes(&t, o);
    put_joined(&t, o);
    put_windows(&t.windows, o);
    put_referrers(&t.referrers, o);
    report_fill(out, "part_overview_read",
                (struct sql_blank[]){{"seen", buf_as_str(&o->seen)},
                                     {"of_visits", buf_as_str(&t.of_visits)},
                                     {"codes", buf_as_str(&t.codes)},
                                     {"kept", buf_as_str(&t.kept)},
                                     {"windows", buf_as_str(&t.windows)},
                                     {"referrers", buf_as_str(&t.referrers)},
                                     {"columns", buf_as_str(&t.columns)},
                                     {"joins", buf_as_str(&t.joins)}},
                8);
    buf_char(out, '\n');
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        out->failed |= buf_failed(all[i]);
        buf_free(all[i]);
    }
}

static void put_fits(struct buf *out, const struct overview *o, bool always)
{
    AUTO_BUF literal;

    buf_init(&literal, 64);
    if (always || str_is(report_text(o->asked, "traffic"), "all")) {
        buf_str(out, STR("true"));
        return;
    }
    sql_literal(&literal, report_text(o->asked, "traffic"));
    report_fill(out, "part_overview_traffic_fits",
                (struct sql_blank[]){{"traffic", buf_as_str(&literal)}}, 1);
}

/* The column that a panel's values are in. */
static void put_name(struct buf *out, size_t panel)
{
    if (panel == OVERVIEW_TOTAL || panel == OVERVIEW_BUCKET)
        buf_str(out, STR("CAST(NULL AS VARCHAR)"));
    else if (!is_of_visits(panel))
        buf_str(out, str_from(overview_panels[panel].name));
    else
        buf_printf(out, "%s.%s", panel == OVERVIEW_REFERRER ? "v" : "k",
                   overview_panels[panel].name);
}

void overview_put_panel(struct overview *o, size_t panel)
{
    AUTO_BUF number;
    AUTO_BUF value;
    AUTO_BUF fits;

    buf_init(&number, 24);
    buf_init(&value, PART_MAX);
    buf_init(&fits, PART_MAX);
    if (!o->seen.len)
        return;
    buf_printf(&number, "%zu", panel);
    put_name(&value, panel);
    put_fits(&fits, o, panel == OVERVIEW_TRAFFIC);
    overview_put_union(&o->parts);
    report_fill(
        &o->parts, is_of_visits(panel) ? "part_overview_panel" : "part_overview_panel_of_events",
        (struct sql_blank[]){
            {"panel", buf_as_str(&number)},
            {"at", panel == OVERVIEW_BUCKET ? STR("v.begins") : STR("CAST(NULL AS TIMESTAMP)")},
            {"value", buf_as_str(&value)},
            {"fits", buf_as_str(&fits)}},
        4);
    o->parts.failed |= number.failed || value.failed || fits.failed;
}
