/* SPDX-License-Identifier: Apache-2.0 */
/* query.h: read-only questions, with a time limit, as rows in one of several formats.
 *
 * Only one statement that reads is taken; it cannot touch files, load extensions or change
 * settings. Threads: query_run from any thread, each call with a connection of its own. */
#pragma once
#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/store.h"

/* How far a question is. Written by its watch, a few times a second; read by any thread. */
struct query_progress {
    _Atomic int
        permille; /* of the rows that it has to go through, as DuckDB guesses; -1: not known */
    _Atomic uint64_t rows, rows_total; /* likewise */
};

enum query_format { QUERY_TABLE, QUERY_CSV, QUERY_JSON, QUERY_NDJSON, QUERY_PARQUET };

/* -1 for a name that is none. */
int query_format_find(struct str name);
const char *query_format_content_type(enum query_format format);

struct query_opts {
    struct str sql;
    enum query_format format;
    bool ours; /* the question is Weir's own: it may name any table */
    bool trusted; /* whoever asks may do anything here: it may be as large as they like */
    bool leaves_hidden_out; /* the question is ours, and does so itself */
    bool without_hidden; /* whoever asks may not see values of properties declared `hidden` */
    /* May be empty: a SELECT of ours with one boolean, of the same moment as the question. Where it is not
     * true, the question is not asked: ERR_BUSY, and *moved (which may be NULL) is true. */
    struct str still;
    bool *moved;
    int64_t timeout_us;
    const atomic_bool *stop; /* may be NULL; set: the question ends within half a second */
    /* May be NULL: whether nobody waits for the answer any more; asked a few times a second, from
     * another thread. Then the question ends as with `stop`. */
    bool (*is_unwanted)(void *asker);
    void *asker;
    const atomic_bool *cancel; /* may be NULL; set: somebody ended this question: ERR_STOPPED */
    struct query_progress *progress; /* may be NULL */
    /* May be NULL: set where only the end of the process helps: the question of one who is `trusted` goes on for
     * 10 s after it was told to end, or any that was told so while the process takes far too much memory. DuckDB
     * looks whether it is to end between pieces of work; one call of a function is one piece. */
    atomic_bool *stuck;
    atomic_uint
        *held; /* may be NULL: others that go on for ten minutes after that, as long as they do */
    uint64_t rows_max; /* 0: no limit; further rows are left out and said so in query_result */
    /* Gets the answer in pieces, in order; -1 stops the query. */
    int (*write)(void *ctx, struct str bytes);
    void *ctx;
};

struct query_result {
    uint64_t rows;
    bool cut; /* there were more than rows_max */
    int64_t took_us;
};

/* ERR_USAGE: not one statement that reads, or SQL that does not compile (the text is DuckDB's, with
 * its position); ERR_LIMIT: time or memory ran out; ERR_DENIED: what is not allowed. */
int query_run(struct store *s, const struct query_opts *opts, struct query_result *out,
              struct err *err);
