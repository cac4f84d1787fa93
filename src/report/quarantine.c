/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine.c: what was kept aside: in groups, and one event after another.
 *
 * Both take the same conditions, so that a group's events are those that it counts. What is hidden from
 * most (values of hidden properties, and those that nobody declared) is masked unless it is asked for;
 * who may not see it does not get it then either (store/query.h). */
#include <stdio.h>

#include "base/mem.h"
#include "event/fault.h"
#include "report/bounds.h"

enum { PART_MAX = 128 * 1024 };

#define STATE                                                                                      \
    {                                                                                              \
        .name = "state", .argument = "STATE",                                                      \
        .help = "waiting (default), replayed, dropped or all", .standard = "waiting",              \
        .choices = "waiting|replayed|dropped|all", .type = REPORT_CHOICE                           \
    }
#define REASON                                                                                     \
    {                                                                                              \
        .name = "reason", .argument = "CODE", .help = "only with this error, such as wrong_type",  \
        .type = REPORT_TEXT                                                                        \
    }

static const struct report_parameter of_groups[] = {
    STATE,
    REASON,
    {.name = "limit",
     .argument = "N",
     .help = "so many groups, those with most events (default: 500)",
     .standard = "500",
     .type = REPORT_COUNT,
     .least = 1,
     .most = 10000},
    {.name = NULL},
};

static const struct report_parameter of_events[] = {
    STATE,
    REASON,
    {.name = "position",
     .argument = "POSITION",
     .help = "this one; repeat it for several",
     .type = REPORT_COUNT,
     .least = 1,
     .repeats = true},
    {.name = "before",
     .argument = "POSITION",
     .help = "only those before this one: the next page",
     .type = REPORT_COUNT,
     .least = 1},
    {.name = "limit",
     .argument = "N",
     .help = "so many, the newest (default: 50)",
     .standard = "50",
     .type = REPORT_COUNT,
     .least = 1,
     .most = 1000},
    {.name = "hidden",
     .help = "show hidden values instead of a word, to those|who may see them",
     .type = REPORT_FLAG},
    {.name = NULL},
};

static int check(const struct report_asked *asked, struct err *err)
{
    struct str reason = report_text(asked, "reason");

    if (reason.ptr && fault_code_find(reason) < 0)
        return err_set(err, ERR_USAGE, "--reason must be the code of an error, such as wrong_type");
    return 0;
}

static void put_literal(struct buf *out, const char *part, const char *blank, struct str text)
{
    AUTO_BUF literal;

    buf_init(&literal, PART_MAX);
    if (!text.ptr)
        return;
    sql_literal(&literal, text);
    buf_char(out, '\n');
    report_fill(out, part, (struct sql_blank[]){{blank, buf_as_str(&literal)}}, 1);
    out->failed |= literal.failed;
}

static void put_conditions(struct buf *out, const struct report_asked *asked)
{
    struct str state = report_text(asked, "state");

    put_literal(out, "part_kept_state", "state", str_is(state, "all") ? STR_NONE : state);
    put_literal(out, "part_kept_reason", "reason", report_text(asked, "reason"));
    report_put_range(out, asked, "q.received");
    report_put_filters(out, asked, "q");
}

static int build_groups(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    AUTO_BUF conditions;
    AUTO_BUF group;
    AUTO_BUF first;
    AUTO_BUF last;

    (void)err;
    buf_init(&conditions, PART_MAX);
    buf_init(&group, PART_MAX);
    buf_init(&first, PART_MAX);
    buf_init(&last, PART_MAX);
    put_conditions(&conditions, asked);
    put_literal(&group, "part_kept_group", "reason", report_text(asked, "reason"));
    bounds_put(&first, asked, "from", "part_kept_first");
    bounds_put(&last, asked, "to", "part_kept_last");
    report_fill(sql, "quarantine",
                (struct sql_blank[]){{"conditions", buf_as_str(&conditions)},
                                     {"group", buf_as_str(&group)},
                                     {"first", buf_as_str(&first)},
                                     {"last", buf_as_str(&last)},
                                     {"limit", report_text(asked, "limit")}},
                5);
    sql->failed |= conditions.failed || group.failed || first.failed || last.failed;
    return 0;
}

/* Numbers that have passed their check are their own SQL. */
static void put_positions(struct buf *out, const struct report_asked *asked)
{
    struct str before = report_text(asked, "before");
    size_t count = report_count(asked, "position");
    AUTO_BUF list;

    buf_init(&list, PART_MAX);
    for (size_t i = 0; i < count; i++)
        buf_printf(&list, "%s%.*s", i ? ", " : "", STR_ARG(report_value(asked, "position", i)));
    if (count) {
        buf_char(out, '\n');
        report_fill(out, "part_kept_positions",
                    (struct sql_blank[]){{"positions", buf_as_str(&list)}}, 1);
    }
    if (before.ptr) {
        buf_char(out, '\n');
        report_fill(out, "part_kept_before", (struct sql_blank[]){{"before", before}}, 1);
    }
    out->failed |= list.failed;
}

static int build_events(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    AUTO_BUF conditions;
    AUTO_BUF event;

    (void)err;
    buf_init(&conditions, PART_MAX);
    buf_init(&event, PART_MAX);
    put_conditions(&conditions, asked);
    put_positions(&conditions, asked);
    report_fill(&event, report_flag(asked, "hidden") ? "part_kept_open" : "part_kept_masked", NULL,
                0);
    report_fill(sql, "quarantined",
                (struct sql_blank[]){{"conditions", buf_as_str(&conditions)},
                                     {"event", buf_as_str(&event)},
                                     {"limit", report_text(asked, "limit")}},
                3);
    sql->failed |= conditions.failed || event.failed;
    return 0;
}

const struct report report_quarantine = {
    .name = "quarantine",
    .summary = "what was kept aside, by what is wrong, event and source",
    .description =
        "A row for each error of each event and source: how many, when first and last (`parts`: in "
        "30\n"
        "parts of the range), where in the event, and from which versions and browsers. An event "
        "with\n"
        "two errors is in two groups. The range is about the receipt.\n\n"
        "  weir report quarantine --from 2026-11-20\n"
        "  weir report quarantine --state dropped --filter source=backend",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS,
    .own = of_groups,
    .table = "quarantine",
    .check = check,
    .build = build_groups,
};

const struct report report_quarantined = {
    .name = "quarantined",
    .summary = "the events that were kept aside, with what is wrong with each",
    .description =
        "A row for each event, the newest first, with its errors and contents; hidden values are\n"
        "masked. --before the last position of one page gives the next.\n\n"
        "  weir report quarantined --reason wrong_type --filter 'name=order.placed' --limit 10\n"
        "  weir report quarantined --state all --position 4711",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS,
    .own = of_events,
    .table = "quarantine",
    .check = check,
    .build = build_events,
};
