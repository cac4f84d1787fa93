/* SPDX-License-Identifier: Apache-2.0 */
/* flows.c: flows begun, completed, and how long they lasted, in the bucket of their begin. */
#include "base/mem.h"
#include "report/build.h"

enum { PART_MAX = 256 * 1024 };

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    AUTO_BUF bucket;
    AUTO_BUF by;
    AUTO_BUF conditions;

    (void)err;
    buf_init(&bucket, PART_MAX);
    buf_init(&by, PART_MAX);
    buf_init(&conditions, PART_MAX);
    report_put_bucket(&bucket, asked, "f.begin_time");
    report_put_by(&by, asked, "f");
    report_put_kept(&conditions, asked, "f");
    report_put_range(&conditions, asked, "f.begin_time");
    report_put_filters(&conditions, asked, "f");
    report_fill(sql, "flows",
                (struct sql_blank[]){{"bucket", buf_as_str(&bucket)},
                                     {"by", buf_as_str(&by)},
                                     {"conditions", buf_as_str(&conditions)}},
                3);
    sql->failed |= bucket.failed || by.failed || conditions.failed;
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
