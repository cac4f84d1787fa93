/* SPDX-License-Identifier: Apache-2.0 */
/* engine_stats.h: how far each sink is, and the models, for the console.
 *
 * Threads: the two functions from any thread, while the runners live. */
#pragma once
#include "base/buf.h"
#include "base/check.h"
#include "cmd/modelling.h"
#include "sink/runner.h"

enum { ENGINE_SINKS_MAX = 16 };

struct engine_sinks {
    struct runner *runners[ENGINE_SINKS_MAX];
    size_t count;
    struct modelling *modelling;
};

/* As console_opts wants them; ctx is a struct engine_sinks. */
void engine_put_metrics(void *ctx, struct buf *out);
void engine_put_status(void *ctx, struct buf *out);
