/* SPDX-License-Identifier: Apache-2.0 */
/* store_fixture.h: a store in a folder of its own, for the tests of src/store and src/sink. */
#pragma once
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/internal.h"

struct fixture {
    char dir[32];
    char *file, *export_dir;
    struct store *store;
};

static inline struct store_opts fixture_opts(const struct fixture *f)
{
    return (struct store_opts){.file = f->file,
                               .export_dir = f->export_dir,
                               .memory_bytes = UINT64_C(1) << 30,
                               .threads = 1};
}

static inline void fixture_open_store(struct fixture *f)
{
    const struct store_opts opts = fixture_opts(f);
    struct err err = {0};

    if (store_open(&f->store, &opts, &err) < 0)
        fail_msg("%s", err.text);
}

static inline void fixture_reopen(struct fixture *f)
{
    store_close(f->store);
    fixture_open_store(f);
}

/* The folder, without a store in it. */
static inline struct fixture *fixture_make(void)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    memcpy(f->dir, "/tmp/weir-store-XXXXXX", 23);
    assert_non_null(mkdtemp(f->dir));
    f->file = xasprintf("%s/weir.duckdb", f->dir);
    f->export_dir = xasprintf("%s/export", f->dir);
    return f;
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = fixture_make();

    fixture_open_store(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    static const char *const parts[] = {"weir.duckdb",     "weir.duckdb.wal", "export/out.csv",
                                        "weir.duckdb.tmp", "export",          ""};

    store_close(f->store);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        AUTO_FREE char *path = xasprintf("%s/%s", f->dir, parts[i]);

        if (unlink(path) < 0)
            rmdir(path);
    }
    free(f->file);
    free(f->export_dir);
    free(f);
    return 0;
}

/* The one value that sql gives, as text; "NULL" where it is. The caller frees it. */
static inline char *fixture_value(struct fixture *f, const char *sql)
{
    AUTO_FREE char *as_text = xasprintf("SELECT CAST((%s) AS VARCHAR)", sql);
    duckdb_connection con;
    duckdb_result result;
    char *value, *copy;

    assert_int_equal(store_connect(f->store, &con, NULL), 0);
    if (duckdb_query(con, as_text, &result) != DuckDBSuccess)
        fail_msg("%s: %s", sql, duckdb_result_error(&result));
    assert_int_equal(duckdb_row_count(&result), 1);
    value = duckdb_value_varchar(&result, 0, 0);
    copy = xstrdup(value ? value : "NULL");
    duckdb_free(value);
    duckdb_destroy_result(&result);
    duckdb_disconnect(&con);
    return copy;
}

static inline void assert_value(struct fixture *f, const char *sql, const char *expected)
{
    AUTO_FREE char *value = fixture_value(f, sql);

    if (strcmp(value, expected) != 0)
        fail_msg("%s gives %s, not %s", sql, value, expected);
}
