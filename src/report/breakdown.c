/* SPDX-License-Identifier: Apache-2.0 */
/* breakdown.c: events over time, by the values of one or two columns.
 *
 * Reads the view `events` once, or what hours came to (breakdown_sums.c): what is grouped by bucket and value is then ranked over the range, and
 * summed up to what is shown. All rows of a bucket add up to its total where what is measured can be
 * added. What is absent, or empty, is `(none)`; what is beyond the limit is `(other)`, the same word as for
 * values beyond a source's budget. Times are breakdown_span.c's. */
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "report/breakdown.h"
#include "report/by.h"
#include "report/internal.h"

enum { PART_MAX = 128 * 1024, BY_MAX = 2 };
#define TABLE "events"

static const struct report_parameter own[] = {
    BY_EVENT,
    BY_COLUMN("a column of events, or of a|property; up to 2"),
    {.name = "measure",
     .argument = "WHAT",
     .help = "events (default), visitors, sessions, actors, or|sum:, mean: or median: and a "
             "column with numbers",
     .standard = "events",
     .type = REPORT_TEXT},
    BY_LIMIT("the largest of the range", 100),
    {.name = "bucket",
     .argument = "SPAN",
     .help = "rows by 15m, hour, day, week (from Monday), month, or|none; auto (default): as fits "
             "the range",
     .standard = "auto",
     .choices = "auto|15m|hour|day|week|month|none",
     .type = REPORT_CHOICE},
    {.name = "compare",
     .argument = "SPAN",
     .help = "with the span before that is as long (previous), or the|same days a year before "
             "(year); none (default)",
     .standard = "none",
     .choices = "none|previous|year",
     .type = REPORT_CHOICE},
    {.name = "totals",
     .help = "also rows of all values (without a value) and of the|whole range (without a bucket)",
     .type = REPORT_FLAG},
    {.name = NULL},
};

/* What is measured. */
struct measure {
    const char *name; /* one with a colon has a column behind it */
    const char *unit; /* the column of whom it counts, or NULL */
    const char *day; /* the part that says on which day: who is counted once a day */
    const char *kept, *value; /* parts */
    bool adds; /* buckets and values add up */
    bool whole; /* a value is a share of its bucket's total */
    bool each; /* needs each number */
};

static const struct measure measures[] = {
    {.name = "events",
     .kept = "part_breakdown_kept_events",
     .value = "part_breakdown_value_events",
     .adds = true,
     .whole = true},
    {.name = "visitors",
     .unit = "visitor",
     .day = "part_breakdown_day",
     .kept = "part_breakdown_kept_units",
     .value = "part_breakdown_value_units_of_days",
     .whole = true},
    {.name = "sessions",
     .unit = "session",
     .day = "part_breakdown_day",
     .kept = "part_breakdown_kept_units",
     .value = "part_breakdown_value_units_of_days",
     .whole = true},
    {.name = "actors",
     .unit = "actor",
     .day = "part_breakdown_once",
     .kept = "part_breakdown_kept_units",
     .value = "part_breakdown_value_units",
     .whole = true},
    {.name = "sum:",
     .kept = "part_breakdown_kept_numbers",
     .value = "part_breakdown_value_sum",
     .adds = true,
     .whole = true},
    {.name = "mean:", .kept = "part_breakdown_kept_numbers", .value = "part_breakdown_value_mean"},
    {.name = "median:",
     .kept = "part_breakdown_kept_each",
     .value = "part_breakdown_value_median",
     .each = true},
};

/* The measure, and its column; NULL for a text that is none. */
static const struct measure *measure_of(const struct report_asked *asked, struct str *column)
{
    struct str text = report_text(asked, "measure");

    for (size_t i = 0; i < ARRAY_LEN(measures); i++) {
        struct str name = str_from(measures[i].name);

        *column = str_slice(text, name.len, text.len);
        if (name.ptr[name.len - 1] == ':' ? str_starts(text, name) && column->len
                                          : str_eq(text, name))
            return measures + i;
    }
    return NULL;
}

static int check(const struct report_asked *asked, struct err *err)
{
    struct str column;

    if (!measure_of(asked, &column))
        return err_set(err, ERR_USAGE,
                       "--measure must be events, visitors, sessions, actors, or sum:COLUMN, "
                       "mean:COLUMN or median:COLUMN");
    if (report_count(asked, "by") > BY_MAX)
        return err_set(err, ERR_USAGE, "--by may be given %d times", BY_MAX);
    if (report_count(asked, "by") == BY_MAX &&
        str_eq_nocase(report_value(asked, "by", 0), report_value(asked, "by", 1)))
        return err_set(err, ERR_USAGE, "--by names the same column twice");
    return breakdown_span_check(asked, err);
}

