/* SPDX-License-Identifier: Apache-2.0 */
/* conn.c: connections and their time limits.
 *
 * Promise: no client holds a connection by being slow. Each phase has an absolute limit that single
 * bytes do not renew: the next request's first line within 30 s, the rest of its header within 5 s, a
 * body at 1 KiB/s or more after its first 5 s, the answer taken within 10 s. The time of a commit is
 * ours and has no limit here. A connection past its limit is shut down without an answer.
 * Leaves to the HTTP library: accepting, reading, closing. */
#include "collector/edge.h"

#include "base/check.h"
#include "base/mem.h"

enum { BODY_GRACE_S = 5, BODY_BYTES_PER_S = 1024, FREE_CONNS_MAX = 256 };

static const int64_t limits_us[] = {
    [CONN_IDLE] = 30 * INT64_C(1000000),
    [CONN_HEAD] = 5 * INT64_C(1000000),
    [CONN_ANSWER] = 10 * INT64_C(1000000),
};

static void begin(struct edge *e, struct MHD_Connection *connection, void **socket_context)
{
    const union MHD_ConnectionInfo *info;
    struct conn *c = e->free_conns;

    if (c)
        e->free_conns = c->next;
    else
        c = xmalloc(sizeof *c);
    memset(c, 0, sizeof *c);
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    c->fd = info ? info->connect_fd : -1;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!info || address_of(info->client_addr, &c->peer) < 0)
        memset(&c->peer, 0, sizeof c->peer);
    address_format(&c->peer, c->peer_text);
    c->next = e->conns;
    if (e->conns)
        e->conns->prev = c;
    e->conns = c;
    e->conn_count++;
    conn_enter(e, c, CONN_IDLE);
    metrics_add(&e->metrics->connections_opened, 1);
    *socket_context = c;
}

static void end(struct edge *e, struct conn *c)
{
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        e->conns = c->next;
    metrics_add(&e->metrics->connections_closed, 1);
    if (--e->conn_count >= FREE_CONNS_MAX) {
        free(c);
        return;
    }
    c->next = e->free_conns;
    e->free_conns = c;
}

void conn_notify(void *cls, struct MHD_Connection *connection, void **socket_context,
                 enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        begin(cls, connection, socket_context);
    } else if (*socket_context) {
        end(cls, *socket_context);
        *socket_context = NULL;
    }
}

struct conn *conn_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    CHECK(info && info->socket_context);
    return info->socket_context;
}

void conn_enter(struct edge *e, struct conn *c, enum conn_phase phase)
{
    c->phase = phase;
    c->since_us = edge_monotonic_us(e);
    c->body_bytes = 0;
}

static bool is_late(const struct conn *c, int64_t now_us)
{
    int64_t took_us = now_us - c->since_us;

    if (c->phase == CONN_COMMIT)
        return false;
    if (c->phase != CONN_BODY)
        return took_us > limits_us[c->phase];
    took_us -= BODY_GRACE_S * INT64_C(1000000);
    return took_us > 0 && c->body_bytes < (uint64_t)took_us * BODY_BYTES_PER_S / 1000000;
}

void conn_sweep(struct edge *e)
{
    int64_t now_us = edge_monotonic_us(e);

    for (struct conn *c = e->conns; c; c = c->next) {
        if (c->fd < 0 || !is_late(c, now_us))
            continue;
        shutdown(c->fd, SHUT_RDWR); /* the next pass sees it closed, and ends it */
        c->fd = -1;
        metrics_add(&e->metrics->connections_cut, 1);
    }
}

void conn_free_all(struct edge *e)
{
    CHECK(!e->conns);
    for (struct conn *c = e->free_conns, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    e->free_conns = NULL;
}
