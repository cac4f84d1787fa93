/* SPDX-License-Identifier: Apache-2.0 */
/* engine_status.h: what GET /api/status and GET /api/ledger say beyond the sinks: the collector, the
 * journal, disk, memory, versions, the catalogue; and the ledger.
 *
 * Threads: the functions that put from any; the rest from the engine's threads as said. */
#pragma once
#include <pthread.h>

#include "cmd/engine_stats.h"
#include "cmd/pulsing.h"
#include "console/console.h"
#include "console/kept.h"

/* How the engine's last reading of the catalogue went. */
struct engine_catalogue {
    pthread_mutex_t mtx;
    /* guarded by mtx */
    int64_t read_us, failed_us; /* by the clock of the day; 0: never */
    bool failed; /* the last one did */
    char error[240];
};

struct engine_status {
    struct engine_sinks sinks;
    const struct settings *settings;
    struct store *store;
    struct pulsing *pulsing; /* NULL until it runs */
    struct engine_catalogue catalogue;
    struct kept *gaps; /* of the ledger */
    int64_t started_us;
};

void engine_status_init(struct engine_status *e);
void engine_status_reset(struct engine_status *e);
/* From any thread that has read it. */
void engine_status_catalogue(struct engine_status *e, int status, const struct err *err);

/* As console_opts wants them; ctx is a struct engine_status. */
void engine_status_put_metrics(void *ctx, struct buf *out);
void engine_status_put(void *ctx, struct buf *out);
int engine_status_put_ledger(void *ctx, const struct console_ledger_ask *ask, struct buf *out,
                             struct err *err);
