/* SPDX-License-Identifier: Apache-2.0 */
/* open.c: opens DuckDB with everything shut that a statement could misuse.
 *
 * Promises that no statement of any connection reads or writes a file outside export_dir, loads an
 * extension, goes to the network or changes a setting; that memory and threads have limits. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "store/duck.h"
#include "store/guard.h"

/* The first that packs texts well (docs/decisions/0002-store-layout.md). */
static const char storage_version[] = "v1.4.0";
/* What questions may put on the disk while they run: it is the journal's disk, too. */
static const char temp_size[] = "4GiB";
/* Each checkpoint writes the last, partial row group anew; replay after a kill takes 2 s at most. */
static const char checkpoint_after[] = "128MiB";

static int set_option(duckdb_config config, const char *name, const char *value, struct err *err)
{
    if (duckdb_set_config(config, name, value) != DuckDBSuccess)
        return err_set(err, ERR_INTERNAL, "DuckDB does not take the setting %s = %s", name, value);
    return 0;
}

static int set_options(duckdb_config config, const struct store_opts *opts, struct err *err)
{
    char memory[32], threads[16];
    AUTO_FREE char *temp = xasprintf("%s.tmp", opts->file);
    const struct {
        const char *name, *value;
    } options[] = {
        {"access_mode", opts->read_only ? "READ_ONLY" : "READ_WRITE"},
        {"memory_limit", memory},
        {"temp_directory", temp},
        {"max_temp_directory_size", temp_size},
        {"storage_compatibility_version", storage_version},
        {"wal_autocheckpoint", checkpoint_after},
        {"preserve_insertion_order", "false"},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
    };

    snprintf(memory, sizeof memory, "%" PRIu64 "B", opts->memory_bytes);
    snprintf(threads, sizeof threads, "%u", opts->threads);
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (set_option(config, options[i].name, options[i].value, err) < 0)
            return -1;
    return opts->threads ? set_option(config, "threads", threads, err) : 0;
}

/* DuckDB has no type of its own for a lock that another process holds. */
static int open_error(struct err *err, const char *file, const char *text)
{
    duck_error(err, DUCKDB_ERROR_IO, file, text);
    if (text && strstr(text, "Could not set lock"))
        return err_set(err, ERR_BUSY, "%s is open in another process", file);
    return -1;
}

/* What cannot be said in the configuration, with the lock last. */
static int shut(duckdb_database db, const char *export_dir, struct err *err)
{
    duckdb_connection con;
    AUTO_BUF dir;
    int status;

    buf_init(&dir, 64 * 1024);
    if (export_dir) {
        sql_literal(&dir, str_from(export_dir));
        if (buf_failed(&dir))
            return err_set(err, ERR_LIMIT, "%.100s...: a path that is too long", export_dir);
    }
    if (duck_connect(db, &con, err) < 0)
        return -1;
    status = duck_run_filled(con, "allow_directory",
                             &(struct sql_blank){"directory", buf_as_str(&dir)}, 1, err);
    if (status == 0)
        status = duck_run(con, "set_time_zone", err);
    if (status == 0)
        status = guard_register(con, err);
    if (status == 0)
        status = duck_run(con, "forbid_files", err);
    if (status == 0)
        status = duck_run(con, "allow_progress", err);
    if (status == 0)
        status = duck_run(con, "lock_settings", err);
    duckdb_disconnect(&con);
    return status;
}

static int open_file(duckdb_database *out, const struct store_opts *opts, struct err *err)
{
    duckdb_config config;
    char *text = NULL;
    int status = 0;

    if (duckdb_create_config(&config) != DuckDBSuccess)
        return err_set(err, ERR_INTERNAL, "DuckDB makes no configuration");
    if (set_options(config, opts, err) < 0) {
        status = -1;
    } else if (duckdb_open_ext(opts->file, out, config, &text) != DuckDBSuccess) {
        status = open_error(err, opts->file, text);
        duckdb_free(text);
    }
    duckdb_destroy_config(&config);
    return status;
}

static int remove_left(const char *file, const char *end, struct err *err)
{
    AUTO_FREE char *path = xasprintf("%s%s", file, end);

    if (unlink(path) == 0 || errno == ENOENT)
        return 0;
    return err_set(err, ERR_IO, "remove %s: %s", path, strerror(errno));
}

/* DuckDB refuses for ever a file whose making was cut short. So a new one gets its name when it is
 * whole; a log without a file belongs to one that is gone. */
static int make_file(const struct store_opts *opts, struct err *err)
{
    AUTO_FREE char *making = xasprintf("%s.making", opts->file);
    AUTO_FREE char *folder = io_parent(opts->file);
    struct store_opts first = *opts;
    duckdb_database db = NULL;

    if (remove_left(opts->file, ".wal", err) < 0 || remove_left(making, "", err) < 0 ||
        remove_left(making, ".wal", err) < 0)
        return -1;
    first.file = making;
    if (open_file(&db, &first, err) < 0)
        return -1;
    duckdb_close(&db);
    if (rename(making, opts->file) < 0)
        return err_set(err, ERR_IO, "rename %s: %s", making, strerror(errno));
    if (io_system()->fsync_dir(io_system(), folder) < 0)
        return err_set(err, ERR_IO, "sync %s: %s", folder, strerror(errno));
    return 0;
}

int duck_open(duckdb_database *out, const struct store_opts *opts, struct err *err)
{
    duckdb_database db = NULL;

    if (!opts->read_only && access(opts->file, F_OK) < 0 && errno == ENOENT &&
        make_file(opts, err) < 0)
        return -1;
    if (open_file(&db, opts, err) < 0)
        return -1;
    if (shut(db, opts->export_dir, err) < 0) {
        duckdb_close(&db);
        return -1;
    }
    *out = db;
    return 0;
}

int duck_connect(duckdb_database db, duckdb_connection *out, struct err *err)
{
    duckdb_connection con;

    if (duckdb_connect(db, &con) != DuckDBSuccess)
        return err_set(err, ERR_INTERNAL, "DuckDB takes no connection");
    *out = con;
    return 0;
}
