/* SPDX-License-Identifier: Apache-2.0 */
/* funnel_list.c: what is behind the numbers of a funnel: which units, which errors, and how long they
 * took.
 *
 * All of them ask the same walk (funnel_walk.c) as the funnel itself, so that a list is as long as the
 * number that it is behind. */
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "report/funnel.h"

static const char *const reasons[] = {"quarantined", "too_late", "before",
                                      "other_flow",  "error",    "never"};

static const struct report_parameter list_own[] = {
    {.name = "at",
     .argument = "STEP",
     .help = "the step that the number stands at, from 1 (default)",
     .standard = "1",
     .type = REPORT_COUNT,
     .least = 1,
     .most = STEPS_MAX},
    {.name = "which",
     .argument = "NUMBER",
     .help = "the number: came (default), went_on, dropped, or a reason:|quarantined, too_late, "
             "before, other_flow, error, never",
     .standard = "came",
     .choices = "came|went_on|dropped|quarantined|too_late|before|other_flow|error|never",
     .type = REPORT_CHOICE},
    {.name = "limit",
     .argument = "N",
     .help = "so many at most, 1 to 10000 (default: 50)",
     .standard = "50",
     .type = REPORT_COUNT,
     .least = 1,
     .most = 10000,
     .range = true},
    {.name = "after",
     .argument = "PLACE",
     .help = "those behind the row that has this in its column after",
     .type = REPORT_TEXT,
     .range = true},
    {.name = NULL},
};

/* A place in the list: `[time].[unit]`. */
struct place {
    struct str time, unit;
};

static bool is_number(struct str s)
{
    uint64_t number;

    return str_to_u64(s, &number) == 0;
}

static int place_parse(struct place *out, const struct funnel *f, struct err *err)
{
    struct str rest = report_text(f->asked, "after");

    out->time = str_split(&rest, '.');
    out->unit = rest;
    if (!is_number(str_starts(out->time, STR("-")) ? str_slice(out->time, 1, out->time.len)
                                                   : out->time) ||
        (f->flows ? !is_number(rest) : rest.len == 0))
        return err_set(err, ERR_USAGE,
                       "--after must be what a row of the list has in its column after");
    return 0;
}

static int list_check(const struct report_asked *asked, struct err *err)
{
    struct funnel f;
    struct place place;
    int status = funnel_read(&f, asked, err);

    if (status == 0 && report_text(asked, "after").ptr)
        status = place_parse(&place, &f, err);
    if (status == 0 && report_number(asked, "at") > f.count)
        status = err_set(err, ERR_USAGE, "--at: the funnel has %zu steps", f.count);
    funnel_free(&f);
    return status;
}

static void put_which(struct buf *out, const struct funnel *f)
{
    struct str which = report_text(f->asked, "which");
    size_t k = (size_t)report_number(f->asked, "at"), reason = 0;
    char number[24];

    while (reason < ARRAY_LEN(reasons) && !str_is(which, reasons[reason]))
        reason++;
    snprintf(number, sizeof number, "%zu", reason + 1);
    funnel_put_part(out,
                    str_is(which, "came")      ? "part_funnel_which_came"
                    : str_is(which, "went_on") ? "part_funnel_which_went_on"
                    : str_is(which, "dropped") ? "part_funnel_which_dropped"
                                               : "part_funnel_which_reason",
                    k, (struct sql_blank[]){{"reason", str_from(number)}}, 1);
}

static void put_after(struct buf *out, const struct funnel *f)
{
    struct place place;
    AUTO_BUF unit;

    buf_init(&unit, FUNNEL_PART_MAX);
    if (!report_text(f->asked, "after").ptr)
        return;
    CHECK(place_parse(&place, f, NULL) == 0);
    if (f->flows)
        buf_str(&unit, place.unit);
    else
        sql_literal(&unit, place.unit);
    report_fill(out, "part_funnel_after",
                (struct sql_blank[]){{"at", place.time}, {"unit", buf_as_str(&unit)}}, 2);
    out->failed |= unit.failed;
}

/* A part that orders events by their moment; `more` is another blank of it. */
static void put_with_moment(struct buf *out, const char *part, const char *more, const char *text)
{
    AUTO_BUF moment;

    buf_init(&moment, FUNNEL_PART_MAX);
    report_fill(&moment, "part_funnel_moment", NULL, 0);
    report_fill(out, part,
                (struct sql_blank[]){{"moment", buf_as_str(&moment)}, {more, str_from(text)}}, 2);
    out->failed |= moment.failed;
}

static void put_list(struct funnel_blanks *b, const struct funnel *f)
{
    put_which(funnel_blank(b, "which"), f);
    put_after(funnel_blank(b, "after"), f);
    buf_str(funnel_blank(b, "limit"), report_text(f->asked, "limit"));
    funnel_put_each(funnel_blank(b, "first"), "part_funnel_list_first", 1, f->first && !f->flows);
    funnel_put_each(funnel_blank(b, "aside_cases"), "part_funnel_case_aside", 2, f->count);
    put_with_moment(funnel_blank(b, "last_errors"), "part_funnel_last_errors", "units", "chosen");
    put_with_moment(funnel_blank(b, "known"),
                    f->flows ? "part_funnel_known_flow" : "part_funnel_known_other", "unit",
                    f->unit);
}

