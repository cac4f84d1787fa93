/* SPDX-License-Identifier: Apache-2.0 */
/* edge.c: the loop of one edge thread.
 *
 * A turn: read until a pass brings nothing new; hand the round to the journal; wait for it, but look
 * at the sockets again every 2 ms in case the disk is slow; make the answers; send them.
 * A request that waits stays in the library's list of ready connections without being suspended:
 * each pass asks for its answer again, which costs a call and no system call.
 * Leaves to conn.c: time limits. To round.c: the journal. */
#include "collector/request.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "flow/carried_view.h"

enum {
    GATHER_PASSES = 4,
    TICK_MS = 1000, /* how often time limits are looked at */
    COMMIT_LOOK_US = 2000,
    DRAIN_US = 10000000,
    ARENA_KEEP = 64 * 1024,
    ARENA_CEILING = 8 * 1024 * 1024, /* of one event, with all it becomes */
    CONNECTION_MEMORY = 24 * 1024, /* of the library: a header of HEAD_BYTES_MAX and its index */
};

static void read_clocks(struct edge *e)
{
    if (e->clock_read)
        return;
    e->monotonic_us = clock_monotonic_us();
    e->wall_us = clock_now_us();
    e->clock_read = true;
}

int64_t edge_monotonic_us(struct edge *e)
{
    read_clocks(e);
    return e->monotonic_us;
}

int64_t edge_wall_us(struct edge *e)
{
    read_clocks(e);
    return e->wall_us;
}

static void pass(struct edge *e, int wait_ms)
{
    e->clock_read = false;
    MHD_run_wait(e->daemon, wait_ms);
}

static size_t gathered(const struct edge *e)
{
    return e->open ? e->open->count : 0;
}

/* The answers of decided rounds: a pass queues them, the next one sends them. */
static void send_answers(struct edge *e)
{
    while (round_settle(e)) {
        pass(e, 0);
        pass(e, 0);
    }
}

static void turn(struct edge *e, int wait_ms)
{
    pass(e, e->flying ? 0 : wait_ms);
    for (int i = 0; i < GATHER_PASSES && gathered(e) > 0; i++) {
        size_t before = gathered(e);

        pass(e, 0);
        if (gathered(e) == before)
            break;
    }
    round_submit(e);
    if (e->flying) {
        round_wait(e, COMMIT_LOOK_US);
        send_answers(e);
    }
}

static void sweep_now_and_then(struct edge *e, int64_t *last_us)
{
    int64_t now_us = edge_monotonic_us(e);

    if (now_us - *last_us < TICK_MS * 1000)
        return;
    *last_us = now_us;
    conn_sweep(e);
}

/* Answers what has been received; returns after DRAIN_US in any case. */
static void drain(struct edge *e)
{
    int64_t until_us = clock_monotonic_us() + DRAIN_US, swept_us = 0;

    MHD_quiesce_daemon(e->daemon);
    while ((e->active > 0 || e->flying > 0) && clock_monotonic_us() < until_us) {
        turn(e, 50);
        sweep_now_and_then(e, &swept_us);
    }
    e->stuck = e->flying > 0;
}

static void *run(void *arg)
{
    struct edge *e = arg;
    int64_t swept_us = 0;

    while (!atomic_load_explicit(&e->collector->stopping, memory_order_acquire)) {
        turn(e, TICK_MS);
        sweep_now_and_then(e, &swept_us);
    }
    drain(e);
    if (!e->stuck) {
        MHD_stop_daemon(e->daemon);
        e->daemon = NULL;
    }
    return NULL;
}

static int start_daemon(struct edge *e, unsigned connections_max, struct err *err)
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof at;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_TURBO;

    if (getsockname(e->listen_fd, (struct sockaddr *)&at, &len) == 0 && at.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    e->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, request_handle, e, MHD_OPTION_LISTEN_SOCKET, e->listen_fd,
        MHD_OPTION_URI_LOG_CALLBACK, request_begin, e, MHD_OPTION_NOTIFY_COMPLETED, request_end, e,
        MHD_OPTION_NOTIFY_CONNECTION, conn_notify, e, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, connections_max,
        MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    if (!e->daemon)
        return err_set(err, ERR_INTERNAL, "start the HTTP daemon of edge %u: %s", e->number,
                       strerror(errno));
    return 0;
}

static void free_parts(struct edge *e)
{
    round_free_all(e);
    request_free_all(e);
    conn_free_all(e);
    native_free(e->native);
    content_free(e->content);
    page_free(e->page);
    arena_free(e->arena);
    carried_view_free(e->carried);
    sem_destroy(&e->decided);
}

int edge_start(struct edge *e, struct collector *c, unsigned number, int listen_fd,
               unsigned connections_max, struct err *err)
{
    sigset_t all, before;
    int failed;

    e->collector = c;
    e->number = number;
    e->metrics = metrics_edge(c->metrics, number);
    e->listen_fd = listen_fd;
    sem_init(&e->decided, 0, 0);
    e->native = native_new();
    e->content = content_new();
    e->page = page_new();
    e->arena = arena_new(ARENA_KEEP, ARENA_CEILING);
    e->carried = carried_view_new(c->opts.carried);
    if (start_daemon(e, connections_max, err) < 0) {
        free_parts(e);
        return -1;
    }
    sigfillset(&all); /* SIGPIPE included: a send to a closed connection is an error, no signal */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&e->thread, NULL, run, e);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        MHD_stop_daemon(e->daemon); /* closes the socket, too */
        e->listen_fd = -1;
        free_parts(e);
        return err_set(err, ERR_IO, "start the thread of edge %u: %s", number, strerror(failed));
    }
    pthread_setname_np(e->thread, "edge");
    return 0;
}

void edge_join(struct edge *e)
{
    pthread_join(e->thread, NULL);
    if (e->stuck)
        return; /* the journal still has a round of ours: all of it stays as it is */
    close(e->listen_fd); /* a quiesced daemon leaves it to us */
    free_parts(e);
}
