/* SPDX-License-Identifier: Apache-2.0 */
/* traffic.c: whose events count: of people, of robots, or internal ones.
 *
 * What is internal the setting console.internal says; the engine keeps its filters in the table
 * internal_traffic, so that a file is asked by the same ones as its engine. Internal goes before robots:
 * a robot of one's own is internal. */
#include "base/check.h"
#include "base/mem.h"
#include "report/internal.h"

enum { PART_MAX = 64 * 1024 };

int report_put_internal(struct buf *out, const struct str *filters, size_t count, const char *alias,
                        struct err *err)
{
    AUTO_BUF each;

    buf_init(&each, REPORT_SQL_MAX);
    for (size_t i = 0; i < count; i++) {
        struct report_filter f;
        AUTO_BUF column;
        AUTO_BUF filter;

        buf_init(&column, PART_MAX);
        buf_init(&filter, PART_MAX);
        if (report_filter_parse(&f, filters[i], err) < 0)
            return -1;
        report_put_event_column(&column, alias, f.column);
        report_put_filter(&filter, &f, buf_as_str(&column));
        buf_char(&each, '\n');
        report_fill(&each, "part_internal_each",
                    (struct sql_blank[]){{"filter", buf_as_str(&filter)}}, 1);
        each.failed |= column.failed || filter.failed;
    }
    report_fill(out, "part_internal", (struct sql_blank[]){{"each", buf_as_str(&each)}}, 1);
    out->failed |= each.failed;
    return 0;
}

/* A part with the table's alias, and whether an event of it is internal. */
static void put_part(struct buf *out, const char *part, const struct report_asked *asked,
                     const char *alias)
{
    struct str filters[REPORT_INTERNAL_MAX];
    AUTO_BUF internal;

    buf_init(&internal, REPORT_SQL_MAX);
    for (size_t i = 0; i < asked->internal_count; i++)
        filters[i] = str_from(asked->internal[i]);
    CHECK(report_put_internal(&internal, filters, asked->internal_count, alias, NULL) == 0);
    report_fill(
        out, part,
        (struct sql_blank[]){{"alias", str_from(alias)}, {"internal", buf_as_str(&internal)}}, 2);
    out->failed |= internal.failed;
}

void report_put_traffic(struct buf *out, const struct report_asked *asked, const char *alias)
{
    struct str whose = report_text(asked, "traffic");

    if (str_is(whose, "all"))
        return;
    buf_char(out, '\n');
    put_part(out,
             str_is(whose, "bots")       ? "part_traffic_bots"
             : str_is(whose, "internal") ? "part_traffic_internal"
                                         : "part_traffic_people",
             asked, alias);
}

void report_put_traffic_of(struct buf *out, const struct report_asked *asked, const char *alias)
{
    put_part(out, "part_traffic_of", asked, alias);
}
