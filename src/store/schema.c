/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c: properties, fields, columns and shapes in memory, and the place of a record's properties.
 *
 * Promises that finding a place costs a few look-ups for each property and allocates nothing. How
 * shapes are planned stands in schema_plan.c. */
#include "store/schema_internal.h"

#include "base/check.h"
#include "base/mem.h"

const struct kind_info schema_kinds[KIND_COUNT] = {
    [KIND_NONE] = {"none", "VARCHAR", NULL},
    [KIND_TEXT] = {"text", "VARCHAR", NULL},
    [KIND_INTEGER] = {"integer", "BIGINT", NULL},
    [KIND_NUMBER] = {"number", "DOUBLE", NULL},
    [KIND_BOOLEAN] = {"boolean", "BOOLEAN", NULL},
    [KIND_DATETIME] = {"datetime", "TIMESTAMP", NULL},
    [KIND_UUID] = {"uuid", "UUID", NULL},
    [KIND_PSEUDONYM] = {"pseudonym", "VARCHAR", NULL},
    [KIND_TEXTS] = {"texts", "VARCHAR[]", NULL},
    [KIND_INTEGERS] = {"integers", "BIGINT[]", NULL},
    [KIND_NUMBERS] = {"numbers", "DOUBLE[]", NULL},
    [KIND_BOOLEANS] = {"booleans", "BOOLEAN[]", NULL},
    [KIND_DATETIMES] = {"datetimes", "TIMESTAMP[]", NULL},
    [KIND_UUIDS] = {"uuids", "UUID[]", NULL},
    [KIND_PSEUDONYMS] = {"pseudonyms", "VARCHAR[]", NULL},
    [KIND_ACTOR] = {"actor", "VARCHAR", "actor"},
    [KIND_SESSION] = {"session", "VARCHAR", "session"},
    [KIND_DEVICE] = {"device", "VARCHAR", "device"},
    [KIND_REQUEST_ID] = {"request_id", "VARCHAR", "request_id"},
};

enum kind schema_kind(enum record_type type, bool list)
{
    enum kind kind = type == RECORD_JSON ? KIND_TEXT : (enum kind)type;

    if (!list)
        return kind;
    return kind == KIND_NONE ? KIND_TEXTS : kind + (KIND_TEXTS - KIND_TEXT);
}

/* Finding. */

static size_t slot_of(const struct schema *s, struct str name)
{
    size_t i = str_hash(name) & (s->slot_count - 1);

    while (s->slots[i] && !str_eq(s->properties[s->slots[i] - 1].name, name))
        i = (i + 1) & (s->slot_count - 1);
    return i;
}

struct property *schema_find(const struct schema *s, struct str name)
{
    uint32_t number = s->slots[slot_of(s, name)];

    return number ? s->properties + number - 1 : NULL;
}

const char *schema_view_column(const struct schema *s, struct str property)
{
    const struct property *p = schema_find(s, property);

    return p ? p->column : NULL;
}

static void index_properties(struct schema *s)
{
    s->slot_count = 64;
    while (s->slot_count < 3 * s->property_count)
        s->slot_count *= 2;
    free(s->slots);
    s->slots = xcalloc(s->slot_count, sizeof *s->slots);
    for (size_t i = 0; i < s->property_count; i++)
        s->slots[slot_of(s, s->properties[i].name)] = (uint32_t)i + 1;
}

/* Adding. */

uint32_t schema_add_property(struct schema *s, struct str name, const char *column, bool hidden)
{
    s->properties = xrealloc(s->properties, s->property_count + 1, sizeof *s->properties);
    s->properties[s->property_count++] =
        (struct property){.name = str_of(xmemdup(name.ptr ? name.ptr : "", name.len), name.len),
                          .column = xstrdup(column),
                          .hidden = hidden};
    index_properties(s);
    return (uint32_t)s->property_count - 1;
}

uint16_t schema_add_field(struct schema *s, uint32_t property, enum kind kind)
{
    s->fields = xrealloc(s->fields, s->field_count + 1, sizeof *s->fields);
    s->fields[s->field_count++] = (struct field){property, kind};
    CHECK(s->field_count < SAME_AS_FIXED);
    s->properties[property].fields[kind] = (uint16_t)s->field_count;
    s->properties[property].is_changed = true;
    return (uint16_t)(s->field_count - 1);
}

