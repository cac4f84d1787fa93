/* SPDX-License-Identifier: Apache-2.0 */
/* seen.c: what the commit asks of the index of keys, see seen.h: is this key known, remember it, make
 * room. Leaves to others: everything that writes (seen_work.c), what is done at open (seen_open.c).
 *
 * Promise: a key that was added is found, in `recent` as long as no run has it, and in a run after
 * that; or the answer is an error. */
#include "journal/seen.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "journal/internal.h"

enum {
    FLUSHES_A_WINDOW = 24,
    RETRY_US = 250000, /* after a flush that failed */
    REPAIRS_MOST = 64, /* of what one look-up finds damaged */
};

int64_t seen_clock(const struct seen *s)
{
    return s->clock_base + s->j->opts.monotonic() - s->clock_opened;
}

/* Takes note of a job that is over. */
static void settle_job(struct seen *s, struct recent *recent)
{
    pthread_mutex_lock(&s->mtx);
    if (s->job.state == SEEN_DONE) {
        CHECK(recent->pinned >= s->job.count);
        recent->pinned -= s->job.count;
        s->last_error = ERR_NONE;
    } else if (s->job.state == SEEN_FAILED) {
        s->last_error = s->job.error;
        s->retry_us = seen_clock(s) + RETRY_US;
    }
    if (s->job.state == SEEN_DONE || s->job.state == SEEN_FAILED)
        s->job.state = SEEN_NONE;
    pthread_mutex_unlock(&s->mtx);
}

static bool is_over(const struct seen *s)
{
    enum seen_job_state state = atomic_load_explicit(&s->job.state, memory_order_acquire);

    return state == SEEN_DONE || state == SEEN_FAILED;
}

/* Has all pinned keys written: those up to `last`, all durable in the journal. */
static void ask_flush(struct journal *j, int64_t last)
{
    struct seen *s = &j->seen;
    struct recent *r = &j->recent;

    pthread_mutex_lock(&s->mtx);
    CHECK(s->job.state == SEEN_NONE && r->pinned > 0);
    s->job.ring = r->ring;
    s->job.capacity = r->capacity;
    s->job.from = (r->next + r->capacity - r->pinned) % r->capacity;
    s->job.count = r->pinned;
    s->job.last = last;
    s->job.state = SEEN_WANTED;
    s->flushed_us = seen_clock(s);
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->mtx);
    if (s->threaded)
        return;
    if (s->starting)
        seen_breathe(s);
    else
        seen_work(s);
    settle_job(s, r);
}

/* A flush that failed is not tried again at once; one thread alone does not look at the time. */
static bool must_wait(const struct seen *s)
{
    return s->last_error && s->threaded && seen_clock(s) < s->retry_us;
}

static void await_job(struct seen *s)
{
    pthread_mutex_lock(&s->mtx);
    while (s->job.state == SEEN_WANTED || s->job.state == SEEN_RUNNING)
        pthread_cond_wait(&s->over, &s->mtx);
    pthread_mutex_unlock(&s->mtx);
}

enum err_code seen_room(struct journal *j, size_t keys)
{
    struct seen *s = &j->seen;
    struct recent *r = &j->recent;

    if (!s->on) {
        recent_hold(r, keys);
        return ERR_NONE;
    }
    while (r->capacity - r->pinned < keys) {
        if (s->job.state == SEEN_NONE) {
            if (r->pinned == 0) { /* more at once than there ever were */
                recent_hold(r, keys);
                return ERR_NONE;
            }
            if (must_wait(s))
                return s->last_error;
            ask_flush(j, j->last_position);
        }
        await_job(s);
        settle_job(s, r);
        if (s->last_error)
            return s->last_error;
    }
    return ERR_NONE;
}

void seen_committed(struct journal *j)
{
    struct seen *s = &j->seen;
    struct recent *r = &j->recent;
    int64_t now;

    if (!s->on || r->pinned == 0)
        return;
    if (is_over(s))
        settle_job(s, r);
    if (s->job.state != SEEN_NONE || r->pinned == 0)
        return;
    now = seen_clock(s);
    if (r->pinned < s->flush_keys &&
        now - s->flushed_us < j->opts.duplicate_window_us / FLUSHES_A_WINDOW)
        return;
    if (!must_wait(s))
        ask_flush(j, j->last_position);
}

/* All keys of the open generation are in memory as long as there may be more lines: those are as many
 * as half the keys that `recent` holds. */
static void grow_filter(struct seen *s, const struct recent *r)
{
    uint64_t keys = s->filter.lanes[s->filter.open].keys;
    bool again = keys <= r->count;

    seen_filter_grow(&s->filter, again);
    for (uint64_t i = 1; again && i <= keys; i++)
        seen_filter_put(
            &s->filter,
            seen_hash(&s->files, r->ring[(r->next + r->capacity - i) % r->capacity].id));
}

