/* SPDX-License-Identifier: Apache-2.0 */
/* funnel.c: how many units went through steps in order, and why the others did not go on.
 *
 * funnel_walk.c says of each unit how far it came and why not further; this counts. */
#include "report/funnel.h"
#include "base/mem.h"

static const struct report_parameter own[] = {
    {.name = "limit",
     .argument = "N",
     .help = "with --by: so many values, those with most units;|all others are one (default: all)",
     .type = REPORT_COUNT,
     .least = 1,
     .most = 1000},
    {.name = NULL},
};

static int check(const struct report_asked *asked, struct err *err)
{
    if (report_text(asked, "limit").ptr && !report_text(asked, "by").ptr)
        return err_set(err, ERR_USAGE, "--limit is about the values of --by");
    return funnel_check(asked, err);
}

static void put_counts(struct buf *out, const struct funnel *f)
{
    funnel_put_each(out, "part_funnel_came", 1, f->count);
    funnel_put_each(out, "part_funnel_span", 2, f->count);
    funnel_put_each(out, "part_funnel_reasons", 1, f->count - 1);
}

static void put_rows(struct buf *out, const struct funnel *f)
{
    AUTO_BUF by;

    buf_init(&by, FUNNEL_PART_MAX);
    funnel_put_by(&by, f, "part_funnel_by");
    for (size_t k = 1; k <= f->count; k++) {
        AUTO_BUF event;
        AUTO_BUF rates;

        buf_init(&event, FUNNEL_PART_MAX);
        buf_init(&rates, FUNNEL_PART_MAX);
        sql_literal(&event, report_value(f->asked, "step", k - 1));
        funnel_put_part(&rates, k == 1 ? "part_funnel_rates_1" : "part_funnel_rates", k, NULL, 0);
        if (k > 1)
            report_fill(out, "part_funnel_and", NULL, 0);
        buf_char(out, '\n');
        funnel_put_part(out, k == f->count ? "part_funnel_row_last" : "part_funnel_row", k,
                        (struct sql_blank[]){{"by", buf_as_str(&by)},
                                             {"event", buf_as_str(&event)},
                                             {"rates", str_trim(buf_as_str(&rates))}},
                        3);
        out->failed |= event.failed || rates.failed;
    }
    out->failed |= by.failed;
}

static void put_blanks(struct funnel_blanks *b, const struct funnel *f)
{
    bool limited = report_text(f->asked, "limit").ptr != NULL;
    struct buf *shown = funnel_blank(b, "shown");

    if (limited)
        report_fill(shown, "part_funnel_shown",
                    (struct sql_blank[]){{"limit", report_text(f->asked, "limit")}}, 1);
    funnel_blank_part(b, "units", limited ? "part_funnel_shown_name" : "part_funnel_judged");
    funnel_put_by(funnel_blank(b, "counted_part"), f, "part_funnel_counted_part");
    put_counts(funnel_blank(b, "counted_steps"), f);
    funnel_put_by(funnel_blank(b, "group_by"), f, "part_funnel_group_by");
    put_rows(funnel_blank(b, "rows"), f);
    funnel_blank_part(b, "order", f->by.ptr ? "part_funnel_order_by" : "part_funnel_order");
}

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    struct funnel_blanks *b = funnel_blanks_new();
    struct funnel f;
    int status = funnel_read(&f, asked, err);

    f.by = report_text(asked, "by");
    if (status == 0)
        status = funnel_put_walk(funnel_blank(b, "walk"), &f, err);
    if (status == 0) {
        put_blanks(b, &f);
        funnel_fill(sql, "funnel", b);
    }
    funnel_blanks_free(b);
    funnel_free(&f);
    return status;
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
    .common = REPORT_STEPS | REPORT_RANGE | REPORT_FILTERS | REPORT_BY,
    .own = own,
    .table_of = funnel_table,
    .more_tables = "flows_data events",
    .check = check,
    .note = funnel_note,
    .names = funnel_put_absent,
    .build = build,
};