static void put_errors(struct funnel_blanks *b, const struct funnel *f)
{
    buf_str(funnel_blank(b, "limit"), report_text(f->asked, "limit"));
    put_with_moment(funnel_blank(b, "last_errors"), "part_funnel_last_errors", "units", "stopped");
}

static void put_times(struct funnel_blanks *b, const struct funnel *f)
{
    struct buf *spans = funnel_blank(b, "spans");

    for (size_t k = 2; k <= f->count; k++) {
        AUTO_BUF event;

        buf_init(&event, FUNNEL_PART_MAX);
        sql_literal(&event, report_value(f->asked, "step", k - 1));
        if (k > 2)
            report_fill(spans, "part_funnel_and", NULL, 0);
        buf_char(spans, '\n');
        funnel_put_part(spans, "part_funnel_span_of", k,
                        (struct sql_blank[]){{"event", buf_as_str(&event)}}, 1);
        spans->failed |= event.failed;
    }
}

/* A statement about the walk, with what `put` says beside it. */
static int build(const struct report_asked *asked, bool first, const char *statement,
                 void (*put)(struct funnel_blanks *b, const struct funnel *f), struct buf *sql,
                 struct err *err)
{
    struct funnel_blanks *b = funnel_blanks_new();
    struct funnel f;
    int status = funnel_read(&f, asked, err);

    f.first = first;
    if (status == 0)
        status = funnel_put_walk(funnel_blank(b, "walk"), &f, err);
    if (status == 0) {
        put(b, &f);
        funnel_fill(sql, statement, b);
    }
    funnel_blanks_free(b);
    funnel_free(&f);
    return status;
}

static int list_build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    return build(asked, true, "funnel_list", put_list, sql, err);
}

static int errors_build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    return build(asked, false, "funnel_errors", put_errors, sql, err);
}

static int times_build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    return build(asked, false, "funnel_times", put_times, sql, err);
}

static int times_check(const struct report_asked *asked, struct err *err)
{
    if (report_count(asked, "step") < 2)
        return err_set(err, ERR_USAGE, "--step: a time between steps needs two of them");
    return funnel_check(asked, err);
}

const struct report report_funnel_list = {
    .name = "funnel-list",
    .summary = "which flows, or other units, are behind a number of a funnel",
    .description =
        "A row for each unit that the number of the report funnel counts, by the same rules: "
        "those\n"
        "whose first step came last are first. The step is the last one that was reached; detail "
        "is why\n"
        "the next one waits in quarantine, or the last error. Where there are more than --limit, "
        "give\n"
        "what the last row has in its column after as --after.\n\n"
        "  weir report funnel-list --step flow.begin --step flow.complete --which never\n"
        "  weir report funnel-list --step flow.begin --step flow.complete --at 2 --limit 1000",
    .version = 1,
    .common = REPORT_STEPS | REPORT_RANGE | REPORT_FILTERS,
    .own = list_own,
    .table_of = funnel_table,
    .more_tables = "flows_data events",
    .check = list_check,
    .note = funnel_note,
    .names = funnel_put_absent,
    .build = list_build,
};

static const struct report_parameter errors_own[] = {
    {.name = "limit",
     .argument = "N",
     .help = "so many names of a step, 1 to 1000 (default: 20);|all others are one",
     .standard = "20",
     .type = REPORT_COUNT,
     .least = 1,
     .most = 1000},
    {.name = NULL},
};

const struct report report_funnel_errors = {
    .name = "funnel-errors",
    .summary = "which errors are behind the reason error of a funnel",
    .description = "A row for each step and error, those of most units first. Each unit that the "
                   "report funnel counts\n"
                   "under error counts here once, for the last error after the step: so the rows "
                   "of a step add up.\n\n"
                   "  weir report funnel-errors --step flow.begin --step flow.complete",
    .version = 1,
    .common = REPORT_STEPS | REPORT_RANGE | REPORT_FILTERS,
    .own = errors_own,
    .table_of = funnel_table,
    .more_tables = "flows_data events",
    .check = funnel_check,
    .note = funnel_note,
    .names = funnel_put_absent,
    .build = errors_build,
};

const struct report report_funnel_times = {
    .name = "funnel-times",
    .summary = "how long it took from each step of a funnel to the next",
    .description =
        "A row for each step from the second on and each span of time, in seconds, that somebody "
        "took to\n"
        "it from the step before: at_least, below (none: no end), and how many units. The "
        "quartiles stand\n"
        "in each row of a step.\n\n"
        "  weir report funnel-times --step flow.begin --step flow.complete",
    .version = 1,
    .common = REPORT_STEPS | REPORT_RANGE | REPORT_FILTERS,
    .table_of = funnel_table,
    .more_tables = "flows_data events",
    .check = times_check,
    .note = funnel_note,
    .names = funnel_put_absent,
    .build = times_build,
};
