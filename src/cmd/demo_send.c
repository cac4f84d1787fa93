/* SPDX-License-Identifier: Apache-2.0 */
/* demo_send.c: five senders, of which the site's stands for many browsers: each event is a request
 * of its own with the user agent of its visitor and, as from a proxy in front, their address. */
#include "cmd/demo_send.h"

#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "cmd/address.h"

enum { BATCH = 200, RETRY_S = 30, TIMEOUT_S = 10 };

struct demo_senders {
    struct sender *of[TRAFFIC_SOURCES];
    uint64_t sent;
    char user_agent[512], address[96], origin[256];
    const char *headers[4];
};

static const struct settings_source *find_source(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->source_count; i++)
        if (strcmp(settings->sources[i].name, name) == 0)
            return &settings->sources[i];
    return NULL;
}

int demo_senders_new(struct demo_senders **out, const struct settings *settings,
                     const volatile sig_atomic_t *stop, struct err *err)
{
    struct demo_senders *d = xcalloc(1, sizeof *d);
    AUTO_FREE char *url = address_find(settings, "collector", &settings->collector.listen);

    for (int i = 0; i < TRAFFIC_SOURCES; i++) {
        const struct settings_source *source = find_source(settings, traffic_source_name(i));
        struct sender_opts opts = {.url = url,
                                   .batch = i == TRAFFIC_SITE ? 1 : BATCH,
                                   .retry_for_us = RETRY_S * INT64_C(1000000),
                                   .timeout_us = TIMEOUT_S * INT64_C(1000000),
                                   .stop = stop};

        if (!source || (i == TRAFFIC_SITE && source->origins.count == 0)) {
            err_set(err, ERR_USAGE, "%s: the demo needs a source `%s`, as it was made",
                    settings->file, traffic_source_name(i));
            goto fail;
        }
        opts.key = source->key;
        if (sender_new(&d->of[i], &opts, err) < 0)
            goto fail;
        if (i == TRAFFIC_SITE)
            snprintf(d->origin, sizeof d->origin, "Origin: %s", source->origins.items[0]);
    }
    *out = d;
    return 0;

fail:
    demo_senders_free(d);
    return -1;
}

void demo_senders_free(struct demo_senders *d)
{
    if (!d)
        return;
    for (int i = 0; i < TRAFFIC_SOURCES; i++)
        sender_free(d->of[i]);
    free(d);
}

int demo_send(struct demo_senders *d, const struct traffic_event *info, struct str json,
              struct err *err)
{
    struct sender *sender = d->of[info->source];

    CHECK(info->source < TRAFFIC_SOURCES);
    if (info->source == TRAFFIC_SITE) {
        snprintf(d->user_agent, sizeof d->user_agent, "User-Agent: %.*s",
                 STR_ARG(info->user_agent));
        snprintf(d->address, sizeof d->address, "X-Forwarded-For: %.*s", STR_ARG(info->ip));
        d->headers[0] = d->origin;
        d->headers[1] = d->user_agent;
        d->headers[2] = d->address;
        sender_set_headers(sender, d->headers);
    }
    return sender_add(sender, json, ++d->sent, err);
}

int demo_senders_flush(struct demo_senders *d, struct err *err)
{
    for (int i = 0; i < TRAFFIC_SOURCES; i++)
        if (sender_flush(d->of[i], err) < 0)
            return -1;
    return 0;
}

struct sender_counts demo_senders_counts(const struct demo_senders *d)
{
    struct sender_counts sum = {0};

    for (int i = 0; i < TRAFFIC_SOURCES; i++) {
        const struct sender_counts *c = sender_counts(d->of[i]);

        sum.accepted += c->accepted;
        sum.duplicate += c->duplicate;
        sum.quarantined += c->quarantined;
        sum.refused += c->refused;
        sum.requests += c->requests;
        sum.retries += c->retries;
        if (c->position > sum.position)
            sum.position = c->position;
    }
    return sum;
}
