/* SPDX-License-Identifier: Apache-2.0 */
/* runner.c: reads, batches, tries again.
 *
 * A batch ends when it is full, or old enough while nothing more is there; far behind, only when it
 * is full. After a failure the batch is dropped and read again from the sink's own cursor, half as
 * large and after a pause of random length (full jitter), up to half a minute. A batch that is
 * refused for its content is halved without a pause, until one record is left, which is set aside; what
 * lies behind it up to the end of the refused batch is halved in the same way, so that a bad record costs
 * each good one two attempts or so, and the attempts grow with the logarithm of the batch.
 *
 * After a commit, at most once a second, and at the end the cursor is copied to where the journal's
 * writer sees it (journal/cursor.h). Leaves to the sink how a batch and its cursor get there together. */
#include "sink/runner.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "journal/cursor.h"
#include "journal/reader.h"
#include "sink/recognise.h"
#include "sink/trouble.h"

enum {
    IDLE_US = 20000, /* between two looks at a journal that has nothing more */
    PAUSE_FIRST_US = 1000000,
    PAUSE_MAX_US = 30000000,
    AGE_MAX_US = 1000000, /* of a batch, unless the sink is more than a batch behind */
    PUBLISH_US = 1000000,
    ALONE_TIMES = 3, /* in a row, that a record alone was at work as the sink broke */
    ARENA_KEPT = 64 << 10,
    ARENA_MAX = 64 << 20,
};

struct batch {
    uint64_t records, bytes; /* read into it */
    uint64_t delivered, rejected, skipped;
    int64_t begun_us; /* monotonic */
};

struct runner {
    const struct sink_ops *ops;
    void *sink;
    char *journal_dir;
    const struct settings *settings; /* borrowed; may be NULL */
    bool unpublished;
    pthread_t thread;
    bool started;

    /* The thread's own. */
    struct journal_reader *reader; /* NULL: to be opened at the cursor */
    struct arena *arena;
    struct batch batch;
    int64_t read; /* the last position that was read */
    int64_t aside; /* this one is refused whatever it is sent with; 0: none */
    bool in_trouble; /* there is a file that says so (trouble.h) */
    struct trouble before; /* what it said at the start; no records: there was none */
    int64_t suspect; /* up to here there is a record that is refused; 0: none is known */
    uint64_t limit; /* records of the next batch */
    unsigned failures; /* in a row */
    int64_t committed; /* the sink's cursor as it was last known; -1: not yet */
    int64_t published,
        published_us; /* of that, for the journal's writer, and when that was tried */
    bool publish_failing;

    pthread_mutex_t mtx;
    pthread_cond_t cond;
    /* guarded by mtx */
    bool stop, ended;
    struct runner_stats stats;
    int (*work)(void *ctx, struct err *err);
    void *work_ctx;
    struct err *work_err;
    int work_result;
};

/* Waits, but not past a stop or a piece of work. */
static void wait_us(struct runner *r, int64_t us)
{
    int64_t until = clock_monotonic_us() + us;
    const struct timespec at = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};

    pthread_mutex_lock(&r->mtx);
    while (!r->stop && !r->work)
        if (pthread_cond_timedwait(&r->cond, &r->mtx, &at) != 0)
            break;
    pthread_mutex_unlock(&r->mtx);
}

static bool must_stop(struct runner *r)
{
    bool stop;

    pthread_mutex_lock(&r->mtx);
    stop = r->stop;
    pthread_mutex_unlock(&r->mtx);
    return stop;
}

static bool has_work(struct runner *r)
{
    bool work;

    pthread_mutex_lock(&r->mtx);
    work = r->work != NULL;
    pthread_mutex_unlock(&r->mtx);
    return work;
}

/* What another thread wants done while no batch is open. */
static void do_work(struct runner *r)
{
    pthread_mutex_lock(&r->mtx);
    if (r->work) {
        int (*work)(void *ctx, struct err *err) = r->work;
        int result;

        pthread_mutex_unlock(&r->mtx);
        result = work(r->work_ctx, r->work_err);
        pthread_mutex_lock(&r->mtx);
        r->work_result = result;
        r->work = NULL;
        pthread_cond_broadcast(&r->cond);
    }
    pthread_mutex_unlock(&r->mtx);
}

/* Failures. */

static void note_failure(struct runner *r, const struct err *err)
{
    pthread_mutex_lock(&r->mtx);
    r->stats.errors++;
    r->stats.failing = true;
    snprintf(r->stats.error, sizeof r->stats.error, "%s", err->text);
    pthread_mutex_unlock(&r->mtx);
}

static int64_t random_pause(unsigned failures)
{
    int64_t most = PAUSE_FIRST_US;
    uint64_t number;

    while (failures-- > 1 && most < PAUSE_MAX_US)
        most *= 2;
    random_bytes(&number, sizeof number);
    return (int64_t)(number % (uint64_t)(most < PAUSE_MAX_US ? most : PAUSE_MAX_US));
}

