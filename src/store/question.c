/* SPDX-License-Identifier: Apache-2.0 */
/* question.c: what of SQL may be asked.
 *
 * Promises that only a single SELECT (with all that DuckDB counts as one: FROM, VALUES, DESCRIBE,
 * SHOW, SUMMARIZE) gets through, bare or to be explained, and that it calls no table function that is
 * not a question's (question_reach.c). An EXPLAIN is taken apart and put together again, since EXPLAIN
 * ANALYZE runs whatever stands behind it, and a read-only transaction does not stop a COPY to a file.
 * What this leaves is held back by the transaction and the connection (open.c). */
#include "store/question.h"

#include <stdlib.h>
#include <yyjson.h>

#include "base/mem.h"

/* Whether what stands at `at` goes on with a name or number before it. */
static bool in_word(struct str s, size_t at)
{
    unsigned char before = at > 0 ? (unsigned char)s.ptr[at - 1] : ' ';

    return before == '_' || before == '$' || before >= 128 || (before >= '0' && before <= '9') ||
           (ascii_lower((char)before) >= 'a' && ascii_lower((char)before) <= 'z');
}

/* The index behind the quoted or commented part that begins at `at`, or `at` where none does. */
static size_t skip_dollar_quote(struct str s, size_t at)
{
    size_t end = at + 1;

    if (in_word(s, at))
        return at;
    while (end < s.len && (s.ptr[end] == '_' ||
                           (ascii_lower(s.ptr[end]) >= 'a' && ascii_lower(s.ptr[end]) <= 'z')))
        end++;
    if (end >= s.len || s.ptr[end] != '$')
        return at;
    for (size_t tag = end + 1 - at, i = end + 1; i + tag <= s.len; i++)
        if (memcmp(s.ptr + i, s.ptr + at, tag) == 0)
            return i + tag;
    return s.len;
}

static size_t skip_quote(struct str s, size_t at)
{
    char quote = s.ptr[at];
    bool escapes =
        quote == '\'' && at > 0 && ascii_lower(s.ptr[at - 1]) == 'e' && !in_word(s, at - 1);

    for (size_t i = at + 1; i < s.len; i++) {
        if (escapes && s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == quote)
            return i + 1; /* a doubled quote begins the next part */
    }
    return s.len;
}

static size_t skip_block_comment(struct str s, size_t at)
{
    size_t depth = 1;

    for (size_t i = at + 2; i + 1 < s.len; i++) {
        if (s.ptr[i] == '/' && s.ptr[i + 1] == '*') {
            depth++;
            i++;
        } else if (s.ptr[i] == '*' && s.ptr[i + 1] == '/') {
            i++;
            if (--depth == 0)
                return i + 1;
        }
    }
    return s.len;
}

size_t question_skip(struct str s, size_t at)
{
    char c = s.ptr[at], next = at + 1 < s.len ? s.ptr[at + 1] : '\0';

    if (c == '\'' || c == '"')
        return skip_quote(s, at);
    if (c == '$')
        return skip_dollar_quote(s, at);
    if (c == '-' && next == '-')
        return at + str_find(str_slice(s, at, s.len), '\n');
    if (c == '/' && next == '*')
        return skip_block_comment(s, at);
    return at;
}

struct str question_first_statement(struct str sql)
{
    for (size_t i = 0; i < sql.len;) {
        size_t behind = question_skip(sql, i);

        if (behind == i && sql.ptr[i] == ';')
            return str_slice(sql, 0, i);
        i = behind > i ? behind : i + 1;
    }
    return sql;
}

/* Whether the word stands outside of quotes and comments. */
static bool has_word(struct str s, struct str word)
{
    for (size_t i = 0; i < s.len;) {
        size_t behind = question_skip(s, i);

        if (behind == i && !in_word(s, i) && str_starts_nocase(str_slice(s, i, s.len), word))
            return true;
        i = behind > i ? behind : i + 1;
    }
    return false;
}

/* What follows blanks and comments. */
static struct str skip_blanks(struct str s)
{
    for (size_t i = 0; i < s.len;) {
        bool comment = s.ptr[i] == '-' || s.ptr[i] == '/';
        size_t behind = comment ? question_skip(s, i) : i;

        if (behind == i && !strchr(" \t\r\n\f\v", s.ptr[i]))
            return str_slice(s, i, s.len);
        i = behind > i ? behind : i + 1;
    }
    return str_slice(s, s.len, s.len);
}

/* Empty statements before the first that says something do not count, as for DuckDB. */
static struct str skip_empty_statements(struct str s)
{
    for (s = skip_blanks(s); s.len && s.ptr[0] == ';';)
        s = skip_blanks(str_slice(s, 1, s.len));
    return s;
}

