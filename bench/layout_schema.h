/* SPDX-License-Identifier: Apache-2.0 */
/* layout_schema.h: the tables of each layout, their types, and the reports' SQL over them.
 *
 * Everything here follows from the options alone. Errors end the program: a benchmark that goes on after
 * one measures nothing. */
#pragma once
#include "layout_events.h"

#include <duckdb.h>
#include <stdbool.h>

enum layout {
    LAYOUT_WIDE, /* a column for each property */
    LAYOUT_SHARED, /* a column for all properties of a kind that never meet on one event */
    LAYOUT_STRUCT, /* one STRUCT column */
    LAYOUT_TABLES, /* a table for each event name */
    LAYOUT_JSON, /* one column of JSON text */
    LAYOUT_MAP /* one MAP(VARCHAR, VARCHAR) column */
};
enum id_type { IDS_UUID, IDS_UHUGEINT, IDS_BLOB, IDS_HEX };
enum fill { FILL_DIRECT, FILL_ASSIGN, FILL_UNSAFE };

struct layout_opts {
    enum layout layout;
    enum id_type id_type; /* of `id` and `request_id`, which hardly repeat */
    enum id_type key_type; /* of actor, session, visitor, device and flow_id, which do */
    enum fill fill; /* how texts get into a vector */
    bool invalidate; /* mark NULLs one by one, not by clearing the mask */
    bool new_chunks; /* a new chunk each time, not one that is reset */
    bool enums; /* closed lists of texts as ENUM, not VARCHAR */
    bool own; /* shared: a closed list of texts keeps a column of its own */
    bool split; /* shared: closed lists and free texts in different columns */
    bool no_props; /* only the fixed columns */
    const char *codec; /* USING COMPRESSION of text columns, or NULL for DuckDB's own choice */
};

/* Ends the program with what was tried and why it failed. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Runs one statement without a result. */
void run_sql(duckdb_connection con, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum id_type schema_id_type(const struct layout_opts *opts, int column);
/* Whether all properties are one column (STRUCT, JSON, MAP), which then follows the others. */
bool schema_has_props_column(const struct layout_opts *opts);

int schema_tables(const struct layout_opts *opts);
void schema_table_name(const struct layout_opts *opts, int table, char *out, size_t size);
/* The event columns that a table has as columns of its own, in its order; returns how many. */
int schema_columns(const struct layout_opts *opts, int table, int out[EV_COLUMNS]);
/* The event column under which a cell of this column is kept: itself, unless it is shared. */
int schema_column_of(const struct layout_opts *opts, int column);
void schema_create(duckdb_connection con, const struct layout_opts *opts);

enum schema_query { QUERY_NAMES, QUERY_BREAKDOWN, QUERY_BREAKDOWN_OF_NAME, QUERY_ADD_COLUMN };
/* Writes a statement: events by name, by a property's value, the same of one name, one more property. */
void schema_query(const struct layout_opts *opts, enum schema_query what, char *out, size_t size);
