/* SPDX-License-Identifier: Apache-2.0 */
/* seen.h: every key of the duplicate window, exactly: the newest in memory (recent.h), all others in
 * files (seen_run.h), and a filter (seen_filter.h) before both that knows nearly every new key.
 *
 * Keys that are in no file yet are pinned in `recent`. When half of it is pinned, or they have waited
 * for a 24th of the window, a thread writes them into a run; small runs are merged into larger ones.
 * So a key is always found, memory is bounded, and the commit waits for no file but where keys come
 * faster than they can be written, or where the filter says "perhaps".
 *
 * The clock by which keys are forgotten counts only time for which the journal was open. It goes on
 * from what the newest run says, so neither a wall clock that jumps nor a stop of days makes a key old.
 *
 * Threads: the functions of the first part belong to whoever commits; one thread (or, with
 * no_thread, the same one) writes, merges and fills. What they share is under mtx, which is never
 * held over I/O; a run that is being read is kept by its count of users. */
#pragma once
#include <pthread.h>

#include "journal/recent.h"
#include "journal/seen_filter.h"
#include "journal/seen_run.h"

struct journal;

enum seen_job_state { SEEN_NONE, SEEN_WANTED, SEEN_RUNNING, SEEN_DONE, SEEN_FAILED };

/* The pinned keys that are to be written. */
struct seen_job {
    _Atomic enum seen_job_state state; /* changed under mtx */
    const struct recent_entry *ring;
    size_t capacity, from, count;
    int64_t last; /* all keys up to this position */
    enum err_code error;
};

/* A generation of the filter that is to be filled from files. */
struct seen_fill {
    unsigned lane;
    int64_t first, last;
};

struct seen {
    bool on; /* false: only `recent` is there, and forgets */
    bool threaded;
    bool starting; /* nothing but what cannot wait is done yet */
    struct seen_files files;
    struct journal *j; /* for its options and its segments */
    size_t flush_keys; /* so many pinned keys are written */
    int64_t clock_base, clock_opened;

    /* the committer's */
    struct seen_filter filter;
    int64_t flushed_us, retry_us; /* by the clock */
    enum err_code last_error; /* of the last flush */
    struct seen_run **candidates;
    size_t candidates_cap;

    /* the worker's */
    struct seen_fill fills[SEEN_LANES];
    size_t fill_count;
    bool merging_rests; /* until the next flush: it failed */

    pthread_mutex_t mtx;
    pthread_cond_t work, over;
    pthread_t thread;
    bool running;
    /* guarded by mtx */
    struct seen_run **runs; /* by position; no gaps between */
    size_t count, cap;
    int64_t complete_from, indexed_last; /* what the runs hold together */
    struct seen_job job;
    bool repair_wanted, repair_failed; /* of the run repair_first..repair_last */
    int64_t repair_first, repair_last;
    atomic_bool stop;

    /* for journal_stats */
    _Atomic uint64_t bytes, keys, lookups, reads, found, rebuilt, failures;
};

/* --- of the committer --- */

/* The hash that the other calls take; loads what they will look at. */
static inline uint64_t seen_prepare(const struct seen *s, const struct recent *r,
                                    const struct journal_key *key)
{
    uint64_t hash = seen_hash(&s->files, key->id);

    if (s->on)
        seen_filter_prefetch(&s->filter, hash);
    recent_prefetch(r, (uint32_t)hash);
    return hash;
}
/* Makes room in `recent` for so many keys. ERR_SPACE: no room in a file now; ERR_IO. */
enum err_code seen_room(struct journal *j, size_t keys);
/* The position of the record's key; 0: it is new; -1: what the index has lost cannot be made again. */
int64_t seen_find(struct journal *j, const struct journal_record *r);
void seen_add(struct journal *j, uint64_t hash, enum journal_kind kind,
              const struct journal_key *key, int64_t position);
/* After a commit: what was added is durable. */
void seen_committed(struct journal *j);
void seen_stats(struct journal *j, struct journal_stats *out);

/* --- at open and close --- */

void seen_init(struct journal *j);
/* seen_open.c. Finds the runs and makes again what is missing of them. `from`: the first position
 * that must be known where no run says so. Then the keys of positions past indexed_last are to be
 * added by seen_take, in order. */
int seen_open(struct journal *j, int64_t from, struct err *err);
int seen_take(struct journal *j, enum journal_kind kind, const struct journal_key *key,
              int64_t position, struct err *err);
/* All were taken, up to the journal's last position. Starts the thread, unless there is to be none. */
int seen_start(struct journal *j, struct err *err);
void seen_close(struct journal *j);

/* --- between seen.c, seen_work.c, seen_build.c and seen_open.c --- */

int64_t seen_clock(const struct seen *s);
/* Does what there is to do, until there is nothing. */
void seen_work(struct seen *s);
/* For long work, now and then: writes pinned keys where that is wanted. -1: stop. */
int seen_breathe(struct seen *s);
/* Items in any order, to be written as a run. */
struct seen_items {
    void (*get)(void *ctx, size_t i, struct seen_item *out); /* called twice for each */
    void *ctx;
    size_t count;
    struct seen_class *classes; /* taken */
    size_t class_count;
};
int seen_write_items(struct seen *s, const char *temporary, const struct seen_items *items,
                     const struct seen_range *range, struct seen_run **out, struct err *err);
/* The runs that hold the range, made from the segments: *out is an array, the caller's as they are.
 * Damaged records have no key there. */
int seen_build(struct seen *s, const struct seen_range *range, struct seen_run ***out,
               size_t *count, struct err *err);
/* Puts the new runs in the place of those from `at` on, `old_count` of them; takes all uses. Deletes
 * the files of the old ones. With mtx held; gives it up for a while. */
void seen_replace(struct seen *s, size_t at, size_t old_count, struct seen_run **runs,
                  size_t count);
/* The number of a class, added where it is new; -1: there are too many. */
int seen_class_number(struct seen_class **classes, size_t *count, uint8_t kind, uint32_t source);
void seen_unlink(const struct seen *s, int64_t first, int64_t last);
