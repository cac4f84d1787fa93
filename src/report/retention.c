/* SPDX-License-Identifier: Apache-2.0 */
/* retention.c: the report `retention`: who comes back, by when they began. */
#include "base/mem.h"
#include "report/user_days.h"

enum { PERIODS_MAX = 366 };

static bool is_simple(const struct report_asked *asked)
{
    return user_days_in_tables(asked) && report_count(asked, "start") == 0;
}

/* Whether an event begins a cohort. */
static void put_starting(struct buf *out, const struct report_asked *asked)
{
    struct str start = report_text(asked, "start");
    bool pattern = start.ptr && report_is_pattern(start);
    AUTO_BUF text;
    AUTO_BUF literal;

    buf_init(&text, USER_DAYS_MAX);
    buf_init(&literal, USER_DAYS_MAX);
    if (!start.ptr) {
        buf_str(out, STR("true"));
        return;
    }
    if (pattern)
        report_put_pattern(&text, start);
    else
        buf_str(&text, start);
    sql_literal(&literal, buf_as_str(&text));
    report_fill(out, pattern ? "part_starting_like" : "part_starting",
                (struct sql_blank[]){{"value", buf_as_str(&literal)}}, 1);
    out->failed |= text.failed || literal.failed;
}

/* --start, where no event has that name. */
static void put_absent(const struct report_asked *asked, struct buf *sql)
{
    AUTO_BUF condition;

    buf_init(&condition, USER_DAYS_MAX);
    put_starting(&condition, asked);
    if (report_count(asked, "start"))
        report_put_absent(sql, &(struct report_sought){.where = "--start",
                                                       .name = report_text(asked, "start"),
                                                       .kinds = REPORT_KIND_ACTIVITY,
                                                       .condition = buf_as_str(&condition)});
    sql->failed |= condition.failed;
}

static void put_activity(struct buf *out, const struct report_asked *asked)
{
    AUTO_BUF part;
    AUTO_BUF local;
    AUTO_BUF starting;
    AUTO_BUF conditions;

    buf_init(&part, USER_DAYS_MAX);
    buf_init(&local, USER_DAYS_MAX);
    buf_init(&starting, USER_DAYS_MAX);
    buf_init(&conditions, USER_DAYS_MAX);
    user_days_put_part(&part, asked);
    report_put_local(&local, asked, "a.timestamp");
    put_starting(&starting, asked);
    report_put_filters(&conditions, asked, "a");
    report_fill(out, is_simple(asked) ? "part_activity_days" : "part_activity",
                (struct sql_blank[]){{"part", buf_as_str(&part)},
                                     {"local", buf_as_str(&local)},
                                     {"starting", buf_as_str(&starting)},
                                     {"conditions", buf_as_str(&conditions)},
                                     {"sampled", user_days_sampled(asked)}},
                5);
    out->failed |= part.failed || local.failed || starting.failed || conditions.failed;
}

static struct str span_of(struct str period)
{
    return str_is(period, "day")    ? STR("INTERVAL 1 DAY")
           : str_is(period, "week") ? STR("INTERVAL 7 DAYS")
                                    : STR("INTERVAL 1 MONTH");
}

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    bool rolling = report_flag(asked, "rolling");
    AUTO_BUF activity;
    AUTO_BUF first_part;
    AUTO_BUF range;
    AUTO_BUF returns;
    AUTO_BUF period;
    AUTO_BUF by;

    (void)err;
    buf_init(&activity, USER_DAYS_MAX);
    buf_init(&first_part, USER_DAYS_MAX);
    buf_init(&range, USER_DAYS_MAX);
    buf_init(&returns, USER_DAYS_MAX);
    buf_init(&period, USER_DAYS_MAX);
    buf_init(&by, USER_DAYS_MAX);
    put_activity(&activity, asked);
    if (is_simple(asked))
        buf_str(&first_part, STR("NULL"));
    else
        report_fill(&first_part, "part_first_part", NULL, 0);
    user_days_put_range(&range, asked, "part_cohorts_from", "part_cohorts_to", 0);
    report_fill(&returns, rolling ? "part_returns_last" : "part_returns", NULL, 0);
    sql_literal(&period, report_text(asked, "period"));
    user_days_put_by(&by, asked);
    report_fill(sql, "retention",
                (struct sql_blank[]){{"activity", buf_as_str(&activity)},
                                     {"first_part", buf_as_str(&first_part)},
                                     {"range", buf_as_str(&range)},
                                     {"returns", buf_as_str(&returns)},
                                     {"in_period", rolling ? STR(">=") : STR("=")},
                                     {"period", buf_as_str(&period)},
                                     {"periods", report_text(asked, "periods")},
                                     {"span", span_of(report_text(asked, "period"))},
                                     {"by", buf_as_str(&by)}},
                9);
    sql->failed |= activity.failed || first_part.failed || range.failed || returns.failed ||
                   period.failed || by.failed;
    return 0;
}

static const struct report_parameter own[] = {
    {.name = "period",
     .argument = "SPAN",
     .help = "day, week (default; from Monday) or month",
     .standard = "week",
     .choices = "day|week|month",
     .type = REPORT_CHOICE},
    {.name = "periods",
     .argument = "N",
     .help = "how many periods after the first (default: 8)",
     .standard = "8",
     .type = REPORT_COUNT,
     .least = 1,
     .most = PERIODS_MAX},
    {.name = "start",
     .argument = "EVENT",
     .help = "users begin with this event, a name or a|template (default: any activity)",
     .type = REPORT_TEXT},
    {.name = "rolling", .help = "active in the period or in a later one", .type = REPORT_FLAG},
    USER_DAYS_SAMPLE,
    {.name = NULL},
};

const struct report report_retention = {
    .name = "retention",
    .summary = "how many of those who began in a day, week or month come back",
    .description =
        "Users belong to the cohort of the period in which they were first active, or first had "
        "the event\n"
        "of --start, which must be of kind activity. A row for each cohort and each period after "
        "it, up to\n"
        "the last day of the data: how many were active in it. --from and --to are about the first "
        "days of\n"
        "users; what they did later counts whenever it was. A filter is about all their activity; "
        "--by is\n"
        "about the first event of each user.\n\n"
        "  weir report retention --period week --from 2026-08-24\n"
        "  weir report retention --start account.created --period day --periods 30 --rolling",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS | REPORT_BY,
    .own = own,
    .table = "activity_events",
    .names = put_absent,
    .build = build,
};
