/* SPDX-License-Identifier: Apache-2.0 */
/* schema_read.c: the schema as the database has it, and what is new into the database. */
#include "store/schema_internal.h"

#include "base/check.h"
#include "base/mem.h"

static int select_all(struct schema *s, const char *statement, duckdb_result *out, struct err *err)
{
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, statement, &stmt, err) < 0)
        return -1;
    status = duck_execute(stmt, out, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

static int read_properties(struct schema *s, struct err *err)
{
    duckdb_result result;

    if (select_all(s, "read_properties", &result, err) < 0)
        return -1;
    for (idx_t i = 0; i < duckdb_row_count(&result); i++) {
        duckdb_blob name = duckdb_value_blob(&result, 0, i);
        char *column = duckdb_value_varchar(&result, 1, i);
        uint32_t number = schema_add_property(s, str_of(name.data, name.size), column,
                                              duckdb_value_boolean(&result, 2, i));

        s->properties[number].is_saved = true;
        duckdb_free(name.data);
        duckdb_free(column);
    }
    duckdb_destroy_result(&result);
    return 0;
}

static enum kind kind_from_name(struct str name)
{
    enum kind k = KIND_TEXT;

    while (k < KIND_COUNT && !str_is(name, schema_kinds[k].name))
        k++;
    return k;
}

/* Shared columns stand behind the base, in the order in which they were made. */
static int read_columns(struct schema *s, struct err *err)
{
    duckdb_result result;
    int status = 0;

    if (select_all(s, "read_columns", &result, err) < 0)
        return -1;
    for (idx_t i = 0; i < duckdb_row_count(&result) && status == 0; i++) {
        char *name = duckdb_value_varchar(&result, 0, i);
        struct str whole = str_from(name), kind = str_split(&whole, '_');

        if (i < s->base_count)
            status = str_is(str_from(s->base[i]), name) ? 0 : -1;
        else if (kind_from_name(kind) < KIND_ACTOR)
            schema_add_column(s, kind_from_name(kind));
        else
            status = -1;
        duckdb_free(name);
    }
    if (status < 0 || duckdb_row_count(&result) < s->base_count)
        status = err_set(err, ERR_CORRUPT,
                         "the columns of events_data are not those of this version: `weir rebuild` "
                         "makes the database anew from the journal");
    duckdb_destroy_result(&result);
    return status;
}

/* One row of `shapes`: a field of a shape, and the number of its column (-1: a fixed one). */
static int read_field(struct schema *s, struct str property, struct str kind_name, int64_t shape,
                      int64_t column, struct err *err)
{
    struct property *p = schema_find(s, property);
    enum kind kind = kind_from_name(kind_name);
    uint16_t field;

    if (!p || kind == KIND_COUNT || shape < 1 || shape > SCHEMA_SHAPES_MAX ||
        column >= (int64_t)s->column_count || kind_is_fixed(kind) != (column < 0))
        return err_set(err, ERR_CORRUPT, "the table shapes does not agree with the others");
    while (s->shape_count <= (size_t)shape)
        schema_add_shape(s);
    field = p->fields[kind] ? (uint16_t)(p->fields[kind] - 1)
                            : schema_add_field(s, (uint32_t)(p - s->properties), kind);
    if (shape_column(s->shapes + shape, field))
        return err_set(err, ERR_CORRUPT, "the table shapes names a property twice");
    schema_set_column(s, s->shapes + shape, field, column < 0 ? SAME_AS_FIXED : (uint16_t)column);
    return 0;
}

static int read_shapes(struct schema *s, struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_result result;
    int status;

    if (duck_prepare(s->con, "read_shapes", &stmt, err) < 0)
        return -1;
    duckdb_bind_int64(stmt, 1, (int64_t)s->base_count);
    status = duck_execute(stmt, &result, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0)
        return -1;
    for (idx_t i = 0; i < duckdb_row_count(&result) && status == 0; i++) {
        duckdb_blob name = duckdb_value_blob(&result, 1, i);
        char *kind = duckdb_value_varchar(&result, 2, i);

        status =
            read_field(s, str_of(name.data, name.size), str_from(kind),
                       duckdb_value_int64(&result, 0, i), duckdb_value_int64(&result, 3, i), err);
        duckdb_free(name.data);
        duckdb_free(kind);
    }
    duckdb_destroy_result(&result);
    return status;
}

int schema_read(struct schema *s, struct err *err)
{
    schema_forget(s);
    schema_add_shape(s);
    if (read_properties(s, err) < 0 || read_columns(s, err) < 0 || read_shapes(s, err) < 0)
        return -1;
    s->saved_shapes = s->shape_count;
    for (size_t i = 0; i < s->property_count; i++)
        s->properties[i].is_changed = false;
    return 0;
}

/* Writing. */

static void put_shape(struct chunk *out, const struct schema *s, size_t shape, size_t field,
                      char *column)
{
    const struct field *f = s->fields + field;

    chunk_i32(out, 0, (int32_t)shape);
    chunk_text(out, 1, s->properties[f->property].name);
    chunk_text(out, 2, str_from(schema_kinds[f->kind].name));
    chunk_text(out, 3, str_from(column));
    chunk_end_row(out);
}

/* The caller frees it. */
static char *column_name(const struct schema *s, enum kind kind, uint16_t number)
{
    if (number == SAME_AS_FIXED)
        return xstrdup(schema_kinds[kind].fixed);
    return xasprintf("%s_%u", schema_kinds[s->columns[number - 1].kind].name,
                     s->columns[number - 1].number);
}

static int write_shapes(struct schema *s, struct chunk *out, struct err *err)
{
    for (size_t i = s->saved_shapes; i < s->shape_count; i++)
        for (size_t f = 0; f < s->shapes[i].field_count; f++) {
            uint16_t number = s->shapes[i].columns[f];
            AUTO_FREE char *column = NULL;

            if (!number)
                continue;
            column = column_name(s, s->fields[f].kind, number);
            if (chunk_begin_row(out, err) < 0)
                return -1;
            put_shape(out, s, i, f, column);
        }
    return chunk_flush(out, err);
}

static int change_property(struct schema *s, const struct property *p, struct err *err)
{
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, "change_property", &stmt, err) < 0)
        return -1;
    status = duck_bind_text(stmt, 1, str_from(p->column), err);
    duckdb_bind_varchar(stmt, 2, schema_kinds[schema_view_kind(p)].sql);
    duckdb_bind_boolean(stmt, 3, p->hidden);
    if (status == 0)
        status = duck_execute(stmt, NULL, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

static int write_properties(struct schema *s, struct chunk *out, struct err *err)
{
    for (size_t i = 0; i < s->property_count; i++) {
        struct property *p = s->properties + i;

        if (p->is_saved && p->is_changed && change_property(s, p, err) < 0)
            return -1;
        if (!p->is_saved) {
            if (chunk_begin_row(out, err) < 0)
                return -1;
            chunk_text(out, 0, p->name);
            chunk_text(out, 1, str_from(p->column));
            chunk_text(out, 2, str_from(schema_kinds[schema_view_kind(p)].sql));
            chunk_bool(out, 3, p->hidden);
            chunk_i32(out, 4, (int32_t)i);
            chunk_end_row(out);
        }
        p->is_saved = true;
        p->is_changed = false;
    }
    return chunk_flush(out, err);
}

int schema_write(struct schema *s, struct err *err)
{
    struct chunk shapes, properties;
    int status;

    chunk_init(&shapes, s->con, "shapes");
    chunk_init(&properties, s->con, "property_columns");
    status = write_properties(s, &properties, err);
    if (status == 0)
        status = write_shapes(s, &shapes, err);
    chunk_close(&shapes);
    chunk_close(&properties);
    if (status == 0)
        s->saved_shapes = s->shape_count;
    return status;
}
