/* SPDX-License-Identifier: Apache-2.0 */
/* store.c: opens the database, makes its tables, keeps the cursor.
 *
 * Promises that a file of a newer version is refused and left alone. What is in the tables is
 * load.c's; the columns of properties are schema.c's. */
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>

#include "base/check.h"
#include "base/io.h"
#include "base/mem.h"
#include "store/internal.h"
#include "store/load.h"
#include "store/rows.h"
#include "store/schema.h"

enum { TABLES_VERSION = 1 };

static int make_tables(struct store *s, struct err *err)
{
    static const char *const statements[] = {
        "create_state",    "create_events",           "create_quarantine", "create_notes",
        "create_rejected", "create_property_columns", "create_shapes",     "create_columns",
    };
    duckdb_prepared_statement first;
    int status;

    for (size_t i = 0; i < ARRAY_LEN(statements); i++)
        if (duck_run(s->con, statements[i], err) < 0)
            return -1;
    if (duck_prepare(s->con, "first_state", &first, err) < 0)
        return -1;
    duckdb_bind_int32(first, 1, TABLES_VERSION);
    status = duck_execute(first, NULL, err);
    duckdb_destroy_prepare(&first);
    return status;
}

static int read_state(struct store *s, int *version, int64_t *position, struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_result result;
    int status;

    if (duck_prepare(s->con, "read_state", &stmt, err) < 0)
        return -1;
    status = duck_execute(stmt, &result, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0)
        return -1;
    if (duckdb_row_count(&result) == 1) {
        *version = duckdb_value_int32(&result, 0, 0);
        *position = duckdb_value_int64(&result, 1, 0);
    } else {
        status = err_set(err, ERR_CORRUPT, "store_state has not one row, but %" PRIu64,
                         (uint64_t)duckdb_row_count(&result));
    }
    duckdb_destroy_result(&result);
    return status;
}

static int open_tables(struct store *s, const char *file, struct err *err)
{
    int version = 0;

    if (!s->read_only && make_tables(s, err) < 0)
        return -1;
    if (read_state(s, &version, &s->position, err) < 0)
        return -1;
    if (version != TABLES_VERSION)
        return err_set(err, ERR_USAGE,
                       "%s was made by another version of Weir (tables %d, not %d): move "
                       "it away and start again, it is made anew from the journal",
                       file, version, TABLES_VERSION);
    if (schema_open(&s->schema, s->con, rows_base_columns, rows_base_count, err) < 0)
        return -1;
    return s->read_only ? 0 : schema_refresh(s->schema, err);
}

int store_open(struct store **out, const struct store_opts *opts, struct err *err)
{
    struct store *s = xcalloc(1, sizeof *s);

    s->read_only = opts->read_only;
    s->export_dir = opts->export_dir ? xstrdup(opts->export_dir) : NULL;
    if (opts->export_dir && io_make_dir(io_system(), opts->export_dir, 0700, err) < 0)
        goto fail;
    if (duck_open(&s->db, opts, err) < 0)
        goto fail;
    if (duck_connect(s->db, &s->con, err) < 0)
        goto fail;
    if (open_tables(s, opts->file, err) < 0)
        goto fail;
    s->load = load_new(s);
    *out = s;
    return 0;

fail:
    store_close(s);
    return -1;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    load_free(s->load);
    schema_free(s->schema);
    if (s->con)
        duckdb_disconnect(&s->con);
    if (s->db)
        duckdb_close(&s->db);
    free(s->export_dir);
    free(s);
}

int store_connect(struct store *s, duckdb_connection *out, struct err *err)
{
    return duck_connect(s->db, out, err);
}

int store_add_columns(struct store *s, const struct store_column *columns, size_t count,
                      struct err *err)
{
    AUTO_FREE struct schema_want *wants = xcalloc(count + 1, sizeof *wants);

    for (size_t i = 0; i < count; i++)
        wants[i] = (struct schema_want){.name = columns[i].name,
                                        .kind = schema_kind(columns[i].type, columns[i].list),
                                        .hidden = columns[i].hidden};
    if (schema_begin(s->schema, err) < 0)
        return -1;
    if (schema_plan(s->schema, wants, count, err) < 0 || schema_commit(s->schema, err) < 0) {
        schema_rollback(s->schema);
        return -1;
    }
    return 0;
}

int store_cursor(struct store *s, int64_t *out_position, struct err *err)
{
    int version;

    return read_state(s, &version, out_position, err);
}
