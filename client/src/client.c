/* SPDX-License-Identifier: Apache-2.0 */
/* client.c: making and freeing a client, waiting for it, and its statistics. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    QUEUE_MIN = 256 * 1024,
    QUEUE_DEFAULT = 4 * 1024 * 1024,
    SPOOL_DEFAULT = 64 * 1024 * 1024,
    BATCH_DEFAULT = 500,
    FLUSH_DEFAULT_MS = 1000,
    CONNECT_DEFAULT_MS = 2000,
    TIMEOUT_DEFAULT_MS = 10000,
};

/* --- options --- */

/* NULL stays NULL. */
static int copy_text(const char **text)
{
    if (*text)
        *text = strdup(*text);
    return 0;
}

static const char *const *copy_list(const char *const *list)
{
    size_t count = 0;
    char **copy;

    while (list && list[count])
        count++;
    copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        copy[i] = strdup(list[i]);
    return (const char *const *)copy;
}

static void free_list(const char *const *list)
{
    for (size_t i = 0; list && list[i]; i++)
        free((char *)(uintptr_t)list[i]);
    free((void *)(uintptr_t)list);
}

static unsigned or_default(unsigned value, unsigned otherwise)
{
    return value ? value : otherwise;
}

static size_t ring_size(size_t wanted)
{
    size_t size = QUEUE_MIN;

    if (wanted == 0)
        wanted = QUEUE_DEFAULT;
    while (size < wanted && size <= SIZE_MAX / 4)
        size *= 2;
    return size;
}

static void set_options(struct weir_options *o, const struct weir_options *given)
{
    if (given)
        *o = *given;
    if (!o->url)
        o->url = "http://127.0.0.1:8080";
    if (!o->key)
        o->key = "";
    if (!o->user_agent)
        o->user_agent = "libweir/" WEIR_CLIENT_VERSION;
    o->url = strdup(o->url);
    o->key = strdup(o->key);
    o->user_agent = strdup(o->user_agent);
    copy_text(&o->spool);
    copy_text(&o->environment);
    copy_text(&o->app_version);
    o->excluded_user_agents = copy_list(o->excluded_user_agents);
    o->api_paths = copy_list(o->api_paths);
    o->spool_bytes = o->spool_bytes ? o->spool_bytes : SPOOL_DEFAULT;
    o->queue_bytes = ring_size(o->queue_bytes);
    o->batch_events = or_default(o->batch_events, BATCH_DEFAULT);
    if (o->batch_events > WEIR_BATCH_EVENTS)
        o->batch_events = WEIR_BATCH_EVENTS;
    o->flush_interval_ms = or_default(o->flush_interval_ms, FLUSH_DEFAULT_MS);
    o->connect_timeout_ms = or_default(o->connect_timeout_ms, CONNECT_DEFAULT_MS);
    o->timeout_ms = or_default(o->timeout_ms, TIMEOUT_DEFAULT_MS);
}

static void free_options(struct weir_options *o)
{
    const char *const texts[] = {o->url,   o->key,         o->user_agent,
                                 o->spool, o->environment, o->app_version};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free((char *)(uintptr_t)texts[i]);
    free_list(o->excluded_user_agents);
    free_list(o->api_paths);
}

/* Neither may end a line of a request. */
static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static bool options_are_sound(const struct weir_options *o)
{
    return o->url && o->key && o->user_agent && o->excluded_user_agents && o->api_paths &&
           is_plain(o->url) && is_plain(o->key) && is_plain(o->user_agent);
}

static char *events_url(const char *base)
{
    size_t len = strlen(base), size = len + sizeof "/v1/events";
    char *url = malloc(size);

    while (len && base[len - 1] == '/')
        len--;
    if (url)
        snprintf(url, size, "%.*s/v1/events", (int)len, base);
    return url;
}

/* --- life --- */

int weir_client_init_waiting(struct weir_client *c)
{
    pthread_condattr_t attr;

    if (sem_init(&c->wake, 0, 0) < 0)
        return -1;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->settled_more, &attr);
    pthread_condattr_destroy(&attr);
    return 0;
}

static void free_all(struct weir_client *c)
{
    weir_sending_free(c->sending);
    weir_recording_free(c->recording);
    weir_ring_free(&c->ring);
    free_options(&c->options);
    free(c->url);
    free(c);
}

