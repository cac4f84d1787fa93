/* SPDX-License-Identifier: Apache-2.0 */
/* decisions.h: how the console has something decided about quarantined events: the collector does it, others
 * know the way to it (console_opts).
 *
 * Threads: the callbacks are called from any thread of the console, several at once. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "console/waiting.h"

struct console_decision {
    enum { DECISION_TRY, DECISION_REPLAY, DECISION_DROP } what;
    const int64_t *positions;
    const bool *known; /* of each: its id is among the events already */
    size_t count;
    struct str by; /* who asks */
    struct str reason; /* of a drop */
    struct str
        entry; /* of a try: the files with this entry instead of the catalogue in use; or STR_NONE */
    struct console_waiting waiting;
};

struct console_decisions {
    /* Waits, some seconds at most, until the store knows what was decided until now. *behind: how many
     * records it still lacks. ERR_DENIED: no collector runs; ERR_BUSY: it does not answer. */
    int (*await)(void *ctx, const struct console_waiting *waiting, int64_t *behind,
                 struct err *err);
    /* Appends members of a JSON object, each with a comma before it, also where it broke off. ERR_DENIED:
     * no collector runs; ERR_PARSE: the entry is wrong; ERR_STOPPED: nobody waits any more. */
    int (*decide)(void *ctx, const struct console_decision *d, struct buf *out, struct err *err);
    size_t replay_max, drop_max; /* positions at once */
    size_t text_max; /* bytes of a reason */
    void *ctx;
};
