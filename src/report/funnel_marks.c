/* SPDX-License-Identifier: Apache-2.0 */
/* funnel_marks.c: which events fit which step of a funnel, as SQL.
 *
 * Names are looked for once, among the few that there are, and become bits. Filters on a flow's
 * attributes are asked of the flow, those on an event's own columns of the event. */
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "report/funnel.h"

static const char event_prefix[] = "event.";

/* A part with its blanks filled in; the blanks' own buffers may have failed. */
static void put_bit_part(struct buf *out, const char *part, uint64_t bit, const char *blank,
                         struct str text)
{
    char number[24];

    snprintf(number, sizeof number, "%llu", (unsigned long long)bit);
    report_fill(out, part, (struct sql_blank[]){{"bit", str_from(number)}, {blank, text}}, 2);
}

static void put_name_condition(struct buf *out, const struct step_alternative *a)
{
    bool pattern = report_is_pattern(a->name);
    AUTO_BUF text;
    AUTO_BUF literal;

    buf_init(&text, FUNNEL_PART_MAX);
    buf_init(&literal, FUNNEL_PART_MAX);
    if (pattern)
        report_put_pattern(&text, a->name);
    else
        buf_str(&text, a->name);
    sql_literal(&literal, buf_as_str(&text));
    report_fill(out, pattern ? "part_funnel_name_like" : "part_funnel_name_is",
                (struct sql_blank[]){{"name", buf_as_str(&literal)}}, 1);
    out->failed |= text.failed || literal.failed;
}

void funnel_put_names(struct buf *out, const struct funnel *f)
{
    for (size_t k = 0; k < f->count; k++)
        for (size_t j = 0; j < f->steps[k].alternative_count; j++) {
            AUTO_BUF condition;

            buf_init(&condition, FUNNEL_PART_MAX);
            put_name_condition(&condition, f->steps[k].alternatives + j);
            buf_str(out, k || j ? STR(" + ") : STR(""));
            put_bit_part(out, "part_funnel_bit", funnel_bit(f, k, j), "condition",
                         buf_as_str(&condition));
            out->failed |= condition.failed;
        }
}

void funnel_put_absent(const struct report_asked *asked, struct buf *sql)
{
    struct funnel f;
    struct err err = {0};

    CHECK(funnel_read(&f, asked, &err) == 0);
    for (size_t k = 0, number = 0; k < f.count; k++)
        for (size_t j = 0; j < f.steps[k].alternative_count; j++, number++) {
            char where[32];
            AUTO_BUF condition;

            buf_init(&condition, FUNNEL_PART_MAX);
            snprintf(where, sizeof where, "step %zu", k + 1);
            put_name_condition(&condition, f.steps[k].alternatives + j);
            report_put_absent(
                sql, &(struct report_sought){.where = where,
                                             .number = number,
                                             .name = f.steps[k].alternatives[j].name,
                                             .kinds = f.flows ? REPORT_KIND_FLOW : REPORT_KIND_ANY,
                                             .condition = buf_as_str(&condition)});
            sql->failed |= condition.failed;
        }
    funnel_free(&f);
}

/* Whether the filter is on the flow; its column, without what says so. */
static bool is_of_flow(const struct funnel *f, struct str *column)
{
    if (str_starts(*column, str_from(event_prefix))) {
        *column = str_slice(*column, sizeof event_prefix - 1, column->len);
        return false;
    }
    return f->flows && report_has_column(f->asked, STR("flows_data"), *column);
}

/* The alternative's filters of one kind, on a table that is called `alias`. */
static int put_filters(struct buf *out, const struct funnel *f, const struct step_alternative *a,
                       bool of_flow, const char *alias, struct err *err)
{
    for (size_t i = 0; i < a->filter_count; i++) {
        struct report_filter filter = a->filters[i].filter;
        AUTO_BUF column;

        buf_init(&column, FUNNEL_PART_MAX);
        if (is_of_flow(f, &filter.column) != of_flow)
            continue;
        if (!of_flow && report_need_column(f->asked, "step", STR("events"), filter.column, err) < 0)
            return -1;
        report_put_column(&column, alias, filter.column);
        report_put_filter(out, &filter, buf_as_str(&column));
        out->failed |= column.failed;
    }
    return 0;
}

