/* SPDX-License-Identifier: Apache-2.0 */
/* round.c: the events of one pass, handed to the journal together.
 *
 * Promise: a request's answer is made only after the journal has decided on its round. Several rounds
 * may be with the journal at once, so a slow disk does not stop the edge from reading.
 * Leaves to the journal: grouping the rounds of all edges into one sync. */
#include "collector/intake.h"

#include <errno.h>
#include <time.h>

#include "base/check.h"
#include "base/mem.h"

enum {
    ROUND_LARGE_BYTES = 1024 * 1024, /* submitted before the pass ends */
    ROUND_LARGE_RECORDS = 4096,
    ROUND_BYTES_MAX =
        14 * 1024 * 1024 /* with the headers of the records below JOURNAL_BATCH_MAX */,
    ROUND_KEEP_RECORDS = 2 * ROUND_LARGE_RECORDS,
    FLYING_BYTES_MAX = 16 * 1024 * 1024,
    REQUEST_BYTES = 2048, /* of a request without its events */
};

/* On the journal's thread. */
static void decide(struct journal_batch *batch)
{
    struct round *r = batch->ctx;
    struct edge *e = r->edge;

    atomic_store_explicit(&r->decided, true, memory_order_release);
    sem_post(&e->decided); /* r may be the edge's again already: not touched here */
}

struct round *round_open(struct edge *e)
{
    struct round *r = e->open;

    if (r)
        return r;
    r = e->free_rounds;
    if (r) {
        e->free_rounds = r->next;
    } else {
        r = xcalloc(1, sizeof *r);
        r->edge = e;
        buf_init(&r->payloads, ROUND_BYTES_MAX);
    }
    r->next = NULL;
    r->count = r->bytes = 0;
    r->first = r->last = NULL;
    atomic_store_explicit(&r->decided, false, memory_order_relaxed);
    e->open = r;
    return r;
}

struct journal_record *round_add(struct round *r, size_t payload_at, size_t payload_len)
{
    struct journal_record *record;

    CHECK(payload_at + payload_len <= r->payloads.len);
    if (r->count == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 64;
        r->records = xrealloc(r->records, r->cap, sizeof *r->records);
        r->payload_at = xrealloc(r->payload_at, r->cap, sizeof *r->payload_at);
    }
    record = &r->records[r->count];
    memset(record, 0, sizeof *record);
    record->payload.len = payload_len;
    r->payload_at[r->count++] = payload_at;
    return record;
}

void round_cut(struct round *r, size_t count, size_t payload_len)
{
    CHECK(count <= r->count && payload_len <= r->payloads.len);
    r->count = count;
    r->payloads.len = payload_len;
    r->payloads.failed = false;
}

bool round_may_grow(const struct edge *e)
{
    return e->flying_bytes <= FLYING_BYTES_MAX;
}

void round_join(struct edge *e, struct request *req)
{
    struct round *r = e->open;

    CHECK(r && r->count > 0);
    req->round = r;
    req->next = NULL;
    if (r->last)
        r->last->next = req;
    else
        r->first = req;
    r->last = req;
    r->bytes += REQUEST_BYTES;
    if (r->count >= ROUND_LARGE_RECORDS || r->payloads.len >= ROUND_LARGE_BYTES)
        round_submit(e);
}

void round_submit(struct edge *e)
{
    struct round *r = e->open;

    if (!r || !r->first)
        return;
    e->open = NULL;
    for (size_t i = 0; i < r->count; i++)
        r->records[i].payload.ptr = r->payloads.ptr + r->payload_at[i];
    r->batch = (struct journal_batch){.records = r->records,
                                      .count = r->count,
                                      .received_us = edge_wall_us(e),
                                      .done = decide,
                                      .ctx = r};
    r->next = NULL;
    if (e->flying_last)
        e->flying_last->next = r;
    else
        e->flying_first = r;
    e->flying_last = r;
    e->flying++;
    r->bytes += r->payloads.len + r->count * sizeof *r->records;
    e->flying_bytes += r->bytes;
    metrics_add(&e->metrics->rounds, 1);
    metrics_add(&e->metrics->round_records, r->count);
    journal_submit(e->collector->opts.journal, &r->batch);
}

void round_wait(struct edge *e, int64_t wait_us)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += wait_us % 1000000 * 1000;
    until.tv_sec += wait_us / 1000000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (sem_clockwait(&e->decided, CLOCK_MONOTONIC, &until) < 0)
        if (errno != EINTR)
            return;
    e->tokens++;
}

static void recycle(struct round *r)
{
    struct edge *e = r->edge;

    buf_reset(&r->payloads, 2 * ROUND_LARGE_BYTES);
    if (r->cap > ROUND_KEEP_RECORDS) {
        free(r->records);
        free(r->payload_at);
        r->records = NULL;
        r->payload_at = NULL;
        r->cap = 0;
    }
    r->next = e->free_rounds;
    e->free_rounds = r;
}

bool round_settle(struct edge *e)
{
    bool any = false;

    while (sem_trywait(&e->decided) == 0)
        e->tokens++;
    /* A token for each round: once all are taken, the journal's thread is done with the semaphore. */
    while (e->tokens > 0 && e->flying_first &&
           atomic_load_explicit(&e->flying_first->decided, memory_order_acquire)) {
        struct round *r = e->flying_first;

        e->flying_first = r->next;
        if (!e->flying_first)
            e->flying_last = NULL;
        e->flying--;
        e->flying_bytes -= r->bytes;
        e->tokens--;
        for (struct request *req = r->first, *next; req; req = next) {
            next = req->next;
            intake_settle(req);
        }
        recycle(r);
        any = true;
    }
    return any;
}

void round_free_all(struct edge *e)
{
    CHECK(!e->flying_first);
    if (e->open) {
        e->open->next = e->free_rounds;
        e->free_rounds = e->open;
        e->open = NULL;
    }
    for (struct round *r = e->free_rounds, *next; r; r = next) {
        next = r->next;
        buf_free(&r->payloads);
        free(r->records);
        free(r->payload_at);
        free(r);
    }
    e->free_rounds = NULL;
}
