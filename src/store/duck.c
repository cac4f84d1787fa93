/* SPDX-License-Identifier: Apache-2.0 */
/* duck.c: statements out of files, and DuckDB's errors as ours.
 *
 * Promises that an error's text is one line and says which statement failed. Opening is open.c's. */
#include "store/duck.h"

#include <errno.h>
#include <time.h>

#include "base/check.h"
#include "base/embed.h"
#include "base/mem.h"

enum {
    STATEMENT_MAX = 128 * 1024 * 1024,
    ROLLBACK_TRIES = 250, /* 5 s */
    ROLLBACK_PAUSE_NS = 20000000,
};

extern const struct embedded store_sql_files[];

struct str duck_sql(const char *name)
{
    struct str text = embedded_find(store_sql_files, str_from(name));

    CHECK(text.ptr);
    return text;
}

void duck_fill(struct buf *out, const char *name, const struct sql_blank *blanks, size_t count)
{
    sql_fill(out, duck_sql(name), blanks, count);
}

void duck_fill_part(struct buf *out, const char *name, const struct sql_blank *blanks, size_t count)
{
    sql_fill_part(out, duck_sql(name), blanks, count);
}

static enum err_code code_of(duckdb_error_type type)
{
    switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
    case DUCKDB_ERROR_INTERRUPT: return ERR_LIMIT;
    case DUCKDB_ERROR_IO: return ERR_IO;
    case DUCKDB_ERROR_PERMISSION: return ERR_DENIED;
    case DUCKDB_ERROR_TRANSACTION: return ERR_BUSY;
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_INTERNAL:
    case DUCKDB_ERROR_INVALID: return ERR_INTERNAL;
    default: return ERR_USAGE;
    }
}

/* Of "... Unknown TimeZone 'X'! Candidate time zones: ..." what is of use; false where it is none. */
static bool is_time_zone(struct err *err, const char *line)
{
    static const char begin[] = "Unknown TimeZone '";
    const char *name = strstr(line, begin), *end;

    if (!name)
        return false;
    name += sizeof begin - 1;
    end = strchr(name, '\'');
    err_set(err, ERR_USAGE,
            "there is no time zone `%.*s`; they are called Europe/Berlin and so on: SELECT name "
            "FROM pg_timezone_names() WHERE name ILIKE '%%berlin%%'",
            (int)(end && end - name < 64 ? end - name : 64), name);
    return true;
}

int duck_error(struct err *err, duckdb_error_type type, const char *what, const char *text)
{
    char line[sizeof err->text];
    size_t len = 0;

    for (; text && text[len] && len + 1 < sizeof line; len++)
        line[len] = (unsigned char)text[len] < ' ' ? ' ' : text[len];
    while (len && (line[len - 1] == ' ' || line[len - 1] == '^'))
        len--; /* the mark below a line means nothing once all is one line */
    len = str_utf8_cut(str_of(line, len), len);
    line[len] = '\0';
    if (is_time_zone(err, line))
        return -1;
    if (strstr(line, strerror(ENOSPC))) /* under several types */
        return err_set(err, ERR_SPACE, "%s: %s", what, line);
    return err_set(err, code_of(type), "%s: %s", what, len ? line : "DuckDB does not say why");
}

int duck_result_error(struct err *err, duckdb_result *result, const char *what)
{
    return duck_error(err, duckdb_result_error_type(result), what, duckdb_result_error(result));
}

static int run_text(duckdb_connection con, const char *what, const char *sql, struct err *err)
{
    duckdb_result result;
    int status = 0;

    if (duckdb_query(con, sql, &result) != DuckDBSuccess)
        status = duck_result_error(err, &result, what);
    duckdb_destroy_result(&result);
    return status;
}

int duck_run(duckdb_connection con, const char *name, struct err *err)
{
    return run_text(con, name, duck_sql(name).ptr, err);
}

/* Where memory is short it is a question's, which ends within its time: looked for more often than whoever
 * called would, who waits longer after each failure. */
static void roll_back(duckdb_connection con)
{
    const struct timespec pause = {.tv_nsec = ROLLBACK_PAUSE_NS};
    struct err err = {0};

    for (int i = 0; i < ROLLBACK_TRIES; i++) {
        if (duck_run(con, "rollback", &err) == 0 || err.code != ERR_LIMIT)
            break;
        nanosleep(&pause, NULL);
    }
}

void duck_disconnect(duckdb_connection *con)
{
    if (*con)
        roll_back(*con);
    duckdb_disconnect(con);
}

int duck_begin(duckdb_connection con, struct err *err)
{
    if (duck_run(con, "begin", NULL) == 0)
        return 0;
    roll_back(con);
    return duck_run(con, "begin", err);
}

int duck_run_filled(duckdb_connection con, const char *name, const struct sql_blank *blanks,
                    size_t count, struct err *err)
{
    AUTO_BUF sql;

    buf_init(&sql, STATEMENT_MAX);
    duck_fill(&sql, name, blanks, count);
    buf_char(&sql, '\0');
    if (buf_failed(&sql))
        return err_set(err, ERR_LIMIT, "%s: a statement of more than %d bytes", name,
                       STATEMENT_MAX);
    return run_text(con, name, sql.ptr, err);
}

int duck_prepare(duckdb_connection con, const char *name, duckdb_prepared_statement *out,
                 struct err *err)
{
    duckdb_prepared_statement stmt = NULL;

    if (duckdb_prepare(con, duck_sql(name).ptr, &stmt) != DuckDBSuccess) {
        duck_error(err, DUCKDB_ERROR_INVALID, name, duckdb_prepare_error(stmt));
        duckdb_destroy_prepare(&stmt);
        return -1;
    }
    *out = stmt;
    return 0;
}

int duck_execute(duckdb_prepared_statement stmt, duckdb_result *out, struct err *err)
{
    duckdb_result result;
    int status = 0;

    if (duckdb_execute_prepared(stmt, &result) != DuckDBSuccess)
        status = duck_result_error(err, &result, "store");
    if (status == 0 && out)
        *out = result;
    else
        duckdb_destroy_result(&result);
    return status;
}

int duck_bind_text(duckdb_prepared_statement stmt, idx_t index, struct str text, struct err *err)
{
    if (duckdb_bind_varchar_length(stmt, index, text.ptr ? text.ptr : "", text.len) !=
        DuckDBSuccess)
        return duck_error(err, DUCKDB_ERROR_INVALID, "bind", duckdb_prepare_error(stmt));
    return 0;
}
