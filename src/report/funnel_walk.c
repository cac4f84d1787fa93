/* SPDX-License-Identifier: Apache-2.0 */
/* funnel_walk.c: how far each unit went through the steps of a funnel, and why not further, as SQL.
 *
 * The statement has two ways (sql/part_funnel_walk.sql): one pass over all events keeps of each unit the
 * first event of each step, which settles all units whose first ones are in order; only the others'
 * events are then looked at one by one. Both give the same; the rules stand in docs/reports.md. */
#include <stdio.h>

#include "base/mem.h"
#include "report/funnel.h"

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
        funnel_put_part(out, part, k,
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
        funnel_put_part(out, quick ? "part_funnel_quick" : "part_funnel_exact", k,
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
    funnel_put_each(&latest, "part_funnel_latest", 2, f->count);
    funnel_put_each(&cases, "part_funnel_case_latest", 2, f->count);
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
    if (filters.len || f->by.ptr)
        report_fill(out, f->flows ? "part_funnel_flow_of" : "part_funnel_event_of",
                    (struct sql_blank[]){{"filters", buf_as_str(&filters)}}, 1);
    out->failed |= filters.failed;
}

/* A part with the moment of an event, for each step. */
static void put_each_moment(struct buf *out, const char *name, size_t from, size_t to)
{
    AUTO_BUF moment;

    buf_init(&moment, FUNNEL_PART_MAX);
    report_fill(&moment, "part_funnel_moment", NULL, 0);
    for (size_t k = from; k <= to; k++)
        funnel_put_part(out, name, k, (struct sql_blank[]){{"moment", buf_as_str(&moment)}}, 1);
}

/* The event of the first step itself, where its columns are asked for. */
static void put_first_moment(struct funnel_blanks *b, const struct funnel *f)
{
    bool asked = !f->flows && (f->first || f->by.ptr || report_count(f->asked, "filter"));

    put_each_moment(funnel_blank(b, "first_moment"), "part_funnel_first_moment", 1, asked);
    funnel_put_each(funnel_blank(b, "moment_name"), "part_funnel_first_moment_name", 1, asked);
    funnel_put_each(funnel_blank(b, "exact_moment"), "part_funnel_exact_moment", 1, asked);
    funnel_put_each(funnel_blank(b, "judged_first"), "part_funnel_judged_first", 1,
                    !f->flows && f->first);
}

/* By first events, for most units. */
static void put_quick(struct funnel_blanks *b, const struct funnel *f)
{
    bool ranged = report_text(f->asked, "from").ptr || report_text(f->asked, "to").ptr;
    struct buf *firsts = funnel_blank(b, "first_steps");

    funnel_put_each(firsts, "part_funnel_first_1", 1, 1);
    funnel_put_each(firsts, "part_funnel_first", 2, f->count);
    funnel_put_each(funnel_blank(b, "only"), "part_funnel_only", 1, ranged);
    put_walk(funnel_blank(b, "quick_steps"), f, true);
    funnel_put_each(funnel_blank(b, "reached"), "part_funnel_reached", 1, f->count);
    funnel_put_each(funnel_blank(b, "moment_cases"), "part_funnel_case_moment", 1, f->count);
    funnel_put_each(funnel_blank(b, "next_cases"), "part_funnel_case_next", 2, f->count);
    funnel_put_each(funnel_blank(b, "times_cases"), "part_funnel_case_times", 2, f->count);
    funnel_put_each(funnel_blank(b, "at_names"), "part_funnel_at", 1, f->count);
}

/* By all their events, for the others. */
static void put_exact(struct funnel_blanks *b, const struct funnel *f)
{
    funnel_blank_part(b, "moment", "part_funnel_moment");
    put_each_moment(funnel_blank(b, "listed_steps"), "part_funnel_listed", 2, f->count);
    put_walk(funnel_blank(b, "exact_steps"), f, false);
    put_limits(funnel_blank(b, "aside_in_time"), f, 1, "part_funnel_limit_exact", "a.moment",
               "w.at_1", "w.moment");
    funnel_put_each(funnel_blank(b, "aside_cases"), "part_funnel_case_aside", 2, f->count);
    funnel_put_each(funnel_blank(b, "exact_at"), "part_funnel_exact_at", 1, f->count);
    report_fill(funnel_blank(b, "exact_time"), "part_funnel_exact_time",
                (struct sql_blank[]){{"event", STR("moment")}}, 1);
}

static int put_blanks(struct funnel_blanks *b, const struct funnel *f, struct err *err)
{
    funnel_put_names(funnel_blank(b, "fits"), f);
    if (funnel_put_marked(funnel_blank(b, "marked"), f, err) < 0 ||
        funnel_put_aside(funnel_blank(b, "aside"), f, err) < 0)
        return -1;
    buf_printf(funnel_blank(b, "last"), "%zu", f->count);
    put_first_moment(b, f);
    put_quick(b, f);
    put_exact(b, f);
    put_elsewhere(funnel_blank(b, "elsewhere"), f);
    funnel_blank_part(b, "is_elsewhere",
                      f->flows && f->count > 1 ? "part_funnel_is_elsewhere"
                                               : "part_funnel_nowhere");
    funnel_put_by(funnel_blank(b, "part"), f, "part_funnel_part");
    funnel_put_each(funnel_blank(b, "judged_at"), "part_funnel_judged_at", 1, f->count);
    put_group_join(funnel_blank(b, "group_join"), f);
    return 0;
}

int funnel_put_walk(struct buf *out, const struct funnel *f, struct err *err)
{
    struct funnel_blanks *b = funnel_blanks_new();
    int status = put_blanks(b, f, err);

    if (status == 0)
        funnel_fill(out, "part_funnel_walk", b);
    funnel_blanks_free(b);
    return status;
}
