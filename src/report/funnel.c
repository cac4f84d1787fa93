/* SPDX-License-Identifier: Apache-2.0 */
/* funnel.c: which units went through steps in order, and why the others did not go on.
 *
 * The statement has two ways (sql/funnel.sql): one pass over all events keeps of each unit the first and
 * the last event of each step, which settles all units whose first ones are in order; only the others'
 * events are then looked at one by one. Both give the same rows; the rules stand in docs/reports.md. */
#include "report/funnel.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

static const struct report_parameter own[] = {
    {.name = "step",
     .argument = "EVENT",
     .help = "an event's name, or a template with * or {word}; several with|a bar between them "
             "count as one; "
             "filters as name[column=value,...].|Repeat it: the steps in their order, at most 16",
     .type = REPORT_TEXT,
     .repeats = true,
     .required = true},
    {.name = "per",
     .argument = "UNIT",
     .help = "what goes through the steps: flow (default), actor,|session, device or visitor",
     .standard = "flow",
     .choices = "flow|actor|session|device|visitor",
     .type = REPORT_CHOICE},
    {.name = "within",
     .argument = "TIME",
     .help = "how long after the first step each may come",
     .type = REPORT_DURATION},
    {.name = "within-step",
     .argument = "TIME",
     .help = "how long after the step before each may come",
     .type = REPORT_DURATION},
    {.name = NULL},
};

uint64_t funnel_bit(const struct funnel *f, size_t step, size_t alternative)
{
    size_t number = alternative;

    for (size_t k = 0; k < step; k++)
        number += f->steps[k].alternative_count;
    CHECK(number < FUNNEL_NAMES_MAX);
    return UINT64_C(1) << number;
}

const char *funnel_table(const struct report_asked *asked)
{
    return str_is(report_text(asked, "per"), "flow") ? "flows_data" : "events";
}

void funnel_free(struct funnel *f)
{
    for (size_t k = 0; k < f->count; k++)
        step_free(f->steps + k);
    free(f->steps);
}

int funnel_read(struct funnel *out, const struct report_asked *asked, struct err *err)
{
    size_t names = 0;

    *out = (struct funnel){.asked = asked, .unit = report_text(asked, "per").ptr};
    out->flows = strcmp(out->unit, "flow") == 0;
    out->unit = out->flows ? "flow_id" : out->unit;
    out->steps = xcalloc(REPORT_REPEATS_MAX, sizeof *out->steps);
    for (size_t k = 0; k < report_count(asked, "step"); k++) {
        if (k == STEPS_MAX)
            return err_set(err, ERR_USAGE, "--step: a funnel may have at most %d steps", STEPS_MAX);
        out->count++;
        if (step_parse(out->steps + k, report_value(asked, "step", k), err) < 0)
            return err_prefix(err, "--step %zu", k + 1);
        names += out->steps[k].alternative_count;
    }
    if (names > FUNNEL_NAMES_MAX)
        return err_set(err, ERR_USAGE, "--step: all steps together may have at most %d names",
                       FUNNEL_NAMES_MAX);
    return 0;
}

static int check(const struct report_asked *asked, struct err *err)
{
    struct funnel f;
    int status = funnel_read(&f, asked, err);

    funnel_free(&f);
    return status;
}

/* A part for step k, counted from 1, and the one before it. */
static void put_part(struct buf *out, const char *name, size_t k, const struct sql_blank *more,
                     size_t more_count)
{
    struct sql_blank blanks[8];
    char numbers[3][24];

    CHECK(more_count + 3 <= ARRAY_LEN(blanks));
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        snprintf(numbers[i], sizeof numbers[i], "%zu", k + i - 1);
    blanks[0] = (struct sql_blank){"before", str_from(numbers[0])};
    blanks[1] = (struct sql_blank){"k", str_from(numbers[1])};
    blanks[2] = (struct sql_blank){"next", str_from(numbers[2])};
    for (size_t i = 0; i < more_count; i++)
        blanks[3 + i] = more[i];
    report_fill(out, name, blanks, 3 + more_count);
    buf_char(out, '\n');
}

