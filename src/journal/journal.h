/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h: the append-only log between the collector and the sinks.
 *
 * Promise: once a batch's done() is called with error 0, its records survive kill -9 and power loss,
 * in the order of their positions. Knows bytes, not JSON.
 * Threads: journal_submit from any thread; inside, one thread that commits, one that
 * prepares the next segment and one that writes keys (seen.h); the rest from the owner.
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
    bool fresh; /* the id was made here just now: no other record can have it */
    bool with_next; /* follows from the next of the batch: where that is a duplicate, so is this */
    bool carries; /* the caller's: its payload has something to say to on_commit */
    struct journal_key key;
    struct str payload; /* borrowed until done() */
    int64_t received_us; /* 0: the batch's */
    /* filled in before done() */
    bool duplicate; /* not written: the key was there; position is that of the first */
    uint64_t hash; /* the journal's */
    int64_t position; /* from 1, without gaps over all kinds */
};

struct journal_batch {
    struct journal_record *records;
    size_t count;
    int64_t received_us;
    /* out: ERR_NONE, ERR_IO (write or sync failed), ERR_SPACE, ERR_LIMIT (see below), ERR_BUSY
     * (closing) */
    enum err_code error;
    /* Called once, on the thread that commits, after all is decided; must not block. The batch is
     * the caller's again. */
    void (*done)(struct journal_batch *batch);
    void *ctx;
    struct journal_batch *next; /* the journal's, until done() */
};

/* Whether damaged bytes were copied to `damaged/`: nothing was to be; now; by an earlier open; not,
 * since too much is there; not, since that failed (it is tried again by the next open). */
enum journal_kept {
    JOURNAL_KEPT_NONE,
    JOURNAL_KEPT,
    JOURNAL_KEPT_BEFORE,
    JOURNAL_KEPT_TOO_MUCH,
    JOURNAL_KEPT_FAILED,
};

/* What was found damaged at open. The bytes stay where they are. */
struct journal_damage {
    char file[48];
    uint64_t offset,
        bytes; /* where in the file; 0 and 0: the file as a whole, or all that is left */
    int64_t first, last; /* positions that are lost by it; 0: none, or those are not known */
    const char *what; /* lives for ever */
    enum journal_kept kept;
};

/* A batch takes at most this much in the journal, and no more than a segment holds. */
#define JOURNAL_BATCH_MAX ((size_t)16 << 20)
/* A single payload: ERR_LIMIT for its batch past it. */
#define JOURNAL_PAYLOAD_MAX ((size_t)1 << 20)

struct journal_opts {
    const struct io *io;
    const char *dir;
    uint64_t segment_bytes; /* 0: 64 MiB; at least 8 KiB */
    uint64_t reserve_bytes; /* space that must stay free on the disk; 0: 256 MiB */
    size_t recent_bytes; /* memory for keys; 0: 32 MiB */
    int64_t duplicate_window_us; /* how long a key is known at least; 0: 24 hours */
    /* The key of a record that is read back at start; false where it has none. */
    bool (*key_of)(void *ctx, enum journal_kind kind, struct str payload, struct journal_key *out);
    /* A source's name by its number, and the other way round: keys are kept with names. From any
     * thread; the text stays. NULL, both: the numbers are the same in every process. */
    struct str (*source_name)(void *key_ctx, uint32_t number);
    uint32_t (*source_number)(void *key_ctx, struct str name);
    void *key_ctx;
    uint64_t
        damaged_bytes; /* damaged bytes are copied to `damaged/` up to so many in all; 0: never */
    /* Called during open for each damage; may be NULL: they are counted in any case. */
    void (*on_damage)(void *ctx, const struct journal_damage *damage);
    void *damage_ctx;
    /* Called for each group that is durable, before any done(): its batches from `first` up to `end`,
     * not included. On the thread that commits; may be NULL. */
    void (*on_commit)(void *ctx, const struct journal_batch *first,
                      const struct journal_batch *end);
    void *commit_ctx;
    int64_t (*monotonic)(void); /* NULL: clock_monotonic_us */
    bool no_thread; /* no commit thread: the caller drives journal_commit_waiting */
    bool no_prepare_thread; /* who commits prepares the next segment as well, when it is due */
};

struct journal_stats {
    int64_t last_position, first_position; /* 0: none yet */
    uint64_t records, bytes, commits, duplicates;
    uint64_t torn_bytes; /* unacknowledged bytes that the last open cut off */
    uint64_t damaged, lost; /* places that the last open found damaged; positions lost by them */
    uint64_t segments, free_bytes;
    /* since the start: segments that tidy.h has compressed, their bytes before and after; deleted */
    uint64_t compressed, compressed_from, compressed_to, deleted, deleted_bytes;
    /* the files of keys: how many, their size, the keys in them; look-ups that read them, pages that
     * were read, keys found there; files that had to be made again from the segments; writes that
     * failed (they are tried again) */
    uint64_t index_files, index_bytes, index_keys;
    uint64_t index_lookups, index_reads, index_found, index_rebuilt, index_failures;
    bool failed, full;
};

/* Opens or creates the log in dir; holds a lock against a second writer; cuts a torn tail. Where the
 * disk has no room for a segment that it needs, it is open all the same and `full` until there is. The
 * caller owns *out. On error *out is left alone. */
int journal_open(struct journal **out, const struct journal_opts *opts, struct err *err);
/* Commits what waits, stops the threads, frees. No other call may run or follow. NULL, or half-open,
 * is fine. */
void journal_close(struct journal *j);
/* Keeps b until its done(). Never blocks. */
void journal_submit(struct journal *j, struct journal_batch *b);
/* Commits all that waits on the calling thread and calls its done()s there, unless another thread is
 * at it: that one then takes along what was submitted, and this call returns at once. */
void journal_commit_waiting(struct journal *j);
void journal_stats(struct journal *j, struct journal_stats *out);
