/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h: what the collector counts, and GET /metrics (Prometheus text format 0.0.4).
 *
 * Threads: metrics_write from any thread; a struct edge_metrics is written by its
 * edge alone and read by all. */
#pragma once
#include <stdatomic.h>

#include "admit/source.h"
#include "base/buf.h"
#include "collector/refusal.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

enum { METRICS_LATENCIES = 16, METRICS_ACKNOWLEDGED = 36, METRICS_STATUS_MAX = 600 };

struct edge_metrics {
    _Atomic uint64_t answers[METRICS_STATUS_MAX]; /* by status */
    _Atomic uint64_t latency[METRICS_LATENCIES + 1]; /* the last: slower than all bounds */
    _Atomic uint64_t latency_sum_us;
    _Atomic uint64_t acknowledged[METRICS_ACKNOWLEDGED + 1], acknowledged_sum_us; /* likewise */
    _Atomic uint64_t connections_opened, connections_closed, connections_cut; /* too slow */
    _Atomic uint64_t received_bytes; /* bodies, as sent */
    _Atomic uint64_t rounds, round_records; /* handed to the journal */
};

struct cardinality;
struct carried;
struct metrics; /* opaque */

struct metrics *metrics_new(struct sources *sources, unsigned edges);
void metrics_free(struct metrics *m);
struct edge_metrics *metrics_edge(struct metrics *m, unsigned edge);
/* From the request's first line to the answer. */
void metrics_answer(struct edge_metrics *em, int status, int64_t took_us);
/* The same of an answer that says that events are on disk. */
void metrics_acknowledged(struct edge_metrics *em, int64_t took_us);
/* `in_flight_bytes` is the memory of bodies that are held; `values` may be NULL. */
void metrics_write(struct metrics *m, const struct ledger *ledger, struct journal *journal,
                   struct carried *carried, struct cardinality *values, size_t in_flight_bytes,
                   struct buf *out);

static inline void metrics_add(_Atomic uint64_t *counter, uint64_t n)
{ /* one writer: no locked instruction is needed */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}