/* Takes the word off the front of *s, where it stands there. */
static bool take_word(struct str *s, struct str word)
{
    struct str rest = skip_blanks(*s);

    if (!str_starts_nocase(rest, word))
        return false;
    rest = str_slice(rest, word.len, rest.len);
    if (rest.len && skip_blanks(rest).len == rest.len && rest.ptr[0] != '(')
        return false; /* a longer word */
    *s = rest;
    return true;
}

/* Takes EXPLAIN or EXPLAIN ANALYZE off the front of *sql and returns it, or NULL. */
static const char *take_explain(struct str *sql)
{
    if (!take_word(sql, STR("EXPLAIN")))
        return NULL;
    return take_word(sql, STR("ANALYZE")) ? "EXPLAIN ANALYZE " : "EXPLAIN ";
}

static const struct {
    duckdb_type type;
    const char *name;
    enum question_shape shape;
} types[] = {
    {DUCKDB_TYPE_BOOLEAN, "BOOLEAN", QUESTION_BOOLEAN},
    {DUCKDB_TYPE_TINYINT, "TINYINT", QUESTION_NUMBER},
    {DUCKDB_TYPE_SMALLINT, "SMALLINT", QUESTION_NUMBER},
    {DUCKDB_TYPE_INTEGER, "INTEGER", QUESTION_NUMBER},
    {DUCKDB_TYPE_BIGINT, "BIGINT", QUESTION_NUMBER},
    {DUCKDB_TYPE_UTINYINT, "UTINYINT", QUESTION_NUMBER},
    {DUCKDB_TYPE_USMALLINT, "USMALLINT", QUESTION_NUMBER},
    {DUCKDB_TYPE_UINTEGER, "UINTEGER", QUESTION_NUMBER},
    {DUCKDB_TYPE_UBIGINT, "UBIGINT", QUESTION_NUMBER},
    {DUCKDB_TYPE_HUGEINT, "HUGEINT", QUESTION_NUMBER},
    {DUCKDB_TYPE_UHUGEINT, "UHUGEINT", QUESTION_NUMBER},
    {DUCKDB_TYPE_FLOAT, "FLOAT", QUESTION_NUMBER},
    {DUCKDB_TYPE_DOUBLE, "DOUBLE", QUESTION_NUMBER},
    {DUCKDB_TYPE_DECIMAL, "DECIMAL", QUESTION_NUMBER},
    {DUCKDB_TYPE_VARCHAR, "VARCHAR", QUESTION_TEXT},
    {DUCKDB_TYPE_BLOB, "BLOB", QUESTION_TEXT},
    {DUCKDB_TYPE_DATE, "DATE", QUESTION_TEXT},
    {DUCKDB_TYPE_TIME, "TIME", QUESTION_TEXT},
    {DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP", QUESTION_TEXT},
    {DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S", QUESTION_TEXT},
    {DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS", QUESTION_TEXT},
    {DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS", QUESTION_TEXT},
    {DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE", QUESTION_TEXT},
    {DUCKDB_TYPE_INTERVAL, "INTERVAL", QUESTION_TEXT},
    {DUCKDB_TYPE_UUID, "UUID", QUESTION_TEXT},
    {DUCKDB_TYPE_ENUM, "ENUM", QUESTION_TEXT},
    {DUCKDB_TYPE_BIT, "BIT", QUESTION_TEXT},
    {DUCKDB_TYPE_LIST, "LIST", QUESTION_NESTED},
    {DUCKDB_TYPE_ARRAY, "ARRAY", QUESTION_NESTED},
    {DUCKDB_TYPE_STRUCT, "STRUCT", QUESTION_NESTED},
    {DUCKDB_TYPE_MAP, "MAP", QUESTION_NESTED},
    {DUCKDB_TYPE_UNION, "UNION", QUESTION_NESTED},
};

static void describe_column(struct question_column *c, duckdb_prepared_statement stmt, idx_t index)
{
    duckdb_type type = duckdb_prepared_statement_column_type(stmt, index);
    duckdb_logical_type logical = duckdb_prepared_statement_column_logical_type(stmt, index);
    const char *name = duckdb_prepared_statement_column_name(stmt, index);
    char *alias = logical ? duckdb_logical_type_get_alias(logical) : NULL;

    c->name = xstrdup(name ? name : "");
    c->type = "VARCHAR";
    c->shape = QUESTION_TEXT;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (types[i].type != type)
            continue;
        c->type = types[i].name;
        c->shape = types[i].shape;
    }
    if (alias && strcmp(alias, "JSON") == 0) {
        c->type = "JSON";
        c->shape = QUESTION_NESTED;
    }
    duckdb_free(alias);
    duckdb_destroy_logical_type(&logical);
    duckdb_free((void *)name);
}

static int check_statement(struct question *q, duckdb_prepared_statement stmt, struct err *err)
{
    duckdb_statement_type type = duckdb_prepared_statement_type(stmt);
    idx_t columns = duckdb_prepared_statement_column_count(stmt);

    if (type != DUCKDB_STATEMENT_TYPE_SELECT)
        return err_set(err, ERR_USAGE, "%s", QUESTION_FORMS);
    if (duckdb_nparams(stmt) > 0)
        return err_set(err, ERR_USAGE, "the question has parameters ($1, ?): write the values in");
    if (columns > QUESTION_COLUMNS_MAX)
        return err_set(err, ERR_LIMIT, "the answer has more than %d columns", QUESTION_COLUMNS_MAX);
    q->columns = xcalloc(columns, sizeof *q->columns);
    q->column_count = columns;
    for (idx_t i = 0; i < columns; i++)
        describe_column(&q->columns[i], stmt, i);
    return 0;
}

/* The columns of DuckDB's explanations. */
static void describe_explanation(struct question *q)
{
    static const char *const names[] = {"explain_key", "explain_value"};
    struct question_column *columns = xcalloc(ARRAY_LEN(names), sizeof *columns);
    const char *explain = q->explain;

    question_free(q);
    *q =
        (struct question){.explain = explain, .columns = columns, .column_count = ARRAY_LEN(names)};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        columns[i] = (struct question_column){
            .name = xstrdup(names[i]), .type = "VARCHAR", .shape = QUESTION_TEXT};
}

static int check_count(duckdb_connection con, const char *sql, struct err *err)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count = duckdb_extract_statements(con, sql, &statements);
    const char *why = count == 0 ? duckdb_extract_statements_error(statements) : NULL;
    int status = 0;

    if (why)
        status = duck_error(err, DUCKDB_ERROR_PARSER, "question", why);
    else if (count != 1)
        status = err_set(err, ERR_USAGE, "one question at a time: this has %llu statements",
                         (unsigned long long)count);
    duckdb_destroy_extracted(&statements);
    return status;
}

/* Compiles what is one statement, and describes its answer. */
static int compile(struct question *q, duckdb_connection con, struct str sql, struct err *err)
{
    duckdb_prepared_statement stmt = NULL;
    AUTO_FREE char *text = xmemdup(sql.ptr, sql.len);
    int status;

    if (duckdb_prepare(con, text, &stmt) != DuckDBSuccess)
        status = duck_error(err, DUCKDB_ERROR_BINDER, "question", duckdb_prepare_error(stmt));
    else
        status = check_statement(q, stmt, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

int question_check(struct question *out, duckdb_connection con, struct str sql,
                   struct question_asker asker, struct err *err)
{
    enum question_whose whose = asker.whose;
    struct question q = {0};
    yyjson_doc *tree = NULL;
    AUTO_FREE char *whole = NULL;
    int status;

    if (sql.len > QUESTION_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "a question may have at most %d bytes", QUESTION_BYTES_MAX);
    if (memchr(sql.ptr, '\0', sql.len))
        return err_set(err, ERR_USAGE, "a question may not hold a NUL byte");
    sql = skip_empty_statements(sql);
    whole = xmemdup(sql.ptr, sql.len);
    if (whose != QUESTION_OURS && question_groups(sql, err) < 0)
        return -1;
    if (check_count(con, whole, err) < 0)
        return -1;
    q.explain = take_explain(&sql);
    if (q.explain && whose == QUESTION_SHOWN)
        return err_set(
            err, ERR_DENIED,
            "EXPLAIN needs the right `hidden`: a plan tells of columns that hidden values share");
    sql = question_first_statement(sql); /* what is checked is what is run, and no more */
    if (question_tree(con, sql, &tree, err) < 0)
        return -1;
    status = whose == QUESTION_OURS ? 0
                                    : question_size(yyjson_doc_get_root(tree),
                                                    has_word(sql, STR("MATERIALIZED")), err);
    if (status == 0 && whose != QUESTION_OURS)
        status = question_guard(con, yyjson_doc_get_root(tree), asker.guard, err);
    if (status == 0)
        status = compile(&q, con, sql, err);
    if (status == 0)
        status = question_reach(con, tree, whose == QUESTION_SHOWN, err);
    yyjson_doc_free(tree);
    if (status < 0) {
        question_free(&q);
        return -1;
    }
    if (q.explain)
        describe_explanation(&q);
    q.sql = sql;
    *out = q;
    return 0;
}

void question_free(struct question *q)
{
    for (size_t i = 0; i < q->column_count; i++)
        free(q->columns[i].name);
    free(q->columns);
    *q = (struct question){0};
}
