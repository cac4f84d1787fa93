/* SPDX-License-Identifier: Apache-2.0 */
/* shared.c: runs by their keys, under way or kept, in a list: few, so that looking through it is quick.
 *
 * A run under way stands before the kept one of its key, which it replaces when it ends well. An answer
 * counts its runs, a run counts the threads that hold it, and the list is one more. Promises that nobody
 * is given what an answer of other rights says, as far as the keys tell them apart, that no error is kept,
 * and that nothing is freed under the lock. What an answer is and whether its state changed is left to
 * those who ask. */
#include "console/shared.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"

enum { LOOK_EVERY_US = 100000 };

struct held {
    void *answer;
    uint64_t bytes;
    int64_t made_us;
    unsigned runs;
    uint8_t state[SHARED_STATE_BYTES];
};

struct shared_run {
    struct shared_run *next;
    char *key;
    size_t key_len;
    /* guarded by the table's mtx until it has ended */
    enum { UNDER_WAY, ANSWERED, FAILED } how;
    bool listed;
    unsigned holders;
    struct held *held; /* of ANSWERED */
    struct err err; /* of FAILED */
    int64_t ended_us, used_us;
};

struct shared {
    void (*drop)(void *answer);
    pthread_mutex_t mtx;
    pthread_cond_t ended;
    struct shared_run *first; /* guarded by mtx */
};

/* What is to be freed once the lock is given back. */
struct leavings {
    struct shared_run *first;
};

struct shared *shared_new(void (*drop)(void *answer))
{
    struct shared *s = xcalloc(1, sizeof *s);
    pthread_condattr_t attr;

    s->drop = drop;
    pthread_mutex_init(&s->mtx, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->ended, &attr);
    pthread_condattr_destroy(&attr);
    return s;
}

/* One holder less. */
static void let_go(struct shared_run *run, struct leavings *l)
{
    CHECK(run->holders > 0);
    if (--run->holders > 0)
        return;
    CHECK(!run->listed);
    if (run->held && --run->held->runs > 0)
        run->held = NULL;
    run->next = l->first;
    l->first = run;
}

static void unlist(struct shared *s, struct shared_run *run, struct leavings *l)
{
    struct shared_run **at = &s->first;

    if (!run->listed)
        return;
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    run->listed = false;
    let_go(run, l);
}

static void lock(struct shared *s)
{
    pthread_mutex_lock(&s->mtx);
}

static void unlock(struct shared *s, struct leavings *l)
{
    struct shared_run *run;

    pthread_mutex_unlock(&s->mtx);
    while (l && (run = l->first)) {
        l->first = run->next;
        if (run->held)
            s->drop(run->held->answer);
        free(run->held);
        free(run->key);
        free(run);
    }
}

void shared_forget(struct shared *s)
{
    struct leavings l = {0};

    lock(s);
    while (s->first)
        unlist(s, s->first, &l);
    unlock(s, &l);
}

void shared_free(struct shared *s)
{
    if (!s)
        return;
    shared_forget(s);
    pthread_cond_destroy(&s->ended);
    pthread_mutex_destroy(&s->mtx);
    free(s);
}

/* The first of this key, behind `after` where that is given. */
static struct shared_run *find(const struct shared *s, const char *key, size_t key_len,
                               const struct shared_run *after)
{
    struct shared_run *run = after ? after->next : s->first;

    while (run && !(run->key_len == key_len && memcmp(run->key, key, key_len) == 0))
        run = run->next;
    return run;
}

static struct shared_run *begin(struct shared *s, struct str key)
{
    struct shared_run *run = xcalloc(1, sizeof *run);

    run->key = xmemdup(key.ptr, key.len);
    run->key_len = key.len;
    run->holders = 2; /* the list, and who leads it */
    run->listed = true;
    run->next = s->first;
    s->first = run;
    return run;
}

/* Holds the lock on entry and on return, but not while it asks whether this one has gone. */
static bool wait_for(struct shared *s, const struct shared_run *run, bool (*is_gone)(void *),
                     void *who)
{
    bool gone = false;

    while (run->how == UNDER_WAY && !gone) {
        int64_t us = clock_monotonic_us() + LOOK_EVERY_US;
        struct timespec until = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

        pthread_cond_timedwait(&s->ended, &s->mtx, &until);
        if (run->how != UNDER_WAY)
            break;
        pthread_mutex_unlock(&s->mtx);
        gone = is_gone(who);
        pthread_mutex_lock(&s->mtx);
    }
    return run->how != UNDER_WAY;
}

