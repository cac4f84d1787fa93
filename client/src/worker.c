/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c: the sending thread.
 *
 * It takes records off the queue into a batch, sends that, and between batches what the spool has.
 * What cannot be sent goes into the spool, if there is one, or stays and is tried again, while new
 * events wait in the queue. It holds the client's gate but where it waits, so that a fork finds
 * everything that it owns between two steps. */
#include "client.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    START_AGAIN_MS = 1000, /* after the system had no thread for us */
    LOOK_MS = 30000, /* between two looks into the folder for what others left there */
    BACKOFF_FIRST_MS = 200,
    BACKOFF_MAX_MS = 30000,
    FLUSH_RETRY_MS = 100, /* while somebody waits for a flush */
};

struct weir_sending *weir_sending_new(const struct weir_options *options)
{
    struct weir_sending *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->told_status = -1;
    s->encoder.environment = options->environment;
    s->encoder.app_version = options->app_version;
    weir_spool_init(&s->spool, options->spool, options->spool_bytes);
    if (weir_batch_init(&s->batch, options->batch_events) == 0 &&
        (!options->spool || (weir_batch_init(&s->overflow, options->batch_events) == 0 &&
                             weir_batch_init(&s->found, WEIR_BATCH_EVENTS) == 0)))
        return s;
    weir_sending_free(s);
    return NULL;
}

void weir_sending_free(struct weir_sending *s)
{
    if (!s)
        return;
    weir_batch_free(&s->batch);
    weir_batch_free(&s->overflow);
    weir_batch_free(&s->found);
    weir_transfer_free(s->transfer);
    free(s);
}

void weir_worker_wake(struct weir_client *c)
{
    if (__atomic_load_n(&c->asleep, __ATOMIC_RELAXED) &&
        __atomic_exchange_n(&c->asleep, 0, __ATOMIC_ACQ_REL))
        sem_post(&c->wake);
}

/* --- what is wanted of it --- */

struct wish {
    bool closing, flushing;
    int64_t close_us;
    uint64_t flushes;
};

static struct wish read_wish(struct weir_client *c)
{
    struct wish wish;

    pthread_mutex_lock(&c->lock);
    wish.closing = c->closing;
    wish.flushing = c->flush_to > c->settled && weir_uptime_us() < c->flush_until_us;
    wish.flushes = c->flushes;
    wish.close_us = c->close_us;
    pthread_mutex_unlock(&c->lock);
    return wish;
}

bool weir_worker_time_is_up(struct weir_client *c)
{
    struct wish wish = read_wish(c);

    return wish.closing && weir_uptime_us() >= wish.close_us;
}

/* Everything before the reader's place in the queue is answered for, unless it is in a batch. */
static void settle(struct weir_client *c)
{
    struct weir_sending *s = c->sending;

    if (s->batch.count || s->overflow.count)
        return;
    pthread_mutex_lock(&c->lock);
    c->settled = weir_ring_tail(&c->ring);
    pthread_cond_broadcast(&c->settled_more);
    pthread_mutex_unlock(&c->lock);
}

/* --- from the queue --- */

static void fill(struct weir_client *c, struct weir_batch *b)
{
    struct weir_sending *s = c->sending;
    const void *record;
    size_t size;

    while (!weir_batch_full(b) && (record = weir_ring_peek(&c->ring, &size))) {
        if (!weir_batch_add(b, &s->encoder, record, size))
            weir_count(&c->counts.too_large, 1);
        weir_ring_pop(&c->ring);
        weir_count(&c->taken, 1);
    }
    if (s->encoder.cut)
        weir_count(&c->counts.cut, s->encoder.cut);
    s->encoder.cut = 0;
}

static uint64_t dropped(const struct weir_client *c)
{
    return weir_counted(&c->counts.no_room) + weir_counted(&c->counts.too_large) +
           weir_counted(&c->counts.no_name) + weir_counted(&c->counts.too_late);
}

