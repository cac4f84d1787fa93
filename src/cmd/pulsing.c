/* SPDX-License-Identifier: Apache-2.0 */
/* pulsing.c: GET /metrics of the collector into a pulse; once a minute a look at the journal's folder.
 *
 * The collector is asked over its own address, so that it is known to answer. That it does not is a
 * sample like any other. */
#include "cmd/pulsing.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "cmd/address.h"
#include "cmd/http_client.h"
#include "console/pulse.h"
#include "journal/reader.h"

enum { METRICS_MAX = 4 << 20, ANSWER_US = 2000000, LOOK_EVERY = 60 / PULSE_EVERY_S };

struct journal_facts {
    int64_t looked_us, durable, first, oldest_us; /* 0: not known, or nothing is there */
    uint64_t bytes, files;
    char error[160];
};

struct pulsing {
    const struct settings *settings;
    struct pulse *pulse;
    struct http_client *client;
    volatile sig_atomic_t stop_request;
    pthread_t thread;
    pthread_mutex_t mtx;
    pthread_cond_t changed;
    /* guarded by mtx */
    bool stopping;
    struct journal_facts journal;
};

static void ask_collector(struct pulsing *p)
{
    AUTO_FREE char *base = address_find(p->settings, "collector", &p->settings->collector.listen);
    AUTO_FREE char *url = xasprintf("%s/metrics", base);
    struct pulse_sample sample = {0};
    struct http_response answer;
    struct err err = {0};

    if (http_client_send(
            p->client, &(struct http_request){.method = "GET", .url = url, .timeout_us = ANSWER_US},
            &answer, &err) < 0)
        snprintf(sample.error, sizeof sample.error, "%.150s", err.text);
    else if (answer.status != 200)
        snprintf(sample.error, sizeof sample.error, "%.100s/metrics answered with status %d", base,
                 answer.status);
    else if (!pulse_parse(&sample, answer.body))
        snprintf(sample.error, sizeof sample.error, "%.100s is no collector's address", base);
    else
        sample.up = true;
    sample.at_us = clock_now_us();
    if (!p->stop_request)
        pulse_add(p->pulse, &sample);
}

/* The journal's folder. */

struct adding {
    const char *dir;
    uint64_t bytes, files;
};

static int add_file(void *ctx, const char *name)
{
    struct adding *a = ctx;
    AUTO_FREE char *path = io_join(a->dir, name);
    struct stat st;

    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) { /* one may be deleted meanwhile */
        a->bytes += (uint64_t)st.st_blocks * 512;
        a->files++;
    }
    return 0;
}

static int find_oldest(const char *dir, struct journal_facts *out, struct err *err)
{
    struct journal_reader *reader;
    struct journal_entry entry;
    int got;

    if (journal_reader_open(&reader, io_system(), dir, 0, err) < 0)
        return -1;
    out->durable = journal_reader_durable(reader);
    got = journal_reader_next(reader, &entry, err);
    if (got > 0) {
        out->first = entry.position;
        out->oldest_us = entry.received_us;
    }
    journal_reader_close(reader);
    return got < 0 ? -1 : 0;
}

static void look_at_journal(struct pulsing *p)
{
    AUTO_FREE char *dir = settings_data_path(p->settings, "journal");
    struct journal_facts facts = {.looked_us = clock_now_us()};
    struct adding adding = {.dir = dir};
    struct err err = {0};

    if (find_oldest(dir, &facts, &err) < 0)
        snprintf(facts.error, sizeof facts.error, "%.150s", err.text);
    io_system()->list(io_system(), dir, add_file, &adding); /* no folder yet: nothing in it */
    facts.bytes = adding.bytes;
    facts.files = adding.files;
    pthread_mutex_lock(&p->mtx);
    p->journal = facts;
    pthread_mutex_unlock(&p->mtx);
}

/* True once it is to end. */
static bool wait_a_while(struct pulsing *p)
{
    int64_t us = clock_monotonic_us() + PULSE_EVERY_S * INT64_C(1000000);
    const struct timespec until = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    bool stopping;

    pthread_mutex_lock(&p->mtx);
    while (!p->stopping && clock_monotonic_us() < us)
        pthread_cond_timedwait(&p->changed, &p->mtx, &until);
    stopping = p->stopping;
    pthread_mutex_unlock(&p->mtx);
    return stopping;
}

static void *feel(void *ctx)
{
    struct pulsing *p = ctx;
    unsigned round = 0;

    do {
        if (round++ % LOOK_EVERY == 0 || p->journal.first == 0) /* this thread alone writes it */
            look_at_journal(p);
        ask_collector(p);
    } while (!wait_a_while(p));
    return NULL;
}

static void free_parts(struct pulsing *p)
{
    http_client_free(p->client);
    pulse_free(p->pulse);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->mtx);
    free(p);
}

int pulsing_start(struct pulsing **out, const struct settings *s, struct err *err)
{
    struct pulsing *p = xcalloc(1, sizeof *p);
    pthread_condattr_t attr;
    int error;

    p->settings = s;
    p->pulse = pulse_new();
    pthread_mutex_init(&p->mtx, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (http_client_new(&p->client, METRICS_MAX, &p->stop_request, err) < 0)
        goto fail;
    error = pthread_create(&p->thread, NULL, feel, p);
    if (error) {
        err_set(err, ERR_BUSY, "start the thread that asks the collector: %s", strerror(error));
        goto fail;
    }
    *out = p;
    return 0;

fail:
    free_parts(p);
    return -1;
}

void pulsing_stop(struct pulsing *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->mtx);
    p->stopping = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->mtx);
    p->stop_request = 1;
    pthread_join(p->thread, NULL);
    free_parts(p);
}

void pulsing_put_json(struct pulsing *p, struct buf *out)
{
    struct journal_facts j;

    pthread_mutex_lock(&p->mtx);
    j = p->journal;
    pthread_mutex_unlock(&p->mtx);
    pulse_put_json(p->pulse, out);
    if (!j.looked_us) {
        buf_str(out, STR(",\"journal\":null"));
        return;
    }
    buf_printf(out,
               ",\"journal\":{\"looked_us\":%" PRId64 ",\"bytes\":%" PRIu64 ",\"files\":%" PRIu64
               ",\"first\":%" PRId64 ",\"durable\":%" PRId64 ",\"oldest_us\":%" PRId64
               ",\"error\":",
               j.looked_us, j.bytes, j.files, j.first, j.durable, j.oldest_us);
    if (j.error[0])
        buf_json(out, str_from(j.error));
    else
        buf_str(out, STR("null"));
    buf_char(out, '}');
}
