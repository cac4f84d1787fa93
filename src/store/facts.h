/* SPDX-License-Identifier: Apache-2.0 */
/* facts.h: what the database says of itself, for who looks after it.
 *
 * Threads: from any. */
#pragma once
#include "store/store.h"

struct store_facts {
    int64_t memory_bytes; /* that it holds: tables, buffers, what questions need */
    int64_t temporary_bytes; /* on disk, of what did not fit into store.memory */
};

int store_facts(struct store *s, struct store_facts *out, struct err *err);
/* DuckDB's version, such as "v1.5.5". Lives for ever. */
const char *store_library_version(void);
