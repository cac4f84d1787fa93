/* SPDX-License-Identifier: Apache-2.0 */
/* fork.c: the list of clients, and what becomes of them in a fork.
 *
 * Before the fork every lock is taken, so that nothing is half done; after it the parent goes on, and
 * the child forgets what was queued and under way, which the parent will send. The child has none of
 * the parent's threads: its first trigger starts one. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static struct {
    pthread_mutex_t lock;
    struct weir_client *first; /* guarded by lock */
} clients = {PTHREAD_MUTEX_INITIALIZER, NULL};

static pthread_once_t once = PTHREAD_ONCE_INIT, exit_once = PTHREAD_ONCE_INIT;
static volatile bool exiting; /* set by the exiting thread, which alone goes on from there */

static void before(void)
{
    if (exiting)
        return; /* what there is to lock, this thread has */
    pthread_mutex_lock(&clients.lock);
    for (struct weir_client *c = clients.first; c; c = c->next) {
        pthread_mutex_lock(&c->gate);
        pthread_mutex_lock(&c->lock);
        weir_recording_lock(c->recording);
    }
}

static void release_all(void)
{
    if (exiting)
        return;
    for (struct weir_client *c = clients.first; c; c = c->next) {
        weir_recording_unlock(c->recording);
        pthread_mutex_unlock(&c->lock);
        pthread_mutex_unlock(&c->gate);
    }
    pthread_mutex_unlock(&clients.lock);
}

static void start_anew(struct weir_client *c)
{
    struct weir_sending *s = c->sending;

    if (s) {
        weir_batch_clear(&s->batch);
        weir_batch_clear(&s->overflow);
        weir_batch_clear(&s->found);
        weir_transfer_abandon(s->transfer);
        s->transfer = NULL;
        s->told_status = -1;
        s->told_dropped = 0;
        s->attempt = 0;
        s->next_try_us = s->next_look_us = 0;
        s->encoder.cut = 0;
        s->no_library = s->told_spool = false;
        weir_spool_forked(&s->spool);
        if (weir_ring_clear(&c->ring) < 0)
            c->options.disabled = true; /* no memory: this process has no events */
    }
    memset(&c->counts, 0, sizeof c->counts);
    c->entered = c->taken = 0;
    c->thread_state = WEIR_THREAD_NONE;
    c->asleep = 0;
    c->settled = c->flush_to = 0;
    c->last_error[0] = '\0';
    /* Both may have had waiters, who are not here any more. */
    weir_client_init_waiting(c);
}

static void in_child(void)
{
    if (exiting)
        return;
    weir_id_seed();
    for (struct weir_client *c = clients.first; c; c = c->next)
        start_anew(c);
    release_all();
}

/* The exiting thread keeps the locks: what still triggers, queues in vain. */
static void at_exit(void)
{
    before();
    exiting = true;
    for (struct weir_client *c = clients.first; c; c = c->next) {
        weir_recording_unlock(c->recording);
        pthread_mutex_unlock(&c->lock);
    }
    pthread_mutex_unlock(&clients.lock);
}

static void watch_exit(void)
{
    /* Without it, only the tearing down at exit is at risk. */
    (void)atexit(at_exit);
}

void weir_exit_watch(void)
{
    pthread_once(&exit_once, watch_exit);
}

bool weir_exiting(void)
{
    return exiting;
}

static void watch(void)
{
    weir_id_seed();
    pthread_atfork(before, release_all, in_child);
}

void weir_fork_watch(struct weir_client *c)
{
    pthread_once(&once, watch);
    pthread_mutex_lock(&clients.lock);
    c->next = clients.first;
    clients.first = c;
    pthread_mutex_unlock(&clients.lock);
}

void weir_fork_forget(struct weir_client *c)
{
    pthread_mutex_lock(&clients.lock);
    for (struct weir_client **at = &clients.first; *at; at = &(*at)->next)
        if (*at == c) {
            *at = c->next;
            break;
        }
    pthread_mutex_unlock(&clients.lock);
}
