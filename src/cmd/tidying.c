/* SPDX-License-Identifier: Apache-2.0 */
/* tidying.c: looks from time to time what there is to tidy, and does it piece by piece. */
#include "cmd/tidying.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "journal/tidy.h"

enum { LOOK_MOST_S = 30, LOOK_PART = 8 };

struct tidying {
    struct tidy *tidy;
    int64_t every_us;
    char told[240]; /* the failure that was told last; "": none since things went well */
    pthread_t thread;
    bool running;
    pthread_mutex_t mtx;
    pthread_cond_t cond;
    /* guarded by mtx */
    bool stop;
};

static void tell_moved(const struct tidy_report *r)
{
    if (r->moved)
        log_error("journal: %" PRIu64 " of the segments to delete are damaged and now in damaged/, "
                  "e.g. %s",
                  r->moved, r->text);
}

static void tell(struct tidying *t, const struct tidy_report *r)
{
    switch (r->kind) {
    case TIDY_NOTHING: return;
    case TIDY_COMPRESSED:
        log_info("journal: positions %" PRId64 " to %" PRId64 " compressed: %" PRIu64
                 " bytes became %" PRIu64,
                 r->first, r->last, r->before, r->after);
        break;
    case TIDY_DELETED:
        log_info("journal: positions %" PRId64 " to %" PRId64 " deleted, past retention.journal: "
                 "%" PRIu64 " segments, %" PRIu64 " bytes",
                 r->first, r->last, r->segments, r->before);
        tell_moved(r);
        break;
    case TIDY_DAMAGED: log_error("journal: %s; it stays as it is", r->text); break;
    case TIDY_HELD: log_error("journal: %s", r->text); break;
    }
    t->told[0] = '\0';
}

/* All that there is to do now. */
static void tidy_up(struct tidying *t)
{
    struct tidy_report report;
    struct err err = {0};
    int done;

    do {
        done = tidy_step(t->tidy, &report, &err);
        if (done >= 0)
            tell(t, &report);
        else
            tell_moved(&report); /* that is done, whatever stopped it then */
    } while (done > 0);
    if (done == 0 || err.code == ERR_BUSY || strcmp(t->told, err.text) == 0)
        return;
    log_error("journal: tidying: %s", err.text);
    snprintf(t->told, sizeof t->told, "%s", err.text);
}

static bool wait_for_more(struct tidying *t)
{
    int64_t until = clock_monotonic_us() + t->every_us;
    const struct timespec at = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};
    bool stop;

    pthread_mutex_lock(&t->mtx);
    while (!t->stop && pthread_cond_timedwait(&t->cond, &t->mtx, &at) == 0)
        ;
    stop = t->stop;
    pthread_mutex_unlock(&t->mtx);
    return !stop;
}

static void *run(void *arg)
{
    struct tidying *t = arg;

    while (wait_for_more(t))
        tidy_up(t);
    return NULL;
}

/* `retention.journal` as one would write it. */
static char *rule_text(int64_t keep_us)
{
    int64_t s = keep_us / 1000000;

    if (keep_us < 0)
        return xstrdup("retention.journal forever");
    if (s % 86400 == 0)
        return xasprintf("retention.journal %" PRId64 "d", s / 86400);
    if (s % 3600 == 0)
        return xasprintf("retention.journal %" PRId64 "h", s / 3600);
    return xasprintf("retention.journal %" PRId64 "s", s);
}

/* Often enough that nothing is late by more than an eighth. */
static int64_t look_every(const struct settings_journal *s)
{
    int64_t least = (int64_t)LOOK_MOST_S * 1000000;

    if (s->compress_after_us >= 0 && s->compress_after_us / LOOK_PART < least)
        least = s->compress_after_us / LOOK_PART;
    return least < 1000000 ? 1000000 : least;
}

int tidying_start(struct tidying **out, struct journal *journal, const struct settings_journal *s,
                  struct err *err)
{
    struct tidying *t = xcalloc(1, sizeof *t);
    AUTO_FREE char *rule = rule_text(s->keep_us);
    pthread_condattr_t attr;
    int error;

    t->tidy = tidy_new(&(struct tidy_opts){.journal = journal,
                                           .compress_after_us = s->compress_after_us,
                                           .keep_us = s->keep_us,
                                           .rule = rule});
    t->every_us = look_every(s);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&t->cond, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&t->mtx, NULL);
    error = pthread_create(&t->thread, NULL, run, t);
    if (error) {
        tidying_stop(t);
        return err_set(err, ERR_INTERNAL, "start the journal's tidying thread: %s",
                       strerror(error));
    }
    t->running = true;
    *out = t;
    return 0;
}

void tidying_stop(struct tidying *t)
{
    if (!t)
        return;
    if (t->running) {
        tidy_stop(t->tidy);
        pthread_mutex_lock(&t->mtx);
        t->stop = true;
        pthread_cond_signal(&t->cond);
        pthread_mutex_unlock(&t->mtx);
        pthread_join(t->thread, NULL);
    }
    tidy_free(t->tidy);
    pthread_cond_destroy(&t->cond);
    pthread_mutex_destroy(&t->mtx);
    free(t);
}
