/* SPDX-License-Identifier: Apache-2.0 */
/* connect.c: how long it takes to connect a device: from the begin of a flow to its first completion.
 *
 * Only flows that have a begin and were completed count, in the bucket of their begin. */
#include "base/mem.h"
#include "report/build.h"

enum { PART_MAX = 256 * 1024 };

static const struct report_parameter own[] = {
    {.name = "service",
     .argument = "NAMES",
     .help = "services, parted by commas; an empty one stands for|flows without (default: sync, or "
             "none); * for all",
     .standard = "sync,",
     .type = REPORT_TEXT},
    {.name = NULL},
};

/* The list of literals for `service`. */
static void put_services(struct buf *out, struct str names)
{
    AUTO_BUF list;

    buf_init(&list, PART_MAX);
    if (str_is(names, "*"))
        return;
    while (names.ptr) {
        if (list.len)
            buf_str(&list, STR(", "));
        sql_literal(&list, str_trim(str_split(&names, ',')));
    }
    report_fill(out, "part_services", (struct sql_blank[]){{"names", buf_as_str(&list)}}, 1);
    out->failed |= list.failed;
}

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    AUTO_BUF services;

    (void)err;
    buf_init(&services, PART_MAX);
    put_services(&services, report_text(asked, "service"));
    report_fill_flows(sql, "connect", asked, buf_as_str(&services));
    sql->failed |= services.failed;
    return 0;
}

const struct report report_connect = {
    .name = "connect",
    .summary = "time taken to connect a device: quartiles, for new and existing accounts",
    .description = "Of each completed flow, the seconds from its begin to its completion "
                   "(flow_time of the first\n"
                   "event whose role is complete): quartiles with linear interpolation, apart for "
                   "flows that made\n"
                   "a new account and those of an existing one.\n\n"
                   "  weir report connect --from 2026-11-01 --time-zone Europe/Berlin\n"
                   "  weir report connect --service '*' --by ua_browser --bucket week",
    .version = 1,
    .common = REPORT_RANGE | REPORT_FILTERS | REPORT_BY | REPORT_BUCKET,
    .own = own,
    .table = "flows_data",
    .build = build,
};
