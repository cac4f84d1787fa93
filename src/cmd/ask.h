/* SPDX-License-Identifier: Apache-2.0 */
/* ask.h: a command's question to the store: the running engine answers, or, where none runs, its file.
 *
 * Threads: one owner; there is one question at a time in a process. */
#pragma once
#include <signal.h>

#include "settings/settings.h"
#include "store/query.h"

struct asked {
    const char *sql;
    enum query_format format;
    uint64_t rows_max; /* 0: all */
    int64_t timeout_us;
    /* Gets the answer in pieces; -1 ends it. */
    int (*write)(void *ctx, struct str bytes);
    void *ctx;
};

enum { ASK_SQL_MAX = 256 * 1024, ASK_DOCUMENT_MAX = 16 << 20 };

struct yyjson_doc;

/* From now on SIGINT and SIGTERM end the question instead of the process. */
void ask_catch_signals(void);
bool ask_is_stopped(void);
/* Not 0 once such a signal came: for what else waits in the same command. */
const volatile sig_atomic_t *ask_stop_flag(void);
/* Once a piece was written, no other way to ask is tried. */
int ask(const struct settings *s, const struct asked *q, struct err *err);
/* For asked.write: standard output, on a terminal without what steers it. */
int ask_to_stdout(void *ctx, struct str bytes);
/* The same for memory: ctx is a struct buf. */
int ask_to_buf(void *ctx, struct str bytes);
/* The answer in JSON, read, of at most ASK_DOCUMENT_MAX bytes; `sql` has no end yet. NULL with err; the caller frees
 * it. */
struct yyjson_doc *ask_document(const struct settings *s, struct buf *sql, struct err *err);
/* Reads such an answer. */
struct yyjson_doc *ask_read(const struct buf *answer, struct err *err);
