/* SPDX-License-Identifier: Apache-2.0 */
/* flows.c: flows begun, completed, and how long they lasted, in the bucket of their begin. */
#include "report/build.h"

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    (void)err;
    report_fill_flows(sql, "flows", asked, STR(""));
    return 0;
}

const struct report report_flows = {
    .name = "flows",
    .summary = "flows begun and completed, new accounts, and how long flows last",
    .description = "A row for each day (or other bucket) in which flows began. Flows without a "
                   "begin do not count.\n"
                   "The duration is that of the whole flow, until its last event, in seconds.\n\n"
                   "  weir report flows --from 2026-11-01\n"
                   "  weir report flows --by entrypoint --filter 'service=sync' --bucket week",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS | REPORT_BY | REPORT_BUCKET,
    .table = "flows_data",
    .build = build,
};
