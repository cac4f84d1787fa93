/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_strangers.h: what `weir ledger` shows of strangers: values past their budgets, and hosts without
 * permission.
 *
 * Threads: one owner. */
#pragma once
#include "base/buf.h"
#include "base/err.h"

struct yyjson_doc;

/* A way to ask the store. */
struct ledger_asker {
    /* The answer as JSON, with rows; `sql` has no end yet. NULL with err; the caller frees it. */
    struct yyjson_doc *(*document)(void *ctx, struct buf *sql, struct err *err);
    void *ctx;
};

/* The answers of the store, row by row as src/store/sql/ledger_*.sql has them. */
struct strangers {
    struct yyjson_doc *folded, *domains; /* NULL: none */
    char error[240]; /* why they are not known; "" */
};

/* Days from `since_us` on. */
void strangers_read(struct strangers *out, const struct ledger_asker *asker, int64_t since_us);
void strangers_free(struct strangers *s);
/* Of this source alone, or of all: NULL. */
void strangers_show(const struct strangers *s, const char *source);
/* Two members, or lines. */
void strangers_to_json(const struct strangers *s, const char *source, bool lines, struct buf *out);
