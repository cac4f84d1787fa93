/* SPDX-License-Identifier: Apache-2.0 */
/* flow.c: one flow from its beginning to its end; and by what flows and other units of a funnel can be
 * grouped. */
#include "base/mem.h"
#include "report/funnel.h"

enum { ID_MAX = 256 };

static const struct report_parameter own[] = {
    {.name = "id",
     .argument = "FLOW",
     .help = "the flow: flow_id of flow_metadata, unit of funnel-list",
     .type = REPORT_TEXT,
     .required = true},
    {.name = "limit",
     .argument = "N",
     .help = "so many events at most, the first ones, 1 to 10000|(default: 1000); as many again "
             "from the quarantine",
     .standard = "1000",
     .type = REPORT_COUNT,
     .least = 1,
     .most = 10000,
     .range = true},
    {.name = NULL},
};

static int check(const struct report_asked *asked, struct err *err)
{
    struct str id = report_text(asked, "id");

    if (id.len == 0 || id.len > ID_MAX)
        return err_set(err, ERR_USAGE, "--id must be a flow's, of 1 to %d bytes", ID_MAX);
    return 0;
}

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    AUTO_BUF id;

    (void)err;
    buf_init(&id, REPORT_VALUE_MAX);
    sql_literal(&id, report_text(asked, "id"));
    report_fill(
        sql, "flow",
        (struct sql_blank[]){{"id", buf_as_str(&id)}, {"limit", report_text(asked, "limit")}}, 2);
    sql->failed |= id.failed;
    return 0;
}

const struct report report_flow = {
    .name = "flow",
    .summary = "what happened in one flow, with what of it waits in quarantine",
    .description =
        "A row for each event of the flow, in its order: kind event, or quarantined with reasons "
        "and\n"
        "errors. Behind them stand other flows: the one that it goes on from (from), those that go "
        "on\n"
        "from it (into), and up to 20 of the same actor (same_person), the nearest in time.\n"
        "Properties lack those that only some may see.\n\n"
        "  weir report flow --id ba23e84d13b1828869e0ad41c136c587b3ebc5fdc95ce6bd4e7f9a3a91949854",
    .version = 1,
    .own = own,
    .table = "flows_data",
    .check = check,
    .build = build,
};

static const struct report_parameter columns_own[] = {
    {.name = "per",
     .argument = "UNIT",
     .help = "flow (default), actor, session, device or visitor",
     .standard = "flow",
     .choices = "flow|actor|session|device|visitor",
     .type = REPORT_CHOICE},
    {.name = NULL},
};

static int columns_build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    AUTO_BUF table;

    (void)err;
    buf_init(&table, 64);
    sql_literal(&table, str_from(funnel_table(asked)));
    report_fill(sql, "flow_columns", (struct sql_blank[]){{"table", buf_as_str(&table)}}, 1);
    return 0;
}

const struct report report_flow_columns = {
    .name = "flow-columns",
    .summary = "by what the units of a funnel can be grouped and filtered",
    .description = "A row for each column that --by and --filter of the report funnel may name.\n\n"
                   "  weir report flow-columns --per actor",
    .version = 1,
    .own = columns_own,
    .table_of = funnel_table,
    .build = columns_build,
};
