/* SPDX-License-Identifier: Apache-2.0 */
/* seen_open.c: what journal_open does with the files of keys: takes those that verify, deletes what
 * is left over, makes from the segments what is missing between, and has the filter filled later:
 * until then it says "perhaps" of all that the files may have, so no start waits for it. */
#include "journal/seen.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "journal/internal.h"

enum { SHARES = SEEN_LANES - 2, SHARE_LEAST = 65536 };

void seen_init(struct journal *j)
{
    struct seen *s = &j->seen;

    s->j = j;
    s->job.state = SEEN_NONE;
    CHECK(pthread_mutex_init(&s->mtx, NULL) == 0 && pthread_cond_init(&s->work, NULL) == 0);
    CHECK(pthread_cond_init(&s->over, NULL) == 0);
}

struct names {
    struct seen_range *list;
    size_t count;
};

static int take_name(void *ctx, const char *name)
{
    struct names *n = ctx;
    struct seen_range r = {0};

    if (seen_run_name_parse(name, &r.first, &r.last) < 0)
        return 0;
    n->list = xrealloc(n->list, n->count + 1, sizeof *n->list);
    n->list[n->count++] = r;
    return 0;
}

/* The longer one first where they begin at the same position. */
static int by_position(const void *a, const void *b)
{
    const struct seen_range *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->last < y->last) - (x->last > y->last);
}

static int delete_leftovers(const struct seen *s, struct err *err)
{
    static const char *const names[] = {"ids.tmp", "merge.tmp", "build.tmp"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_FREE char *path = io_join(s->files.dir, names[i]);

        if (s->files.io->unlink(s->files.io, path) < 0 && errno != ENOENT)
            return err_set(err, ERR_IO, "delete %s: %s", path, strerror(errno));
    }
    return 0;
}

/* Opens a run, unless it is of no use: damaged, or of positions that the journal does not have (it
 * was set back to an older state: they will be used again). */
static int take_file(struct seen *s, const struct seen_range *r, bool *deleted, struct err *err)
{
    struct seen_run *run;
    int found = 0;

    if (r->last <= s->j->last_position) {
        found = seen_run_open(&run, &s->files, r->first, r->last);
        if (found < 0)
            return err_set(err, ERR_IO, "open the keys of %lld to %lld in %s: %s",
                           (long long)r->first, (long long)r->last, s->files.dir, strerror(errno));
    }
    if (found == 0) {
        seen_unlink(s, r->first, r->last);
        *deleted = true;
        return 0;
    }
    s->runs = xrealloc(s->runs, s->count + 1, sizeof *s->runs);
    s->runs[s->count++] = run;
    s->cap = s->count;
    if (run->range.complete_from > s->complete_from)
        s->complete_from = run->range.complete_from;
    if (run->range.clock_us > s->clock_base)
        s->clock_base = run->range.clock_us;
    return 0;
}

static int take_files(struct seen *s, struct err *err)
{
    struct names n = {0};
    bool deleted = false;
    int result = 0;

    if (s->files.io->list(s->files.io, s->files.dir, take_name, &n) < 0)
        result = err_set(err, ERR_IO, "list %s: %s", s->files.dir, strerror(errno));
    if (n.count)
        qsort(n.list, n.count, sizeof *n.list, by_position);
    for (size_t i = 0; result == 0 && i < n.count; i++)
        result = take_file(s, &n.list[i], &deleted, err);
    free(n.list);
    /* Those of positions that will be used again must not come back by a power cut. */
    if (result == 0 && deleted && s->files.io->fsync_dir(s->files.io, s->files.dir) < 0)
        return err_set(err, ERR_IO, "sync folder %s: %s", s->files.dir, strerror(errno));
    return result;
}

/* A merge that was interrupted leaves its parts behind it, a deletion old runs. */
static void drop_needless(struct seen *s)
{
    int64_t covered = s->complete_from - 1;
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        struct seen_run *run = s->runs[i];

        if (run->range.last > covered) {
            covered = run->range.last;
            s->runs[kept++] = run;
        } else {
            seen_unlink(s, run->range.first, run->range.last);
            seen_run_drop(run, &s->files);
        }
    }
    s->count = kept;
}

/* Makes the runs that are missing between, and before the first. Their keys are as old as they can
 * be without being forgotten too early: new. */
