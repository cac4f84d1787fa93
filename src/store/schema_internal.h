/* SPDX-License-Identifier: Apache-2.0 */
/* schema_internal.h: what the files of the schema share.
 *
 * A field is a property of one kind. A shape gives each of its fields a column; fields that are the
 * same as a fixed column have none, and a record of that shape must have all of these. */
#pragma once
#include "store/chunk.h"
#include "store/schema.h"

enum { SAME_AS_FIXED = 0xFFFF, NAME_SHAPES = 4, HINTS = 4096, SCHEMA_VIEW_MAX = 64 << 20 };

struct property {
    struct str name;
    char *column; /* in the view */
    bool hidden;
    bool is_saved, is_changed; /* in property_columns */
    uint16_t fields[KIND_COUNT]; /* number + 1; 0: never seen as that kind */
};

struct field {
    uint32_t property;
    enum kind kind;
};

struct column {
    enum kind kind;
    unsigned number; /* within its kind */
};

struct shape {
    uint16_t *columns; /* by field: number + 1 of the column, SAME_AS_FIXED, or 0 */
    size_t field_count; /* of the array: fields that came later are not in the shape */
    unsigned fixed; /* fields that are SAME_AS_FIXED */
};

/* The shapes that events of some name had last. Only a hint: two names may share one. */
struct hint {
    uint64_t hash;
    uint16_t shapes[NAME_SHAPES]; /* latest first */
};

struct schema {
    duckdb_connection con;
    const char *const *base;
    size_t base_count;
    struct property *properties;
    size_t property_count;
    uint32_t *slots; /* open addressing: number + 1 of a property, 0 where free */
    size_t slot_count; /* a power of two */
    struct field *fields;
    size_t field_count;
    struct column *columns;
    size_t column_count;
    struct shape *shapes; /* the first is empty */
    size_t shape_count, saved_shapes;
    struct hint *hints;
    bool planning, changed; /* between begin and commit; the view is to be made again */
};

struct kind_info {
    const char *name; /* in `shapes`, and of its columns: text_0 */
    const char *sql; /* its type */
    const char *fixed; /* the fixed column that it is the same as, or NULL */
};
extern const struct kind_info schema_kinds[KIND_COUNT];

static inline bool kind_is_list(enum kind k)
{
    return k >= KIND_TEXTS && k <= KIND_PSEUDONYMS;
}

static inline bool kind_is_fixed(enum kind k)
{
    return k >= KIND_ACTOR;
}

static inline uint16_t shape_column(const struct shape *shape, size_t field)
{
    return field < shape->field_count ? shape->columns[field] : 0;
}

/* Adding, by whoever plans or reads; they return numbers. */
uint32_t schema_add_property(struct schema *s, struct str name, const char *column, bool hidden);
uint16_t schema_add_field(struct schema *s, uint32_t property, enum kind kind);
uint16_t schema_add_column(struct schema *s, enum kind kind);
/* A shape without fields. */
struct shape *schema_add_shape(struct schema *s);
void schema_set_column(struct schema *s, struct shape *shape, uint16_t field, uint16_t column);
/* schema_plan, from the fields of a shape that events like this had (schema_plan.c). */
int schema_plan_from(struct schema *s, size_t shape, const struct schema_want *wants, size_t count,
                     struct err *err);
/* Everything, but con and base. */
void schema_forget(struct schema *s);
struct property *schema_find(const struct schema *s, struct str name);

/* What the view has: the type that holds all kinds of a property (schema_view.c). */
enum kind schema_view_kind(const struct property *p);
/* Both views, as the schema is now. */
int schema_make_views(struct schema *s, struct err *err);
/* A view of events: what it is called, what it shows of the connection (SQL), of what has no column
 * (SQL), and whether of hidden properties. */
struct schema_look {
    const char *view, *ip, *user_agent;
    struct str more;
    bool hidden;
};
int schema_make_events(struct schema *s, const struct schema_look *look, struct err *err);
/* schema_shown.c: the schema `shown`, for those who may not see hidden values. */
int schema_make_shown(struct schema *s, struct err *err);
/* schema_service.c: service_events. */
int schema_make_service_view(struct schema *s, struct err *err);

/* Pieces of views. A part of sql/ with its blanks `value` and `other`. */
void schema_put_part(struct buf *out, const char *name, struct str value, struct str other);
/* The property's own name as SQL text, or its column's where SQL cannot hold it. */
void schema_put_key(struct buf *out, const struct property *p);
/* The first of several values, separated by commas, that is there. */
void schema_put_first_of(struct buf *out, const struct buf *values, size_t count);
/* The column of events_data, or the fixed one of the kind. */
void schema_put_column(struct buf *out, const struct schema *s, enum kind kind, uint16_t column);
/* A field's value in any row; `sole`: the only field that each column has ever held. */
int32_t *schema_sole_fields(const struct schema *s);
void schema_put_field(struct buf *out, const struct schema *s, const int32_t *sole, size_t field);
/* Whether a list of each shape's fields keeps a view small. */
bool schema_has_few_fields(const struct schema *s);
/* schema_read.c */
int schema_read(struct schema *s, struct err *err);
/* schema_write.c: rows for what is new in property_columns and shapes. */
int schema_write(struct schema *s, struct err *err);