/* An answer, or an error that would come to everybody. */
static bool is_for_all(const struct shared_run *run)
{
    return run->how == ANSWERED || (run->err.code != ERR_STOPPED && run->err.code != ERR_BUSY);
}

static bool is_fresh(const struct shared_run *run)
{
    return run->how == ANSWERED && clock_monotonic_us() - run->ended_us < SHARED_FRESH_US;
}

enum shared_part shared_enter(struct shared *s, struct str key, bool (*is_gone)(void *who),
                              void *who, struct shared_run **out)
{
    enum shared_part part = SHARED_LEAD;
    struct shared_run *run;
    struct leavings l = {0};

    lock(s);
    while (part == SHARED_LEAD && (run = find(s, key.ptr, key.len, NULL)) &&
           (run->how == UNDER_WAY || is_fresh(run))) {
        run->holders++;
        part = !wait_for(s, run, is_gone, who) ? SHARED_LEFT
               : is_for_all(run)               ? SHARED_GIVEN
                                               : SHARED_LEAD;
        run->used_us = clock_monotonic_us();
        *out = run;
        if (part != SHARED_GIVEN)
            let_go(run, &l);
    }
    if (part == SHARED_LEAD)
        *out = begin(s, key);
    unlock(s, &l);
    return part;
}

bool shared_is_awaited(struct shared *s, struct shared_run *run)
{
    bool awaited;

    lock(s);
    awaited = run->holders > (run->listed ? 2U : 1U);
    unlock(s, NULL);
    return awaited;
}

/* The kept answers that were not asked for longest go, until the others are few and small enough. */
static void make_room(struct shared *s, struct leavings *l)
{
    for (;;) {
        struct shared_run *oldest = NULL;
        uint64_t bytes = 0, count = 0;

        for (struct shared_run *run = s->first; run; run = run->next) {
            if (run->how == UNDER_WAY)
                continue;
            bytes += run->held->bytes + run->key_len;
            count++;
            if (!oldest || run->used_us <= oldest->used_us) /* newer ones stand first */
                oldest = run;
        }
        if (count <= SHARED_KEPT_MAX && bytes <= SHARED_BYTES_MAX)
            return;
        unlist(s, oldest, l);
    }
}

/* Under the lock. What was kept for this key goes. */
static void end(struct shared *s, struct shared_run *run, struct held *held, struct leavings *l)
{
    struct shared_run *before = run->listed ? find(s, run->key, run->key_len, run) : NULL;

    run->how = ANSWERED;
    run->held = held;
    held->runs++;
    run->ended_us = run->used_us = clock_monotonic_us();
    if (before)
        unlist(s, before, l);
    if (held->bytes > SHARED_ANSWER_MAX)
        unlist(s, run, l);
    make_room(s, l);
    pthread_cond_broadcast(&s->ended);
}

bool shared_as_before(struct shared *s, struct shared_run *run,
                      const uint8_t state[SHARED_STATE_BYTES])
{
    struct leavings l = {0};
    struct shared_run *before;
    bool same;

    lock(s);
    before = run->listed ? find(s, run->key, run->key_len, run) : NULL;
    same = before && memcmp(before->held->state, state, SHARED_STATE_BYTES) == 0 &&
           clock_monotonic_us() - before->held->made_us < SHARED_SAME_US;
    if (same)
        end(s, run, before->held, &l);
    unlock(s, &l);
    return same;
}

void shared_finish(struct shared *s, struct shared_run *run,
                   const uint8_t state[SHARED_STATE_BYTES], void *answer, uint64_t bytes)
{
    struct held *held = xcalloc(1, sizeof *held);
    struct leavings l = {0};

    held->answer = answer;
    held->bytes = bytes;
    held->made_us = clock_monotonic_us();
    memcpy(held->state, state, SHARED_STATE_BYTES);
    lock(s);
    end(s, run, held, &l);
    unlock(s, &l);
}

void shared_fail(struct shared *s, struct shared_run *run, const struct err *err)
{
    struct leavings l = {0};

    lock(s);
    run->how = FAILED;
    run->err = *err;
    unlist(s, run, &l);
    pthread_cond_broadcast(&s->ended);
    unlock(s, &l);
}

const struct err *shared_failed(const struct shared_run *run)
{
    return run->how == FAILED ? &run->err : NULL;
}

void *shared_answer(const struct shared_run *run)
{
    CHECK(run->how == ANSWERED);
    return run->held->answer;
}

void shared_leave(struct shared *s, struct shared_run *run)
{
    struct leavings l = {0};

    lock(s);
    let_go(run, &l);
    unlock(s, &l);
}
