/* SPDX-License-Identifier: Apache-2.0 */
/* live.c: the clients' list, and the thread that follows the journal for them.
 *
 * The thread looks for new records ten times a second, so an idle journal costs nothing else, and
 * without clients there is no thread. Leaves to live_client.c what a client gets, to the route who may. */
#include "console/live.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "console/live_client.h"

enum { LOOK_EVERY_MS = 100, LOOK_AGAIN_MS = 1000 };

struct live {
    char *journal_dir;
    pthread_mutex_t mtx;
    pthread_cond_t changed; /* for the thread: it ends; for who frees: somebody has left */
    /* guarded by mtx */
    struct live_client *clients;
    unsigned count; /* of them, and of those that are just coming */
    bool stopping, following;
    int64_t position; /* that the thread has come to */
};

static void init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

static void wait_ms(pthread_cond_t *cond, pthread_mutex_t *mtx, int64_t ms)
{
    int64_t us = clock_monotonic_us() + ms * 1000;
    const struct timespec until = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

    pthread_cond_timedwait(cond, mtx, &until);
}

struct live *live_new(const char *journal_dir)
{
    struct live *l = xcalloc(1, sizeof *l);

    l->journal_dir = xstrdup(journal_dir);
    pthread_mutex_init(&l->mtx, NULL);
    init_cond(&l->changed);
    return l;
}

void live_stop(struct live *l)
{
    pthread_mutex_lock(&l->mtx);
    l->stopping = true;
    pthread_cond_broadcast(&l->changed);
    for (struct live_client *c = l->clients; c; c = c->next)
        pthread_cond_broadcast(&c->more);
    pthread_mutex_unlock(&l->mtx);
}

bool live_have_left(struct live *l, int64_t most_ms)
{
    int64_t end_us = clock_monotonic_us() + most_ms * 1000;
    bool left;

    pthread_mutex_lock(&l->mtx);
    while (l->count > 0 && clock_monotonic_us() < end_us)
        wait_ms(&l->changed, &l->mtx, (end_us - clock_monotonic_us()) / 1000 + 1);
    left = l->count == 0;
    pthread_mutex_unlock(&l->mtx);
    return left;
}

void live_free(struct live *l)
{
    if (!l)
        return;
    live_stop(l);
    pthread_mutex_lock(&l->mtx);
    while (l->count > 0 || l->following)
        pthread_cond_wait(&l->changed, &l->mtx);
    pthread_mutex_unlock(&l->mtx);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mtx);
    free(l->journal_dir);
    free(l);
}

unsigned live_clients(struct live *l)
{
    unsigned count;

    pthread_mutex_lock(&l->mtx);
    count = l->count;
    pthread_mutex_unlock(&l->mtx);
    return count;
}

bool live_is_following(struct live *l)
{
    bool following;

    pthread_mutex_lock(&l->mtx);
    following = l->following;
    pthread_mutex_unlock(&l->mtx);
    return following;
}

/* The thread. */

static void hand_out(struct live *l, struct live_rendered *r)
{
    int64_t now_us = clock_monotonic_us();

    r->made[0] = r->made[1] = false;
    pthread_mutex_lock(&l->mtx);
    l->position = r->event->position;
    for (struct live_client *c = l->clients; c; c = c->next) {
        if (live_client_offer(c, r, now_us))
            pthread_cond_signal(&c->more);
    }
    pthread_mutex_unlock(&l->mtx);
}

static void say_damaged(struct live *l)
{
    pthread_mutex_lock(&l->mtx);
    for (struct live_client *c = l->clients; c; c = c->next)
        c->lost[LIVE_LOST_DAMAGED]++;
    pthread_mutex_unlock(&l->mtx);
}

/* Whether to go on, after a pause where there is nothing to do. The decision to end and `following`
 * change together: who comes next starts another thread. */
static bool goes_on(struct live *l, int64_t pause_ms)
{
    bool on;

    pthread_mutex_lock(&l->mtx);
    if (pause_ms && !l->stopping && l->count > 0)
        wait_ms(&l->changed, &l->mtx, pause_ms);
    on = !l->stopping && l->count > 0;
    if (!on) {
        l->following = false;
        pthread_cond_broadcast(&l->changed);
    }
    pthread_mutex_unlock(&l->mtx);
    return on;
}

/* Reads on until there is nothing more; how long to wait then. What cannot be read is tried again. */
static int64_t hand_out_what_is_there(struct live *l, struct feed **feed, struct buf text[2])
{
    struct feed_event event;
    struct live_rendered r = {.event = &event, .text = text};
    struct err err = {0};
    int got;

    if (!*feed && feed_open(feed, l->journal_dir, l->position, &err) < 0)
        return LOOK_AGAIN_MS;
    got = feed_next(*feed, &event, &err);
    if (got > 0) {
        hand_out(l, &r);
        return 0;
    }
    if (got == 0)
        return LOOK_EVERY_MS;
    if (err.code == ERR_CORRUPT) {
        say_damaged(l);
        return 0;
    }
    feed_close(*feed);
    *feed = NULL;
    return LOOK_AGAIN_MS;
}

