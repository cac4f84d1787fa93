/* SPDX-License-Identifier: Apache-2.0 */
/* schema_view.c: the views `events`: each property as a column, wherever its values are kept.
 *
 * A property's value is in the column that the row's shape says; where a column has only ever held
 * that property, it stands for itself. A property of several kinds is shown in the type that holds
 * them all. One view leaves hidden properties out (schema_shown.c). The statement is put together from the parts in sql/part_*.sql. */
#include "store/schema_internal.h"

#include "base/mem.h"
#include "store/schema_names.h"

enum { FEW_FIELDS = 1000 };

/* Types. */

static bool same_sql(enum kind a, enum kind b)
{
    return str_is(str_from(schema_kinds[a].sql), schema_kinds[b].sql);
}

static bool is_number(enum kind k)
{
    return k == KIND_INTEGER || k == KIND_NUMBER;
}

static bool is_numbers(enum kind k)
{
    return k == KIND_INTEGERS || k == KIND_NUMBERS;
}

static enum kind widest(enum kind a, enum kind b)
{
    if (same_sql(a, b))
        return a;
    if (is_number(a) && is_number(b))
        return KIND_NUMBER;
    if (is_numbers(a) && is_numbers(b))
        return KIND_NUMBERS;
    return kind_is_list(a) && kind_is_list(b) ? KIND_TEXTS : KIND_TEXT;
}

enum kind schema_view_kind(const struct property *p)
{
    enum kind all = KIND_NONE;

    for (enum kind k = KIND_TEXT; k < KIND_COUNT; k++)
        if (p->fields[k])
            all = all == KIND_NONE ? k : widest(all, k);
    return all == KIND_NONE ? KIND_TEXT : all;
}

/* Parts. */

void schema_put_part(struct buf *out, const char *name, struct str value, struct str other)
{
    const struct sql_blank blanks[] = {{"value", value}, {"other", other}};

    duck_fill_part(out, name, blanks, ARRAY_LEN(blanks));
}

/* The only field that each column has ever held, or SEVERAL. */
enum { SEVERAL = -1 };

int32_t *schema_sole_fields(const struct schema *s)
{
    int32_t *sole = xcalloc(s->column_count + 1, sizeof *sole); /* number + 1 */

    for (size_t i = 0; i < s->shape_count; i++)
        for (size_t f = 0; f < s->shapes[i].field_count; f++) {
            uint16_t column = s->shapes[i].columns[f];

            if (column && column != SAME_AS_FIXED)
                sole[column - 1] = !sole[column - 1] || sole[column - 1] == (int32_t)f + 1
                                       ? (int32_t)f + 1
                                       : SEVERAL;
        }
    return sole;
}

void schema_put_column(struct buf *out, const struct schema *s, enum kind kind, uint16_t column)
{
    if (column == SAME_AS_FIXED)
        buf_str(out, str_from(schema_kinds[kind].fixed));
    else
        buf_printf(out, "%s_%u", schema_kinds[kind].name, s->columns[column - 1].number);
}

/* A bit for each shape: whether it has the field in that column. */
static void put_shapes(struct buf *out, const struct schema *s, size_t field, uint16_t column)
{
    for (size_t i = 0; i < s->shape_count; i++)
        buf_char(out, shape_column(s->shapes + i, field) == column ? '1' : '0');
}

/* The columns that the field has, each once. The caller frees them. */
static uint16_t *columns_of(const struct schema *s, size_t field, size_t *count)
{
    uint16_t *columns = xcalloc(s->column_count + 1, sizeof *columns);

    *count = 0;
    for (size_t i = 0; i < s->shape_count; i++) {
        uint16_t column = shape_column(s->shapes + i, field);
        size_t k = 0;

        while (k < *count && columns[k] != column)
            k++;
        if (column && k == *count)
            columns[(*count)++] = column;
    }
    return columns;
}

/* The first of several values that is there. */
void schema_put_first_of(struct buf *out, const struct buf *values, size_t count)
{
    if (count == 1)
        buf_str(out, buf_as_str(values));
    else if (count == 0)
        buf_str(out, STR("NULL"));
    else
        schema_put_part(out, "part_first_of", buf_as_str(values), STR(""));
    out->failed |= values->failed;
}

