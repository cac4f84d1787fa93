/* SPDX-License-Identifier: Apache-2.0 */
/* counts_blanks.c: what the statements of event_counts say about dimensions.
 *
 * A row has them as the text of a JSON object, {"clicked":"mastodon"}, its members in the order of
 * their properties: so that rows group by one text, and other dimensions need no other table. Which
 * of them an event has, event_names says. A property that one entry hides may be a dimension of
 * another that shows it: no event is counted by what its own entry hides. The views show each as a
 * column; names that differ in capitals alone share one. */
#include "base/mem.h"
#include "model/filling.h"

enum { PART_MAX = 64 << 10 };

static void put_part(struct buf *out, const char *part, const struct sql_blank *blanks,
                     size_t count)
{
    sql_fill_part(out, models_statement(part), blanks, count);
}

/* Its value in `events`, or in a row that is taken over. */
static void put_source(const struct models *m, struct buf *out, struct str property,
                       struct str literal, bool taken)
{
    AUTO_BUF value;

    buf_init(&value, PART_MAX);
    if (!taken) {
        models_put_column(out, script_column(m->store, property));
        return;
    }
    put_part(&value, "part_count_taken", (struct sql_blank[]){{"property", literal}}, 1);
    models_put_old(m, out, property, &value);
}

/* The member that a property is. What it is called, the event's row of event_names says: while the
 * tables are made anew, not all say the same. */
static void put_member(const struct models *m, struct buf *out, struct str property, bool taken)
{
    AUTO_BUF literal;
    AUTO_BUF value;

    buf_init(&literal, PART_MAX);
    buf_init(&value, PART_MAX);
    sql_literal(&literal, property);
    put_source(m, &value, property, buf_as_str(&literal), taken);
    put_part(
        out, "part_count_member",
        (struct sql_blank[]){{"property", buf_as_str(&literal)}, {"value", buf_as_str(&value)}}, 2);
    out->failed |= literal.failed || value.failed;
}

static void put_members(const struct models *m, struct buf *out, bool taken)
{
    for (size_t i = 0; i < m->counted_count; i++) { /* sorted by properties */
        if (i > 0 && str_eq(m->counted[i].property, m->counted[i - 1].property))
            continue;
        buf_str(out, i ? STR(", ") : STR(""));
        put_member(m, out, m->counted[i].property, taken);
    }
    if (m->counted_count == 0)
        buf_str(out, STR("NULL"));
}

/* Whether an earlier one has this name, or the very same spelling of it. */
static bool is_there(const struct models *m, size_t index, bool spelling)
{
    for (size_t i = 0; i < index; i++)
        if (spelling ? str_eq(m->counted[i].name, m->counted[index].name)
                     : str_eq_nocase(m->counted[i].name, m->counted[index].name))
            return true;
    return false;
}

static void put_value(struct buf *out, struct str name)
{
    AUTO_BUF path;
    AUTO_BUF literal;

    buf_init(&path, PART_MAX);
    buf_init(&literal, PART_MAX);
    buf_printf(&path, "$.\"%.*s\"", STR_ARG(name)); /* letters, digits, _ - and dots */
    sql_literal(&literal, buf_as_str(&path));
    buf_str(out, out->len ? STR(", ") : STR(""));
    put_part(out, "part_count_value", (struct sql_blank[]){{"path", buf_as_str(&literal)}}, 1);
    out->failed |= path.failed || literal.failed;
}

static void put_column(const struct models *m, struct buf *out, size_t index)
{
    AUTO_BUF values;
    AUTO_BUF name;

    buf_init(&values, PART_MAX);
    buf_init(&name, PART_MAX);
    for (size_t i = index; i < m->counted_count; i++)
        if (str_eq_nocase(m->counted[i].name, m->counted[index].name) && !is_there(m, i, true))
            put_value(&values, m->counted[i].name);
    sql_quote(&name, m->counted[index].name);
    put_part(out, "part_count_column",
             (struct sql_blank[]){{"values", buf_as_str(&values)}, {"name", buf_as_str(&name)}}, 2);
    buf_char(out, '\n');
    out->failed |= values.failed || name.failed;
}

void counts_add_blanks(const struct models *m, struct filling *f, const struct model_range *range)
{
    struct buf *columns = filling_add(f, "count_columns");
    struct buf *again = filling_add(f, "count_again");

    put_members(m, filling_add(f, "count_members"), false);
    put_members(m, filling_add(f, "count_taken"), true);
    for (size_t i = 0; i < m->counted_count; i++)
        if (!is_there(m, i, false))
            put_column(m, columns, i);
    if (!range || range->generation != &m->next)
        return;
    buf_str(again, STR("\n        "));
    put_part(again, "part_count_again", NULL, 0);
}
