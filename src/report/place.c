/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: conditions on columns of events_data, by their types. */
#include "report/place.h"

#include "base/mem.h"

struct place place_read(const struct report_fact *fact)
{
    struct str rest = fact->value;
    struct str column = str_split(&rest, ' ');

    return (struct place){
        .column = column, .type = rest, .property = fact->number & 2, .hidden = fact->number & 1};
}

bool place_is_shared(struct str column)
{
    size_t digits = 0;

    while (digits < column.len && column.ptr[column.len - 1 - digits] >= '0' &&
           column.ptr[column.len - 1 - digits] <= '9')
        digits++;
    return digits > 0 && digits + 1 < column.len && column.ptr[column.len - 1 - digits] == '_';
}

bool place_is_integer(struct str text)
{
    size_t i = text.len && text.ptr[0] == '-';
    bool any = i < text.len && text.len <= 20;

    for (; i < text.len; i++)
        any = any && text.ptr[i] >= '0' && text.ptr[i] <= '9';
    return any;
}

static bool is_whole(struct str type)
{
    return str_starts(type, STR("BIGINT")) || str_starts(type, STR("SMALLINT"));
}

bool place_is_list(const struct place *place)
{
    return place->type.len > 2 && place->type.ptr[place->type.len - 1] == ']';
}

void place_put_shown(struct buf *out, bool hidden)
{
    if (hidden)
        return;
    buf_char(out, ' ');
    report_fill(out, "part_trail_only_shown", NULL, 0);
}

static void put_typed(struct buf *out, const struct place *place, struct str value)
{
    bool list = place_is_list(place);
    struct str type = str_slice(place->type, 0, place->type.len - (list ? 2 : 0));
    bool text = str_is(type, "VARCHAR");
    AUTO_BUF column;
    AUTO_BUF literal;

    buf_init(&column, PLACE_PART_MAX);
    buf_init(&literal, PLACE_PART_MAX);
    report_put_column(&column, "e", place->column);
    sql_literal(&literal, value);
    report_fill(out,
                list   ? text ? "part_trail_has" : "part_trail_has_typed"
                : text ? "part_trail_is"
                       : "part_trail_is_typed",
                (struct sql_blank[]){{"column", buf_as_str(&column)},
                                     {"value", buf_as_str(&literal)},
                                     {"type", type}},
                3);
    out->failed |= column.failed || literal.failed;
}

void place_put_is(struct buf *out, const struct place *place, struct str value)
{
    AUTO_BUF literal;

    buf_init(&literal, PLACE_PART_MAX);
    if (str_is(place->column, "request_id")) {
        sql_literal(&literal, value);
        report_fill(out, "part_trail_request",
                    (struct sql_blank[]){{"value", buf_as_str(&literal)}}, 1);
        out->failed |= literal.failed;
    } else if (is_whole(place->type) && !place_is_integer(value)) {
        buf_str(out, STR("false"));
    } else {
        put_typed(out, place, value);
    }
}