static void tell_dropped(struct weir_client *c)
{
    uint64_t now = dropped(c), more = now - c->sending->told_dropped;

    if (more == 0)
        return;
    c->sending->told_dropped = now;
    weir_trouble_text(c, WEIR_TROUBLE_DROPPED, 0, more,
                      "events were dropped: the queue was full, they were too large or without a "
                      "name, or time ran out");
}

static void drop_batch(struct weir_client *c, struct weir_batch *b)
{
    weir_count(&c->counts.too_late, b->count);
    weir_batch_clear(b);
}

/* --- the spool --- */

/* True where the batch is on the disk now. */
static bool spool_batch(struct weir_client *c, struct weir_batch *b)
{
    struct weir_sending *s = c->sending;
    char why[512];

    if (!s->spool.folder || b->count == 0)
        return b->count == 0;
    if (weir_spool_write(&s->spool, b, why, sizeof why) == 0) {
        weir_count(&c->counts.spooled, b->count);
        weir_batch_clear(b);
        s->next_look_us = 0;
        s->told_spool = false;
        return true;
    }
    if (!s->told_spool) {
        s->told_spool = true;
        weir_trouble_text(c, WEIR_TROUBLE_SPOOL, 0, b->count, why);
    }
    return false;
}

/* While a request is under way and the queue is half full, what comes goes to the disk. */
static void spool_overflow(struct weir_client *c)
{
    struct weir_sending *s = c->sending;

    while (s->spool.folder &&
           weir_ring_head(&c->ring) - weir_ring_tail(&c->ring) > c->ring.capacity / 2) {
        fill(c, &s->overflow);
        if (!spool_batch(c, &s->overflow))
            return;
    }
}

static bool idle(void *ctx, void (*wait)(struct weir_transfer *), struct weir_transfer *t)
{
    struct weir_client *c = ctx;

    spool_overflow(c);
    if (weir_worker_time_is_up(c))
        return false;
    pthread_mutex_unlock(&c->gate);
    wait(t);
    pthread_mutex_lock(&c->gate);
    return true;
}

/* --- sending --- */

static bool can_send(struct weir_client *c)
{
    struct weir_sending *s = c->sending;
    struct weir_transfer_opts opts = {c->url,
                                      c->options.key,
                                      c->options.user_agent,
                                      c->options.connect_timeout_ms,
                                      c->options.timeout_ms,
                                      idle,
                                      c};
    char why[512];

    if (s->transfer || s->no_library)
        return s->transfer;
    s->transfer = weir_transfer_new(&opts, why, sizeof why);
    if (s->transfer) {
        weir_exit_watch();
    } else {
        s->no_library = true;
        weir_trouble_text(c, WEIR_TROUBLE_LIBRARY, 0, 0, why);
    }
    return s->transfer;
}

/* Full jitter below a limit that doubles; at least what the collector asked for; the limit at once where
 * only a person can help. */
static void put_off(struct weir_client *c, enum weir_outcome outcome, int64_t asked_ms)
{
    struct weir_sending *s = c->sending;
    int64_t limit_ms = BACKOFF_FIRST_MS;

    for (unsigned i = 0; i < s->attempt && limit_ms < BACKOFF_MAX_MS; i++)
        limit_ms *= 2;
    if (limit_ms > BACKOFF_MAX_MS || outcome == WEIR_DENIED)
        limit_ms = BACKOFF_MAX_MS;
    s->attempt++;
    s->asked = asked_ms > 0;
    if (outcome != WEIR_DENIED)
        limit_ms = (int64_t)weir_id_random((uint64_t)limit_ms) + 1;
    s->next_try_us = weir_uptime_us() + 1000 * (asked_ms > 0 ? asked_ms + limit_ms / 4 : limit_ms);
}

static bool deliver(struct weir_client *c, struct weir_batch *b)
{
    int64_t later_ms;
    enum weir_outcome outcome = weir_deliver(c, b, &later_ms);

    if (outcome == WEIR_DELIVERED) {
        c->sending->attempt = 0;
        c->sending->next_try_us = 0;
        return true;
    }
    put_off(c, outcome, later_ms);
    return false;
}