uint16_t schema_add_column(struct schema *s, enum kind kind)
{
    unsigned number = 0;

    for (size_t i = 0; i < s->column_count; i++)
        number += s->columns[i].kind == kind;
    s->columns = xrealloc(s->columns, s->column_count + 1, sizeof *s->columns);
    s->columns[s->column_count++] = (struct column){kind, number};
    return (uint16_t)(s->column_count - 1);
}

struct shape *schema_add_shape(struct schema *s)
{
    s->shapes = xrealloc(s->shapes, s->shape_count + 1, sizeof *s->shapes);
    s->shapes[s->shape_count] = (struct shape){0};
    return s->shapes + s->shape_count++;
}

void schema_set_column(struct schema *s, struct shape *shape, uint16_t field, uint16_t column)
{
    if (field >= shape->field_count) {
        shape->columns = xrealloc(shape->columns, s->field_count, sizeof *shape->columns);
        memset(shape->columns + shape->field_count, 0,
               (s->field_count - shape->field_count) * sizeof *shape->columns);
        shape->field_count = s->field_count;
    }
    CHECK(shape->columns[field] == 0);
    shape->columns[field] = column == SAME_AS_FIXED ? column : (uint16_t)(column + 1);
    shape->fixed += column == SAME_AS_FIXED;
}

/* Placing. */

static bool is_pseudonym(const struct record_value *v, unsigned has, const struct pseudonym *p)
{
    return has && memcmp(v->bytes, p->b, PSEUDONYM_BYTES) == 0;
}

static enum kind kind_of(const struct record *rec, const struct record_value *v)
{
    switch (v->type) {
    case RECORD_LIST: return schema_kind(v->list.item_type, true);
    case RECORD_TEXT:
        return rec->request_id.ptr && str_eq(v->text, rec->request_id) ? KIND_REQUEST_ID
                                                                       : KIND_TEXT;
    case RECORD_PSEUDONYM:
        if (is_pseudonym(v, rec->flags & RECORD_HAS_ACTOR, &rec->actor))
            return KIND_ACTOR;
        if (is_pseudonym(v, rec->flags & RECORD_HAS_SESSION, &rec->session))
            return KIND_SESSION;
        if (is_pseudonym(v, rec->flags & RECORD_HAS_DEVICE, &rec->device))
            return KIND_DEVICE;
        return KIND_PSEUDONYM;
    default: return schema_kind(v->type, false);
    }
}

/* What the record's properties are: a field each, or one of these. */
enum { NO_FIELD = -1, NO_PROPERTY = -2 };
struct fields {
    int32_t list[SCHEMA_RECORD_MAX];
    size_t count;
    unsigned fixed;
};

/* False where a property, or a kind of it, is new. */
static bool find_fields(const struct schema *s, const struct record *rec, struct fields *out)
{
    bool full = s->property_count >= SCHEMA_PROPERTIES_MAX;

    out->count = rec->property_count;
    out->fixed = 0;
    for (size_t i = 0; i < rec->property_count; i++) {
        const struct record_property *rp = rec->properties + i;
        enum kind kind = kind_of(rec, &rp->value);
        const struct property *p = kind == KIND_NONE ? NULL : schema_find(s, rp->name);

        if (!p) {
            if (kind != KIND_NONE && !full)
                return false;
            out->list[i] = kind == KIND_NONE ? NO_FIELD : NO_PROPERTY;
            continue;
        }
        if (!p->fields[kind] || (rp->hidden && !p->hidden))
            return false;
        out->list[i] = p->fields[kind] - 1;
        out->fixed += kind_is_fixed(kind);
    }
    return true;
}

static bool shape_fits(const struct shape *shape, const struct fields *fields)
{
    if (shape->fixed != fields->fixed)
        return false;
    for (size_t i = 0; i < fields->count; i++)
        if (fields->list[i] >= 0 && !shape_column(shape, (size_t)fields->list[i]))
            return false;
    return true;
}

/* The shape goes to the front of what the name had last. */
static void remember(struct hint *hint, unsigned shape)
{
    unsigned at = 0;

    while (at < NAME_SHAPES - 1 && hint->shapes[at] != shape)
        at++;
    memmove(hint->shapes + 1, hint->shapes, at * sizeof *hint->shapes);
    hint->shapes[0] = (uint16_t)shape;
}