/* Back to the sink's cursor, which alone knows what is there. */
static void start_over(struct runner *r)
{
    r->ops->drop(r->sink);
    r->batch = (struct batch){0};
    journal_reader_close(r->reader);
    r->reader = NULL;
}

/* Tells the next start which records were at work. */
static void leave_trouble(struct runner *r)
{
    struct trouble t = {
        .after = r->committed, .records = (uint64_t)(r->read - r->committed), .times = 1};
    struct err err = {0};

    if (!r->settings || r->batch.records == 0 || r->committed < 0 || r->read <= r->committed)
        return;
    if (t.after == r->before.after && t.records == r->before.records)
        t.times += r->before.times;
    if (trouble_write(r->settings, r->ops->name, &t, &err) < 0)
        log_warn("sink %s: %s", r->ops->name, err.text);
    r->in_trouble = true;
}

/* What broke the sink before the last start is tried in halves; a single record a few times more,
 * since what broke it may have been a question or the disk, and then set aside. */
static void heed_trouble(struct runner *r, int64_t cursor)
{
    struct trouble t;

    if (!r->settings || !trouble_read(r->settings, r->ops->name, &t))
        return;
    r->in_trouble = true;
    r->before = t;
    if (t.after > cursor || t.after + (int64_t)t.records <= cursor)
        return; /* it is behind */
    r->suspect = t.after + (int64_t)t.records;
    r->limit = (uint64_t)(r->suspect - cursor + 1) / 2;
    if (t.records == 1 && t.times >= ALONE_TIMES)
        r->aside = r->suspect;
}

/* The batch failed: what the next attempt does differently. */
static int on_failure(struct runner *r, enum sink_verdict verdict, const struct err *err)
{
    int64_t pause = 0;

    note_failure(r, err);
    if (verdict == SINK_BROKEN) {
        log_error("sink %s: %s: it takes nothing more until a new start", r->ops->name, err->text);
        leave_trouble(r);
        return -1;
    }
    if (verdict == SINK_REFUSED && r->batch.records == 1) {
        if (r->aside == r->read)
            verdict = SINK_RETRY; /* not even aside: there is nothing smaller to try, only later */
        r->aside = r->read;
    }
    if (verdict == SINK_REFUSED)
        r->suspect = r->read;
    r->limit = r->batch.records > 1 ? r->batch.records / 2 : 1;
    if (verdict == SINK_RETRY) {
        pause = random_pause(++r->failures);
        log_warn("sink %s: %s; next attempt in %.1f s", r->ops->name, err->text,
                 (double)pause / 1e6);
    }
    start_over(r);
    if (pause)
        wait_us(r, pause);
    return 0;
}

/* Copies the cursor to where the journal's writer sees it. A failure delays tidying, no delivery. */
static void publish(struct runner *r, bool now)
{
    int64_t time = clock_monotonic_us();
    struct err err = {0};
    int done;

    if (r->unpublished || r->committed == r->published || r->committed < 0 ||
        (!now && time - r->published_us < PUBLISH_US))
        return;
    r->published_us = time;
    done = cursor_publish(io_system(), r->journal_dir, r->ops->name, r->committed, &err);
    if (done < 0 && !r->publish_failing)
        log_warn("sink %s: the journal is not tidied meanwhile: %s", r->ops->name, err.text);
    r->publish_failing = done < 0;
    if (done > 0)
        r->published = r->committed;
}

/* With the lock held, or before the thread. */
static void see_totals(struct runner *r)
{
    r->stats.has_totals = r->ops->totals != NULL;
    if (r->ops->totals)
        r->ops->totals(r->sink, &r->stats.totals);
}

static void on_delivered(struct runner *r)
{
    r->failures = 0;
    r->committed = r->read;
    publish(r, false);
    if (r->in_trouble && r->read >= r->suspect) {
        trouble_clear(r->settings, r->ops->name);
        r->in_trouble = false;
    }
    if (r->suspect > r->read + 1)
        r->limit = (uint64_t)(r->suspect - r->read) / 2;
    else
        r->limit = r->limit < r->ops->batch_records / 2 ? r->limit * 2 : r->ops->batch_records;
    if (r->suspect == r->read + 1)
        r->limit = 1;
    pthread_mutex_lock(&r->mtx);
    r->stats.position = r->read;
    r->stats.delivered += r->batch.delivered;
    r->stats.rejected += r->batch.rejected;
    r->stats.skipped += r->batch.skipped;
    r->stats.batches++;
    r->stats.delivered_us = clock_now_us();
    r->stats.failing = false;
    see_totals(r);
    pthread_mutex_unlock(&r->mtx);
    r->batch = (struct batch){0};
}

/* One record. */

