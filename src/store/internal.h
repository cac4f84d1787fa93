/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: what the files of src/store share about an open store. */
#pragma once
#include "store/duck.h"

struct schema;
struct load;

struct store {
    duckdb_database db;
    duckdb_connection con; /* the loading thread's */
    bool read_only;
    char *dir; /* that the file is in */
    uint64_t memory_bytes, reserve_bytes;
    char *export_dir; /* NULL: nothing is exported */
    int64_t position; /* what the tables have, as of the last commit */
    struct store_origin origin; /* as of the last commit, but for position */
    uint8_t seen_salt[16]; /* of the record `seen`, which a load has added last */
    int64_t seen;
    struct store_counts counts; /* as of the last commit */
    struct schema *schema;
    struct load *load;
};

/* A connection for questions; the caller disconnects it. From any thread. */
int store_connect(struct store *s, duckdb_connection *out, struct err *err);