/* One part for each step from `from` on. */
static void put_each(struct buf *out, const char *name, size_t from, size_t to)
{
    for (size_t k = from; k <= to; k++)
        put_part(out, name, k, NULL, 0);
}

/* --within and --within-step, where they are given: `first` and `before` are what was earlier. */
static void put_limits(struct buf *out, const struct funnel *f, size_t k, const char *part,
                       const char *later, const char *first, const char *before)
{
    const char *const parameters[] = {"within", "within-step"};
    const char *const earlier[] = {first, before};

    for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
        int64_t us = report_duration_us(f->asked, parameters[i]);
        char text[24];

        if (!us)
            continue;
        snprintf(text, sizeof text, "%lld", (long long)us);
        buf_char(out, ' ');
        put_part(out, part, k,
                 (struct sql_blank[]){{"later", str_from(later)},
                                      {"earlier", str_from(earlier[i])},
                                      {"us", str_from(text)}},
                 3);
    }
}

/* The steps from the second on: by first events, or by all. */
static void put_walk(struct buf *out, const struct funnel *f, bool quick)
{
    for (size_t k = 2; k <= f->count; k++) {
        char before[24];
        AUTO_BUF limits;

        buf_init(&limits, FUNNEL_PART_MAX);
        snprintf(before, sizeof before, "at_%zu", k - 1);
        if (quick)
            put_limits(&limits, f, k, "part_funnel_limit_quick", "", "at_1", before);
        else
            put_limits(&limits, f, k, "part_funnel_limit_exact", "next_at", "at_1", "moment");
        put_part(out, quick ? "part_funnel_quick" : "part_funnel_exact", k,
                 (struct sql_blank[]){{"limits", buf_as_str(&limits)}}, 1);
        out->failed |= limits.failed;
    }
}

static void put_elsewhere(struct buf *out, const struct funnel *f)
{
    char last[24];
    AUTO_BUF latest;
    AUTO_BUF cases;

    buf_init(&latest, FUNNEL_PART_MAX);
    buf_init(&cases, FUNNEL_PART_MAX);
    if (!f->flows || f->count < 2)
        return;
    snprintf(last, sizeof last, "%zu", f->count);
    put_each(&latest, "part_funnel_latest", 2, f->count);
    put_each(&cases, "part_funnel_case_latest", 2, f->count);
    report_fill(out, "part_funnel_elsewhere",
                (struct sql_blank[]){{"latest_steps", buf_as_str(&latest)},
                                     {"cases", buf_as_str(&cases)},
                                     {"last", str_from(last)}},
                3);
    out->failed |= latest.failed || cases.failed;
}

/* The unit's flow or first event, where it is asked for. */
static void put_group_join(struct buf *out, const struct funnel *f)
{
    AUTO_BUF filters;

    buf_init(&filters, FUNNEL_PART_MAX);
    report_put_filters(&filters, f->asked, "d");
    if (filters.len || report_text(f->asked, "by").ptr)
        report_fill(out, f->flows ? "part_funnel_flow_of" : "part_funnel_event_of",
                    (struct sql_blank[]){{"filters", buf_as_str(&filters)}}, 1);
    out->failed |= filters.failed;
}

/* A part with the name of --by; nothing without. */
static void put_by(struct buf *out, const struct funnel *f, const char *part)
{
    struct str by = report_text(f->asked, "by");
    AUTO_BUF name;

    buf_init(&name, FUNNEL_PART_MAX);
    if (!by.ptr)
        return;
    sql_quote(&name, by);
    report_fill(out, part, (struct sql_blank[]){{"name", buf_as_str(&name)}}, 1);
    out->failed |= name.failed;
}

static void put_counts(struct buf *out, const struct funnel *f)
{
    put_each(out, "part_funnel_came", 1, f->count);
    put_each(out, "part_funnel_span", 2, f->count);
    put_each(out, "part_funnel_reasons", 1, f->count - 1);
}