void seen_add(struct journal *j, uint64_t hash, enum journal_kind kind,
              const struct journal_key *key, int64_t position)
{
    struct seen *s = &j->seen;

    if (s->on && seen_filter_is_tight(&s->filter))
        grow_filter(s, &j->recent); /* while the newest keys there are exactly the generation's */
    recent_add(&j->recent, (uint32_t)hash, kind, key, position);
    if (!s->on)
        return;
    j->recent.pinned++;
    if (seen_filter_add(&s->filter, hash)) {
        int64_t now = seen_clock(s);

        seen_filter_turn(&s->filter, position, now, now - j->opts.duplicate_window_us);
    }
}

int seen_take(struct journal *j, enum journal_kind kind, const struct journal_key *key,
              int64_t position, struct err *err)
{
    struct recent *r = &j->recent;
    uint64_t hash = seen_hash(&j->seen.files, key->id);

    if (recent_find(r, (uint32_t)hash, kind, key))
        return 0; /* the first one counts */
    if (r->pinned == r->capacity) {
        ask_flush(j, position - 1);
        if (j->seen.last_error)
            return err_set(err, j->seen.last_error, "%s: the keys of its records cannot be written",
                           j->dir);
    }
    seen_add(j, hash, kind, key, position);
    return 0;
}

static bool concerns(const struct seen_run *run, const struct seen_filter *f, unsigned lanes)
{
    for (unsigned i = 0; i < SEEN_LANES; i++) {
        const struct seen_generation *g = &f->lanes[i];

        if ((lanes >> i & 1) && run->range.last >= g->first &&
            (i == f->open || run->range.first <= g->last))
            return true;
    }
    return false;
}

/* The runs that may have a key of these lanes, the newest first; each in use. */
static size_t take_candidates(struct seen *s, unsigned lanes)
{
    size_t n = 0;

    pthread_mutex_lock(&s->mtx);
    if (s->candidates_cap < s->count) {
        s->candidates_cap = s->count * 2;
        s->candidates = xrealloc(s->candidates, s->candidates_cap, sizeof *s->candidates);
    }
    for (size_t i = s->count; i-- > 0;)
        if (concerns(s->runs[i], &s->filter, lanes)) {
            s->runs[i]->users++;
            s->candidates[n++] = s->runs[i];
        }
    pthread_mutex_unlock(&s->mtx);
    return n;
}

/* Has a run made again from the journal. */
static int ask_repair(struct seen *s, const struct seen_range *range)
{
    bool failed;

    pthread_mutex_lock(&s->mtx);
    s->repair_first = range->first;
    s->repair_last = range->last;
    s->repair_wanted = true;
    s->repair_failed = false;
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->mtx);
    if (!s->threaded)
        seen_work(s);
    pthread_mutex_lock(&s->mtx);
    while (s->repair_wanted)
        pthread_cond_wait(&s->over, &s->mtx);
    failed = s->repair_failed;
    pthread_mutex_unlock(&s->mtx);
    return failed ? -1 : 0;
}

/* 0 and *position; 1: a run is damaged, its range is in *bad. */
static int look_up(struct seen *s, unsigned lanes, const struct journal_record *r,
                   int64_t *position, struct seen_range *bad)
{
    size_t count = take_candidates(s, lanes);
    uint64_t reads = 0;
    int result = 0;

    *position = 0;
    for (size_t i = 0; i < count; i++) {
        struct seen_run *run = s->candidates[i];

        if (*position == 0 && result == 0)
            *position = seen_run_find(run, &s->files, r->hash, r->kind, &r->key, &reads);
        if (*position < 0) {
            *bad = run->range;
            *position = 0;
            result = 1;
        }
        seen_run_drop(run, &s->files);
    }
    s->reads += reads;
    s->lookups += reads > 0;
    s->found += *position > 0;
    return result;
}

int64_t seen_find(struct journal *j, const struct journal_record *r)
{
    struct seen *s = &j->seen;
    unsigned lanes = 0;
    struct seen_range bad = {0};
    int64_t position;

    if (s->on) {
        lanes = seen_filter_test(&s->filter, r->hash);
        if (!lanes)
            return 0;
    }
    position = recent_find(&j->recent, (uint32_t)r->hash, r->kind, &r->key);
    if (position || !lanes)
        return position;
    for (int tries = 0; look_up(s, lanes, r, &position, &bad); tries++)
        if (tries == REPAIRS_MOST || ask_repair(s, &bad) < 0)
            return -1;
    return position;
}

void seen_stats(struct journal *j, struct journal_stats *out)
{
    struct seen *s = &j->seen;

    pthread_mutex_lock(&s->mtx);
    out->index_files = s->count;
    pthread_mutex_unlock(&s->mtx);
    out->index_bytes = s->bytes;
    out->index_keys = s->keys;
    out->index_lookups = s->lookups;
    out->index_reads = s->reads;
    out->index_found = s->found;
    out->index_rebuilt = s->rebuilt;
    out->index_failures = s->failures;
}
