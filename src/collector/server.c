/* SPDX-License-Identifier: Apache-2.0 */
/* server.c: starts and stops the edges.
 *
 * One socket and one thread for each edge, all on the same address: the kernel spreads connections
 * over them. The first socket is bound before it may be shared, so that a second collector on the
 * address is an error and no silent sharing.
 * Leaves to edge.c: everything a thread does. */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "collector/request.h"

enum {
    EDGES_MAX = 64,
    BACKLOG = 1024,
    FILES_RESERVED = 64, /* for the journal, the catalogue, the log */
    CONNECTIONS_MAX = 16384,
};

static int parse_listen(const struct settings_listen *at, uint16_t port,
                        struct sockaddr_storage *out, socklen_t *len, struct err *err)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, at->host, &in.sin_addr) == 1) {
        memcpy(out, &in, *len = sizeof in);
        return 0;
    }
    if (inet_pton(AF_INET6, at->host, &in6.sin6_addr) == 1) {
        memcpy(out, &in6, *len = sizeof in6);
        return 0;
    }
    return err_set(err, ERR_USAGE, "collector.listen: `%s` is not an IP address", at->host);
}

static int listen_failed(struct err *err, const struct settings_listen *at, uint16_t port)
{
    return err_set(err, errno == EADDRINUSE ? ERR_BUSY : ERR_IO,
                   "collector.listen: listen on %s port %u: %s", at->host, (unsigned)port,
                   strerror(errno));
}

/* Returns the socket; -1. The first edge's is exclusive until it is bound. */
static int open_socket(const struct settings_listen *at, uint16_t port, bool first, struct err *err)
{
    struct sockaddr_storage where;
    socklen_t len = 0;
    AUTO_FD fd = -1;
    int on = 1, result;

    if (parse_listen(at, port, &where, &len, err) < 0)
        return -1;
    fd = socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return listen_failed(err, at, port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!first)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&where, len) < 0)
        return listen_failed(err, at, port);
    if (first)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (listen(fd, BACKLOG) < 0)
        return listen_failed(err, at, port);
    result = fd;
    fd = -1;
    return result;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in6 in6;
    struct sockaddr_in in;
    socklen_t len = sizeof at;

    if (getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        return 0;
    memcpy(&in, &at, sizeof in);
    memcpy(&in6, &at, sizeof in6);
    return ntohs(at.ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
}

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
    int fd = open_socket(at, number == 0 ? at->port : c->port, number == 0, err);

    if (fd < 0)
        return -1;
    if (number == 0)
        c->port = port_of(fd);
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

    CHECK(opts->settings && opts->admission && opts->sources && opts->journal);
    c->opts = *opts;
    c->started_us = clock_monotonic_us();
    c->held_max = held_max(&opts->settings->collector);
    c->edge_count = count_edges(opts->settings);
    c->edges = xcalloc(c->edge_count, sizeof *c->edges);
    c->metrics = metrics_new(opts->sources, c->edge_count);
    if (proxies_new(&c->proxies, &opts->settings->collector.trusted_proxies, err) < 0)
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

void collector_stop(struct collector *c)
{
    bool stuck = false;

    if (!c)
        return;
    atomic_store_explicit(&c->stopping, true, memory_order_release);
    for (unsigned i = 0; i < c->started; i++)
        shutdown(c->edges[i].listen_fd, SHUT_RD); /* also wakes the thread */
    for (unsigned i = 0; i < c->started; i++) {
        edge_join(&c->edges[i]);
        stuck = stuck || c->edges[i].stuck;
    }
    if (stuck)
        return; /* an edge's rounds are still with the journal; the process is about to end */
    metrics_free(c->metrics);
    proxies_free(c->proxies);
    free(c->edges);
    free(c);
}

uint16_t collector_port(const struct collector *c)
{
    return c->port;
}