static enum sink_verdict put_aside(struct runner *r, const struct sink_item *item,
                                   const char *reason, struct err *err)
{
    enum sink_verdict verdict = r->ops->set_aside(r->sink, item, reason, err);

    if (verdict == SINK_DONE) {
        log_warn("sink %s: position %" PRId64 " is set aside: %s", r->ops->name, item->position,
                 reason);
        r->batch.rejected++;
    }
    /* Refused even so: there is nothing smaller to try, only later. */
    return verdict == SINK_REFUSED ? SINK_RETRY : verdict;
}

/* Decodes it; a note has no record. -1 where it does not decode. */
static int decode(struct runner *r, const struct journal_entry *entry, struct record *rec,
                  struct sink_item *item, struct err *err)
{
    *item = (struct sink_item){.position = entry->position,
                               .received_us = entry->received_us,
                               .salt = entry->salt,
                               .kind = (int)entry->kind,
                               .payload = entry->payload};
    if (entry->kind == JOURNAL_NOTE)
        return 0;
    arena_reset(r->arena);
    if (record_decode(rec, entry->payload, r->arena, err) < 0)
        return -1;
    rec->received_us = entry->received_us;
    item->record = rec;
    return 0;
}

static bool is_known(const struct journal_entry *entry)
{
    return !entry->erased && (entry->kind == JOURNAL_EVENT || entry->kind == JOURNAL_QUARANTINE ||
                              entry->kind == JOURNAL_NOTE);
}

static enum sink_verdict add_entry(struct runner *r, const struct journal_entry *entry,
                                   struct err *err)
{
    struct sink_item item;
    struct record rec;
    enum sink_verdict verdict;

    if (entry->position > r->read + 1 && r->ops->pass) {
        verdict = r->ops->pass(r->sink, entry->position - 1, true, err);
        if (verdict != SINK_DONE)
            return verdict;
    }
    r->batch.records++;
    r->batch.bytes += entry->payload.len;
    r->read = entry->position;
    if (!is_known(entry)) {
        r->batch.skipped++;
        return r->ops->pass ? r->ops->pass(r->sink, entry->position, false, err) : SINK_DONE;
    }
    if (decode(r, entry, &rec, &item, err) < 0)
        return put_aside(r, &item, err->text, err);
    if (entry->position == r->aside)
        return put_aside(r, &item, "the destination refuses it", err);
    verdict = r->ops->encode(r->sink, &item, err);
    if (verdict == SINK_REFUSED && err->code == ERR_CORRUPT)
        return put_aside(r, &item, err->text, err);
    if (verdict == SINK_DONE)
        r->batch.delivered++;
    return verdict;
}

/* Reading. */

/* 1; 0: there is nothing to read yet. */
static int open_reader(struct runner *r, struct err *err)
{
    int64_t cursor;
    int known;

    if (r->reader)
        return 1;
    if (r->ops->cursor(r->sink, &cursor, err) < 0)
        return -1;
    known = recognise_journal(r->ops, r->sink, r->journal_dir, cursor, err);
    if (known <= 0)
        return known;
    if (journal_reader_open(&r->reader, io_system(), r->journal_dir, cursor, err) < 0)
        return -1;
    r->read = cursor;
    r->committed = cursor;
    publish(r, cursor < r->published);
    pthread_mutex_lock(&r->mtx);
    r->stats.position = cursor;
    pthread_mutex_unlock(&r->mtx);
    return 1;
}

/* 1 and an entry; 0 where nothing more is there; -1 where the journal cannot be read. */
static int next_entry(struct runner *r, struct journal_entry *entry, struct err *err)
{
    int got;

    while ((got = journal_reader_next(r->reader, entry, err)) < 0 && err->code == ERR_CORRUPT) {
        log_error("journal: %s; going on behind it", err->text);
        pthread_mutex_lock(&r->mtx);
        r->stats.damaged++;
        pthread_mutex_unlock(&r->mtx);
    }
    return got;
}

/* Whether what was read is to be delivered now. */
static bool is_due(struct runner *r, bool nothing_more)
{
    const struct batch *b = &r->batch;
    int64_t age;

    if (b->records == 0)
        return false;
    if (b->records >= r->limit || b->bytes >= r->ops->batch_bytes ||
        (r->ops->is_full && r->ops->is_full(r->sink)))
        return true;
    if (!nothing_more && b->records % 1024 != 0)
        return false; /* the clock and the lock only now and then */
    age = clock_monotonic_us() - b->begun_us;
    if (nothing_more)
        return age >= r->ops->batch_us || must_stop(r) || has_work(r);
    return age >= AGE_MAX_US && r->stats.durable - r->read < (int64_t)r->ops->batch_records;
}

