/* SPDX-License-Identifier: Apache-2.0 */
/* overview_cut.c: the parts of days that a range begins and ends with, out of their quarters of an hour.
 *
 * A part that begins or ends with its day (UTC), and begins and ends with quarters: people are those whose first,
 * or last, event of the day with a value is in it, which adds up over quarters. This needs a part that is of one
 * bucket: local days are, whose days begin and end with the range. */
#include "base/check.h"
#include "base/mem.h"
#include "report/overview.h"

enum { PART_MAX = OVERVIEW_PART_MAX };
#define QUARTER_US (DATETIME_DAY_US / 96)
/* From then on clocks are apart by whole quarters. */
#define QUARTERS_FROM_US (1096 * DATETIME_DAY_US)

static bool is_date(struct str text)
{
    int64_t us;

    return datetime_parse_date(text, &us) == 0;
}

/* Whether the day of a moment, in any zone, may be one without quarters of values. */
static bool may_lack_quarters(const struct overview *o, int64_t us)
{
    struct report_fact first, last;
    int64_t first_us, last_us;

    if (!report_fact_at(o->asked, "not_by_quarter", 0, &first))
        return false;
    CHECK(report_fact_at(o->asked, "not_by_quarter", 1, &last));
    CHECK(datetime_parse_date(first.value, &first_us) == 0);
    CHECK(datetime_parse_date(last.value, &last_us) == 0);
    return us + 2 * DATETIME_DAY_US > first_us && us - 2 * DATETIME_DAY_US < last_us;
}

bool overview_cut_is_summed(const struct overview *o, bool before, bool to)
{
    struct str from = overview_bound(o, before, false), end = overview_bound(o, before, true);
    struct str moment = to ? end : from;
    int64_t us = span_moment_us(moment);
    bool buckets = overview_has(o->asked, OVERVIEW_BUCKET);

    /* Both ends are not of the same day. */
    if (from.ptr && end.ptr && span_moment_us(end) - span_moment_us(from) < 3 * DATETIME_DAY_US)
        return false;
    if (us < QUARTERS_FROM_US || may_lack_quarters(o, us))
        return false;
    return is_date(moment) ? !buckets || !span_is_hours(&o->span)
                           : !buckets && us % QUARTER_US == 0;
}

/* What parts about a cut leave open. */
struct texts {
    struct buf cut, names, panels, place, values, traffic, of, each, bucket;
};

static void put_texts(struct texts *t, const struct overview *o, bool before, bool to)
{
    AUTO_BUF others;

    buf_init(&others, PART_MAX);
    overview_put_others(&others, o, STR("d.day"));
    overview_put_edge(&t->cut, o, before, to ? "part_overview_cut_to" : "part_overview_cut_from",
                      buf_as_str(&others));
    overview_put_names(&t->names, o, false);
    overview_put_names(&t->panels, o, true);
    sql_literal(&t->traffic, report_text(o->asked, "traffic"));
    report_fill(&t->place, "part_overview_cut_place",
                (struct sql_blank[]){{"names", buf_as_str(&t->names)}}, 1);
    report_fill(&t->values, "part_overview_cut_values",
                (struct sql_blank[]){{"panels", buf_as_str(&t->panels)},
                                     {"traffic", buf_as_str(&t->traffic)}},
                2);
    report_fill(&t->of, "part_overview_cut_of",
                (struct sql_blank[]){{"traffic", buf_as_str(&t->traffic)}}, 1);
    report_fill(&t->each, "part_overview_cut_each", NULL, 0);
    if (overview_has(o->asked, OVERVIEW_BUCKET)) {
        buf_str(&t->bucket, STR("CAST("));
        span_put_bucket(&t->bucket, o->asked, &o->span, before, "d.time");
        buf_str(&t->bucket, STR(" AS TIMESTAMP)"));
    }
    t->cut.failed |= others.failed;
}

struct asked_for {
    struct str panel, at, value, of;
    const char *table;
};

static void put_part(struct overview *o, const struct texts *t, bool before, bool to,
                     const struct asked_for *a)
{
    overview_put_union(&o->parts);
    report_fill(&o->parts, "part_overview_cut",
                (struct sql_blank[]){{"panel", a->panel},
                                     {"before", before ? STR("true") : STR("false")},
                                     {"at", a->at},
                                     {"value", a->value},
                                     {"which", to ? STR("first") : STR("last")},
                                     {"table", str_from(a->table)},
                                     {"of", a->of},
                                     {"cut", buf_as_str(&t->cut)}},
                8);
}

static void put_parts(struct overview *o, const struct texts *t, bool before, bool to)
{
    const struct str no_time = STR("CAST(NULL AS TIMESTAMP)"), none = STR("CAST(NULL AS VARCHAR)");
    static const char of_day[] = "day_quarters_data";
    const struct {
        int panel;
        struct asked_for part;
    } parts[] = {
        {OVERVIEW_TOTAL, {STR("0"), no_time, none, buf_as_str(&t->of), of_day}},
        {OVERVIEW_BUCKET, {STR("1"), buf_as_str(&t->bucket), none, buf_as_str(&t->of), of_day}},
        {OVERVIEW_TRAFFIC, {STR("2"), no_time, STR("d.traffic"), buf_as_str(&t->each), of_day}},
    };

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (overview_has(o->asked, (size_t)parts[i].panel))
            put_part(o, t, before, to, &parts[i].part);
    put_part(o, t, before, to,
             &(struct asked_for){buf_as_str(&t->place), no_time, STR("d.value"),
                                 buf_as_str(&t->values), "day_value_quarters_data"});
}

void overview_put_cut(struct overview *o, bool before, bool to)
{
    struct texts t;
    struct buf *const all[] = {&t.cut,     &t.names, &t.panels, &t.place, &t.values,
                               &t.traffic, &t.of,    &t.each,   &t.bucket};

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_init(all[i], PART_MAX);
    put_texts(&t, o, before, to);
    put_parts(o, &t, before, to);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        o->parts.failed |= buf_failed(all[i]);
        buf_free(all[i]);
    }
}