/* The field's value in any row. */
void schema_put_field(struct buf *out, const struct schema *s, const int32_t *sole, size_t field)
{
    size_t count;
    AUTO_FREE uint16_t *columns = columns_of(s, field, &count);
    AUTO_BUF values;

    buf_init(&values, SCHEMA_VIEW_MAX);
    for (size_t i = 0; i < count; i++) {
        AUTO_BUF shapes;
        AUTO_BUF column;

        buf_init(&shapes, SCHEMA_VIEW_MAX);
        buf_init(&column, 4096);
        schema_put_column(&column, s, s->fields[field].kind, columns[i]);
        if (i > 0)
            buf_str(&values, STR(", "));
        if (columns[i] != SAME_AS_FIXED && sole[columns[i] - 1] == (int32_t)field + 1) {
            buf_str(&values, buf_as_str(&column));
        } else {
            put_shapes(&shapes, s, field, columns[i]);
            schema_put_part(&values, "part_in_shapes", buf_as_str(&shapes), buf_as_str(&column));
        }
        values.failed |= shapes.failed | column.failed;
    }
    schema_put_first_of(out, &values, count);
}

/* The field's value in the type of the property's column. */
static void put_field_as(struct buf *out, const struct schema *s, const int32_t *sole, size_t field,
                         enum kind as)
{
    enum kind kind = s->fields[field].kind;
    AUTO_BUF value;

    buf_init(&value, SCHEMA_VIEW_MAX);
    schema_put_field(&value, s, sole, field);
    if (same_sql(kind, as))
        buf_str(out, buf_as_str(&value));
    else if (as == KIND_TEXT && kind_is_list(kind))
        schema_put_part(out, "part_list_text", buf_as_str(&value), STR(""));
    else if (as == KIND_TEXT && kind == KIND_DATETIME)
        schema_put_part(out, "part_datetime_text", buf_as_str(&value), STR(""));
    else if (as == KIND_TEXT && kind == KIND_NUMBER)
        schema_put_part(out, "part_value_text", buf_as_str(&value), STR(""));
    else
        schema_put_part(out, "part_cast", buf_as_str(&value), str_from(schema_kinds[as].sql));
    out->failed |= value.failed;
}

static void put_property(struct buf *out, const struct schema *s, const int32_t *sole,
                         const struct property *p)
{
    enum kind as = schema_view_kind(p);
    size_t count = 0;
    AUTO_BUF values;
    AUTO_BUF value;
    AUTO_BUF name;

    buf_init(&values, SCHEMA_VIEW_MAX);
    buf_init(&value, SCHEMA_VIEW_MAX);
    buf_init(&name, 4096);
    for (enum kind k = KIND_TEXT; k < KIND_COUNT; k++)
        if (p->fields[k]) {
            if (count++ > 0)
                buf_str(&values, STR(", "));
            put_field_as(&values, s, sole, (size_t)p->fields[k] - 1, as);
        }
    schema_put_first_of(&value, &values, count);
    sql_quote(&name, str_from(p->column));
    schema_put_part(out, "part_property", buf_as_str(&value), buf_as_str(&name));
    out->failed |= value.failed | name.failed;
}

/* Its key in `properties`: the property's own name, unless another has it but for case. */
static struct str label_of(const struct schema *s, const struct property *p)
{
    struct str label = schema_label(p->name, p->column);

    for (size_t i = 0; i < s->property_count; i++)
        if (s->properties + i != p && str_eq_nocase(label, str_from(s->properties[i].column)))
            return str_from(p->column);
    return label;
}

/* How many fields of its property the shape has, and whether this is the first of them. */
static unsigned count_fields(const struct schema *s, const struct shape *shape, size_t field,
                             bool *is_first)
{
    const struct property *p = s->properties + s->fields[field].property;
    unsigned count = 0;

    for (enum kind k = KIND_TEXT; k < KIND_COUNT; k++)
        if (p->fields[k] && shape_column(shape, (size_t)p->fields[k] - 1)) {
            if (count++ == 0)
                *is_first = (size_t)p->fields[k] - 1 == field;
        }
    return count;
}

