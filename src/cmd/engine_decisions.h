/* SPDX-License-Identifier: Apache-2.0 */
/* engine_decisions.h: decisions about quarantined events that are asked for at the console.
 *
 * Threads: the callbacks from any, while settings and runner live. */
#pragma once
#include "console/decisions.h"
#include "settings/settings.h"
#include "sink/runner.h"

struct engine_decisions {
    const struct settings *settings;
    struct runner *store; /* whose position is the store's */
    struct console_decisions callbacks;
};

/* Fills *out, which must outlive the console; keeps both others. */
void engine_decisions_init(struct engine_decisions *out, const struct settings *s,
                           struct runner *store);
