/* SPDX-License-Identifier: Apache-2.0 */
/* server.c: starts and stops the edges.
 *
 * One socket and one thread for each edge, all on the same address: the kernel spreads connections
 * over them. The first socket is bound before it may be shared, so that a second collector on the
 * address is an error and no silent sharing.
 * Leaves to edge.c: everything a thread does. */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/listen.h"
#include "base/mem.h"
#include "collector/request.h"

enum {
    EDGES_MAX = 64,
    FILES_RESERVED = 64, /* for the journal, the catalogue, the log */
    CONNECTIONS_MAX = 16384,
};

static unsigned count_edges(const struct settings *s)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t wanted = s->collector.threads ? s->collector.threads : cores > 0 ? (uint64_t)cores : 1;

    return wanted > EDGES_MAX ? EDGES_MAX : (unsigned)wanted;
}

/* Of one edge, so that all of them together leave files for the rest of the process. */
static unsigned connections_of_edge(unsigned edges)
{
    struct rlimit files = {.rlim_cur = 1024};
    rlim_t most = CONNECTIONS_MAX;

    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < most + FILES_RESERVED)
        most = files.rlim_cur > 2 * FILES_RESERVED ? files.rlim_cur - FILES_RESERVED
                                                   : files.rlim_cur / 2;
    return most / edges > 0 ? (unsigned)(most / edges) : 1;
}

/* Memory for bodies: four of the largest, at least. */
static size_t held_max(const struct settings_collector *s)
{
    uint64_t largest = s->body_bytes > s->inflated_bytes ? s->body_bytes : s->inflated_bytes;

    return 4 * largest > REQUEST_HELD_MIN ? (size_t)(4 * largest) : REQUEST_HELD_MIN;
}

static int start_edge(struct collector *c, unsigned number, struct err *err)
{
    const struct settings_listen *at = &c->opts.settings->collector.listen;
    bool first = number == 0;
    int fd = listen_open(at->host, first ? at->port : c->port,
                         first ? LISTEN_FIRST : LISTEN_JOINING, err);

    if (fd < 0)
        return err_prefix(err, "collector.listen");
    if (first)
        c->port = listen_port(fd);
    if (edge_start(&c->edges[number], c, number, fd, connections_of_edge(c->edge_count), err) < 0) {
        if (c->edges[number].listen_fd >= 0)
            close(fd);
        return -1;
    }
    c->started++;
    return 0;
}

int collector_start(struct collector **out, const struct collector_opts *opts, struct err *err)
{
    struct collector *c = xcalloc(1, sizeof *c);

    CHECK(opts->settings && opts->admission && opts->sources && opts->journal && opts->ledger);
    c->opts = *opts;
    c->started_us = clock_monotonic_us();
    c->held_max = held_max(&opts->settings->collector);
    c->edge_count = count_edges(opts->settings);
    c->edges = xcalloc(c->edge_count, sizeof *c->edges);
    c->metrics = metrics_new(opts->sources, c->edge_count);
    if (proxies_new(&c->proxies, &opts->settings->collector.trusted_proxies,
                    "collector.trusted_proxies", err) < 0)
        goto fail;
    while (c->started < c->edge_count)
        if (start_edge(c, c->started, err) < 0)
            goto fail;
    *out = c;
    return 0;

fail:
    collector_stop(c);
    return -1;
}

bool collector_stop(struct collector *c)
{
    bool stuck = false;

    if (!c)
        return true;
    atomic_store_explicit(&c->stopping, true, memory_order_release);
    for (unsigned i = 0; i < c->started; i++)
        shutdown(c->edges[i].listen_fd, SHUT_RD); /* also wakes the thread */
    for (unsigned i = 0; i < c->started; i++) {
        edge_join(&c->edges[i]);
        stuck = stuck || c->edges[i].stuck;
    }
    if (stuck)
        return false; /* an edge's rounds are still with the journal; the process is about to end */
    metrics_free(c->metrics);
    proxies_free(c->proxies);
    free(c->edges);
    free(c);
    return true;
}

uint16_t collector_port(const struct collector *c)
{
    return c->port;
}