static void put_label(struct buf *out, const struct schema *s, const struct property *p)
{
    if (out->len)
        buf_str(out, STR(", "));
    sql_literal(out, label_of(s, p));
    buf_str(out, STR(", "));
}

static void put_shape_json(struct buf *out, const struct schema *s, size_t number, bool hidden)
{
    const struct shape *shape = s->shapes + number;
    char text[24];
    AUTO_BUF fields;

    buf_init(&fields, SCHEMA_VIEW_MAX);
    for (size_t f = 0; f < shape->field_count; f++) {
        const struct property *p = s->properties + s->fields[f].property;
        bool is_first = false;
        unsigned count;

        if (!shape->columns[f] || (p->hidden && !hidden))
            continue;
        count = count_fields(s, shape, f, &is_first);
        if (!is_first)
            continue;
        put_label(&fields, s, p);
        if (count > 1) /* only the view's column unites them */
            sql_quote(&fields, str_from(p->column));
        else
            schema_put_column(&fields, s, s->fields[f].kind, shape->columns[f]);
    }
    snprintf(text, sizeof text, "%zu", number);
    buf_char(out, '\n');
    schema_put_part(out, "part_json_of_shape", str_from(text), buf_as_str(&fields));
    out->failed |= fields.failed;
}

/* Each use of a column in an expression takes memory when it is asked for. */
bool schema_has_few_fields(const struct schema *s)
{
    size_t count = 0;

    for (size_t i = 0; i < s->shape_count; i++)
        for (size_t f = 0; f < s->shapes[i].field_count; f++)
            count += s->shapes[i].columns[f] != 0;
    return count <= FEW_FIELDS;
}

static void put_json(struct buf *out, const struct schema *s, bool hidden)
{
    bool few = schema_has_few_fields(s);
    AUTO_BUF parts;

    buf_init(&parts, SCHEMA_VIEW_MAX);
    for (size_t i = 0; few && i < s->shape_count; i++)
        put_shape_json(&parts, s, i, hidden);
    for (size_t i = 0; !few && i < s->property_count; i++) {
        if (!hidden && s->properties[i].hidden)
            continue;
        put_label(&parts, s, s->properties + i);
        sql_quote(&parts, str_from(s->properties[i].column));
    }
    schema_put_part(out, few ? "part_json_by_shape" : "part_json_of_all", buf_as_str(&parts),
                    STR(""));
    out->failed |= parts.failed;
}

int schema_make_events(struct schema *s, const struct schema_look *look, struct err *err)
{
    AUTO_FREE int32_t *sole = schema_sole_fields(s);
    AUTO_BUF columns;
    AUTO_BUF json;
    struct sql_blank blanks[] = {{"columns", STR_NONE},
                                 {"properties", STR_NONE},
                                 {"view", str_from(look->view)},
                                 {"ip", str_from(look->ip)},
                                 {"user_agent", str_from(look->user_agent)},
                                 {"more", look->more}};

    buf_init(&columns, SCHEMA_VIEW_MAX);
    buf_init(&json, SCHEMA_VIEW_MAX);
    for (size_t i = 0; i < s->property_count; i++)
        if (look->hidden || !s->properties[i].hidden)
            put_property(&columns, s, sole, s->properties + i);
    put_json(&json, s, look->hidden);
    if (buf_failed(&columns) || buf_failed(&json))
        return err_set(err, ERR_LIMIT, "the view %s needs more than %d bytes", look->view,
                       SCHEMA_VIEW_MAX);
    blanks[0].text = buf_as_str(&columns);
    blanks[1].text = buf_as_str(&json);
    return duck_run_filled(s->con, "create_view_events", blanks, ARRAY_LEN(blanks), err);
}

int schema_make_views(struct schema *s, struct err *err)
{
    static const struct schema_look all = {.view = "main.events",
                                           .ip = "ip",
                                           .user_agent = "user_agent",
                                           .more = {"more_properties", 15},
                                           .hidden = true};

    if (duck_run(s->con, "create_value_text", err) < 0 ||
        duck_run(s->con, "create_value_given", err) < 0)
        return -1;
    if (schema_make_events(s, &all, err) < 0 || schema_make_service_view(s, err) < 0)
        return -1;
    return schema_make_shown(s, err);
}