static void put_rows(struct buf *out, const struct funnel *f)
{
    AUTO_BUF by;

    buf_init(&by, FUNNEL_PART_MAX);
    put_by(&by, f, "part_funnel_by");
    for (size_t k = 1; k <= f->count; k++) {
        AUTO_BUF event;
        AUTO_BUF rates;

        buf_init(&event, FUNNEL_PART_MAX);
        buf_init(&rates, FUNNEL_PART_MAX);
        sql_literal(&event, report_value(f->asked, "step", k - 1));
        put_part(&rates, k == 1 ? "part_funnel_rates_1" : "part_funnel_rates", k, NULL, 0);
        if (k > 1)
            report_fill(out, "part_funnel_and", NULL, 0);
        buf_char(out, '\n');
        put_part(out, k == f->count ? "part_funnel_row_last" : "part_funnel_row", k,
                 (struct sql_blank[]){{"by", buf_as_str(&by)},
                                      {"event", buf_as_str(&event)},
                                      {"rates", str_trim(buf_as_str(&rates))}},
                 3);
        out->failed |= event.failed || rates.failed;
    }
    out->failed |= by.failed;
}

/* The blanks of the statement, each with a buf of its own. */
struct blanks {
    struct buf bufs[32];
    struct sql_blank list[32];
    size_t count;
};

static struct buf *blank(struct blanks *b, const char *name)
{
    CHECK(b->count < ARRAY_LEN(b->list));
    buf_init(&b->bufs[b->count], FUNNEL_PART_MAX);
    b->list[b->count].name = name;
    return &b->bufs[b->count++];
}

static void put_fixed(struct blanks *b, const char *name, const char *part)
{
    report_fill(blank(b, name), part, NULL, 0);
}

/* A part with the moment of an event, for each step. */
static void put_each_moment(struct buf *out, const char *name, size_t from, size_t to)
{
    AUTO_BUF moment;

    buf_init(&moment, FUNNEL_PART_MAX);
    report_fill(&moment, "part_funnel_moment", NULL, 0);
    for (size_t k = from; k <= to; k++)
        put_part(out, name, k, (struct sql_blank[]){{"moment", buf_as_str(&moment)}}, 1);
}

/* The event of the first step itself, where its columns are asked for. */
static void put_first_moment(struct blanks *b, const struct funnel *f)
{
    bool asked = !f->flows && (report_text(f->asked, "by").ptr || report_count(f->asked, "filter"));

    put_each_moment(blank(b, "first_moment"), "part_funnel_first_moment", 1, asked);
    put_each(blank(b, "moment_name"), "part_funnel_first_moment_name", 1, asked);
    put_each(blank(b, "exact_moment"), "part_funnel_exact_moment", 1, asked);
}

/* By first events, for most units. */
static void put_quick(struct blanks *b, const struct funnel *f)
{
    bool ranged = report_text(f->asked, "from").ptr || report_text(f->asked, "to").ptr;
    struct buf *firsts = blank(b, "first_steps");

    put_each(firsts, "part_funnel_first_1", 1, 1);
    put_each(firsts, "part_funnel_first", 2, f->count);
    put_each(blank(b, "only"), "part_funnel_only", 1, ranged);
    put_walk(blank(b, "quick_steps"), f, true);
    put_each(blank(b, "reached"), "part_funnel_reached", 1, f->count);
    put_each(blank(b, "moment_cases"), "part_funnel_case_moment", 1, f->count);
    put_each(blank(b, "next_cases"), "part_funnel_case_next", 2, f->count);
    put_each(blank(b, "times_cases"), "part_funnel_case_times", 2, f->count);
    put_each(blank(b, "at_names"), "part_funnel_at", 1, f->count);
}

/* By all their events, for the others. */
static void put_exact(struct blanks *b, const struct funnel *f)
{
    put_fixed(b, "moment", "part_funnel_moment");
    put_each_moment(blank(b, "listed_steps"), "part_funnel_listed", 2, f->count);
    put_walk(blank(b, "exact_steps"), f, false);
    put_limits(blank(b, "aside_in_time"), f, 1, "part_funnel_limit_exact", "a.moment", "w.at_1",
               "w.moment");
    put_each(blank(b, "aside_cases"), "part_funnel_case_aside", 2, f->count);
    put_each(blank(b, "exact_at"), "part_funnel_exact_at", 1, f->count);
    report_fill(blank(b, "exact_time"), "part_funnel_exact_time",
                (struct sql_blank[]){{"event", STR("moment")}}, 1);
}

