/* SPDX-License-Identifier: Apache-2.0 */
/* state.c: makes the tables, brings older ones up to date, and keeps store_state.
 *
 * Promises that a file of another version is left alone unless it can be brought to this one as it
 * stands, in one transaction; and that the tables know their journal: its id, and the salt of its
 * record at the cursor, which no other record of that position has. */
#include "store/state.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/counts.h"

enum { TABLES_VERSION = 2 };

static int run_all(struct store *s, const char *const *statements, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (duck_run(s->con, statements[i], err) < 0)
            return -1;
    return 0;
}

static int run_with_version(struct store *s, const char *statement, struct err *err)
{
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, statement, &stmt, err) < 0)
        return -1;
    duckdb_bind_int32(stmt, 1, TABLES_VERSION);
    status = duck_execute(stmt, NULL, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}

static int read_row(struct store *s, const char *statement, duckdb_result *out, struct err *err)
{
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, statement, &stmt, err) < 0)
        return -1;
    status = duck_execute(stmt, out, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0 || duckdb_row_count(out) == 1)
        return status;
    err_set(err, ERR_CORRUPT, "store_state has not one row, but %" PRIu64,
            (uint64_t)duckdb_row_count(out));
    duckdb_destroy_result(out);
    return -1;
}

static int read_state(struct store *s, int *version, int64_t *position, struct err *err)
{
    duckdb_result result;

    if (read_row(s, "read_state", &result, err) < 0)
        return -1;
    *version = duckdb_value_int32(&result, 0, 0);
    *position = duckdb_value_int64(&result, 1, 0);
    duckdb_destroy_result(&result);
    return 0;
}

/* False where the value is none of that size. */
static bool get_bytes(duckdb_result *result, idx_t column, uint8_t out[16])
{
    duckdb_blob blob = duckdb_value_blob(result, column, 0);
    bool whole = blob.data && blob.size == 16;

    if (whole)
        memcpy(out, blob.data, 16);
    duckdb_free(blob.data);
    return whole;
}

static int read_origin(struct store *s, struct err *err)
{
    duckdb_result result;

    if (read_row(s, "read_origin", &result, err) < 0)
        return -1;
    s->origin.journal_known = get_bytes(&result, 0, s->origin.journal);
    s->origin.salt_known = get_bytes(&result, 1, s->origin.salt);
    duckdb_destroy_result(&result);
    return 0;
}

/* From version 1: rows of users are worth more than a simple file format. */
static int upgrade(struct store *s, struct err *err)
{
    static const char *const statements[] = {
        "upgrade_2_journal", "upgrade_2_salt",       "upgrade_2_set_aside",
        "create_quarantine", "upgrade_2_quarantine", "upgrade_2_drop",
    };

    if (duck_begin(s->con, err) < 0)
        return -1;
    if (run_all(s, statements, ARRAY_LEN(statements), err) < 0 ||
        run_with_version(s, "set_version", err) < 0 || duck_run(s->con, "commit", err) < 0) {
        duck_run(s->con, "rollback", NULL);
        return err_prefix(err, "bring the tables from version 1 to %d", TABLES_VERSION);
    }
    return 0;
}

static int make_tables(struct store *s, struct err *err)
{
    static const char *const statements[] = {
        "create_events",
        "create_quarantine",
        "create_notes",
        "create_rejected",
        "create_property_columns",
        "create_shapes",
        "create_columns",
        "create_deletions",
        "create_view_unauthorised_domains",
        "create_view_folded_values",
    };

    return run_all(s, statements, ARRAY_LEN(statements), err);
}

int state_open(struct store *s, const char *file, struct err *err)
{
    int version = 0;

    if (!s->read_only &&
        (duck_run(s->con, "create_state", err) < 0 || run_with_version(s, "first_state", err) < 0))
        return -1;
    if (read_state(s, &version, &s->position, err) < 0)
        return -1;
    if (version < 1 || version > TABLES_VERSION)
        return err_set(err, ERR_USAGE,
                       "%s was made by another version of Weir (tables %d, not %d): `weir rebuild` "
                       "makes it anew from the journal",
                       file, version, TABLES_VERSION);
    if (s->read_only)
        return 0; /* questions are asked of version 1 as it is */
    if (version < TABLES_VERSION && upgrade(s, err) < 0)
        return -1;
    if (make_tables(s, err) < 0 || counts_open(s, err) < 0)
        return -1;
    return read_origin(s, err);
}

int state_cursor(struct store *s, int64_t *out_position, struct err *err)
{
    int version;

    return read_state(s, &version, out_position, err);
}

static void bind_bytes(duckdb_prepared_statement stmt, idx_t index, const uint8_t *bytes)
{
    if (bytes)
        duckdb_bind_blob(stmt, index, bytes, 16);
    else
        duckdb_bind_null(stmt, index);
}

static const uint8_t *salt_at(const struct store *s, int64_t position)
{
    if (s->seen == position && position > 0)
        return s->seen_salt;
    return s->origin.salt_known && s->position == position ? s->origin.salt : NULL;
}

void state_committed(struct store *s, int64_t position)
{
    const uint8_t *salt = salt_at(s, position);

    s->origin.salt_known = salt != NULL;
    if (salt)
        memmove(s->origin.salt, salt, sizeof s->origin.salt);
    s->position = position;
}

int state_set_position(struct store *s, int64_t position, struct err *err)
{
    const struct store_origin *o = &s->origin;
    duckdb_prepared_statement stmt;
    int status;

    if (duck_prepare(s->con, "set_position", &stmt, err) < 0)
        return -1;
    duckdb_bind_int64(stmt, 1, position);
    bind_bytes(stmt, 2, o->journal_known ? o->journal : NULL);
    bind_bytes(stmt, 3, salt_at(s, position));
    status = duck_execute(stmt, NULL, err);
    duckdb_destroy_prepare(&stmt);
    return status;
}
