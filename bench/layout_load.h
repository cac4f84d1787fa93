/* SPDX-License-Identifier: Apache-2.0 */
/* layout_load.h: loads events into a layout's tables by data chunks.
 *
 * A load owns its appenders and chunks; every call is made from one thread. Errors end the program. */
#pragma once
#include "layout_schema.h"

struct load; /* opaque */

/* Keeps con, whose tables schema_create has made. The caller owns the result. */
struct load *load_new(duckdb_connection con, const struct layout_opts *opts);
/* Does what is not part of loading (writes the JSON texts); call it before load_add, same events. */
void load_prepare(struct load *l, const struct ev *events, int n);
/* Takes up to EV_BATCH events; call load_flush before the transaction ends. */
void load_add(struct load *l, const struct ev *events, int n);
/* Hands everything gathered to DuckDB. */
void load_flush(struct load *l);
void load_free(struct load *l);
