/* SPDX-License-Identifier: Apache-2.0 */
/* search.c: where a value is found: in which columns and properties, how often, and when.
 *
 * Each column that holds texts, ids or whole numbers is asked for itself, so that DuckDB holds the
 * value to the column's dictionary; what property a shared column holds is said by the rows' shapes.
 * Properties with values that only some may see are left out, unless --hidden is given. */
#include "base/mem.h"
#include "report/internal.h"
#include "report/place.h"

enum { LIMIT_MAX = 1000 };

static const struct report_parameter own[] = {
    {.name = "value",
     .argument = "VALUE",
     .help = "what is looked for; with a * at its end: all that|begins so",
     .type = REPORT_TEXT,
     .required = true},
    {.name = "limit",
     .argument = "N",
     .help = "so many rows, those with most events (default: 50)",
     .standard = "50",
     .type = REPORT_COUNT,
     .least = 1,
     .most = LIMIT_MAX},
    {.name = "hidden", .help = "look also for values that only some may see", .type = REPORT_FLAG},
    {.name = NULL},
};

/* The value that is sought, or that others begin with. */
struct sought {
    const struct report_asked *asked;
    struct str value;
    bool begins;
    struct buf range, hits;
};

static bool is_prefix(struct str value)
{
    return value.ptr[value.len - 1] == '*';
}

static int check(const struct report_asked *asked, struct err *err)
{
    struct str value = report_text(asked, "value");

    if (str_is(value, "*"))
        return err_set(err, ERR_USAGE, "--value * would find everything: put something before it");
    return 0;
}

static void put_names(const struct report_asked *asked, struct buf *sql)
{
    (void)asked;
    report_fill(sql, "part_search_places", NULL, 0);
}

static void put_begins(struct buf *out, struct str column, struct str value)
{
    AUTO_BUF literal;

    buf_init(&literal, PLACE_PART_MAX);
    sql_literal(&literal, value);
    report_fill(out, "part_search_begins",
                (struct sql_blank[]){{"column", column}, {"value", buf_as_str(&literal)}}, 2);
    out->failed |= literal.failed;
}

/* A list's items, of which those that are sought are counted; a request's id, which several columns
 * make; else the events themselves. */
static void put_table(struct buf *out, const struct sought *s, const struct place *place,
                      struct str column, bool list, bool request)
{
    AUTO_BUF condition;

    buf_init(&condition, PLACE_PART_MAX);
    if (!list && !request) {
        buf_str(out, STR("events_data"));
        return;
    }
    if (!s->begins)
        place_put_is(&condition, place, s->value);
    else
        report_fill(&condition, list ? "part_search_any" : "part_search_request_any",
                    (struct sql_blank[]){{"column", column}}, 1);
    report_fill(out, list ? "part_search_items" : "part_search_request",
                (struct sql_blank[]){{"column", column}, {"condition", buf_as_str(&condition)}}, 2);
    out->failed |= condition.failed;
}

/* The condition on `column`, a single value of the place's type. */
static void put_condition(struct buf *out, const struct sought *s, const struct place *place,
                          struct str column, bool list, bool request)
{
    struct place item = {.column = list ? STR("item") : place->column,
                         .type = str_slice(place->type, 0, place->type.len - (list ? 2 : 0))};

    if (s->begins)
        put_begins(out, column, s->value);
    else if (request)
        buf_str(out, STR("true")); /* the table has no others */
    else
        place_put_is(out, &item, s->value);
}

static void put_hit(struct sought *s, const struct place *place)
{
    bool list = place_is_list(place), request = str_is(place->column, "request_id");
    struct buf texts[4]; /* the column, its values, the table, the condition */

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        buf_init(texts + i, PLACE_PART_MAX);
    report_put_column(&texts[0], "e", place->column);
    report_put_column(&texts[1], "e", list ? STR("item") : place->column);
    put_table(&texts[2], s, place, buf_as_str(&texts[0]), list, request);
    put_condition(&texts[3], s, place, buf_as_str(&texts[1]), list, request);
    if (s->hits.len)
        buf_str(&s->hits, STR("\n    UNION ALL\n    "));
    report_fill(&s->hits, "part_search_hit",
                (struct sql_blank[]){{"place", place->column},
                                     {"value", buf_as_str(&texts[1])},
                                     {"table", buf_as_str(&texts[2])},
                                     {"condition", buf_as_str(&texts[3])},
                                     {"range", buf_as_str(&s->range)}},
                5);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        s->hits.failed |= texts[i].failed;
        buf_free(texts + i);
    }
}

static int build(const struct report_asked *asked, struct buf *sql, struct err *err)
{
    struct str value = report_text(asked, "value");
    struct sought s = {.asked = asked,
                       .value = str_slice(value, 0, value.len - is_prefix(value)),
                       .begins = is_prefix(value)};
    struct report_fact fact;
    AUTO_BUF shown;

    (void)err;
    buf_init(&shown, PLACE_PART_MAX);
    buf_init(&s.range, PLACE_PART_MAX);
    buf_init(&s.hits, REPORT_SQL_MAX);
    report_put_range(&s.range, asked, "e.time");
    for (size_t i = 0; report_fact_at(asked, "place", i, &fact); i++) {
        struct place place = place_read(&fact);

        if (!place.hidden || report_flag(asked, "hidden"))
            put_hit(&s, &place);
    }
    place_put_shown(&shown, report_flag(asked, "hidden"));
    report_fill(sql, "search",
                (struct sql_blank[]){{"hits", buf_as_str(&s.hits)},
                                     {"shown", buf_as_str(&shown)},
                                     {"limit", report_text(asked, "limit")}},
                3);
    sql->failed |= s.range.failed || s.hits.failed || shown.failed;
    buf_free(&s.range);
    buf_free(&s.hits);
    return 0;
}

const struct report report_search = {
    .name = "search",
    .summary = "where a value is found: in which columns and properties, how often, when",
    .description =
        "A row for each column or property of events that holds the value, and with a * for each "
        "value\n"
        "that begins so: how many events have it, and the first and the last of them. Looked for "
        "in all\n"
        "texts, ids and whole numbers of properties, also within lists.\n\n"
        "  weir report search --value 30df8684d22208e7d4762eea8f2370cc\n"
        "  weir report search --value 'https://www.example.org/*' --from 2026-11-01",
    .version = 1,
    .common = REPORT_RANGE,
    .own = own,
    .table = "events",
    .check = check,
    .names = put_names,
    .build = build,
};
