/* SPDX-License-Identifier: Apache-2.0 */
/* breakdown_sums.c: a breakdown out of the hours of days that are summed up (model/day_properties.c).
 *
 * It gives the numbers that the events give. Each day (UTC) is of one kind: its sums are taken, or its
 * events are read; which days are to be read was asked before. Sums count events alone, by one column,
 * without filters, and cannot be cut within an hour: whatever needs more reads all events. So does a
 * time zone whose hours are not UTC's at all times that there are sums of. */
#include <stdio.h>

#include "base/check.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "report/breakdown.h"
#include "report/internal.h"

enum { PART_MAX = 128 * 1024 };
#define HOUR_US (DATETIME_DAY_US / 24)

/* Days are where an hour of the time zone begins. */
static bool is_whole_hour(struct str moment)
{
    int64_t us;

    return !moment.ptr || datetime_parse_date(moment, &us) == 0 ||
           (datetime_parse(moment, &us) == 0 && us % HOUR_US == 0);
}

/* As far as the question says. */
static bool may_sum(const struct report_asked *asked)
{
    size_t by = report_count(asked, "by");

    return str_is(report_text(asked, "measure"), "events") && report_count(asked, "filter") == 0 &&
           by <= 1 &&
           (by == 0 || !str_eq_nocase(report_value(asked, "by", 0), STR("referrer_host"))) &&
           !str_is(breakdown_bucket(asked), "15m") && is_whole_hour(report_text(asked, "from")) &&
           is_whole_hour(report_text(asked, "to"));
}

bool breakdown_is_of_sums(const struct report_asked *asked)
{
    struct report_fact odd;

    return may_sum(asked) && report_fact_at(asked, "odd", 0, &odd) && odd.number == 0;
}

/* The name of an event is no property of it. */
static bool is_by_name(const struct report_asked *asked)
{
    return report_count(asked, "by") && str_eq_nocase(report_value(asked, "by", 0), STR("name"));
}

/* NULL: there is none. */
static void put_property(struct buf *out, const struct report_asked *asked)
{
    if (report_count(asked, "by") && !is_by_name(asked))
        sql_literal(out, report_value(asked, "by", 0));
    else
        buf_str(out, STR("NULL"));
}

/* An end of the range; of a comparison, which has another range before, there is none. */
static void put_end(struct buf *out, const struct report_asked *asked, const char *parameter)
{
    struct str text = report_text(asked, parameter);

    if (text.ptr && !breakdown_compares(asked))
        report_put_moment(out, asked, text);
    else
        buf_str(out, STR("CAST(NULL AS TIMESTAMP)"));
}

/* A part with each day that the question may need, and whether its events are to be read. */
static void put_days(struct buf *sql, const struct report_asked *asked, const char *part,
                     struct str known)
{
    AUTO_BUF property;
    AUTO_BUF first;
    AUTO_BUF last;
    AUTO_BUF local;
    AUTO_BUF days;

    buf_init(&property, PART_MAX);
    buf_init(&first, PART_MAX);
    buf_init(&last, PART_MAX);
    buf_init(&local, PART_MAX);
    buf_init(&days, PART_MAX);
    put_property(&property, asked);
    put_end(&first, asked, "from");
    put_end(&last, asked, "to");
    report_put_local(&local, asked, "time");
    report_fill(&days, "part_breakdown_each_day",
                (struct sql_blank[]){{"property", buf_as_str(&property)},
                                     {"first", buf_as_str(&first)},
                                     {"last", buf_as_str(&last)}},
                3);
    report_fill(sql, part,
                (struct sql_blank[]){{"days", buf_as_str(&days)},
                                     {"first", buf_as_str(&first)},
                                     {"last", buf_as_str(&last)},
                                     {"local", buf_as_str(&local)},
                                     {"known", known}},
                5);
    sql->failed |= property.failed || first.failed || last.failed || local.failed || days.failed;
}

void breakdown_put_days(struct buf *sql, const struct report_asked *asked)
{
    if (!may_sum(asked))
        return;
    put_days(sql, asked, "part_breakdown_days", STR_NONE);
    buf_char(sql, '\n');
}

bool breakdown_put_still(const struct report_asked *asked, struct buf *sql)
{
    AUTO_BUF known;

    buf_init(&known, PART_MAX);
    if (!breakdown_is_of_sums(asked))
        return false;
    for (size_t i = 0; i < asked->days_count; i++)
        report_put_run(&known, "part_overview_not_of", &asked->days[i], STR("day"));
    put_days(sql, asked, "breakdown_still", buf_as_str(&known));
    CHECK(!buf_failed(&known));
    return true;
}

/* What is grouped by, in the spelling that it has in the database. */
static void put_property_stored(struct buf *out, const struct report_asked *asked)
{
    struct str by = report_value(asked, "by", 0);

    for (size_t i = 0; i < asked->column_count && by.ptr && !is_by_name(asked); i++)
        if (strcmp(asked->columns[i].table, "events") == 0 &&
            str_eq_nocase(str_from(asked->columns[i].name), by)) {
            sql_literal(out, str_from(asked->columns[i].name));
            return;
        }
    buf_str(out, STR("NULL"));
}

static void put_sums(struct buf *out, const struct report_asked *asked,
                     const struct breakdown_read *read)
{
    struct str whose = report_text(asked, "traffic");
    AUTO_BUF property;
    AUTO_BUF conditions;
    AUTO_BUF traffic;

    buf_init(&property, PART_MAX);
    buf_init(&conditions, PART_MAX);
    buf_init(&traffic, 64);
    put_property_stored(&property, asked);
    buf_str(&conditions, read->events);
    if (!str_is(whose, "all")) {
        sql_literal(&traffic, whose);
        buf_char(&conditions, '\n');
        report_fill(&conditions, "part_breakdown_sums_of",
                    (struct sql_blank[]){{"traffic", buf_as_str(&traffic)}}, 1);
    }
    for (size_t i = 0; i < asked->days_count; i++)
        report_put_run(&conditions, "part_overview_not_of", &asked->days[i], STR("e.day"));
    report_fill(out, "part_breakdown_sums",
                (struct sql_blank[]){{"time", read->time},
                                     {"earlier", read->earlier},
                                     {"value", is_by_name(asked) ? STR("e.name") : STR("e.value")},
                                     {"property", buf_as_str(&property)},
                                     {"conditions", buf_as_str(&conditions)}},
                5);
    out->failed |= property.failed || conditions.failed;
}

void breakdown_put_sums(struct buf *out, const struct report_asked *asked,
                        const struct breakdown_read *read)
{
    put_sums(out, asked, read);
    for (size_t i = 0; i < asked->days_count; i++) {
        AUTO_BUF conditions;

        buf_init(&conditions, PART_MAX);
        buf_str(&conditions, read->conditions);
        report_put_run(&conditions, "part_overview_days", &asked->days[i], STR("e.time"));
        buf_char(out, '\n');
        report_fill(out, "part_breakdown_unsummed",
                    (struct sql_blank[]){{"time", read->time},
                                         {"earlier", read->earlier},
                                         {"k1", read->k1},
                                         {"conditions", buf_as_str(&conditions)}},
                    4);
        out->failed |= conditions.failed;
    }
}