void weir_worker_unspool(struct weir_client *c, uint64_t events)
{
    if (c->sending->spool.own)
        weir_count(&c->counts.spooled, (uint64_t)0 - events);
    else
        weir_count(&c->counts.recovered, events);
}

/* So many events that are done with stay in their file: they come again, as somebody else's would. */
static void come_anew(struct weir_client *c, uint64_t events)
{
    if (!c->sending->spool.own)
        return;
    weir_count(&c->counts.recovered, events);
    weir_count(&c->counts.spooled, events);
}

/* One file of the spool. False where there is none to be had, or it could not be sent. */
static bool send_spooled(struct weir_client *c)
{
    struct weir_sending *s = c->sending;
    int64_t look_again_us = weir_uptime_us() + (int64_t)LOOK_MS * 1000;
    uint64_t count, left;
    char why[512];
    int claimed;
    bool sent;

    if (!s->spool.folder || weir_uptime_us() < s->next_look_us || s->next_try_us)
        return false;
    claimed = weir_spool_claim(&s->spool, &s->found, why, sizeof why);
    if (claimed <= 0) {
        if (claimed < 0)
            weir_trouble_text(c, WEIR_TROUBLE_SPOOL, 0, 0, why);
        if (claimed != WEIR_SPOOL_DAMAGED)
            s->next_look_us = look_again_us;
        return claimed == WEIR_SPOOL_DAMAGED;
    }
    if (!can_send(c)) {
        weir_spool_release(&s->spool, false);
        s->next_look_us = look_again_us;
        return false;
    }
    count = s->found.count;
    sent = deliver(c, &s->found);
    left = s->found.count;
    /* Of a file that was sent in part, the rest gets a file of its own. */
    if (!sent && left < count && spool_batch(c, &s->found)) {
        weir_worker_unspool(c, left);
        sent = true;
    }
    if (!sent)
        come_anew(c, count - left);
    if (weir_spool_release(&s->spool, sent) < 0) {
        come_anew(c, count);
        weir_trouble_text(c, WEIR_TROUBLE_SPOOL, 0, count,
                          "a file that was sent cannot be removed");
        s->next_look_us = look_again_us;
    }
    return sent && !s->next_try_us;
}

/* Everything that can be done now; false where nothing more can. */
static bool step(struct weir_client *c, const struct wish *wish)
{
    struct weir_sending *s = c->sending;
    bool failing, due;

    if (s->overflow.count && !spool_batch(c, &s->overflow) && s->batch.count == 0) {
        struct weir_batch swap = s->batch;

        s->batch = s->overflow;
        s->overflow = swap;
    }
    fill(c, &s->batch);
    if (s->next_try_us && (weir_uptime_us() >= s->next_try_us))
        s->next_try_us = 0;
    failing = s->next_try_us != 0;
    due = wish->flushing || wish->closing || s->attempt || weir_batch_full(&s->batch) ||
          weir_uptime_us() >= s->next_send_us;
    if (s->batch.count == 0 || !due) {
        settle(c);
        return !failing && !wish->closing && send_spooled(c);
    }
    s->next_send_us = weir_uptime_us() + (int64_t)c->options.flush_interval_ms * 1000;
    if (!failing && can_send(c) && deliver(c, &s->batch)) {
        settle(c);
        return true;
    }
    if (spool_batch(c, &s->batch)) {
        settle(c);
        return true;
    }
    if (s->no_library) {
        drop_batch(c, &s->batch);
        settle(c);
        return true;
    }
    return false;
}

/* --- the thread --- */

