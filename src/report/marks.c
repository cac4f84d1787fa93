/* SPDX-License-Identifier: Apache-2.0 */
/* marks.c: the reports `marks` and `range`: moments at which numbers may change for another reason than
 * what people do, and the days that there are events of. */
#include "base/mem.h"
#include "report/build.h"

enum { PART_MAX = 64 * 1024 };

static int build_marks(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    AUTO_BUF range;

    (void)err;
    buf_init(&range, PART_MAX);
    report_put_range(&range, asked, "c.moment");
    report_fill(sql, "marks", (struct sql_blank[]){{"range", buf_as_str(&range)}}, 1);
    sql->failed |= range.failed;
    return 0;
}

static int build_range(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    (void)asked;
    (void)err;
    report_fill(sql, "range", NULL, 0);
    return 0;
}

const struct report report_marks = {
    .name = "marks",
    .summary = "moments for charts: the catalogue, a definition or Weir changed",
    .description =
        "A row for each moment at which numbers may change for another reason than what people do: "
        "the\n"
        "catalogue was reloaded, what it says of the derived tables changed, another version of "
        "Weir "
        "began.\n\n"
        "  weir report marks --from 2026-11-01",
    .version = 1,
    .common = REPORT_RANGE,
    .table = "events",
    .build = build_marks,
};

const struct report report_range = {
    .name = "range",
    .summary = "the first and the last day that there are events of",
    .description =
        "One row: first_day and last_day, in UTC, both NULL where there is no event. Days\n"
        "before 1972 and after tomorrow are left out: clocks stood wrong.\n\n"
        "  weir report range",
    .version = 1,
    .table = "events",
    .build = build_range,
};