static const char *note(const struct report_asked *asked)
{
    struct str column;
    const struct measure *m = measure_of(asked, &column);

    if (m->day && strcmp(m->day, "part_breakdown_day") == 0)
        return "visitors and sessions are counted once a day (UTC), as their pseudonyms change "
               "each day; who has several values, or comes in several buckets, is in each of them, "
               "so that parts may add up to more than their total";
    if (m->unit)
        return "who has several values, or comes in several buckets, is in each of them, so that "
               "parts may add up to more than their total";
    return m->adds ? NULL : "means and medians of parts do not add up to those of the whole";
}

static void put_names(const struct report_asked *asked, struct buf *sql)
{
    AUTO_BUF condition;

    buf_init(&condition, PART_MAX);
    report_put_absent_names(sql, asked, "event");
    breakdown_put_days(sql, asked);
    if (report_count(asked, "event") == 0)
        return;
    report_put_name_conditions(&condition, asked, "event");
    report_fill(sql, "part_breakdown_known",
                (struct sql_blank[]){{"condition", buf_as_str(&condition)}}, 1);
    buf_char(sql, '\n');
    sql->failed |= condition.failed;
}

static int need_columns(const struct report_asked *asked, struct err *err)
{
    struct str column;

    for (size_t i = 0; i < report_count(asked, "by"); i++)
        if (report_need_column(asked, "by", STR(TABLE), report_value(asked, "by", i), err) < 0)
            return -1;
    if (!strchr(measure_of(asked, &column)->name, ':'))
        return 0;
    if (report_need_column(asked, "measure", STR(TABLE), column, err) < 0)
        return -1;
    if (!report_is_numeric(asked, STR(TABLE), column))
        return err_set(err, ERR_USAGE,
                       "--measure: `%.*s` holds no numbers; count events --by it instead",
                       (int)str_utf8_cut(column, 64), column.ptr);
    return 0;
}

/* All that the statement leaves open. */
struct texts {
    struct buf k[BY_MAX], key[BY_MAX];
    struct buf windows, join, time, earlier, read, events, conditions, asked, bucket, utc, kept,
        group, rank, value, before, fill, shown, share;
};

static struct buf *text_at(struct texts *t, size_t index)
{
    struct buf *const all[] = {
        &t->k[0],  &t->k[1],       &t->key[0], &t->key[1], &t->time,  &t->earlier,
        &t->read,  &t->conditions, &t->bucket, &t->utc,    &t->kept,  &t->rank,
        &t->value, &t->before,     &t->fill,   &t->shown,  &t->share, &t->windows,
        &t->join,  &t->events,     &t->asked,  &t->group,
    };

    return index < ARRAY_LEN(all) ? all[index] : NULL;
}

static void put_value(struct buf *out, const char *part, const char *which)
{
    report_fill(out, part, (struct sql_blank[]){{"which", str_from(which)}}, 1);
}

static void put_measure(struct texts *t, const struct report_asked *asked)
{
    struct str column;
    const struct measure *m = measure_of(asked, &column);
    AUTO_BUF sql;
    AUTO_BUF day;

    buf_init(&sql, PART_MAX);
    buf_init(&day, PART_MAX);
    report_put_column(&sql, "e", m->unit ? str_from(m->unit) : column);
    if (m->unit) {
        report_fill(&day, m->day, NULL, 0);
        report_fill(&t->read, "part_breakdown_units",
                    (struct sql_blank[]){{"unit", buf_as_str(&sql)}, {"day", buf_as_str(&day)}}, 2);
    } else if (column.len) {
        report_fill(&t->read, "part_breakdown_number",
                    (struct sql_blank[]){{"column", buf_as_str(&sql)}}, 1);
    }
    t->read.failed |= sql.failed || day.failed;
    if (breakdown_is_of_sums(asked)) {
        report_fill(&t->kept, "part_breakdown_kept_sums", NULL, 0);
        report_fill(&t->group, "part_breakdown_group_sums", NULL, 0);
    } else {
        report_fill(&t->kept, m->kept, NULL, 0);
        buf_str(&t->group, m->each ? STR_NONE : STR("GROUP BY ALL"));
    }
    put_value(&t->value, m->value, "NOT f.earlier");
    if (breakdown_compares(asked))
        put_value(&t->before, m->value, "f.earlier");
    else
        report_fill(&t->before, "part_breakdown_no_before", NULL, 0);
    /* a mean of one event would come before that of many */
    if (m->whole)
        put_value(&t->rank, m->value, "NOT f.earlier");
    else
        report_fill(&t->rank, "part_breakdown_rank_events", NULL, 0);
    report_fill(&t->share, m->whole ? "part_breakdown_share" : "part_breakdown_no_share", NULL, 0);
    breakdown_put_fill(&t->fill, asked, m->whole ? STR("0") : STR("NULL"));
}

