/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: what the files of the writer share: journal.c (open, submit, threads), recovery.c,
 * roll.c (segments begin and end), commit.c (groups),
 * seen*.c (keys), and tidy.c beside them. Nobody else includes this.
 *
 * Threads: `head`, positions, staging and recent belong to whoever commits (one at a time, by
 * `committing`); `waiting` and what stands with it are guarded by mtx; `next` has its own mutex.
 * Neither is held over I/O or while the other is. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "journal/journal.h"
#include "journal/recent.h"
#include "journal/seen.h"
#include "journal/segment.h"
#include "journal/watermark.h"

struct head {
    int fd; /* -1: none: there was no room for one; roll_over makes it */
    int64_t first;
    uint32_t seed;
    uint64_t bytes, end; /* of the file; behind the last record */
    uint64_t last_at; /* offset of the last record; 0: none */
    uint64_t records;
    int64_t newest_us;
};

enum next_state { NEXT_NONE, NEXT_WANTED, NEXT_READY, NEXT_NO_SPACE, NEXT_FAILED };

/* The segment that is prepared ahead. */
struct next {
    pthread_mutex_t mtx;
    pthread_cond_t changed;
    pthread_t thread;
    bool running;
    /* guarded by mtx */
    enum next_state state;
    bool stop;
    int fd; /* when READY */
};

struct journal {
    const struct io *io;
    struct journal_opts opts; /* with the defaults filled in; dir is ours */
    char *dir;
    int lock_fd;
    struct watermark mark;
    uint8_t id[SEGMENT_ID_BYTES];

    struct head head;
    int64_t last_position;
    int64_t previous_last; /* the last record before the head, and its hash */
    uint8_t previous_hash[SEGMENT_HASH_BYTES];
    struct recent recent;
    struct seen seen;
    uint8_t *staging;
    size_t staging_cap;
    int64_t space_checked_us; /* 0: never */
    struct next next;

    pthread_mutex_t mtx;
    pthread_cond_t wake;
    pthread_t thread;
    bool running;
    /* guarded by mtx */
    struct journal_batch *waiting, **waiting_end;
    bool committing, sleeping, closing;

    /* for journal_stats, and `failed` for everybody */
    atomic_bool failed, full;
    _Atomic uint64_t compressed, compressed_from, compressed_to, deleted,
        deleted_bytes; /* tidy.c */
    _Atomic uint64_t records, bytes, commits, duplicates, torn_bytes, damaged, lost, segments,
        free_bytes;
    _Atomic int64_t stat_last, stat_first;
};

/* recovery.c: brings the folder into a state to append to; sets id, mark, head, last_position and
 * fills `recent`. */
int recovery_run(struct journal *j, struct err *err);

/* roll.c. Begins the segment `first` in the file next.tmp, which is open as fd (taken, also on
 * failure): header, sync, name, sync of the folder. The head before it must be closed or sealed by
 * the caller. */
int roll_begin(struct journal *j, int fd, int64_t first, struct err *err);
/* Makes next.tmp, zeros of the planned size, durable; returns its descriptor, or -1. */
int roll_prepare(struct journal *j, struct err *err);
/* The leaf hash of the head's record at last_at. */
int roll_last_hash(struct journal *j, uint8_t out[SEGMENT_HASH_BYTES], struct err *err);
/* Ends a segment: seal behind its last record, the rest cut off, synced. */
int roll_seal(struct journal *j, int fd, const struct segment_seal *seal, uint32_t seed,
              struct err *err);
/* Makes the prepared segment the head, waiting for it where it must; there may be none before it.
 * ERR_SPACE: try later; any other
 * failure: the journal has failed. */
int roll_over(struct journal *j, struct err *err);
/* Asks the thread for a next segment, where none is ready or under way. */
void roll_ask(struct journal *j);
int roll_start(struct journal *j, struct err *err);
void roll_stop(struct journal *j);

/* commit.c: decides all batches of the list and calls their done(). Only from who commits. */
void commit_list(struct journal *j, struct journal_batch *list);
