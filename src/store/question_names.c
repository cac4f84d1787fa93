/* SPDX-License-Identifier: Apache-2.0 */
/* question_names.c: what a question may name whose asker may not see hidden values.
 *
 * Promises: it reads only views and tables of the lists below, by their bare names, so that `events` is
 * shown.events; whatever table comes later is closed until it is listed. Columns of the raw tables
 * are shared by several properties, so what tells of a column's contents without reading rows is closed,
 * too: statistics, plans, the functions that look into tables by name. A name of a WITH is fine where
 * the database has none such: then no part of the question can mean anything else by it. */
#include <stdlib.h>
#include <yyjson.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/question.h"

/* Tables and views without hidden values; with a * at the end, all that begin so. Those that models
 * make leave hidden values out themselves. */
static const char *const open_names[] = {
    "events",
    "quarantine",
    "service_events",
    "columns",
    "property_columns",
    "deletions",
    "folded_values",
    "unauthorised_domains",
    "internal_traffic",
    "event_count*",
    "event_names*",
    "flow_*",
    "flows_data",
    "activity_*",
    "daily_*",
    "email_events",
    "email_events_sampled*",
    "day_*",
    "days_*",
    "model_*",
    "store_*",
    /* DuckDB's own, about names and types */
    "duckdb_columns",
    "duckdb_constraints",
    "duckdb_schemas",
    "duckdb_tables",
    "duckdb_types",
    "duckdb_views",
    "pragma_database_list",
    "sqlite_master",
};

static const char *const closed_functions[] = {
    "histogram",           "histogram_values", "pragma_storage_info", "stats",
    "json_serialize_plan", "summary",          "test_all_types",
};

struct naming {
    duckdb_connection con;
    struct str with[QUESTION_WITH_MAX]; /* borrow from the tree */
    size_t with_count;
    struct err *err;
};

struct str question_text(yyjson_val *node, const char *name)
{
    yyjson_val *value = yyjson_obj_get(node, name);

    return str_of(yyjson_get_str(value), yyjson_get_len(value));
}

static bool is_open(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(open_names); i++) {
        struct str open = str_from(open_names[i]);

        if (open.ptr[open.len - 1] == '*'
                ? str_starts_nocase(name, str_slice(open, 0, open.len - 1))
                : str_eq_nocase(name, open))
            return true;
    }
    return false;
}

static bool is_with(const struct naming *n, struct str name)
{
    for (size_t i = 0; i < n->with_count; i++)
        if (str_eq_nocase(n->with[i], name))
            return true;
    return false;
}

/* Whether the database has a table or view of that name, wherever it looks for one. */
static bool exists(const struct naming *n, struct str name)
{
    AUTO_BUF quoted;
    AUTO_BUF sql;
    duckdb_prepared_statement stmt = NULL;
    bool found;

    buf_init(&quoted, QUESTION_BYTES_MAX * 2 + 16);
    buf_init(&sql, QUESTION_BYTES_MAX * 2 + 4096);
    sql_quote(&quoted, name);
    duck_fill(&sql, "question_exists", (struct sql_blank[]){{"name", buf_as_str(&quoted)}}, 1);
    buf_char(&sql, '\0');
    CHECK(!buf_failed(&quoted) && !buf_failed(&sql));
    found = duckdb_prepare(n->con, sql.ptr, &stmt) == DuckDBSuccess;
    duckdb_destroy_prepare(&stmt);
    return found;
}

static int deny(struct naming *n, const char *what, struct str name)
{
    return err_set(
        n->err, ERR_DENIED,
        "%s %.*s needs the right `hidden`: it can show values that only some may see; "
        "ask `events`, `quarantine` or the tables of flows and activity by their bare names",
        what, (int)(name.len < 60 ? name.len : 60), name.ptr ? name.ptr : "");
}

/* Of the whole question, since a WITH may stand anywhere; wherever it holds, another name is refused. */
static int gather_with(struct naming *n, yyjson_val *node)
{
    yyjson_val *map = yyjson_obj_get(yyjson_obj_get(node, "cte_map"), "map"), *entry;
    size_t i, count;

    yyjson_arr_foreach(map, i, count, entry)
    {
        CHECK(n->with_count < QUESTION_WITH_MAX); /* question_size.c counts them */
        n->with[n->with_count++] = question_text(entry, "key");
    }
    return 0;
}

static int check_table(struct naming *n, struct str name)
{
    if (is_open(name))
        return 0;
    if (is_with(n, name) && !exists(n, name))
        return 0;
    return deny(n, "the table", name);
}

static int check_base(struct naming *n, yyjson_val *node)
{
    struct str schema = question_text(node, "schema_name"),
               catalog = question_text(node, "catalog_name");
    struct str name = question_text(node, "table_name");

    if (schema.len == 0 && catalog.len == 0)
        return check_table(n, name);
    if (catalog.len == 0 && str_eq_nocase(schema, STR("information_schema")))
        return 0;
    return deny(n, "the table", name);
}

static int check_function(struct naming *n, yyjson_val *node)
{
    struct str name = question_text(node, "function_name");

    for (size_t i = 0; i < ARRAY_LEN(closed_functions); i++)
        if (str_eq_nocase(name, str_from(closed_functions[i])))
            return deny(n, "the function", name);
    return 0;
}

/* SHOW and DESCRIBE of a name that is no question: of tables as a whole, or of one. */
static int check_show(struct naming *n, yyjson_val *node)
{
    struct str name = question_text(node, "table_name");
    static const char *const lists[] = {"\"tables\"", "\"databases\"", "__show_tables_expanded"};

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (name.len == 0 || str_is(name, lists[i]))
            return 0;
    return check_table(n, name);
}

static int check_here(struct naming *n, yyjson_val *node)
{
    struct str type = question_text(node, "type");

    if (str_is(type, "BASE_TABLE"))
        return check_base(n, node);
    if (str_is(type, "SHOW_REF"))
        return check_show(n, node);
    return yyjson_obj_get(node, "function_name") ? check_function(n, node) : 0;
}

static int walk(struct naming *n, yyjson_val *node, int (*look)(struct naming *, yyjson_val *))
{
    yyjson_val *key, *value;
    size_t i, count;

    if (yyjson_is_obj(node)) {
        if (look(n, node) < 0)
            return -1;
        yyjson_obj_foreach(node, i, count, key, value)
        {
            if (walk(n, value, look) < 0)
                return -1;
        }
    } else if (yyjson_is_arr(node)) {
        yyjson_arr_foreach(node, i, count, value)
        {
            if (walk(n, value, look) < 0)
                return -1;
        }
    }
    return 0;
}

int question_names(duckdb_connection con, struct yyjson_val *root, struct err *err)
{
    struct naming *n = xcalloc(1, sizeof *n);
    int status;

    n->con = con;
    n->err = err;
    status = walk(n, root, gather_with);
    if (status == 0)
        status = walk(n, root, check_here);
    free(n);
    return status;
}
