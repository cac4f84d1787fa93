/* SPDX-License-Identifier: Apache-2.0 */
/* schema.h: which column each property has.
 *
 * A property `x` has the column `x`; where event_rows has a column of its own called so, `p_x`.
 * Names count without regard to case, as in SQL: a second property that differs in case alone gets
 * p_ as well, a third a number behind it; bytes that cannot stand in SQL become _. docs/tables.md says all this
 * to people. A column's type only ever widens: integer to number, anything to text.
 * Threads: one owner, the loading thread. */
#pragma once
#include "store/duck.h"

enum { SCHEMA_PROPERTIES_MAX = 1000 }; /* columns; later ones stay in more_properties */

struct property {
    struct str name; /* as in records: any bytes */
    char *column; /* UTF-8 without control characters */
    enum record_type type; /* of the items, for a list */
    bool list, hidden;
    idx_t index; /* of its column in event_rows */
};

struct schema; /* opaque */

/* Reads what the database has. `base` are the columns of event_rows that are no properties, in
 * order. Keeps con and base. The caller owns *out. */
int schema_open(struct schema **out, duckdb_connection con, const char *const *base, size_t count,
                struct err *err);
void schema_free(struct schema *s);
/* NULL where the property has no column. Valid until schema_apply. */
const struct property *schema_find(const struct schema *s, struct str name);
bool schema_is_full(const struct schema *s);
/* True where a value like `want` fits its property's column as it is, or needs none. */
bool schema_fits(const struct schema *s, const struct store_column *want);
/* Makes, widens and hides columns, and the view events, in a transaction of its own. */
int schema_apply(struct schema *s, const struct store_column *wants, size_t count, struct err *err);
/* The name of a type in property_columns and columns. */
const char *schema_type_name(enum record_type type);