static void see_durable(struct runner *r)
{
    int64_t durable = r->reader ? journal_reader_durable(r->reader) : 0;

    pthread_mutex_lock(&r->mtx);
    r->stats.durable = durable;
    pthread_mutex_unlock(&r->mtx);
}

/* Reads one record, or waits for one; delivers the batch where it is due. -1 ends the runner. */
static int step(struct runner *r)
{
    struct journal_entry entry;
    struct err err = {0};
    int got = open_reader(r, &err);
    enum sink_verdict verdict = SINK_DONE;

    if (got > 0)
        got = next_entry(r, &entry, &err);
    if (got < 0) /* another journal stays another one */
        return on_failure(r, err.code == ERR_USAGE ? SINK_BROKEN : SINK_RETRY, &err);
    if (got == 0 || r->batch.records % 1024 == 0)
        see_durable(r);
    if (got > 0) {
        if (r->batch.records == 0)
            r->batch.begun_us = clock_monotonic_us();
        verdict = add_entry(r, &entry, &err);
    }
    if (verdict == SINK_DONE && is_due(r, got == 0)) {
        verdict = r->ops->write(r->sink, r->read, &err);
        if (verdict == SINK_DONE)
            on_delivered(r);
    } else if (verdict == SINK_DONE && got == 0) {
        publish(r, false);
        wait_us(r, IDLE_US);
    }
    return verdict == SINK_DONE ? 0 : on_failure(r, verdict, &err);
}

static void *run(void *arg)
{
    struct runner *r = arg;
    bool broken = false;

    while (!broken && !(must_stop(r) && r->batch.records == 0)) {
        if (r->batch.records == 0)
            do_work(r);
        if (must_stop(r) && r->failures)
            break; /* what fails now is read again at the next start */
        broken = step(r) < 0;
    }
    publish(r, true);
    pthread_mutex_lock(&r->mtx);
    r->ended = true;
    r->stats.broken = broken;
    pthread_cond_broadcast(&r->cond);
    pthread_mutex_unlock(&r->mtx);
    return NULL;
}

/* The owner's side. */

static void init_locks(struct runner *r)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->cond, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&r->mtx, NULL);
}

int runner_start(struct runner **out, const struct runner_opts *opts, struct err *err)
{
    struct runner *r = xcalloc(1, sizeof *r);

    r->ops = opts->ops;
    r->limit = opts->ops->batch_records;
    r->committed = r->published = -1;
    r->published_us = clock_monotonic_us() - PUBLISH_US;
    r->journal_dir = xstrdup(opts->journal_dir);
    r->settings = opts->env.settings;
    r->unpublished = opts->unpublished;
    r->arena = arena_new(ARENA_KEPT, ARENA_MAX);
    init_locks(r);
    if (r->ops->open(&r->sink, &opts->env, err) < 0)
        goto fail;
    if (r->ops->cursor(r->sink, &r->stats.position, err) < 0)
        goto fail;
    if (recognise_journal(r->ops, r->sink, r->journal_dir, r->stats.position, err) < 0)
        goto fail;
    see_totals(r);
    heed_trouble(r, r->stats.position);
    if (pthread_create(&r->thread, NULL, run, r) != 0) {
        err_set(err, ERR_IO, "sink %s: a thread cannot be started", r->ops->name);
        goto fail;
    }
    r->started = true;
    *out = r;
    return 0;

fail:
    runner_stop(r);
    return -1;
}

void runner_stop(struct runner *r)
{
    if (!r)
        return;
    if (r->started) {
        pthread_mutex_lock(&r->mtx);
        r->stop = true;
        pthread_cond_broadcast(&r->cond);
        pthread_mutex_unlock(&r->mtx);
        pthread_join(r->thread, NULL);
    }
    journal_reader_close(r->reader);
    r->ops->close(r->sink);
    arena_free(r->arena);
    pthread_cond_destroy(&r->cond);
    pthread_mutex_destroy(&r->mtx);
    free(r->journal_dir);
    free(r);
}

void runner_stats(struct runner *r, struct runner_stats *out)
{
    pthread_mutex_lock(&r->mtx);
    *out = r->stats;
    pthread_mutex_unlock(&r->mtx);
}

const char *runner_name(const struct runner *r)
{
    return r->ops->name;
}

int runner_between(struct runner *r, int (*work)(void *ctx, struct err *err), void *ctx,
                   struct err *err)
{
    int result = -1;

    pthread_mutex_lock(&r->mtx);
    CHECK(!r->work);
    r->work = work;
    r->work_ctx = ctx;
    r->work_err = err;
    pthread_cond_broadcast(&r->cond);
    while (r->work && !r->ended)
        pthread_cond_wait(&r->cond, &r->mtx);
    if (r->work)
        err_set(err, ERR_BUSY, "sink %s has ended", r->ops->name);
    else
        result = r->work_result;
    r->work = NULL;
    pthread_mutex_unlock(&r->mtx);
    return result;
}