static int start(struct weir_client *c)
{
    if (c->options.disabled)
        return 0;
    if (c->options.test) {
        c->recording = weir_recording_new(&c->options);
        return c->recording ? 0 : -1;
    }
    c->sending = weir_sending_new(&c->options);
    if (!c->sending || weir_ring_init(&c->ring, c->options.queue_bytes) < 0)
        return -1;
    return 0;
}

struct weir_client *weir_client_new(const struct weir_options *options)
{
    struct weir_client *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    set_options(&c->options, options);
    if (options_are_sound(&c->options))
        c->url = events_url(c->options.url);
    pthread_mutex_init(&c->gate, NULL);
    pthread_mutex_init(&c->lock, NULL);
    if (!c->url || weir_client_init_waiting(c) < 0) {
        free_all(c);
        return NULL;
    }
    weir_fork_watch(c); /* seeds the ids, once */
    if (start(c) < 0) {
        weir_fork_forget(c);
        free_all(c);
        return NULL;
    }
    if (c->sending)
        weir_worker_start(c);
    return c;
}

void weir_client_free(struct weir_client *client, unsigned deadline_ms)
{
    struct weir_client *c = client;

    if (!c)
        return;
    if (weir_exiting() && c->sending) {
        /* The sending thread stands still for good, with what it had: this thread has its lock. */
        c->options.on_error = NULL;
        weir_worker_leave(c);
        return;
    }
    pthread_mutex_lock(&c->lock);
    c->closing = true;
    c->close_us = weir_uptime_us() + (int64_t)deadline_ms * 1000;
    pthread_mutex_unlock(&c->lock);
    if (c->sending)
        weir_worker_end(c);
    weir_fork_forget(c);
    free_all(c);
}

/* --- waiting --- */

static struct timespec uptime_in(unsigned ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    return until;
}

int weir_flush(struct weir_client *client, unsigned deadline_ms)
{
    int64_t until_us = weir_uptime_us() + (int64_t)deadline_ms * 1000;
    struct weir_client *c = client;
    struct timespec until = uptime_in(deadline_ms);
    uint64_t wanted;
    bool settled;

    if (!c || !c->sending || c->options.disabled)
        return 0;
    wanted = weir_ring_head(&c->ring);
    pthread_mutex_lock(&c->lock);
    if (c->settled < wanted) {
        if (c->flush_to < wanted)
            c->flush_to = wanted;
        if (c->flush_until_us < until_us)
            c->flush_until_us = until_us;
        c->flushes++;
        weir_worker_start(c);
        sem_post(&c->wake);
    }
    while (c->settled < wanted && pthread_cond_timedwait(&c->settled_more, &c->lock, &until) == 0)
        ;
    settled = c->settled >= wanted;
    pthread_mutex_unlock(&c->lock);
    return settled ? 0 : -1;
}

/* --- statistics --- */

void weir_client_stats(struct weir_client *client, struct weir_stats *out)
{
    const struct weir_counts *n = client ? &client->counts : NULL;
    uint64_t in, gone;

    if (!out)
        return;
    memset(out, 0, sizeof *out);
    if (!n)
        return;
    out->recovered = weir_counted(&n->recovered);
    out->accepted = weir_counted(&n->accepted);
    out->duplicate = weir_counted(&n->duplicate);
    out->rejected = weir_counted(&n->rejected);
    out->spooled = weir_counted(&n->spooled);
    out->dropped = weir_counted(&n->no_room) + weir_counted(&n->too_large) +
                   weir_counted(&n->no_name) + weir_counted(&n->too_late);
    out->cut = weir_counted(&n->cut);
    out->requests = weir_counted(&n->requests);
    out->failed_requests = weir_counted(&n->failed_requests);
    out->triggered = weir_counted(&n->triggered);
    in = out->triggered + out->recovered;
    gone = out->accepted + out->duplicate + out->rejected + out->dropped + out->spooled;
    out->queued = in > gone ? in - gone : 0; /* not all was read in the same moment */
    pthread_mutex_lock(&client->lock);
    memcpy(out->last_error, client->last_error, sizeof out->last_error);
    pthread_mutex_unlock(&client->lock);
}
