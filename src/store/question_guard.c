/* SPDX-License-Identifier: Apache-2.0 */
/* question_guard.c: which functions of a question are taken by ours, so that it can be ended.
 *
 * Names of functions are looked for in the connection's own macros first. So those that the question uses, and
 * that could go on for long after it was told to end, become macros of the same name: ours, which look
 * whether they are to stop (guard.c), or DuckDB's own, with texts that are not too long. GLOB is refused where
 * it could. LIKE with a constant pattern that DuckDB matches in one go stays as it is, since it knows how to
 * skip rows by it. */
#include <stdio.h>
#include <yyjson.h>

#include "base/mem.h"
#include "store/guard.h"
#include "store/question.h"

enum { PATTERN_MAX = 256 /* bytes of one that stays DuckDB's, with a wildcard within */ };

enum like {
    LIKE_NOT,
    LIKE_PLAIN,
    LIKE_SLOW /* without DuckDB's fast way for % alone */,
    LIKE_GLOB
};

static const struct guarded {
    const char *name, *macro; /* as SQL; the file with it, NULL: it is refused */
    const char *more; /* what its second blank gets */
    enum like like;
} guarded[] = {
    {"\"levenshtein\"", "guard_distance", "weir_levenshtein", LIKE_NOT},
    {"\"editdist3\"", "guard_distance", "weir_levenshtein", LIKE_NOT},
    {"\"damerau_levenshtein\"", "guard_distance", "weir_damerau_levenshtein", LIKE_NOT},
    {"\"~~\"", "guard_like", "true", LIKE_PLAIN},
    {"\"!~~\"", "guard_like", "false", LIKE_PLAIN},
    {"\"~~*\"", "guard_ilike", "true", LIKE_SLOW},
    {"\"!~~*\"", "guard_ilike", "false", LIKE_SLOW},
    {"\"~~~\"", NULL, NULL, LIKE_GLOB},
    {"\"like_escape\"", "guard_like_escape", "true", LIKE_NOT},
    {"\"not_like_escape\"", "guard_like_escape", "false", LIKE_NOT},
    {"\"ilike_escape\"", "guard_ilike_escape", "true", LIKE_NOT},
    {"\"not_ilike_escape\"", "guard_ilike_escape", "false", LIKE_NOT},
    {"\"jaro_similarity\"", "guard_texts", "16384", LIKE_NOT},
    {"\"jaro_winkler_similarity\"", "guard_texts", "16384", LIKE_NOT},
};

struct guarding {
    duckdb_connection con;
    int guard;
    bool made[ARRAY_LEN(guarded)];
    struct err *err;
};

/* Whether DuckDB matches the pattern in time that grows with the text alone, or a little more. */
static bool is_harmless(yyjson_val *node, enum like like)
{
    yyjson_val *pattern = yyjson_arr_get(yyjson_obj_get(node, "children"), 1);
    yyjson_val *value = yyjson_ptr_get(pattern, "/value/value");
    struct str text = str_of(yyjson_get_str(value), yyjson_get_len(value));
    char wildcard = like == LIKE_GLOB ? '*' : '%';
    size_t any = 0, one = 0;

    if (like == LIKE_NOT || !yyjson_is_str(value) ||
        !str_is(question_text(pattern, "class"), "CONSTANT"))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        any += text.ptr[i] == wildcard && i + 1 < text.len;
        one += text.ptr[i] == '_';
    }
    if (like == LIKE_PLAIN && one == 0)
        return true;
    return any == 0 || (any == 1 && text.len <= PATTERN_MAX);
}

static int make(struct guarding *g, size_t index, struct err *err)
{
    const struct guarded *f = guarded + index;
    char guard[16];
    AUTO_BUF literal;
    struct str name = str_from(f->name);

    snprintf(guard, sizeof guard, "%d", g->guard);
    buf_init(&literal, 256);
    sql_literal(&literal, str_slice(name, 1, name.len - 2));
    g->made[index] = true;
    return duck_run_filled(g->con, f->macro,
                           (struct sql_blank[]){{"name", name},
                                                {"more", str_from(f->more)},
                                                {"guard", str_from(guard)},
                                                {"called", buf_as_str(&literal)}},
                           4, err);
}

static int check_function(struct guarding *g, yyjson_val *node, struct str name)
{
    struct str schema = question_text(node, "schema"), catalog = question_text(node, "catalog");

    for (size_t i = 0; i < ARRAY_LEN(guarded); i++) {
        struct str known = str_from(guarded[i].name);

        if (!str_eq_nocase(name, str_slice(known, 1, known.len - 2)))
            continue;
        if (catalog.len || (schema.len && !str_is(schema, "main")))
            return err_set(g->err, ERR_DENIED,
                           "questions call %.*s by its bare name, as %.*s(a, b)", (int)name.len,
                           name.ptr, (int)name.len, name.ptr);
        if (g->made[i] || is_harmless(node, guarded[i].like))
            continue;
        if (!guarded[i].macro)
            return err_set(g->err, ERR_DENIED,
                           "questions may use GLOB with one * and a constant pattern only, since "
                           "others could not be stopped: use LIKE, or regexp_matches");
        return make(g, i, g->err);
    }
    return 0;
}

static int walk(struct guarding *g, yyjson_val *node)
{
    yyjson_val *key, *value;
    size_t i, count;

    if (yyjson_is_obj(node)) {
        struct str name = question_text(node, "function_name");

        if (name.len && check_function(g, node, name) < 0)
            return -1;
        yyjson_obj_foreach(node, i, count, key, value)
        {
            if (walk(g, value) < 0)
                return -1;
        }
    } else if (yyjson_is_arr(node)) {
        yyjson_arr_foreach(node, i, count, value)
        {
            if (walk(g, value) < 0)
                return -1;
        }
    }
    return 0;
}

int question_guard(duckdb_connection con, struct yyjson_val *root, int guard, struct err *err)
{
    struct guarding g = {.con = con, .guard = guard, .err = err};

    return walk(&g, root);
}
