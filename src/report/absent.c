/* SPDX-License-Identifier: Apache-2.0 */
/* absent.c: names that a report asks for and that no event has: most likely they are mistyped, and the
 * zeros that they make would be taken for an answer.
 *
 * They are looked for with the first question, and said beside the rows. */
#include <stdio.h>

#include "base/mem.h"
#include "report/internal.h"

enum { PART_MAX = 128 * 1024, NAME_MAX_BYTES = 128 }; /* no event has a longer one */

/* What can be shown on a line: the rest is not worth the trouble. */
static bool is_plain(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == '\x7f')
            return false;
    return name.len <= NAME_MAX_BYTES;
}

void report_put_absent(struct buf *sql, const struct report_sought *sought)
{
    AUTO_BUF before;
    AUTO_BUF literal;
    AUTO_BUF name;
    char kinds[24], number[24];

    snprintf(kinds, sizeof kinds, "%d", (int)sought->kinds);
    snprintf(number, sizeof number, "%zu", sought->number);
    buf_init(&before, 256);
    buf_init(&literal, 512);
    buf_init(&name, 512);
    if (!is_plain(sought->name))
        return;
    buf_printf(&before, "%s: no accepted event %s%s `", sought->where,
               sought->kinds == REPORT_KIND_FLOW       ? "of kind flow "
               : sought->kinds == REPORT_KIND_ACTIVITY ? "of kind activity "
                                                       : "",
               report_is_pattern(sought->name) ? "fits" : "is called");
    sql_literal(&literal, buf_as_str(&before));
    sql_literal(&name, sought->name);
    report_fill(sql, "part_absent",
                (struct sql_blank[]){{"before", buf_as_str(&literal)},
                                     {"name", buf_as_str(&name)},
                                     {"kinds", str_from(kinds)},
                                     {"number", str_from(number)},
                                     {"condition", sought->condition}},
                5);
    buf_char(sql, '\n');
    sql->failed |= before.failed || literal.failed || name.failed;
}

/* Whether a name fits, by a column that holds one. */
static void put_name_condition(struct buf *out, struct str name)
{
    bool pattern = report_is_pattern(name);
    AUTO_BUF text;
    AUTO_BUF literal;

    buf_init(&text, PART_MAX);
    buf_init(&literal, PART_MAX);
    if (pattern)
        report_put_pattern(&text, name);
    else
        buf_str(&text, name);
    sql_literal(&literal, buf_as_str(&text));
    report_fill(out, pattern ? "part_funnel_name_like" : "part_funnel_name_is",
                (struct sql_blank[]){{"name", buf_as_str(&literal)}}, 1);
    out->failed |= text.failed || literal.failed;
}

void report_put_name_conditions(struct buf *out, const struct report_asked *asked,
                                const char *parameter)
{
    for (size_t i = 0; i < report_count(asked, parameter); i++) {
        buf_str(out, i ? STR(" OR ") : STR(""));
        put_name_condition(out, report_value(asked, parameter, i));
    }
}

void report_put_absent_names(struct buf *sql, const struct report_asked *asked,
                             const char *parameter)
{
    AUTO_FREE char *where = xasprintf("--%s", parameter);

    for (size_t i = 0; i < report_count(asked, parameter); i++) {
        struct str name = report_value(asked, parameter, i);
        AUTO_BUF condition;

        buf_init(&condition, PART_MAX);
        put_name_condition(&condition, name);
        report_put_absent(sql, &(struct report_sought){.where = where,
                                                       .number = i,
                                                       .name = name,
                                                       .condition = buf_as_str(&condition)});
        sql->failed |= condition.failed;
    }
}