static int close_gaps(struct seen *s, struct err *err)
{
    int64_t covered = s->complete_from - 1;

    for (size_t i = 0; i < s->count; i++) {
        int64_t first = s->runs[i]->range.first;
        struct seen_run **runs;
        size_t count;

        if (first > covered + 1) {
            const struct seen_range range = {.first = covered + 1,
                                             .last = first - 1,
                                             .complete_from = s->complete_from,
                                             .since_us = s->clock_base,
                                             .clock_us = s->clock_base};

            if (seen_build(s, &range, &runs, &count, err) < 0)
                return -1;
            pthread_mutex_lock(&s->mtx);
            seen_replace(s, i, 0, runs, count);
            pthread_mutex_unlock(&s->mtx);
            free(runs);
            i += count;
        }
        covered = s->runs[i]->range.last;
    }
    s->indexed_last = covered;
    return 0;
}

/* Shares the runs out over the filter's generations, to be filled. */
static void plan_fills(struct seen *s)
{
    uint64_t share = s->keys / SHARES + 1, keys = 0;
    int64_t first = s->complete_from;

    if (share < SHARE_LEAST)
        share = SHARE_LEAST;
    seen_filter_init(&s->filter, s->j->opts.recent_bytes / 2, s->keys);
    for (size_t i = 0; i < s->count; i++) {
        const struct seen_run *run = s->runs[i];

        keys += run->keys;
        if (keys < share && i + 1 < s->count)
            continue;
        s->fills[s->fill_count++] =
            (struct seen_fill){.lane = s->filter.open, .first = first, .last = run->range.last};
        CHECK(seen_filter_reserve(&s->filter, first, run->range.last, keys, run->range.clock_us));
        first = run->range.last + 1;
        keys = 0;
    }
    seen_filter_open_from(&s->filter, s->indexed_last + 1);
}

int seen_open(struct journal *j, int64_t from, struct err *err)
{
    struct seen *s = &j->seen;

    seen_files_init(&s->files, j->io, j->dir, j->id);
    s->files.source_name = j->opts.source_name;
    s->files.source_number = j->opts.source_number;
    s->files.ctx = j->opts.key_ctx;
    s->on = j->opts.key_of != NULL;
    s->starting = true;
    s->flush_keys = j->recent.capacity / 2;
    s->clock_opened = j->opts.monotonic();
    if (!s->on)
        return 0;
    if (delete_leftovers(s, err) < 0 || take_files(s, err) < 0)
        return -1;
    if (s->count == 0)
        s->complete_from = from;
    drop_needless(s);
    for (size_t i = 0; i < s->count; i++) {
        s->bytes += s->runs[i]->header_bytes + s->runs[i]->pages * SEEN_PAGE_BYTES;
        s->keys += s->runs[i]->keys;
    }
    if (close_gaps(s, err) < 0)
        return -1;
    plan_fills(s);
    s->flushed_us = seen_clock(s);
    return 0;
}

static void *work_loop(void *arg)
{
    struct seen *s = arg;

    for (;;) {
        seen_work(s);
        pthread_mutex_lock(&s->mtx);
        while (s->job.state != SEEN_WANTED && !s->repair_wanted && !s->stop)
            pthread_cond_wait(&s->work, &s->mtx);
        pthread_mutex_unlock(&s->mtx);
        if (s->stop)
            return NULL;
    }
}

int seen_start(struct journal *j, struct err *err)
{
    struct seen *s = &j->seen;
    int error;

    s->starting = false;
    if (!s->on)
        return 0;
    if (j->opts.no_thread) {
        seen_work(s);
        return 0;
    }
    s->threaded = true;
    error = pthread_create(&s->thread, NULL, work_loop, s);
    if (error)
        return err_set(err, ERR_INTERNAL, "start the journal's thread for keys: %s",
                       strerror(error));
    s->running = true;
    return 0;
}

void seen_close(struct journal *j)
{
    struct seen *s = &j->seen;

    pthread_mutex_lock(&s->mtx);
    s->stop = true;
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->mtx);
    if (s->running)
        pthread_join(s->thread, NULL);
    for (size_t i = 0; i < s->count; i++)
        seen_run_drop(s->runs[i], &s->files);
    free(s->runs);
    free(s->candidates);
    seen_filter_free(&s->filter);
    pthread_cond_destroy(&s->over);
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->mtx);
}
