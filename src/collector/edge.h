/* SPDX-License-Identifier: Apache-2.0 */
/* edge.h: what one edge thread owns: its HTTP daemon, connections, requests and rounds.
 *
 * A pass of the loop reads what has arrived; the events of all requests that became whole in it form
 * a round, which goes to the journal as one batch. When the journal has decided, the round's answers
 * are made, and the next pass sends them. docs/decisions/0004-commit-and-answer.md has the reasons.
 *
 * Threads: everything here belongs to its edge, but for what is marked. */
#pragma once
#include <microhttpd.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "collector/collector.h"
#include "collector/head.h"
#include "collector/metrics.h"
#include "settings/proxies.h"
#include "wire/content.h"
#include "wire/inflate.h"
#include "wire/native.h"
#include "wire/page.h"

struct carried_view;
struct request;

/* What a connection is waiting for; each has its own time limit (conn.c). */
enum conn_phase { CONN_IDLE, CONN_HEAD, CONN_BODY, CONN_COMMIT, CONN_ANSWER };

struct conn {
    struct conn *next, *prev;
    int fd;
    enum conn_phase phase;
    int64_t since_us; /* the phase began */
    uint64_t body_bytes; /* of the present body */
    struct address peer;
    char peer_text[ADDRESS_TEXT_SIZE];
};

/* What the journal gets at once. */
struct round {
    struct journal_batch batch;
    struct round *next;
    struct edge *edge;
    struct buf payloads;
    struct journal_record *records;
    size_t *payload_at; /* of each record: payloads may move until the round is submitted */
    size_t count, cap;
    struct request *first, *last; /* whose records these are, in order */
    size_t bytes; /* what it and its requests take, roughly */
    _Atomic bool decided; /* by the journal's thread */
};

/* Shared by all edges; never changes while they run, but for the atomics. */
struct collector {
    struct collector_opts opts;
    struct proxies *proxies;
    struct metrics *metrics;
    struct edge *edges;
    unsigned edge_count, started;
    uint16_t port;
    size_t held_max;
    int64_t started_us;
    _Atomic bool stopping;
    _Atomic size_t held_bytes; /* of all bodies, what inflates them, and their payloads */
};

struct edge {
    struct collector *collector;
    struct edge_metrics *metrics;
    unsigned number;
    pthread_t thread;
    int listen_fd;
    struct MHD_Daemon *daemon;
    sem_t decided; /* posted by the journal's thread, once a round */
    /* requests */
    struct native *native;
    struct content *content;
    struct page *page;
    struct arena *arena;
    struct carried_view
        *carried; /* flows under tokens, as the request that is admitted sees them */
    struct request *free_requests;
    size_t free_request_count;
    size_t active; /* requests begun and not ended */
    /* connections */
    struct conn *conns, *free_conns;
    size_t conn_count;
    /* rounds */
    struct round *open, *free_rounds;
    struct round *flying_first, *flying_last; /* at the journal, in order */
    size_t flying, flying_bytes;
    size_t tokens; /* of `decided`, taken but not yet matched with a round */
    bool stuck; /* stopped while the journal still had a round */
    /* the clocks, read at most once a pass */
    bool clock_read;
    int64_t monotonic_us, wall_us;
};

/* edge.c */
int edge_start(struct edge *e, struct collector *c, unsigned number, int listen_fd,
               unsigned connections_max, struct err *err);
/* Waits for the thread, which ends by itself after collector.stopping and frees what it owns. */
void edge_join(struct edge *e);
int64_t edge_monotonic_us(struct edge *e);
int64_t edge_wall_us(struct edge *e);

/* round.c */
/* The round that is being gathered. */
struct round *round_open(struct edge *e);
/* One more record, whose payload is in r->payloads from there on. */
struct journal_record *round_add(struct round *r, size_t payload_at, size_t payload_len);
/* Takes back what was added since then. */
void round_cut(struct round *r, size_t count, size_t payload_len);
/* False while the journal is so slow that what waits for it takes more memory than it may: clients
 * that do not wait for their answers could add to it without end. */
bool round_may_grow(const struct edge *e);
/* Adds a request whose records are all in. Submits the round where it has become large. */
void round_join(struct edge *e, struct request *req);
void round_submit(struct edge *e);
/* Waits at most so long for the journal to decide on a round. */
void round_wait(struct edge *e, int64_t wait_us);
/* Makes the answers of decided rounds; true where there were any. */
bool round_settle(struct edge *e);
void round_free_all(struct edge *e);

/* conn.c */
void conn_notify(void *cls, struct MHD_Connection *connection, void **socket_context,
                 enum MHD_ConnectionNotificationCode code);
struct conn *conn_of(struct MHD_Connection *connection);
void conn_enter(struct edge *e, struct conn *c, enum conn_phase phase);
/* Cuts the connections that have passed their time. */
void conn_sweep(struct edge *e);
void conn_free_all(struct edge *e);
