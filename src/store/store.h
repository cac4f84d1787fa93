/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the DuckDB file that answers questions: its tables, and how rows get in.
 *
 * Promise: rows and the sink's cursor are committed in one transaction, so that a kill between any
 * two steps leaves each journal position in the tables exactly once.
 * Threads: store_load_* from one thread (the sink's); queries have their own connections (query.h).
 * The tables are described in docs/tables.md. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "catalogue/catalogue.h"
#include "event/record.h"

struct store; /* opaque */

struct store_opts {
    const char *file; /* the database; made where missing */
    const char *export_dir; /* the only folder that statements may write to; made where missing */
    uint64_t memory_bytes;
    uint64_t reserve_bytes; /* of the disk, which questions leave free; 0: none */
    unsigned threads; /* 0: one per core */
    bool read_only; /* for questions to a file that no engine has open */
};

/* A property's column. */
struct store_column {
    struct str name;
    enum record_type type; /* of the items, for a list */
    bool list;
    bool hidden; /* once hidden, it stays so */
};

/* Opens or creates the database and its tables. A file that another process has open is ERR_BUSY.
 * The caller owns *out. */
int store_open(struct store **out, const struct store_opts *opts, struct err *err);
void store_close(struct store *s);

/* Makes room for properties that stand on one event together. Between loads. */
int store_add_columns(struct store *s, const struct store_column *columns, size_t count,
                      struct err *err);
/* The same for every event of the catalogue, and describes it in the table `columns`. */
int store_set_catalogue(struct store *s, const struct catalogue *c, struct err *err);
/* The last position that is in the tables; 0: none. */
int store_cursor(struct store *s, int64_t *out_position, struct err *err);

/* Where the rows come from. The salt tells the journal's record at the cursor from any other. */
struct store_origin {
    bool journal_known, salt_known;
    uint8_t journal[16], salt[16];
    int64_t position; /* the cursor, as of the last commit */
};
void store_origin(const struct store *s, struct store_origin *out);
/* Both are kept by the next commit: the journal for good, the salt where the commit is at position. */
void store_set_journal(struct store *s, const uint8_t journal[16]);
void store_load_salt(struct store *s, int64_t position, const uint8_t salt[16]);

/* A load: begin, add each record in the order of positions, commit (or roll back). A property
 * without a column gets one from its type: then what came before is committed first. Added text is
 * copied. ERR_CORRUPT: this record cannot be a row, and was not added; the load goes on. After any
 * other error, roll back and read on from store_cursor. */
int store_load_begin(struct store *s, struct err *err);
int store_load_add(struct store *s, const struct record *rec, int64_t position, struct err *err);
/* A note of the collector about itself. ERR_CORRUPT as above. */
int store_load_note(struct store *s, struct str note, int64_t position, int64_t received_us,
                    struct err *err);

/* A journal record that cannot be a row: the start of its bytes is kept, with why. */
struct store_rejected {
    int64_t position, received_us;
    int kind; /* of the journal */
    const char *reason;
    struct str payload;
};
int store_load_reject(struct store *s, const struct store_rejected *rejected, struct err *err);

/* What became of the journal's records, over all loads, up to the cursor: their sum is the cursor. */
struct store_counts {
    int64_t before; /* positions before the counting: an earlier store's, or not kept any more */
    int64_t events, quarantined, notes; /* in the tables, at the time */
    int64_t set_aside; /* in the table `rejected` */
    int64_t lost; /* damaged in the journal, or gone from it */
    int64_t unknown; /* of a kind that this version does not know, or erased */
};
void store_counts(const struct store *s, struct store_counts *out);
/* Questions for query_run or the console, appended to `out`: the counts and the cursor, in one row; and
 * sequence numbers by source (sessions, arrived, never arrived) of sessions that go on since then. */
void store_ask_counts(struct buf *out);
void store_ask_gaps(struct buf *out, int64_t since_us);
/* Likewise by days of receipt: what was folded (see ledger_folded.sql for the columns), and which hosts had no
 * permission (ledger_domains.sql). */
void store_ask_folded(struct buf *out, int64_t since_us);
void store_ask_domains(struct buf *out, int64_t since_us);
/* The positions behind the last one that was added, up to this one, bring nothing: they are all lost,
 * or all unknown. */
int store_load_pass(struct store *s, int64_t position, bool lost, struct err *err);
/* Commits rows and cursor together; `position` is the last one that was read, whatever its kind. */
int store_load_commit(struct store *s, int64_t position, struct err *err);
/* Also without a load: then it does nothing. */
void store_load_rollback(struct store *s);
