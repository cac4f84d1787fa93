/* SPDX-License-Identifier: Apache-2.0 */
/* question_size.c: how large a question may be, before DuckDB plans it.
 *
 * Planning cannot be interrupted, and what it costs grows much faster than the text: with the depth of
 * expressions, with the tables of a join, with each SELECT of a UNION; a name of WITH that is not
 * materialised, or another column's alias, stands for all that is behind it, so that forty lines can
 * mean 2^40 tables. Promises that what passes is planned within a second or two. What a question does
 * once it runs is the watch's (watch.c). */
#include <stdlib.h>
#include <yyjson.h>

#include "base/mem.h"
#include "store/question.h"

enum {
    SELECTS_MAX = 1000,
    TABLES_MAX = 256,
    JOINS_MAX = 64, /* and subqueries as values */
    DEPTH_MAX = 128, /* of expressions */
    SUBQUERY_DEPTH_MAX = 10, /* as values, each inside the next */
    PARTS_MAX = 2000000, /* a constant has about ten */
    STAR_PARTS = 2000, /* it stands for many columns */
    NEST_MAX = 4000, /* of the tree itself */
};

/* They call themselves for each level of their argument, without an end: a text with 100,000 brackets, which is
 * made in a moment, ends the process, even while the question is planned. */
static const char *const bottomless[] = {
    "from_json",
    "from_json_strict",
    "json_contains",
    "json_deserialize_sql",
    "json_execute_serialized_sql",
    "json_group_structure",
    "json_merge_patch",
    "json_serialize_plan",
    "json_serialize_sql",
    "json_structure",
    "json_transform",
    "json_transform_strict",
};

/* What a part of the question comes to, with all that its names stand for. */
struct size {
    uint64_t parts, selects, tables, joins;
};

/* A name that stands for something of this size wherever it is used. */
struct meaning {
    struct str name; /* borrows from the tree */
    struct size size;
};

struct sizing {
    struct meaning *with, *aliases;
    size_t with_count, alias_count;
    unsigned nest, depth, subqueries;
    bool names_unfold;
    struct err *err;
};

static void add(struct size *to, const struct size *more)
{
    to->parts += more->parts;
    to->selects += more->selects;
    to->tables += more->tables;
    to->joins += more->joins;
}

static int check(const struct sizing *z, const struct size *size)
{
    const struct {
        uint64_t is, most;
        const char *what;
    } limits[] = {{size->selects, SELECTS_MAX, "SELECTs and VALUES"},
                  {size->tables, TABLES_MAX, "tables"},
                  {size->joins, JOINS_MAX, "joins and subqueries"},
                  {size->parts, PARTS_MAX, "parts"},
                  {z->depth, DEPTH_MAX, "expressions inside each other"},
                  {z->subqueries, SUBQUERY_DEPTH_MAX, "subqueries inside each other"},
                  {z->nest, NEST_MAX, "parts inside each other"}};

    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        if (limits[i].is > limits[i].most)
            return err_set(z->err, ERR_LIMIT,
                           "a question may have at most %llu %s, counting what names of WITH and "
                           "aliases stand for each time",
                           (unsigned long long)limits[i].most, limits[i].what);
    return 0;
}

/* The largest of that name: which of several is meant does not matter then. */
static void add_meaning(const struct meaning *list, size_t count, struct str name,
                        struct size *size)
{
    const struct meaning *found = NULL;

    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(list[i].name, name) && (!found || list[i].size.parts > found->size.parts))
            found = list + i;
    if (found)
        add(size, &found->size);
}

static int measure(struct sizing *z, yyjson_val *node, struct size *size);

/* Names of WITH, in the order in which they may use each other. One that is materialised, as most are, is planned once. */
static int measure_with(struct sizing *z, yyjson_val *map, struct size *size)
{
    yyjson_val *entry;
    size_t i, count;

    yyjson_arr_foreach(map, i, count, entry)
    {
        struct str name = question_text(entry, "key");
        struct size own = {0};

        if (z->with_count == QUESTION_WITH_MAX)
            return err_set(z->err, ERR_LIMIT, "a question may have at most %d names in WITH",
                           QUESTION_WITH_MAX);
        if (measure(z, yyjson_obj_get(entry, "value"), &own) < 0)
            return -1;
        add(size, &own);
        if (!z->names_unfold)
            own = (struct size){0};
        z->with[z->with_count++] = (struct meaning){name, own};
    }
    return 0;
}