/* Whether an event fits: its name, and what is asked of its flow and, where `whole`, of itself. */
static int put_alternative(struct buf *out, const struct funnel *f, size_t k, size_t j, bool whole,
                           struct err *err)
{
    const struct step_alternative *a = f->steps[k].alternatives + j;
    AUTO_BUF flow;
    AUTO_BUF event;

    buf_init(&flow, FUNNEL_PART_MAX);
    buf_init(&event, FUNNEL_PART_MAX);
    if (put_filters(&flow, f, a, true, "x", err) < 0 ||
        put_filters(&event, f, a, false, f->flows ? "x" : "f", err) < 0)
        return -1;
    put_bit_part(out, "part_funnel_has_bit", funnel_bit(f, k, j), "", STR(""));
    if (flow.len)
        report_fill(out, "part_funnel_flow_filter",
                    (struct sql_blank[]){{"filters", buf_as_str(&flow)}}, 1);
    if (event.len && whole && f->flows)
        put_bit_part(out, "part_funnel_event_filter", funnel_bit(f, k, j), "filters",
                     buf_as_str(&event));
    else if (event.len && whole)
        buf_str(out, buf_as_str(&event));
    out->failed |= flow.failed || event.failed;
    return 0;
}

static int put_fits(struct buf *out, const struct funnel *f, bool whole, struct err *err)
{
    for (size_t k = 0; k < f->count; k++) {
        char number[24];
        AUTO_BUF any;

        buf_init(&any, FUNNEL_PART_MAX);
        snprintf(number, sizeof number, "%zu", k + 1);
        for (size_t j = 0; j < f->steps[k].alternative_count; j++) {
            buf_str(&any, j ? STR(" OR ") : STR(""));
            if (put_alternative(&any, f, k, j, whole, err) < 0)
                return -1;
        }
        report_fill(
            out, "part_funnel_fits",
            (struct sql_blank[]){{"alternatives", buf_as_str(&any)}, {"k", str_from(number)}}, 2);
        buf_char(out, '\n');
        out->failed |= any.failed;
    }
    return 0;
}

static void put_kept(struct buf *out, const struct funnel *f)
{
    AUTO_BUF kept;

    buf_init(&kept, FUNNEL_PART_MAX);
    if (f->flows)
        report_put_kept(&kept, f->asked, "x");
    if (kept.len)
        report_fill(out, "part_funnel_kept", (struct sql_blank[]){{"kept", buf_as_str(&kept)}}, 1);
    out->failed |= kept.failed;
}

int funnel_put_marked(struct buf *out, const struct funnel *f, struct err *err)
{
    AUTO_BUF fits;
    AUTO_BUF range;
    AUTO_BUF in_range;
    AUTO_BUF kept;

    buf_init(&fits, FUNNEL_PART_MAX);
    buf_init(&range, FUNNEL_PART_MAX);
    buf_init(&in_range, FUNNEL_PART_MAX);
    buf_init(&kept, FUNNEL_PART_MAX);
    if (put_fits(&fits, f, true, err) < 0)
        return -1;
    report_put_range(&range, f->asked, "f.time");
    put_kept(&kept, f);
    report_fill(&in_range, "part_funnel_in_range",
                (struct sql_blank[]){{"range", buf_as_str(&range)}}, 1);
    report_fill(out, f->flows ? "part_funnel_marked_flow" : "part_funnel_marked_other",
                (struct sql_blank[]){{"fits", buf_as_str(&fits)},
                                     {"in_range", buf_as_str(&in_range)},
                                     {"kept", buf_as_str(&kept)},
                                     {"unit", str_from(f->unit)}},
                4);
    out->failed |= fits.failed || range.failed || in_range.failed || kept.failed;
    return 0;
}

int funnel_put_aside(struct buf *out, const struct funnel *f, struct err *err)
{
    AUTO_BUF fits;
    AUTO_BUF member;

    buf_init(&fits, FUNNEL_PART_MAX);
    buf_init(&member, FUNNEL_PART_MAX);
    if (put_fits(&fits, f, false, err) < 0)
        return -1;
    sql_literal(&member, str_from(f->unit));
    report_fill(out, f->flows ? "part_funnel_aside_flow" : "part_funnel_aside_other",
                (struct sql_blank[]){{"fits", buf_as_str(&fits)}, {"member", buf_as_str(&member)}},
                2);
    out->failed |= fits.failed || member.failed;
    return 0;
}
