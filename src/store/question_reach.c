/* SPDX-License-Identifier: Apache-2.0 */
/* question_reach.c: which table functions a question may call.
 *
 * Some of DuckDB's change the process for everybody (enable_logging, checkpoint), read the database's
 * own files past the tables, or take addresses as numbers (arrow_scan), and no setting forbids them.
 * So DuckDB's own syntax tree of the question is searched, and only functions of the list below pass.
 * Table functions inside DuckDB's macros and our views are not in that tree, and need not be. */
#include <stdlib.h>
#include <yyjson.h>

#include "base/mem.h"
#include "store/question.h"

static const char *const allowed[] = {
    "duckdb_columns",
    "duckdb_constraints",
    "duckdb_functions",
    "duckdb_indexes",
    "duckdb_keywords",
    "duckdb_memory",
    "duckdb_schemas",
    "duckdb_sequences",
    "duckdb_tables",
    "duckdb_types",
    "duckdb_views",
    "generate_series",
    "histogram",
    "histogram_values",
    "icu_calendar_names",
    "json_each",
    "json_tree",
    "pg_timezone_names",
    "pragma_database_size",
    "pragma_show",
    "pragma_storage_info",
    "pragma_table_info",
    "pragma_version",
    "range",
    "repeat",
    "repeat_row",
    "summary",
    "test_all_types",
    "unnest",
};

static bool is_allowed(const char *function)
{
    for (size_t i = 0; function && i < ARRAY_LEN(allowed); i++)
        if (str_eq_nocase(str_from(function), str_from(allowed[i])))
            return true;
    return false;
}

static int check_function(yyjson_val *node, struct err *err)
{
    const char *type = yyjson_get_str(yyjson_obj_get(node, "type")), *name;

    if (!type || strcmp(type, "TABLE_FUNCTION") != 0)
        return 0;
    name = yyjson_get_str(yyjson_ptr_get(node, "/function/function_name"));
    if (is_allowed(name))
        return 0;
    return err_set(err, ERR_DENIED, "questions may not call the table function %s",
                   name ? name : "that is meant here");
}

static int check_node(yyjson_val *node, struct err *err)
{
    yyjson_val *key, *value;
    size_t i, count;

    if (yyjson_is_obj(node)) {
        if (check_function(node, err) < 0)
            return -1;
        yyjson_obj_foreach(node, i, count, key, value)
        {
            if (check_node(value, err) < 0)
                return -1;
        }
    } else if (yyjson_is_arr(node)) {
        yyjson_arr_foreach(node, i, count, value)
        {
            if (check_node(value, err) < 0)
                return -1;
        }
    }
    return 0;
}

int question_reach(duckdb_connection con, struct yyjson_doc *tree, bool shown, struct err *err)
{
    yyjson_val *root = yyjson_doc_get_root(tree);

    if (check_node(root, err) < 0)
        return -1;
    return shown ? question_names(con, root, err) : 0;
}

static int read_tree(const char *text, struct yyjson_doc **out, struct err *err)
{
    yyjson_doc *doc = text ? yyjson_read(text, strlen(text), 0) : NULL;

    if (!doc || !yyjson_is_arr(yyjson_obj_get(yyjson_doc_get_root(doc), "statements"))) {
        yyjson_doc_free(doc);
        return err_set(err, ERR_USAGE, "%s", QUESTION_FORMS);
    }
    *out = doc;
    return 0;
}

int question_tree(duckdb_connection con, struct str sql, struct yyjson_doc **out, struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_result result;
    char *text;
    int status;

    if (duck_prepare(con, "question_tree", &stmt, err) < 0)
        return -1;
    status = duck_bind_text(stmt, 1, sql, err);
    if (status == 0)
        status = duck_execute(stmt, &result, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0)
        return -1;
    text = duckdb_value_varchar(&result, 0, 0);
    status = read_tree(text, out, err);
    duckdb_free(text);
    duckdb_destroy_result(&result);
    return status;
}
