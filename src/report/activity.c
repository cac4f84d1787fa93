/* SPDX-License-Identifier: Apache-2.0 */
/* activity.c: the reports `activity` and `devices`: users of each day, of a week and of a month.
 *
 * How many different users a window of days has follows from gaps: a user counts once in it, on the
 * last of their days there, which is the one whose next day is behind the window's end. So the days of
 * users, counted by day and gap, are all that a report needs, for windows of any length; the table
 * daily_gaps has them counted, for gaps up to 31 days. */
#include "base/mem.h"
#include "report/user_days.h"

enum { GAP_MAX = 31, DAYS_MAX = 366 };

/* What a report's parts are made from. */
struct shape {
    uint64_t week, month, longest;
    uint64_t back; /* days before a window that tell what kind of day one is */
    bool devices;
    bool reading; /* several devices otherwise than the tables have it */
};

static struct shape shape_of(const struct report_asked *asked, bool devices)
{
    struct shape s = {.week = report_number(asked, "week"),
                      .month = report_number(asked, "month"),
                      .devices = devices};

    s.longest = s.week > s.month ? s.week : s.month;
    if (devices) {
        s.reading = report_count(asked, "days") || report_count(asked, "reading");
        s.back = report_count(asked, "days") ? report_number(asked, "days") : DAYS_MAX;
    }
    return s;
}

static bool is_reading(const struct report_asked *asked, const char *reading)
{
    return str_is(report_text(asked, "reading"), reading);
}

/* How many days before the day itself count. */
static void put_back(struct buf *out, const struct report_asked *asked)
{
    bool given = report_count(asked, "days");
    uint64_t days = report_number(asked, "days");

    if (!given)
        report_fill(out, "part_days_as_set", NULL, 0);
    else
        buf_printf(out, "%llu", (unsigned long long)days);
    if (is_reading(asked, "moments"))
        buf_str(out, STR(" - 1"));
}

static void put_same_day(struct buf *out, const struct report_asked *asked)
{
    if (is_reading(asked, "before"))
        return;
    buf_char(out, '\n');
    report_fill(out,
                is_reading(asked, "moments") ? "part_same_day_later"
                : is_reading(asked, "dates") ? "part_same_day"
                                             : "part_same_day_as_set",
                NULL, 0);
}

/* What all parts may need. */
struct texts {
    struct buf range, conditions, part, local, back, same_day;
    struct sql_blank blanks[7];
};

static void fill_texts(struct texts *t, const struct report_asked *asked, const struct shape *s)
{
    struct buf *const all[] = {&t->range, &t->conditions, &t->part,
                               &t->local, &t->back,       &t->same_day};

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_init(all[i], USER_DAYS_MAX);
    user_days_put_range(&t->range, asked, "part_days_from", "part_days_to", s->longest + s->back);
    user_days_put_conditions(&t->conditions, asked, s->longest + s->back);
    user_days_put_part(&t->part, asked);
    report_put_local(&t->local, asked, "a.timestamp");
    if (s->devices) {
        put_back(&t->back, asked);
        put_same_day(&t->same_day, asked);
    }
    t->blanks[0] = (struct sql_blank){"range", buf_as_str(&t->range)};
    t->blanks[1] = (struct sql_blank){"conditions", buf_as_str(&t->conditions)};
    t->blanks[2] = (struct sql_blank){"part", buf_as_str(&t->part)};
    t->blanks[3] = (struct sql_blank){"local", buf_as_str(&t->local)};
    t->blanks[4] = (struct sql_blank){"back", buf_as_str(&t->back)};
    t->blanks[5] = (struct sql_blank){"or_same_day", buf_as_str(&t->same_day)};
    t->blanks[6] = (struct sql_blank){"sampled", user_days_sampled(asked)};
}

static bool free_texts(struct texts *t)
{
    struct buf *const all[] = {&t->range, &t->conditions, &t->part,
                               &t->local, &t->back,       &t->same_day};
    bool failed = false;

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        failed |= buf_failed(all[i]);
        buf_free(all[i]);
    }
    return failed;
}

static void put_device_days(struct buf *out, const struct report_asked *asked, struct texts *t)
{
    bool tables = user_days_in_tables(asked) && !is_reading(asked, "moments");
    struct sql_blank blanks[3] = {t->blanks[4], t->blanks[5]};
    AUTO_BUF devices;

    buf_init(&devices, USER_DAYS_MAX);
    report_fill(&devices, tables ? "part_devices_of_days" : "part_devices_of_events", t->blanks,
                ARRAY_LEN(t->blanks));
    blanks[2] = (struct sql_blank){"devices", buf_as_str(&devices)};
    buf_char(out, '\n');
    report_fill(out, "part_device_days", blanks, ARRAY_LEN(blanks));
    out->failed |= buf_failed(&devices);
}

static void put_gaps(struct buf *out, const struct report_asked *asked, const struct shape *s,
                     struct texts *t)
{
    bool tables = user_days_in_tables(asked);
    AUTO_BUF days;

    buf_init(&days, USER_DAYS_MAX);
    if (tables && s->longest <= GAP_MAX && !s->reading) {
        report_fill(out, "part_gaps_counted",
                    (struct sql_blank[]){{"measures", s->devices ? STR("0, 1") : STR("0")},
                                         t->blanks[0],
                                         t->blanks[6]},
                    3);
        return;
    }
    report_fill(&days, tables ? "part_active_days" : "part_active_days_of_events", t->blanks,
                ARRAY_LEN(t->blanks));
    if (s->devices)
        put_device_days(&days, asked, t);
    report_fill(out, "part_gaps", (struct sql_blank[]){{"user_days", buf_as_str(&days)}}, 1);
    out->failed |= buf_failed(&days);
}