static void *follow(void *ctx)
{
    struct live *l = ctx;
    struct feed *feed = NULL;
    struct buf text[2];
    int64_t pause_ms = 0;

    buf_init(&text[0], LIVE_EVENT_BYTES);
    buf_init(&text[1], LIVE_EVENT_BYTES);
    while (goes_on(l, pause_ms))
        pause_ms = hand_out_what_is_there(l, &feed, text);
    feed_close(feed);
    buf_free(&text[0]);
    buf_free(&text[1]);
    return NULL;
}

/* Under the lock. */
static int start_following(struct live *l, int64_t position, struct err *err)
{
    pthread_attr_t attr;
    pthread_t thread;
    int error;

    if (l->following)
        return 0;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    l->following = true;
    l->position = position;
    error = pthread_create(&thread, &attr, follow, l);
    pthread_attr_destroy(&attr);
    if (!error)
        return 0;
    l->following = false;
    return err_set(err, ERR_BUSY, "start the thread that follows the journal: %s", strerror(error));
}

/* Clients. */

static void free_client(struct live_client *c)
{
    pthread_cond_destroy(&c->more);
    buf_free(&c->queue);
    free(c->name);
    free(c->source);
    free(c);
}

static struct live_client *new_client(struct live *l, const struct live_ask *ask)
{
    struct live_client *c = xcalloc(1, sizeof *c);

    c->live = l;
    c->ask = *ask;
    c->name = ask->filter.name ? xstrdup(ask->filter.name) : NULL;
    c->source = ask->filter.source ? xstrdup(ask->filter.source) : NULL;
    c->ask.filter.name = c->name;
    c->ask.filter.source = c->source;
    c->ask.rate = ask->rate ? ask->rate : LIVE_RATE;
    CHECK(ask->last <= LIVE_LAST_MAX && c->ask.rate <= LIVE_RATE_MAX);
    buf_init(&c->queue, LIVE_QUEUE_BYTES);
    init_cond(&c->more);
    c->wrote_us = clock_monotonic_us();
    return c;
}

static int journal_end(const struct live *l, int64_t *out, struct err *err)
{
    struct feed *f;

    if (feed_open(&f, l->journal_dir, 0, err) < 0)
        return -1;
    *out = feed_durable(f);
    feed_close(f);
    return 0;
}

/* Takes a place, and in it the position from which the thread gives it everything. */
static int enter(struct live *l, struct live_client *c, int64_t end, struct err *err)
{
    int status = 0;

    pthread_mutex_lock(&l->mtx);
    if (l->stopping || l->count == LIVE_CLIENTS_MAX) {
        status = err_set(err, ERR_BUSY, "%s",
                         l->stopping ? "the engine is ending"
                                     : "as many as may watch at once are watching; close one");
    } else if (l->count++, start_following(l, end, err) < 0) {
        l->count--;
        status = -1;
    } else {
        c->from = c->position = l->position;
        c->catching_up = true;
        c->next = l->clients;
        l->clients = c;
    }
    pthread_mutex_unlock(&l->mtx);
    return status;
}

static void leave(struct live_client *c)
{
    struct live *l = c->live;

    pthread_mutex_lock(&l->mtx);
    for (struct live_client **at = &l->clients; *at; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    l->count--;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->mtx);
}

/* What came before goes in front of what the thread has put there meanwhile. */
static int put_what_was(struct live *l, struct live_client *c, struct err *err)
{
    struct live_client *before = new_client(l, &c->ask);
    int status;

    before->from = c->from;
    status = live_client_catch_up(before, l->journal_dir, err);
    pthread_mutex_lock(&l->mtx);
    if (status == 0)
        live_client_put_before(c, before);
    pthread_mutex_unlock(&l->mtx);
    free_client(before);
    return status;
}

int live_join(struct live *l, const struct live_ask *ask, struct live_client **out, struct err *err)
{
    struct live_client *c;
    int64_t end;

    if (journal_end(l, &end, err) < 0)
        return -1;
    c = new_client(l, ask);
    if (enter(l, c, end, err) < 0) {
        free_client(c);
        return -1;
    }
    if (put_what_was(l, c, err) < 0) {
        live_leave(c);
        return -1;
    }
    *out = c;
    return 0;
}

void live_leave(struct live_client *c)
{
    if (!c)
        return;
    leave(c);
    free_client(c);
}

int64_t live_read(struct live_client *c, char *out, size_t max)
{
    struct live *l = c->live;
    int64_t taken = 0;

    while (taken == 0) {
        int64_t now_us;

        if (c->ask.is_wanted && !c->ask.is_wanted(c->ask.ctx))
            return -1;
        pthread_mutex_lock(&l->mtx);
        now_us = clock_monotonic_us();
        live_client_notices(c, now_us);
        if (c->queue.len == c->taken && !l->stopping) {
            wait_ms(&c->more, &l->mtx, LOOK_AGAIN_MS);
            now_us = clock_monotonic_us();
            live_client_notices(c, now_us);
            live_client_beat(c, now_us);
        }
        taken = l->stopping ? -1 : (int64_t)live_client_take(c, out, max);
        if (taken > 0)
            c->wrote_us = now_us;
        pthread_mutex_unlock(&l->mtx);
    }
    return taken;
}