static int64_t wait_until(struct weir_client *c, const struct wish *wish)
{
    const struct weir_sending *s = c->sending;
    int64_t now_us = weir_uptime_us();
    int64_t until_us = now_us + (int64_t)c->options.flush_interval_ms * 1000;

    if (s->next_try_us && s->next_try_us < until_us)
        until_us = s->next_try_us;
    if (s->batch.count && s->next_send_us < until_us)
        until_us = s->next_send_us > now_us ? s->next_send_us : until_us;
    if (wish->flushing || wish->closing) {
        if (now_us + (int64_t)FLUSH_RETRY_MS * 1000 < until_us)
            until_us = now_us + (int64_t)FLUSH_RETRY_MS * 1000;
    }
    if (wish->closing && wish->close_us < until_us)
        until_us = wish->close_us;
    return until_us > now_us ? until_us - now_us : 0;
}

static void sleep_for(struct weir_client *c, int64_t us)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += us / 1000000;
    until.tv_nsec += us % 1000000 * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    __atomic_store_n(&c->asleep, 1, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&c->gate);
    while (sem_clockwait(&c->wake, CLOCK_MONOTONIC, &until) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&c->gate);
    __atomic_store_n(&c->asleep, 0, __ATOMIC_RELEASE);
}

void weir_worker_leave(struct weir_client *c)
{
    struct weir_sending *s = c->sending;
    bool more = true;

    while (more) {
        if (!spool_batch(c, &s->overflow))
            drop_batch(c, &s->overflow);
        if (!spool_batch(c, &s->batch))
            drop_batch(c, &s->batch);
        fill(c, &s->batch);
        more = s->batch.count;
    }
    settle(c);
    tell_dropped(c);
}

static bool is_empty(const struct weir_client *c)
{
    return c->sending->batch.count == 0 && c->sending->overflow.count == 0 &&
           weir_ring_head(&c->ring) == weir_ring_tail(&c->ring);
}

static void *run(void *arg)
{
    struct weir_client *c = arg;
    struct wish before = {false, false, 0, 0};

    weir_ring_populate(&c->ring);
    pthread_mutex_lock(&c->gate);
    for (;;) {
        struct wish wish = read_wish(c);

        /* Who waits does not wait for an old failure's pause, unless the collector asked for it. */
        if (wish.flushes != before.flushes || wish.closing != before.closing) {
            c->sending->attempt = 0;
            if (!c->sending->asked)
                c->sending->next_try_us = 0;
        }
        before = wish;
        while (step(c, &wish) && !weir_worker_time_is_up(c))
            ;
        tell_dropped(c);
        if (wish.closing && (is_empty(c) || weir_uptime_us() >= wish.close_us))
            break;
        sleep_for(c, wait_until(c, &wish));
    }
    weir_worker_leave(c);
    pthread_mutex_unlock(&c->gate);
    return NULL;
}

void weir_worker_start(struct weir_client *c)
{
    unsigned none = WEIR_THREAD_NONE;
    sigset_t all, before;
    int started;

    if (weir_uptime_us() < __atomic_load_n(&c->start_again_us, __ATOMIC_RELAXED) ||
        !__atomic_compare_exchange_n(&c->thread_state, &none, WEIR_THREAD_STARTING, 0,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the new thread inherits it */
    started = pthread_create(&c->thread, NULL, run, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started != 0)
        __atomic_store_n(&c->start_again_us, weir_uptime_us() + (int64_t)START_AGAIN_MS * 1000,
                         __ATOMIC_RELAXED);
    __atomic_store_n(&c->thread_state, started == 0 ? WEIR_THREAD_RUNS : WEIR_THREAD_NONE,
                     __ATOMIC_RELEASE);
}

void weir_worker_end(struct weir_client *c)
{
    if (weir_ring_head(&c->ring) != weir_ring_tail(&c->ring))
        weir_worker_start(c); /* in the child of a fork it may not run yet */
    if (__atomic_load_n(&c->thread_state, __ATOMIC_ACQUIRE) == WEIR_THREAD_RUNS) {
        sem_post(&c->wake);
        pthread_join(c->thread, NULL);
        return;
    }
    pthread_mutex_lock(&c->gate); /* there was no thread to be had */
    weir_worker_leave(c);
    pthread_mutex_unlock(&c->gate);
}