/* A column of the answer is called as in `events`, where that is not a name of ours. */
static void put_shown_name(struct buf *out, const struct report_asked *asked, size_t index)
{
    static const char *const ours[] = {"bucket", "bucket_utc", "value", "share", "before"};
    struct str column = report_value(asked, "by", index);
    struct str other = report_value(asked, "by", 1 - index);
    AUTO_BUF name;
    bool taken = true;

    buf_init(&name, PART_MAX);
    buf_str(&name, column);
    while (taken) {
        taken = name.len > column.len && other.ptr && str_eq_nocase(buf_as_str(&name), other);
        for (size_t i = 0; i < ARRAY_LEN(ours); i++)
            taken |= str_eq_nocase(buf_as_str(&name), str_from(ours[i]));
        if (taken) {
            AUTO_FREE char *longer = xasprintf("p_%.*s", STR_ARG(buf_as_str(&name)));

            buf_reset(&name, PART_MAX);
            buf_str(&name, str_from(longer));
        }
    }
    sql_quote(out, buf_as_str(&name));
    out->failed |= name.failed;
}

static void put_by(struct texts *t, const struct report_asked *asked, size_t index)
{
    char raw[] = "g.k1", key[] = "k1";
    AUTO_BUF name;

    buf_init(&name, PART_MAX);
    if (index >= report_count(asked, "by")) {
        buf_str(&t->k[index], STR("NULL"));
        buf_str(&t->key[index], STR("NULL"));
        return;
    }
    raw[3] = key[1] = (char)('1' + index);
    put_shown_name(&name, asked, index);
    report_put_event_column(&t->k[index], "e", report_value(asked, "by", index));
    report_fill(&t->key[index], "part_breakdown_key",
                (struct sql_blank[]){{"value", str_from(raw)}}, 1);
    report_fill(&t->shown, "part_breakdown_column",
                (struct sql_blank[]){{"key", str_from(key)}, {"name", buf_as_str(&name)}}, 2);
    t->shown.failed |= name.failed;
}

/* The names themselves: a list of them is found faster than what is in another table. */
static void put_events(struct buf *out, const struct report_asked *asked)
{
    AUTO_BUF names;

    buf_init(&names, PART_MAX);
    if (report_count(asked, "event") == 0)
        return;
    buf_char(out, '\n');
    if (asked->name_count && !asked->names_cut) {
        for (size_t i = 0; i < asked->name_count; i++) {
            buf_str(&names, i ? STR(", ") : STR(""));
            sql_literal(&names, str_from(asked->names[i]));
        }
        report_fill(out, "part_breakdown_events",
                    (struct sql_blank[]){{"names", buf_as_str(&names)}}, 1);
    } else {
        report_put_name_conditions(&names, asked, "event");
        report_fill(out, "part_breakdown_events_where",
                    (struct sql_blank[]){{"condition", buf_as_str(&names)}}, 1);
    }
    out->failed |= names.failed;
}

static void put_conditions(struct texts *t, const struct report_asked *asked)
{
    struct buf *out = &t->conditions;
    char position[24];

    put_events(&t->events, asked);
    breakdown_put_spans(&t->events, asked);
    buf_str(out, buf_as_str(&t->events));
    if (asked->models_at >= 0) {
        snprintf(position, sizeof position, "%lld", (long long)asked->models_at);
        buf_char(out, '\n');
        report_fill(out, "part_breakdown_upto",
                    (struct sql_blank[]){{"position", str_from(position)}}, 1);
    }
    report_put_traffic(out, asked, "e");
    report_put_filters(out, asked, "e");
}

