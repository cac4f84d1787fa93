/* SPDX-License-Identifier: Apache-2.0 */
/* facts.c: one small question about memory, on a connection of its own. */
#include "store/facts.h"

#include "store/internal.h"

static int read_facts(duckdb_connection con, struct store_facts *out, struct err *err)
{
    duckdb_prepared_statement stmt;
    duckdb_result result;
    int status;

    if (duck_prepare(con, "facts", &stmt, err) < 0)
        return -1;
    status = duck_execute(stmt, &result, err);
    duckdb_destroy_prepare(&stmt);
    if (status < 0)
        return -1;
    out->memory_bytes = duckdb_value_int64(&result, 0, 0);
    out->temporary_bytes = duckdb_value_int64(&result, 1, 0);
    duckdb_destroy_result(&result);
    return 0;
}

int store_facts(struct store *s, struct store_facts *out, struct err *err)
{
    duckdb_connection con;
    int status;

    if (store_connect(s, &con, err) < 0)
        return -1;
    status = read_facts(con, out, err);
    duck_disconnect(&con);
    return status;
}

const char *store_library_version(void)
{
    return duckdb_library_version();
}