static int put_blanks(struct blanks *b, const struct funnel *f, struct err *err)
{
    bool by = report_text(f->asked, "by").ptr != NULL;

    funnel_put_names(blank(b, "fits"), f);
    if (funnel_put_marked(blank(b, "marked"), f, err) < 0 ||
        funnel_put_aside(blank(b, "aside"), f, err) < 0)
        return -1;
    buf_printf(blank(b, "last"), "%zu", f->count);
    put_first_moment(b, f);
    put_quick(b, f);
    put_exact(b, f);
    put_elsewhere(blank(b, "elsewhere"), f);
    put_fixed(b, "is_elsewhere",
              f->flows && f->count > 1 ? "part_funnel_is_elsewhere" : "part_funnel_nowhere");
    put_by(blank(b, "part"), f, "part_funnel_part");
    put_each(blank(b, "judged_at"), "part_funnel_judged_at", 1, f->count);
    put_group_join(blank(b, "group_join"), f);
    put_by(blank(b, "counted_part"), f, "part_funnel_counted_part");
    put_counts(blank(b, "counted_steps"), f);
    put_by(blank(b, "group_by"), f, "part_funnel_group_by");
    put_rows(blank(b, "rows"), f);
    put_fixed(b, "order", by ? "part_funnel_order_by" : "part_funnel_order");
    return 0;
}

static int build_from(const struct funnel *f, struct buf *sql, struct err *err)
{
    struct blanks *b = xcalloc(1, sizeof *b);
    int status = put_blanks(b, f, err);

    for (size_t i = 0; i < b->count; i++) {
        b->list[i].text = buf_as_str(&b->bufs[i]);
        sql->failed |= b->bufs[i].failed;
    }
    if (status == 0)
        report_fill(sql, "funnel", b->list, b->count);
    for (size_t i = 0; i < b->count; i++)
        buf_free(&b->bufs[i]);
    free(b);
    return status;
}

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    struct funnel f;
    int status = funnel_read(&f, asked, err);

    if (status == 0)
        status = build_from(&f, sql, err);
    funnel_free(&f);
    return status;
}

/* Where the unit itself changes over time. */
static const char *note(const struct report_asked *asked)
{
    struct str per = report_text(asked, "per");

    if (str_is(per, "visitor") || str_is(per, "session"))
        return "visitors and sessions have another pseudonym each day: over midnight one counts as "
               "two";
    return NULL;
}

const struct report report_funnel = {
    .name = "funnel",
    .summary = "how many went through steps in order, and why the others did not go on",
    .description =
        "Follows each flow (or actor, session, device, visitor) from its first event of the first "
        "step\n"
        "in the range: the next step is the first of its events that fits and comes later, in "
        "time. Who\n"
        "does not go on is counted under one reason, so that the reasons add up to what was "
        "dropped:\n"
        "  quarantined  the next step came, but waits in quarantine\n"
        "  too_late     it came after --within or --within-step\n"
        "  before       it came only before the step\n"
        "  other_flow   the same person did it later, in another flow\n"
        "  error        an event whose role is error came after the step\n"
        "  never        none of these\n\n"
        "  weir report funnel --step flow.begin --step 'flow.*.submit' --step account.login\n"
        "  weir report funnel --step flow.begin --step 'account.login|account.created' --by "
        "ua_browser\n"
        "  weir report funnel --step 'flow.begin[entrypoint=abouthome]' --step flow.complete "
        "--within 1h",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS | REPORT_BY,
    .own = own,
    .table_of = funnel_table,
    .more_tables = "flows_data events",
    .check = check,
    .note = note,
    .names = funnel_put_absent,
    .build = build,
};