static void put_asked(struct texts *t, const struct report_asked *asked)
{
    if (breakdown_is_of_sums(asked))
        breakdown_put_sums(&t->asked, asked,
                           &(struct breakdown_read){.time = buf_as_str(&t->time),
                                                    .earlier = buf_as_str(&t->earlier),
                                                    .k1 = buf_as_str(&t->k[0]),
                                                    .events = buf_as_str(&t->events),
                                                    .conditions = buf_as_str(&t->conditions)});
    else
        report_fill(&t->asked, "part_breakdown_asked",
                    (struct sql_blank[]){{"time", buf_as_str(&t->time)},
                                         {"earlier", buf_as_str(&t->earlier)},
                                         {"k1", buf_as_str(&t->k[0])},
                                         {"k2", buf_as_str(&t->k[1])},
                                         {"read", buf_as_str(&t->read)},
                                         {"conditions", buf_as_str(&t->conditions)}},
                    6);
}

static void put_texts(struct texts *t, const struct report_asked *asked)
{
    breakdown_put_windows(&t->windows, asked);
    if (breakdown_has_windows(asked)) {
        report_fill(&t->bucket, "part_breakdown_bucket", NULL, 0);
        report_fill(&t->utc, "part_breakdown_bucket_utc", NULL, 0);
        report_fill(&t->join, "part_breakdown_join", NULL, 0);
        buf_str(&t->join, STR("\n    "));
    } else {
        breakdown_put_bucket(&t->bucket, asked);
        breakdown_put_bucket_utc(&t->utc, asked);
    }
    breakdown_put_time(&t->time, asked);
    breakdown_put_earlier(&t->earlier, asked);
    if (breakdown_has_utc(asked))
        report_fill(&t->shown, "part_breakdown_utc", NULL, 0);
    for (size_t i = 0; i < BY_MAX; i++)
        put_by(t, asked, i);
    put_measure(t, asked);
    put_conditions(t, asked);
    put_asked(t, asked);
}

/* Whether rows that are totals are shown, those that are none, or both. */
static struct str which(bool totals, bool others)
{
    return totals && others ? STR("true, false") : totals ? STR("true") : STR("false");
}

static void put_statement(struct buf *sql, const struct report_asked *asked, struct texts *t)
{
    bool totals = report_flag(asked, "totals");
    bool buckets = !str_is(breakdown_bucket(asked), "none");
    bool by = report_count(asked, "by") > 0;
    const struct sql_blank blanks[] = {
        {"windows", buf_as_str(&t->windows)},
        {"join", buf_as_str(&t->join)},
        {"asked", buf_as_str(&t->asked)},
        {"key1", buf_as_str(&t->key[0])},
        {"key2", buf_as_str(&t->key[1])},
        {"bucket", buf_as_str(&t->bucket)},
        {"utc", buf_as_str(&t->utc)},
        {"kept", buf_as_str(&t->kept)},
        {"group", buf_as_str(&t->group)},
        {"rank", buf_as_str(&t->rank)},
        {"limit", report_text(asked, "limit")},
        {"value", buf_as_str(&t->value)},
        {"before", buf_as_str(&t->before)},
        {"fill", buf_as_str(&t->fill)},
        {"shown", buf_as_str(&t->shown)},
        {"share", buf_as_str(&t->share)},
        {"of_range", which(!buckets || totals, buckets)},
        {"of_all", which(!by || totals, by)},
    };

    report_fill(sql, "breakdown", blanks, ARRAY_LEN(blanks));
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
    put_statement(sql, asked, &t);
    for (size_t i = 0; (text = text_at(&t, i)); i++) {
        sql->failed |= buf_failed(text);
        buf_free(text);
    }
    return 0;
}

const struct report report_breakdown = {
    .name = "breakdown",
    .summary = "any events over time, by the values of their properties",
    .description =
        "A row for each bucket of time and each value of --by: how many events, visitors, sessions "
        "or\n"
        "actors, or a sum, mean or median of numbers. All rows of a bucket add up where that is "
        "possible:\n"
        "(none) are events without a value, (other) those beyond --limit. A bucket is named by its "
        "begin.\n\n"
        "  weir report breakdown --event auth.login --by auth_method --from 2026-11-01 --to "
        "2026-12-01\n"
        "  weir report breakdown --event 'page*' --measure mean:load_time_ms --by ua_browser "
        "--bucket none",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS | REPORT_TRAFFIC,
    .own = own,
    .table = TABLE,
    .check = check,
    .note = note,
    .names = put_names,
    .build = build,
    .still = breakdown_put_still,
};
