/* SPDX-License-Identifier: Apache-2.0 */
/* store.c: opens the database, and hands the rest to the parts.
 *
 * The tables' version and the cursor are state.c's; what is in the tables is load.c's; the columns
 * of properties are schema.c's. */
#include "store/store.h"

#include "base/io.h"
#include "base/mem.h"
#include "store/internal.h"
#include "store/load.h"
#include "store/rows.h"
#include "store/schema.h"
#include "store/state.h"

static int open_tables(struct store *s, const char *file, struct err *err)
{
    if (state_open(s, file, err) < 0)
        return -1;
    if (schema_open(&s->schema, s->con, rows_base_columns, rows_base_count, err) < 0)
        return -1;
    return s->read_only ? 0 : schema_refresh(s->schema, err);
}

int store_open(struct store **out, const struct store_opts *opts, struct err *err)
{
    struct store *s = xcalloc(1, sizeof *s);

    s->read_only = opts->read_only;
    s->dir = io_parent(opts->file);
    s->memory_bytes = opts->memory_bytes;
    s->reserve_bytes = opts->reserve_bytes;
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
        duck_disconnect(&s->con);
    if (s->db)
        duckdb_close(&s->db);
    free(s->export_dir);
    free(s->dir);
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
    load_columns_changed(s->load);
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
    return state_cursor(s, out_position, err);
}

void store_origin(const struct store *s, struct store_origin *out)
{
    *out = s->origin;
    out->position = s->position;
}

void store_set_journal(struct store *s, const uint8_t journal[16])
{
    memcpy(s->origin.journal, journal, sizeof s->origin.journal);
    s->origin.journal_known = true;
}

void store_load_salt(struct store *s, int64_t position, const uint8_t salt[16])
{
    memcpy(s->seen_salt, salt, sizeof s->seen_salt);
    s->seen = position;
}
