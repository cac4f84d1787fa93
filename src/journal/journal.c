/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c: opens and closes the writer; takes batches from any thread and hands them, in the order
 * of their coming, to one thread at a time that commits. Leaves to others: recovery (recovery.c),
 * the commit (commit.c), segments (roll.c). */
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "journal/internal.h"

static void fill_defaults(struct journal_opts *o)
{
    if (!o->segment_bytes)
        o->segment_bytes = UINT64_C(64) << 20;
    if (!o->reserve_bytes)
        o->reserve_bytes = UINT64_C(256) << 20;
    if (!o->recent_bytes)
        o->recent_bytes = (size_t)32 << 20;
    if (!o->duplicate_window_us)
        o->duplicate_window_us = INT64_C(24) * 3600 * 1000000;
    if (!o->monotonic)
        o->monotonic = clock_monotonic_us;
}

/* All that waits; leaves the list empty. With mtx held. */
static struct journal_batch *take_waiting(struct journal *j)
{
    struct journal_batch *list = j->waiting;

    j->waiting = NULL;
    j->waiting_end = &j->waiting;
    return list;
}

void journal_commit_waiting(struct journal *j)
{
    pthread_mutex_lock(&j->mtx);
    while (j->waiting && !j->committing) {
        struct journal_batch *list = take_waiting(j);

        j->committing = true;
        pthread_mutex_unlock(&j->mtx);
        commit_list(j, list);
        pthread_mutex_lock(&j->mtx);
        j->committing = false;
    }
    pthread_mutex_unlock(&j->mtx);
}

static void *commit_loop(void *arg)
{
    struct journal *j = arg;

    for (bool closing = false; !closing;) {
        pthread_mutex_lock(&j->mtx);
        while (!j->waiting && !j->closing) {
            j->sleeping = true; /* again each time: another thread may have taken what woke it */
            pthread_cond_wait(&j->wake, &j->mtx);
        }
        j->sleeping = false;
        closing = j->closing;
        pthread_mutex_unlock(&j->mtx);
        journal_commit_waiting(j);
    }
    return NULL;
}

void journal_submit(struct journal *j, struct journal_batch *b)
{
    bool wake, closing;

    CHECK(b->done);
    b->next = NULL;
    b->error = ERR_NONE;
    pthread_mutex_lock(&j->mtx);
    closing = j->closing;
    if (!closing) {
        *j->waiting_end = b;
        j->waiting_end = &b->next;
    }
    wake = j->sleeping;
    j->sleeping = false; /* one signal is enough for all that come until it has woken */
    pthread_mutex_unlock(&j->mtx);
    if (closing) {
        b->error = ERR_BUSY;
        b->done(b);
    } else if (wake) {
        pthread_cond_signal(&j->wake);
    }
}

static int take_lock(struct journal *j, struct err *err)
{
    AUTO_FREE char *path = io_join(j->dir, "lock");

    j->lock_fd = j->io->open(j->io, path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (j->lock_fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    if (j->io->lock(j->io, j->lock_fd) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return err_set(err, ERR_BUSY, "%s: another process writes this journal", j->dir);
    return err_set(err, ERR_IO, "lock %s: %s", path, strerror(errno));
}

static struct journal *new_journal(const struct journal_opts *opts)
{
    struct journal *j = xcalloc(1, sizeof *j);

    CHECK(opts->io && opts->dir);
    j->io = opts->io;
    j->opts = *opts;
    fill_defaults(&j->opts);
    CHECK(j->opts.segment_bytes >= SEGMENT_LEAST_BYTES);
    j->dir = xstrdup(opts->dir);
    j->opts.dir = j->dir;
    j->lock_fd = j->head.fd = j->mark.fd = j->next.fd = -1;
    j->waiting_end = &j->waiting;
    CHECK(pthread_mutex_init(&j->mtx, NULL) == 0 && pthread_cond_init(&j->wake, NULL) == 0);
    CHECK(pthread_mutex_init(&j->next.mtx, NULL) == 0);
    CHECK(pthread_cond_init(&j->next.changed, NULL) == 0);
    seen_init(j);
    return j;
}

int journal_open(struct journal **out, const struct journal_opts *opts, struct err *err)
{
    struct journal *j = new_journal(opts);
    struct io_space space;
    int error;

    if (io_make_dir(j->io, j->dir, 0750, err) < 0 || take_lock(j, err) < 0)
        goto fail;
    recent_init(&j->recent, j->opts.recent_bytes / 2);
    if (recovery_run(j, err) < 0 || roll_start(j, err) < 0 || seen_start(j, err) < 0)
        goto fail;
    if (j->head.end >= j->head.bytes / 2)
        roll_ask(j);
    if (j->io->space(j->io, j->dir, &space) == 0)
        j->free_bytes = space.available; /* for whoever asks before the first commit looks */
    if (!j->opts.no_thread) {
        error = pthread_create(&j->thread, NULL, commit_loop, j);
        if (error) {
            err_set(err, ERR_INTERNAL, "start the journal's commit thread: %s", strerror(error));
            goto fail;
        }
        j->running = true;
    }
    *out = j;
    return 0;

fail:
    journal_close(j);
    return -1;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    pthread_mutex_lock(&j->mtx);
    j->closing = true;
    pthread_cond_signal(&j->wake);
    pthread_mutex_unlock(&j->mtx);
    if (j->running)
        pthread_join(j->thread, NULL);
    journal_commit_waiting(j);
    roll_stop(j);
    if (j->head.fd >= 0)
        j->io->close(j->io, j->head.fd);
    watermark_close(&j->mark);
    seen_close(j); /* its thread writes in the folder: before the lock is let go */
    if (j->lock_fd >= 0)
        j->io->close(j->io, j->lock_fd);
    recent_free(&j->recent);
    pthread_cond_destroy(&j->next.changed);
    pthread_mutex_destroy(&j->next.mtx);
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->mtx);
    free(j->staging);
    free(j->dir);
    free(j);
}

void journal_stats(struct journal *j, struct journal_stats *out)
{
    *out = (struct journal_stats){.last_position = j->stat_last,
                                  .first_position = j->stat_last ? j->stat_first : 0,
                                  .records = j->records,
                                  .bytes = j->bytes,
                                  .commits = j->commits,
                                  .duplicates = j->duplicates,
                                  .torn_bytes = j->torn_bytes,
                                  .damaged = j->damaged,
                                  .lost = j->lost,
                                  .segments = j->segments,
                                  .free_bytes = j->free_bytes,
                                  .compressed = j->compressed,
                                  .compressed_from = j->compressed_from,
                                  .compressed_to = j->compressed_to,
                                  .deleted = j->deleted,
                                  .deleted_bytes = j->deleted_bytes,
                                  .failed = j->failed,
                                  .full = j->full};
    seen_stats(j, out);
}
