/* SPDX-License-Identifier: Apache-2.0 */
/* duck.h: DuckDB's C API as the store uses it: settings, errors, statements out of files.
 *
 * Only src/store knows DuckDB; this header is for its files alone. SQL stands in sql/NAME.sql and is
 * built in; blanks are filled as base/sql.h says. Values are bound.
 * Threads: a connection has one owner; the rest from any thread. */
#pragma once
#include <duckdb.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sql.h"
#include "store/store.h"

/* Opens the file with the limits of `opts`, and closes what statements could reach: no extensions
 * are installed or loaded, no file but below export_dir is read or written, settings are locked.
 * ERR_BUSY where another process has it open. */
int duck_open(duckdb_database *out, const struct store_opts *opts, struct err *err);
int duck_connect(duckdb_database db, duckdb_connection *out, struct err *err);

/* The text of sql/NAME.sql; a name that is none is our mistake. */
struct str duck_sql(const char *name);
/* Appends that text with its blanks filled in. */
void duck_fill(struct buf *out, const char *name, const struct sql_blank *blanks, size_t count);
/* The same for a part of a statement, without the line that says what it is for. */
void duck_fill_part(struct buf *out, const char *name, const struct sql_blank *blanks,
                    size_t count);

/* Runs a statement that has no parameters, and drops its rows. */
int duck_run(duckdb_connection con, const char *name, struct err *err);
/* Ends what transaction there is, and the connection. DuckDB ends the process where memory is too
 * short to roll back while it disconnects; a ROLLBACK before that only fails, and is tried again for
 * some seconds. */
void duck_disconnect(duckdb_connection *con);
/* Begins a transaction. One that is still there is ended first, in the same way: a ROLLBACK, too, can fail
 * for want of memory, and would otherwise stand in the way for good. */
int duck_begin(duckdb_connection con, struct err *err);
int duck_run_filled(duckdb_connection con, const char *name, const struct sql_blank *blanks,
                    size_t count, struct err *err);
int duck_prepare(duckdb_connection con, const char *name, duckdb_prepared_statement *out,
                 struct err *err);
/* Executes; `out` may be NULL. Otherwise the caller destroys it on success. */
int duck_execute(duckdb_prepared_statement stmt, duckdb_result *out, struct err *err);
int duck_bind_text(duckdb_prepared_statement stmt, idx_t index, struct str text, struct err *err);

/* Sets `err` from what DuckDB said: the code from `type`, the text on one line. Always -1. */
int duck_error(struct err *err, duckdb_error_type type, const char *what, const char *text);
/* The same for a failed result, which it does not destroy. */
int duck_result_error(struct err *err, duckdb_result *result, const char *what);