static void put_days(struct buf *first, struct buf *last, const struct report_asked *asked)
{
    user_days_put_first(first, asked);
    user_days_put_last(last, asked);
    if (!first->len)
        report_fill(first, "part_first_day", NULL, 0);
    if (!last->len)
        report_fill(last, "part_last_day", NULL, 0);
}

/* The common beginning of both statements. */
static void put_frame(struct buf *out, const struct report_asked *asked, const struct shape *s,
                      struct texts *t)
{
    AUTO_BUF gaps;
    AUTO_BUF first;
    AUTO_BUF last;
    AUTO_BUF parts;

    buf_init(&gaps, USER_DAYS_MAX);
    buf_init(&first, USER_DAYS_MAX);
    buf_init(&last, USER_DAYS_MAX);
    buf_init(&parts, USER_DAYS_MAX);
    put_gaps(&gaps, asked, s, t);
    put_days(&first, &last, asked);
    report_fill(&parts, report_count(asked, "by") ? "part_each" : "part_one", NULL, 0);
    report_fill(out, "part_user_days",
                (struct sql_blank[]){{"gaps", buf_as_str(&gaps)},
                                     {"first", buf_as_str(&first)},
                                     {"last", buf_as_str(&last)},
                                     {"parts", buf_as_str(&parts)}},
                4);
    out->failed |= gaps.failed || first.failed || last.failed || parts.failed;
}

static int build(const struct report_asked *asked, struct buf *sql, bool devices)
{
    struct shape s = shape_of(asked, devices);
    char week[24], month[24], longest[24];
    struct texts t;
    AUTO_BUF frame;
    AUTO_BUF by;

    buf_init(&frame, REPORT_SQL_MAX);
    buf_init(&by, USER_DAYS_MAX);
    snprintf(week, sizeof week, "%llu", (unsigned long long)s.week);
    snprintf(month, sizeof month, "%llu", (unsigned long long)s.month);
    snprintf(longest, sizeof longest, "%llu", (unsigned long long)s.longest);
    fill_texts(&t, asked, &s);
    put_frame(&frame, asked, &s, &t);
    user_days_put_by(&by, asked);
    report_fill(sql, devices ? "devices" : "activity",
                (struct sql_blank[]){{"frame", buf_as_str(&frame)},
                                     {"by", buf_as_str(&by)},
                                     {"week", str_from(week)},
                                     {"month", str_from(month)},
                                     {"longest", str_from(longest)}},
                5);
    sql->failed |= free_texts(&t) || frame.failed || by.failed;
    return 0;
}

static int build_activity(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    (void)err;
    return build(asked, sql, false);
}

static int build_devices(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    (void)err;
    return build(asked, sql, true);
}

#define WEEK                                                                                       \
    {                                                                                              \
        .name = "week", .argument = "DAYS",                                                        \
        .help = "days of the shorter window, the day itself|included (default: 7)",                \
        .standard = "7", .type = REPORT_COUNT, .least = 1, .most = DAYS_MAX                        \
    }
#define MONTH                                                                                      \
    {                                                                                              \
        .name = "month", .argument = "DAYS",                                                       \
        .help = "days of the longer window, the day itself|included (default: 28)",                \
        .standard = "28", .type = REPORT_COUNT, .least = 1, .most = DAYS_MAX                       \
    }

static const struct report_parameter activity_own[] = {
    WEEK,
    MONTH,
    USER_DAYS_SAMPLE,
    {.name = NULL},
};

static const struct report_parameter devices_own[] = {
    {.name = "days",
     .argument = "N",
     .help = "how many days before count|(default: as the tables have it: 5, or|"
             "flows.devices.within)",
     .type = REPORT_COUNT,
     .least = 1,
     .most = DAYS_MAX},
    {.name = "reading",
     .argument = "READING",
     .help = "dates: another device on the day or N days|before, in any order; before: on the N "
             "days|before; moments: earlier on the day, or on|the N - 1 days before",
     .choices = "dates|before|moments",
     .type = REPORT_CHOICE},
    WEEK,
    MONTH,
    USER_DAYS_SAMPLE,
    {.name = NULL},
};

const struct report report_activity = {
    .name = "activity",
    .summary = "active users of each day, week and month, and the engagement ratio",
    .description =
        "A row for each day: how many users were active on it (dau), in the 7 days (wau) and in "
        "the\n"
        "28 days (mau) that end with it. The engagement ratio is 100 x the mean of dau over the 7 "
        "days\n"
        "/ mau; a day without activity counts as 0 in the mean. A moment for --from or --to stands "
        "for\n"
        "its day. Actors do not change their pseudonyms, so users count once over any time.\n\n"
        "  weir report activity --from 2026-08-24 --to 2026-11-22\n"
        "  weir report activity --by service --time-zone Europe/Berlin",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS | REPORT_BY,
    .own = activity_own,
    .table = "activity_events",
    .build = build_activity,
};

const struct report report_devices = {
    .name = "devices",
    .summary = "users with several devices: a day, a month, and their engagement ratio",
    .description =
        "A row for each day. A user counts (md_dau) whose device of that day has another beside it "
        "on\n"
        "the day or shortly before. md_mau are the users who counted on one of the 28 days that "
        "end\n"
        "with the day, usage is 100 x md_dau / dau, and the engagement ratio as in the report "
        "activity.\n"
        "With a filter or --by, only devices seen in the activity that fits count.\n\n"
        "  weir report devices --from 2026-08-24 --to 2026-11-22\n"
        "  weir report devices --days 7 --reading before",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS | REPORT_BY,
    .own = devices_own,
    .table = "activity_events",
    .build = build_devices,
};