/* Each column may use the aliases of those before it. */
static int measure_columns(struct sizing *z, yyjson_val *list, struct size *size)
{
    yyjson_val *column;
    size_t i, count;

    if (yyjson_arr_size(list) > QUESTION_COLUMNS_MAX)
        return err_set(z->err, ERR_LIMIT, "a SELECT may have at most %d columns",
                       QUESTION_COLUMNS_MAX);
    yyjson_arr_foreach(list, i, count, column)
    {
        struct size own = {0};

        if (measure(z, column, &own) < 0)
            return -1;
        add(size, &own);
        if (check(z, size) < 0)
            return -1;
        if (own.parts > 1 && question_text(column, "alias").len &&
            z->alias_count < QUESTION_COLUMNS_MAX)
            z->aliases[z->alias_count++] = (struct meaning){question_text(column, "alias"), own};
    }
    return 0;
}

static int check_bottomless(const struct sizing *z, yyjson_val *node)
{
    struct str name = question_text(node, "function_name");

    for (size_t i = 0; i < ARRAY_LEN(bottomless); i++)
        if (str_eq_nocase(name, str_from(bottomless[i])))
            return err_set(z->err, ERR_DENIED,
                           "questions may not call %s: deeply nested values could end the engine",
                           bottomless[i]);
    if (str_is(question_text(yyjson_obj_get(node, "cast_type"), "id"), "VARIANT"))
        return err_set(
            z->err, ERR_DENIED,
            "questions may not cast to VARIANT: deeply nested values could end the engine");
    return 0;
}

/* What the node itself is, without what is in it. */
static void measure_own(const struct sizing *z, yyjson_val *node, struct size *size)
{
    struct str type = question_text(node, "type");
    yyjson_val *names = yyjson_obj_get(node, "column_names");

    size->parts += str_is(type, "STAR") ? STAR_PARTS : 1;
    size->selects += str_is(type, "SELECT_NODE") || str_is(type, "EXPRESSION_LIST");
    size->joins += str_is(type, "JOIN") || str_is(question_text(node, "class"), "SUBQUERY");
    size->tables += str_is(type, "BASE_TABLE") || str_is(type, "TABLE_FUNCTION");
    if (str_is(type, "BASE_TABLE"))
        add_meaning(z->with, z->with_count, question_text(node, "table_name"), size);
    if (str_is(type, "COLUMN_REF") && yyjson_arr_size(names) == 1)
        add_meaning(z->aliases, z->alias_count,
                    str_of(yyjson_get_str(yyjson_arr_get_first(names)),
                           yyjson_get_len(yyjson_arr_get_first(names))),
                    size);
}

static int measure_members(struct sizing *z, yyjson_val *node, struct size *size)
{
    yyjson_val *with = yyjson_ptr_get(node, "/cte_map/map"), *key, *value;
    size_t aliases = z->alias_count, i, count;
    int status = measure_with(z, with, size);

    yyjson_obj_foreach(node, i, count, key, value)
    {
        if (status < 0)
            break;
        if (yyjson_equals_str(key, "select_list"))
            status = measure_columns(z, value, size);
        else if (!yyjson_equals_str(key, "cte_map"))
            status = measure(z, value, size);
    }
    z->alias_count = aliases;
    return status;
}

static int measure_object(struct sizing *z, yyjson_val *node, struct size *size)
{
    unsigned expression = yyjson_obj_get(node, "class") != NULL;
    unsigned subquery = str_is(question_text(node, "class"), "SUBQUERY");
    int status;

    z->depth += expression;
    z->subqueries += subquery;
    if (question_text(node, "type").len)
        measure_own(z, node, size);
    status = check(z, size);
    if (status == 0)
        status = check_bottomless(z, node);
    if (status == 0)
        status = measure_members(z, node, size);
    z->depth -= expression;
    z->subqueries -= subquery;
    return status;
}

static int measure(struct sizing *z, yyjson_val *node, struct size *size)
{
    yyjson_val *value;
    size_t i, count;
    int status = 0;

    z->nest++;
    if (yyjson_is_obj(node)) {
        status = measure_object(z, node, size);
    } else if (yyjson_is_arr(node)) {
        yyjson_arr_foreach(node, i, count, value)
        {
            if (status == 0)
                status = measure(z, value, size);
        }
    } else {
        size->parts++;
    }
    z->nest--;
    return status;
}

int question_size(struct yyjson_val *root, bool names_unfold, struct err *err)
{
    struct sizing z = {.with = xcalloc(QUESTION_WITH_MAX, sizeof *z.with),
                       .aliases = xcalloc(QUESTION_COLUMNS_MAX, sizeof *z.aliases),
                       .names_unfold = names_unfold,
                       .err = err};
    struct size size = {0};
    int status = measure(&z, root, &size);

    if (status == 0)
        status = check(&z, &size);
    free(z.with);
    free(z.aliases);
    return status;
}
