/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h: the append-only log between the collector and the sinks.
 *
 * Promise: once a batch's done() is called with error 0, its records survive kill -9 and power loss,
 * in the order of their positions. Knows bytes, not JSON.
 * Threads: journal_submit from any thread; one commit thread inside; the rest from the owner.
 * Format: top of segment.c. Readers, in any process: reader.h. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"

struct journal; /* opaque */

enum journal_kind {
    JOURNAL_EVENT = 1, /* an accepted event; payload: event/record.h */
    JOURNAL_QUARANTINE = 2, /* an event with faults; payload: event/record.h */
    JOURNAL_NOTE = 3, /* something about Weir itself: a reload, a key's end; JSON text */
};

/* What two records of the same kind must not share. */
struct journal_key {
    uint8_t id[16];
    uint32_t source; /* a number for the source, the same for equal names within the process */
};

struct journal_record {
    enum journal_kind kind;
    bool has_key;
    struct journal_key key;
    struct str payload; /* borrowed until done() */
    /* filled in before done() */
    bool duplicate; /* not written: the key was there; position is that of the first */
    int64_t position; /* from 1, without gaps over all kinds */
};

struct journal_batch {
    struct journal_record *records;
    size_t count;
    int64_t received_us;
    enum err_code
        error; /* out: ERR_NONE, ERR_IO (sync or write failed), ERR_SPACE, ERR_BUSY (closing) */
    /* Called once, on the commit thread, after all is decided; must not block. The batch is the
     * caller's again. */
    void (*done)(struct journal_batch *batch);
    void *ctx;
    struct journal_batch *next; /* the journal's, until done() */
};

struct journal_opts {
    const struct io *io;
    const char *dir;
    uint64_t segment_bytes; /* 0: 64 MiB */
    uint64_t reserve_bytes; /* space that must stay free on the disk; 0: 256 MiB */
    size_t recent_bytes; /* memory for the keys of recent records; 0: 32 MiB */
    /* The key of a record that is read back at start; false where it has none. */
    bool (*key_of)(void *ctx, enum journal_kind kind, struct str payload, struct journal_key *out);
    void *key_ctx;
};

struct journal_stats {
    int64_t last_position, first_position; /* 0: none yet */
    uint64_t records, bytes, commits, duplicates;
    uint64_t torn_bytes, damaged; /* cut at the last open; records set aside */
    uint64_t segments, free_bytes;
    bool failed, full;
};

/* Opens or creates the log in dir; holds a lock against a second writer; cuts a torn tail. The
 * caller owns *out. On error *out is left alone. */
int journal_open(struct journal **out, const struct journal_opts *opts, struct err *err);
/* Commits what waits, stops the thread, frees. NULL, or half-open, is fine. */
void journal_close(struct journal *j);
/* Keeps b until its done(). Never blocks. */
void journal_submit(struct journal *j, struct journal_batch *b);
void journal_stats(struct journal *j, struct journal_stats *out);