static struct hint *hint_of(struct schema *s, struct str name)
{
    uint64_t hash = str_hash(name);
    struct hint *hint = s->hints + (hash & (HINTS - 1));

    if (hint->hash != hash)
        *hint = (struct hint){.hash = hash};
    return hint;
}

/* The number of a shape that fits, or -1. */
static int find_shape(struct schema *s, struct str name, const struct fields *fields)
{
    struct hint *hint = hint_of(s, name);

    for (unsigned i = 0; i < NAME_SHAPES; i++) {
        unsigned shape = hint->shapes[i];

        if (shape_fits(s->shapes + shape, fields)) {
            if (i > 0)
                remember(hint, shape);
            return (int)shape;
        }
    }
    for (size_t i = 0; i < s->shape_count; i++)
        if (shape_fits(s->shapes + i, fields)) {
            remember(hint, (unsigned)i);
            return (int)i;
        }
    return -1;
}

static idx_t index_in_table(const struct schema *s, uint16_t column)
{
    return column == SAME_AS_FIXED ? SCHEMA_NOWHERE : s->base_count + column - 1;
}

bool schema_place(struct schema *s, const struct record *rec, struct schema_place *out)
{
    struct fields fields;
    int shape;

    CHECK(rec->property_count <= SCHEMA_RECORD_MAX);
    if (!find_fields(s, rec, &fields))
        return false;
    shape = find_shape(s, rec->name, &fields);
    if (shape < 0 && s->shape_count < SCHEMA_SHAPES_MAX)
        return false;
    out->shape = shape < 0 ? 0 : shape;
    for (size_t i = 0; i < fields.count; i++) {
        if (fields.list[i] == NO_FIELD)
            out->columns[i] = SCHEMA_NOWHERE;
        else if (shape < 0 || fields.list[i] == NO_PROPERTY)
            out->columns[i] = SCHEMA_MORE;
        else
            out->columns[i] =
                index_in_table(s, shape_column(s->shapes + shape, (size_t)fields.list[i]));
    }
    return true;
}

int schema_learn(struct schema *s, const struct record *rec, struct err *err)
{
    struct schema_want wants[SCHEMA_RECORD_MAX];
    const struct hint *hint = hint_of(s, rec->name);

    CHECK(rec->property_count <= SCHEMA_RECORD_MAX);
    for (size_t i = 0; i < rec->property_count; i++)
        wants[i] = (struct schema_want){.name = rec->properties[i].name,
                                        .kind = kind_of(rec, &rec->properties[i].value),
                                        .hidden = rec->properties[i].hidden};
    if (schema_begin(s, err) < 0)
        return -1;
    if (schema_plan_from(s, hint->shapes[0], wants, rec->property_count, err) < 0 ||
        schema_commit(s, err) < 0) {
        schema_rollback(s);
        return -1;
    }
    return 0;
}

/* Beginning and end. */

int schema_open(struct schema **out, duckdb_connection con, const char *const *base, size_t count,
                struct err *err)
{
    struct schema *s = xcalloc(1, sizeof *s);

    s->con = con;
    s->base = base;
    s->base_count = count;
    s->hints = xcalloc(HINTS, sizeof *s->hints);
    if (schema_read(s, err) < 0) {
        schema_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

void schema_forget(struct schema *s)
{
    for (size_t i = 0; i < s->property_count; i++) {
        free((char *)s->properties[i].name.ptr);
        free(s->properties[i].column);
    }
    for (size_t i = 0; i < s->shape_count; i++)
        free(s->shapes[i].columns);
    free(s->properties);
    free(s->fields);
    free(s->columns);
    free(s->shapes);
    s->properties = NULL;
    s->fields = NULL;
    s->columns = NULL;
    s->shapes = NULL;
    s->property_count = s->field_count = s->column_count = s->shape_count = 0;
    s->saved_shapes = 0;
    s->changed = false;
    memset(s->hints, 0, HINTS * sizeof *s->hints);
    index_properties(s);
}

void schema_free(struct schema *s)
{
    if (!s)
        return;
    schema_forget(s);
    free(s->slots);
    free(s->hints);
    free(s);
}
