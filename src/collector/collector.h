/* SPDX-License-Identifier: Apache-2.0 */
/* collector.h: the HTTP edge: POST /v1/events, /healthz and /metrics (docs/http.md).
 *
 * Promise: an answer that says `accepted` or `quarantined` leaves only after the journal has the
 * record on disk. Every request is answered or its connection closed within stated times and limits
 * (head.h, request.h); what cannot be kept is refused with a reason, and counted.
 * Threads: one `edge` thread per core inside; all functions here from the owner. */
#pragma once
#include <stdint.h>

#include "admit/admit.h"
#include "admit/source.h"
#include "base/err.h"
#include "journal/journal.h"
#include "ledger/ledger.h"
#include "settings/settings.h"

struct collector; /* opaque */

struct collector_opts { /* all kept until collector_stop */
    const struct settings *settings;
    struct admission *admission;
    struct sources *sources;
    const struct flow_keys *flow_keys; /* NULL: no flow ids are handed out */
    struct journal *journal;
    struct ledger *ledger; /* of the same sources, see tally.h */
    struct carried *carried; /* that of the admission */
    struct cardinality *cardinality; /* likewise; NULL: there are no budgets of values */
};

/* Listens and starts the threads. ERR_BUSY where another holds the address. The caller owns *out. */
int collector_start(struct collector **out, const struct collector_opts *opts, struct err *err);
/* Accepts no more connections, answers what has been received (for at most 10 s), then ends the
 * threads and frees. False where the journal has not decided on all by then. NULL is fine. */
bool collector_stop(struct collector *c);
/* What it listens on, also where the settings say 0. */
uint16_t collector_port(const struct collector *c);
