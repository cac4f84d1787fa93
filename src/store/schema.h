/* SPDX-License-Identifier: Apache-2.0 */
/* schema.h: where each property of a record is kept, and what it is called in the view `events`.
 *
 * Properties of one kind that never stand on the same event share a column of events_data; a
 * record's `shape` says which property each shared column holds (docs/decisions/0002-store-layout.md).
 * Shapes are made from the catalogue, or from the first record that fits none, and kept for good.
 *
 * In the view a property `x` is the column `x`; where events has a column of its own called so,
 * `p_x`. Names count without regard to case, as in SQL: a second property that differs in case alone
 * gets p_ as well, a third a number behind it; bytes that cannot stand in SQL become _.
 * docs/tables.md says all this to people.
 * Threads: one owner, the loading thread. */
#pragma once
#include "store/duck.h"

enum {
    SCHEMA_PROPERTIES_MAX = 1000, /* later ones stay in more_properties */
    SCHEMA_SHAPES_MAX = 2048, /* so do the properties of records that would need one more */
    SCHEMA_RECORD_MAX = 512, /* properties of one record */
};

/* What a value is, as far as columns go: a type, a list of it, or the very value of a fixed column,
 * which is not stored twice. */
enum kind {
    KIND_NONE, /* null: nothing to keep */
    KIND_TEXT, /* to KIND_PSEUDONYM in the order of enum record_type */
    KIND_INTEGER,
    KIND_NUMBER,
    KIND_BOOLEAN,
    KIND_DATETIME,
    KIND_UUID,
    KIND_PSEUDONYM,
    KIND_TEXTS, /* lists, in the same order */
    KIND_INTEGERS,
    KIND_NUMBERS,
    KIND_BOOLEANS,
    KIND_DATETIMES,
    KIND_UUIDS,
    KIND_PSEUDONYMS,
    KIND_ACTOR, /* the same as the record's actor */
    KIND_SESSION,
    KIND_DEVICE,
    KIND_REQUEST_ID,
    KIND_COUNT
};

/* A property that a record has, or the catalogue says that it will have. */
struct schema_want {
    struct str name; /* any bytes */
    enum kind kind;
    bool hidden;
};

struct schema_place {
    int32_t shape;
    idx_t columns[SCHEMA_RECORD_MAX]; /* of events_data, for each property of the record */
};
#define SCHEMA_NOWHERE ((idx_t)0) /* null, or the same as a fixed column */
#define SCHEMA_MORE ((idx_t)-1) /* in more_properties */

struct schema; /* opaque */

/* Reads what the database has. `base` are the columns of events_data before the shared ones, in
 * order. Keeps con and base. The caller owns *out. */
int schema_open(struct schema **out, duckdb_connection con, const char *const *base, size_t count,
                struct err *err);
void schema_free(struct schema *s);

enum kind schema_kind(enum record_type type, bool list);
/* Finds a place for each property; false where the schema has to learn from the record first. */
bool schema_place(struct schema *s, const struct record *rec, struct schema_place *out);
/* Makes what the record needs, in a transaction of its own. */
int schema_learn(struct schema *s, const struct record *rec, struct err *err);
/* Plans for properties that stand on one event together; several events may be planned between
 * schema_begin and schema_commit. After an error, schema_rollback. */
int schema_begin(struct schema *s, struct err *err);
int schema_plan(struct schema *s, const struct schema_want *wants, size_t count, struct err *err);
int schema_commit(struct schema *s, struct err *err);
void schema_rollback(struct schema *s);

/* Makes the view again, as this version of Weir has it. */
int schema_refresh(struct schema *s, struct err *err);

/* The property's column in the view; NULL where it has none. */
const char *schema_view_column(const struct schema *s, struct str property);
