/* SPDX-License-Identifier: Apache-2.0 */
/* layout_schema.c: DDL and reports for each layout.
 *
 * The shared layout is a colouring: two properties of one kind may share a column if no event name carries
 * both, so every event has at most one value for a column, and the event's definition says whose it is. */
#include "layout_schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_MAX = 65536 };

void die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

void run_sql(duckdb_connection con, const char *fmt, ...)
{
    static char sql[SQL_MAX];
    duckdb_result result;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(sql, sizeof sql, fmt, ap);
    va_end(ap);
    if (duckdb_query(con, sql, &result) != DuckDBSuccess)
        die("%.300s: %s", sql, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
}

static bool is_rare_id(int column)
{
    const char *name = ev_column_name(column);

    return !strcmp(name, "id") || !strcmp(name, "request_id");
}

enum id_type schema_id_type(const struct layout_opts *opts, int column)
{
    return is_rare_id(column) ? opts->id_type : opts->key_type;
}

static duckdb_type type_of(const struct layout_opts *opts, int column)
{
    static const duckdb_type ids[] = {DUCKDB_TYPE_UUID, DUCKDB_TYPE_UHUGEINT, DUCKDB_TYPE_BLOB,
                                      DUCKDB_TYPE_VARCHAR};
    static const duckdb_type types[] = {
        [EV_BIGINT] = DUCKDB_TYPE_BIGINT, [EV_TEXT] = DUCKDB_TYPE_VARCHAR,
        [EV_VALUE] = DUCKDB_TYPE_VARCHAR, [EV_TIME] = DUCKDB_TYPE_TIMESTAMP,
        [EV_INT] = DUCKDB_TYPE_BIGINT,    [EV_SMALL] = DUCKDB_TYPE_SMALLINT,
        [EV_BOOL] = DUCKDB_TYPE_BOOLEAN,  [EV_NUMBER] = DUCKDB_TYPE_DOUBLE};

    if (ev_column_kind(column) == EV_ID)
        return ids[schema_id_type(opts, column)];
    if (ev_column_kind(column) == EV_VALUE && opts->enums)
        return DUCKDB_TYPE_ENUM;
    return types[ev_column_kind(column)];
}

static const char *sql_type(duckdb_type type)
{
    switch (type) {
    case DUCKDB_TYPE_ENUM: return "word";
    case DUCKDB_TYPE_UUID: return "UUID";
    case DUCKDB_TYPE_UHUGEINT: return "UHUGEINT";
    case DUCKDB_TYPE_BLOB: return "BLOB";
    case DUCKDB_TYPE_BIGINT: return "BIGINT";
    case DUCKDB_TYPE_SMALLINT: return "SMALLINT";
    case DUCKDB_TYPE_TIMESTAMP: return "TIMESTAMP";
    case DUCKDB_TYPE_BOOLEAN: return "BOOLEAN";
    case DUCKDB_TYPE_DOUBLE: return "DOUBLE";
    default: return "VARCHAR";
    }
}

/* The column that stands for all properties, or NULL where each has its own. */
static const char *props_type(const struct layout_opts *opts)
{
    static char type[SQL_MAX / 4];
    size_t at = 0;

    switch (opts->layout) {
    case LAYOUT_JSON: return "VARCHAR";
    case LAYOUT_MAP: return "MAP(VARCHAR, VARCHAR)";
    case LAYOUT_STRUCT:
        for (int c = EV_BASE; c < EV_COLUMNS; c++)
            at += (size_t)snprintf(type + at, sizeof type - at, "%s%s %s",
                                   c == EV_BASE ? "STRUCT(" : ", ", ev_column_name(c),
                                   sql_type(type_of(opts, c)));
        snprintf(type + at, sizeof type - at, ")");
        return type;
    default: return NULL;
    }
}

static void create_enum(duckdb_connection con)
{
    char sql[1024];
    size_t at = 0;

    for (int i = 0; i < EV_VALUES; i++)
        at += (size_t)snprintf(sql + at, sizeof sql - at, "%s'%s'", i ? ", " : "", ev_value(i));
    run_sql(con, "CREATE TYPE word AS ENUM (%s)", sql);
}

/* Two properties of one kind that never occur on the same event may share a column: each takes the
 * first property's column, in order, that none of its companions has. */
static int shared_column[EV_COLUMNS];

static bool are_companions(int a, int b)
{
    for (int name = 0; name < EV_NAMES; name++) {
        int props[EV_MAX_PROPS], n = ev_name_props(name, props);
        int found = 0;

        for (int i = 0; i < n; i++)
            found += props[i] == a || props[i] == b;
        if (found == 2)
            return true;
    }
    return false;
}

static enum ev_kind class_of(const struct layout_opts *opts, int column)
{
    enum ev_kind kind = ev_column_kind(column);

    return kind == EV_VALUE && !opts->split ? EV_TEXT : kind;
}

static void plan_shared(const struct layout_opts *opts)
{
    for (int p = EV_BASE; p < EV_COLUMNS; p++) {
        int column = EV_BASE;

        for (;; column++) {
            bool taken = false;

            if (opts->own && ev_column_kind(p) == EV_VALUE && column != p)
                continue;
            if (class_of(opts, column) != class_of(opts, p) ||
                (column < p && shared_column[column] != column))
                continue;
            for (int q = EV_BASE; q < p && !taken; q++)
                taken = shared_column[q] == column && are_companions(p, q);
            if (!taken)
                break;
        }
        shared_column[p] = column;
    }
}

bool schema_has_props_column(const struct layout_opts *opts)
{
    return props_type(opts) != NULL;
}

int schema_tables(const struct layout_opts *opts)
{
    return opts->layout == LAYOUT_TABLES ? EV_NAMES : 1;
}

void schema_table_name(const struct layout_opts *opts, int table, char *out, size_t size)
{
    if (opts->layout == LAYOUT_TABLES)
        snprintf(out, size, "events_%d", table);
    else
        snprintf(out, size, "events");
}

int schema_column_of(const struct layout_opts *opts, int column)
{
    return opts->layout == LAYOUT_SHARED && column >= EV_BASE ? shared_column[column] : column;
}

int schema_columns(const struct layout_opts *opts, int table, int out[EV_COLUMNS])
{
    int props[EV_MAX_PROPS];
    int n = ev_name_props(table, props);
    int count = 0;

    for (int c = 0; c < EV_BASE; c++)
        out[count++] = c;
    if (opts->no_props)
        return count;
    if (opts->layout == LAYOUT_WIDE || opts->layout == LAYOUT_SHARED)
        for (int c = EV_BASE; c < EV_COLUMNS; c++)
            if (schema_column_of(opts, c) == c)
                out[count++] = c;
    if (opts->layout == LAYOUT_TABLES)
        for (int i = 0; i < n; i++)
            out[count++] = props[i];
    return count;
}

static void create_table(duckdb_connection con, const struct layout_opts *opts, int table)
{
    static char sql[SQL_MAX / 2];
    int columns[EV_COLUMNS];
    int count = schema_columns(opts, table, columns);
    const char *props = props_type(opts);
    size_t at = 0;
    char name[24];

    for (int i = 0; i < count; i++) {
        duckdb_type type = type_of(opts, columns[i]);
        bool coded = opts->codec && type == DUCKDB_TYPE_VARCHAR;

        at += (size_t)snprintf(sql + at, sizeof sql - at, "%s%s %s %s%s", i ? ", " : "",
                               ev_column_name(columns[i]), sql_type(type),
                               coded ? "USING COMPRESSION " : "", coded ? opts->codec : "");
    }
    if (props)
        snprintf(sql + at, sizeof sql - at, ", properties %s", props);
    schema_table_name(opts, table, name, sizeof name);
    run_sql(con, "CREATE TABLE %s (%s)", name, sql);
}

void schema_create(duckdb_connection con, const struct layout_opts *opts)
{
    if (opts->enums)
        create_enum(con);
    if (opts->layout == LAYOUT_SHARED)
        plan_shared(opts);
    for (int i = 0; i < schema_tables(opts); i++)
        create_table(con, opts, i);
}

/* Every table that has the property, one SELECT each. */
static void union_sql(enum schema_query what, int property, char *out, size_t size)
{
    size_t at = (size_t)snprintf(out, size, "SELECT v, sum(n) FROM (");
    const char *glue = "";

    for (int name = 0; name < EV_NAMES; name++) {
        int props[EV_MAX_PROPS];
        int n = ev_name_props(name, props);
        bool has = what == QUERY_NAMES;

        for (int i = 0; i < n; i++)
            has |= props[i] == property;
        if (!has)
            continue;
        at += (size_t)snprintf(
            out + at, size - at,
            what == QUERY_NAMES ? "%sSELECT '%s' AS v, count(*) AS n FROM events_%d"
                                : "%sSELECT %s AS v, count(*) AS n FROM events_%d GROUP BY 1",
            glue, what == QUERY_NAMES ? ev_name(name) : ev_column_name(property), name);
        glue = " UNION ALL ";
    }
    snprintf(out + at, size - at, ") GROUP BY 1 ORDER BY 2 DESC, 1");
}

/* The definitions that carry prop_0, as a list for IN. */
static const char *definitions_with_first(void)
{
    static char list[4096];
    size_t at = 0;

    for (int name = 0; name < EV_NAMES; name++) {
        int props[EV_MAX_PROPS], n = ev_name_props(name, props);

        for (int i = 0; i < n; i++)
            if (props[i] == EV_BASE)
                at += (size_t)snprintf(list + at, sizeof list - at, "%s%d", at ? ", " : "", name);
    }
    return list;
}

void schema_query(const struct layout_opts *opts, enum schema_query what, char *out, size_t size)
{
    char shared[4096 + 64];
    const char *const shape[] = {[LAYOUT_WIDE] = "prop_0",
                                 [LAYOUT_STRUCT] = "properties.prop_0",
                                 [LAYOUT_TABLES] = "prop_0",
                                 [LAYOUT_JSON] = "json_extract_string(properties, '$.prop_0')",
                                 [LAYOUT_MAP] = "properties['prop_0']",
                                 [LAYOUT_SHARED] = shared};
    enum layout layout = opts->layout;
    const char *v = shape[layout];

    snprintf(shared, sizeof shared, "CASE WHEN definition IN (%s) THEN prop_0 END",
             definitions_with_first());
    if (opts->layout == LAYOUT_SHARED && opts->own) /* prop_0 is a closed list */
        v = "prop_0";
    if (what == QUERY_ADD_COLUMN)
        snprintf(out, size, "ALTER TABLE events%s ADD COLUMN %sadded VARCHAR",
                 layout == LAYOUT_TABLES ? "_0" : "", layout == LAYOUT_STRUCT ? "properties." : "");
    else if (layout == LAYOUT_TABLES && what == QUERY_BREAKDOWN_OF_NAME)
        snprintf(out, size, "SELECT %s, count(*) FROM events_0 GROUP BY 1 ORDER BY 2 DESC, 1", v);
    else if (layout == LAYOUT_TABLES)
        union_sql(what, EV_BASE, out, size);
    else if (what == QUERY_NAMES)
        snprintf(out, size, "SELECT name, count(*) FROM events GROUP BY 1 ORDER BY 2 DESC, 1");
    else if (what == QUERY_BREAKDOWN)
        snprintf(out, size,
                 "SELECT v, count(*) FROM (SELECT %s AS v FROM events) WHERE v IS NOT NULL GROUP "
                 "BY 1 ORDER BY 2 DESC, 1",
                 v);
    else
        snprintf(out, size,
                 "SELECT %s, count(*) FROM events WHERE name = '%s' GROUP BY 1 ORDER BY 2 DESC, 1",
                 v, ev_name(0));
}
