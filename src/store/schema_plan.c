/* SPDX-License-Identifier: Apache-2.0 */
/* schema_plan.c: new properties, columns and shapes, in a transaction.
 *
 * A new shape has the fields that events of its name had so far, and what is missing. A field goes
 * to the column that it has in other shapes if that is free here, else to the first free one of its
 * kind, else to a new column. What a shape says of a column never changes, so no row is ever written
 * again. Promises that columns, shapes and view change together or not at all. */
#include "store/schema_internal.h"

#include "base/check.h"
#include "base/mem.h"
#include "store/schema_names.h"

/* Names of the view's columns that are neither in the base nor properties; and DuckDB's own. */
static const char *const reserved[] = {"properties", "request_id", "rowid"};

static bool name_is_taken(const void *ctx, struct str column)
{
    const struct schema *s = ctx;

    for (size_t i = 0; i < s->base_count; i++)
        if (str_eq_nocase(str_from(s->base[i]), column))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (str_eq_nocase(str_from(reserved[i]), column))
            return true;
    for (size_t i = 0; i < s->property_count; i++)
        if (str_eq_nocase(str_from(s->properties[i].column), column))
            return true;
    return false;
}

/* The number of the wanted field, made where it is new; -1 where no more properties get columns. */
static int32_t field_for(struct schema *s, const struct schema_want *want)
{
    struct property *p = schema_find(s, want->name);
    AUTO_FREE char *column = NULL;
    uint32_t number;

    if (want->kind == KIND_NONE)
        return -1;
    if (!p && s->property_count >= SCHEMA_PROPERTIES_MAX)
        return -1;
    if (!p) {
        column = schema_column_name(want->name, name_is_taken, s);
        number = schema_add_property(s, want->name, column, want->hidden);
        p = s->properties + number;
    }
    if (want->hidden && !p->hidden)
        p->hidden = p->is_changed = true;
    if (p->fields[want->kind])
        return p->fields[want->kind] - 1;
    return schema_add_field(s, (uint32_t)(p - s->properties), want->kind);
}

static bool fits(const struct shape *shape, const int32_t *fields, size_t count, unsigned fixed)
{
    if (shape->fixed != fixed)
        return false;
    for (size_t i = 0; i < count; i++)
        if (fields[i] >= 0 && !shape_column(shape, (size_t)fields[i]))
            return false;
    return true;
}

static bool some_shape_fits(const struct schema *s, const int32_t *fields, size_t count)
{
    unsigned fixed = 0;

    for (size_t i = 0; i < count; i++)
        fixed += fields[i] >= 0 && kind_is_fixed(s->fields[fields[i]].kind);
    for (size_t i = 0; i < s->shape_count; i++)
        if (fits(s->shapes + i, fields, count, fixed))
            return true;
    return false;
}

static int add_table_column(struct schema *s, enum kind kind, uint16_t *out, struct err *err)
{
    uint16_t column = schema_add_column(s, kind);
    AUTO_FREE char *name = xasprintf("%s_%u", schema_kinds[kind].name, s->columns[column].number);
    const struct sql_blank blanks[] = {{"column", str_from(name)},
                                       {"type", str_from(schema_kinds[kind].sql)}};

    *out = column;
    return duck_run_filled(s->con, "add_column", blanks, ARRAY_LEN(blanks), err);
}

/* Which columns the shape uses already. */
static bool *used_columns(const struct schema *s, const struct shape *shape)
{
    bool *used = xcalloc(s->column_count + 1, sizeof *used);

    for (size_t f = 0; f < shape->field_count; f++)
        if (shape->columns[f] && shape->columns[f] != SAME_AS_FIXED)
            used[shape->columns[f] - 1] = true;
    return used;
}

static int column_for(struct schema *s, const struct shape *shape, uint16_t field, uint16_t *out,
                      struct err *err)
{
    AUTO_FREE bool *used = used_columns(s, shape);
    enum kind kind = s->fields[field].kind;

    for (size_t i = 0; i < s->shape_count; i++) {
        uint16_t elsewhere = shape_column(s->shapes + i, field);

        if (elsewhere && !used[elsewhere - 1]) {
            *out = (uint16_t)(elsewhere - 1);
            return 0;
        }
    }
    for (size_t i = 0; i < s->column_count; i++)
        if (s->columns[i].kind == kind && !used[i]) {
            *out = (uint16_t)i;
            return 0;
        }
    return add_table_column(s, kind, out, err);
}

static int add_field(struct schema *s, struct shape *shape, uint16_t field, struct err *err)
{
    uint16_t column = SAME_AS_FIXED;

    if (shape_column(shape, field))
        return 0;
    if (!kind_is_fixed(s->fields[field].kind) && column_for(s, shape, field, &column, err) < 0)
        return -1;
    schema_set_column(s, shape, field, column);
    return 0;
}

static int make_shape(struct schema *s, size_t from, const int32_t *fields, size_t count,
                      struct err *err)
{
    struct shape *shape = schema_add_shape(s);
    const struct shape *before = s->shapes + from;

    for (size_t f = 0; f < before->field_count; f++)
        if (before->columns[f] && before->columns[f] != SAME_AS_FIXED)
            schema_set_column(s, shape, (uint16_t)f, (uint16_t)(before->columns[f] - 1));
    for (size_t i = 0; i < count; i++)
        if (fields[i] >= 0 && add_field(s, shape, (uint16_t)fields[i], err) < 0)
            return -1;
    return 0;
}

int schema_plan_from(struct schema *s, size_t shape, const struct schema_want *wants, size_t count,
                     struct err *err)
{
    AUTO_FREE int32_t *fields = xcalloc(count + 1, sizeof *fields);

    CHECK(s->planning);
    for (size_t i = 0; i < count; i++)
        fields[i] = field_for(s, wants + i);
    for (size_t i = 0; i < s->property_count; i++)
        s->changed |= s->properties[i].is_changed;
    if (some_shape_fits(s, fields, count) || s->shape_count >= SCHEMA_SHAPES_MAX)
        return 0;
    s->changed = true;
    return make_shape(s, shape, fields, count, err);
}

int schema_plan(struct schema *s, const struct schema_want *wants, size_t count, struct err *err)
{
    return schema_plan_from(s, 0, wants, count, err);
}

int schema_begin(struct schema *s, struct err *err)
{
    CHECK(!s->planning);
    if (duck_begin(s->con, err) < 0)
        return -1;
    s->planning = true;
    return 0;
}

int schema_commit(struct schema *s, struct err *err)
{
    if (s->changed && (schema_write(s, err) < 0 || schema_make_views(s, err) < 0))
        return -1;
    if (duck_run(s->con, "commit", err) < 0)
        return -1;
    s->planning = s->changed = false;
    return 0;
}

void schema_rollback(struct schema *s)
{
    if (!s->planning)
        return;
    s->planning = false;
    duck_run(s->con, "rollback", NULL);
    schema_read(s, NULL); /* what was planned is not there */
}

int schema_refresh(struct schema *s, struct err *err)
{
    if (schema_begin(s, err) < 0)
        return -1;
    s->changed = true;
    if (schema_commit(s, err) < 0) {
        schema_rollback(s);
        return -1;
    }
    return 0;
}
