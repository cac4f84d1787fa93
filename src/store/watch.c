/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c: looks a few times a second whether a question may go on.
 *
 * DuckDB is told to end a question and does so between two pieces of work. One call of a function is
 * one piece, however long it takes and however much text it makes, and DuckDB counts only its own
 * tables and buffers against store.memory. So the watch also looks at what the system sees, the
 * process's memory and the disk, and has the system refuse memory beyond a ceiling: the call that asks for it
 * fails, and its question with it. Promises that a question which goes on all the same is reported
 * as stuck: then only the end of the process helps, and costs no event. One without all rights
 * may not end the process for everybody: that of theirs holds its place, and is counted after ten minutes. */
#include "store/watch.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/ceiling.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "store/guard.h"

enum { LOOK_EVERY_MS = 100 };

static const int64_t stuck_us = INT64_C(10) * 1000000;
static const int64_t held_us = INT64_C(600) * 1000000;

static const uint64_t memory_over = UINT64_C(1) << 30; /* above store.memory: it is told to end, */
static const uint64_t memory_ceiling = UINT64_C(3) << 29; /* ... it gets no more, */
static const uint64_t memory_stuck = UINT64_C(1) << 31; /* ... and it has got more all the same */
static const uint64_t disk_margin = UINT64_C(256) << 20; /* above journal.reserve */
static const uint64_t disk_taken = UINT64_C(64) << 20; /* since the question began: it may be its */

/* UINT64_MAX where the system does not say. */
static uint64_t free_now(const struct store *s)
{
    struct io_space space;

    if (io_system()->space(io_system(), s->dir, &space) < 0)
        return UINT64_MAX;
    return space.available;
}

static bool is_disk_short(const struct watch *w)
{
    uint64_t now;

    if (w->store->reserve_bytes == 0)
        return false;
    now = free_now(w->store);
    return now < w->store->reserve_bytes + disk_margin && w->free_first > now + disk_taken;
}

static enum watch_why why_end(const struct watch *w)
{
    if (w->opts->stop && atomic_load(w->opts->stop))
        return WATCH_ENGINE;
    if (w->opts->cancel && atomic_load(w->opts->cancel))
        return WATCH_CANCELLED;
    if (w->opts->is_unwanted && w->opts->is_unwanted(w->opts->asker))
        return WATCH_UNWANTED;
    if (clock_monotonic_us() >= w->deadline_us)
        return WATCH_TIME;
    if (ceiling_used() > w->store->memory_bytes + memory_over)
        return WATCH_MEMORY;
    return is_disk_short(w) ? WATCH_DISK : WATCH_NOTHING;
}

/* What DuckDB says of itself, from time to time: any thread may ask. */
static void note_progress(const struct watch *w)
{
    struct query_progress *p = w->opts->progress;
    duckdb_query_progress_type now;

    if (!p)
        return;
    now = duckdb_query_progress(w->con);
    atomic_store(&p->permille, now.percentage < 0 ? -1 : (int)(now.percentage * 10));
    atomic_store(&p->rows, now.rows_processed);
    atomic_store(&p->rows_total, now.total_rows_to_process);
}

static bool is_stuck(const struct watch *w, int64_t rang_us)
{
    bool ends = w->opts->stop && atomic_load(w->opts->stop);

    if (ceiling_used() > w->store->memory_bytes + memory_stuck)
        return true;
    return (w->opts->trusted || ends) && clock_monotonic_us() - rang_us > stuck_us;
}

static void count_held(struct watch *w, int64_t rang_us)
{
    if (w->held || !w->opts->held || clock_monotonic_us() - rang_us <= held_us)
        return;
    atomic_fetch_add(w->opts->held, 1);
    w->held = true;
}

static struct timespec next_look(const struct watch *w)
{
    int64_t us = clock_monotonic_us() + LOOK_EVERY_MS * 1000;

    if (us > w->deadline_us && !w->rang)
        us = w->deadline_us;
    return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

static void *keep_watch(void *ctx)
{
    struct watch *w = ctx;
    int64_t rang_us = 0;

    pthread_mutex_lock(&w->mtx);
    while (!w->ended) {
        struct timespec until = next_look(w);
        enum watch_why why = WATCH_NOTHING;
        bool stuck = false;

        pthread_cond_timedwait(&w->changed, &w->mtx, &until);
        if (w->ended)
            break;
        pthread_mutex_unlock(&w->mtx); /* no look at the system under it */
        ceiling_set(w->store->memory_bytes + memory_ceiling);
        note_progress(w);
        if (w->rang) {
            stuck = is_stuck(w, rang_us);
            count_held(w, rang_us);
        } else {
            why = why_end(w);
        }
        pthread_mutex_lock(&w->mtx);
        if (w->ended || (!w->rang && why == WATCH_NOTHING))
            continue;
        if (!w->rang) {
            w->rang = true;
            w->why = why;
            guard_stop(w->guard);
            rang_us = clock_monotonic_us();
        }
        if (stuck && w->opts->stuck)
            atomic_store(w->opts->stuck, true);
        duckdb_interrupt(w->con); /* sets a flag */
    }
    pthread_mutex_unlock(&w->mtx);
    return NULL;
}

int watch_start(struct watch *w, const struct store *s, duckdb_connection con,
                const struct query_opts *opts, struct err *err)
{
    pthread_condattr_t attr;
    int error;

    *w = (struct watch){.con = con,
                        .opts = opts,
                        .store = s,
                        .deadline_us = clock_monotonic_us() + opts->timeout_us,
                        .free_first = free_now(s),
                        .guard = guard_enter()};
    if (w->guard < 0)
        return err_set(err, ERR_BUSY, "too many questions run already; ask again");
    pthread_mutex_init(&w->mtx, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &attr);
    pthread_condattr_destroy(&attr);
    ceiling_enter();
    ceiling_set(s->memory_bytes + memory_ceiling);
    error = pthread_create(&w->thread, NULL, keep_watch, w);
    if (!error)
        return 0;
    ceiling_leave();
    guard_leave(w->guard);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->mtx);
    return err_set(err, ERR_BUSY, "start a thread for the question's time limit: %s",
                   strerror(error));
}

void watch_stop(struct watch *w)
{
    pthread_mutex_lock(&w->mtx);
    w->ended = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->mtx);
    pthread_join(w->thread, NULL);
    ceiling_leave();
    if (w->held)
        atomic_fetch_sub(w->opts->held, 1);
    guard_leave(w->guard);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->mtx);
}

void watch_explain(const struct watch *w, struct err *err)
{
    switch (w->why) {
    case WATCH_NOTHING: return;
    case WATCH_ENGINE:
        err_set(err, ERR_BUSY, "the question was stopped: the engine is ending");
        return;
    case WATCH_UNWANTED:
        err_set(err, ERR_BUSY, "the question was stopped: nobody waits for it");
        return;
    case WATCH_CANCELLED: err_set(err, ERR_STOPPED, "the question was stopped on request"); return;
    case WATCH_MEMORY:
        err_set(err, ERR_LIMIT,
                "the question was stopped: the engine takes more than 1 GiB above store.memory");
        return;
    case WATCH_DISK:
        err_set(err, ERR_SPACE, "the question was stopped: the disk comes near journal.reserve");
        return;
    case WATCH_TIME:
        err_set(err, ERR_LIMIT, "the question took longer than %.1f s and was stopped",
                (double)w->opts->timeout_us / 1e6);
    }
}
