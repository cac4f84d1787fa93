/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c: what has come of each event of the catalogue, and what came that it does not have.
 *
 * Volumes are those of the counts, so that they are quick, and there for times whose events are gone; so a
 * moment of theirs is that of a quarter of an hour. Violations are those of the quarantine. */
#include "base/mem.h"
#include "report/bounds.h"

enum { PART_MAX = 16 * 1024 };

static const struct report_parameter own[] = {
    {.name = "limit",
     .argument = "N",
     .help = "so many rows, those that are declared and have most|events first (default: 5000)",
     .standard = "5000",
     .type = REPORT_COUNT,
     .least = 1,
     .most = 20000},
    {.name = NULL},
};

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    AUTO_BUF first;
    AUTO_BUF last;

    (void)err;
    buf_init(&first, PART_MAX);
    buf_init(&last, PART_MAX);
    bounds_put(&first, asked, "from", "part_seen_first");
    bounds_put(&last, asked, "to", "part_seen_last");
    report_fill(sql, "catalogue",
                (struct sql_blank[]){{"first", buf_as_str(&first)},
                                     {"last", buf_as_str(&last)},
                                     {"limit", report_text(asked, "limit")}},
                3);
    sql->failed |= first.failed || last.failed;
    return 0;
}

const struct report report_catalogue = {
    .name = "catalogue",
    .summary = "what has come of each declared event, and what came undeclared",
    .description =
        "A row for each entry of the catalogue of which anything has come, and for each name that "
        "it\n"
        "lacks: events in the range (`parts`: in 30 parts of it) and ever, when first and last (to "
        "a\n"
        "quarter of an hour), how many were kept aside, and why. Entries of which nothing has "
        "come\n"
        "have no row: GET /api/catalogue lists all.\n\n"
        "  weir report catalogue --from 2026-11-01",
    .version = 1,
    .common = REPORT_RANGE,
    .own = own,
    .table = "event_count_rows",
    .build = build,
};
