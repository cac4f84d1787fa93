/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.h: runs Weir's processes and starts again the one that ends.
 *
 * Threads: one owner, the main thread. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct child {
    const char *command; /* "collect", "engine" */
    pid_t pid; /* 0: not running */
    bool ready; /* said READY=1 since its start */
    bool was_ready; /* at least once: a later end is restarted, not given up on */
    int64_t started_us, start_again_us; /* monotonic */
    int64_t pause_us; /* before the next restart; doubles up to half a minute */
};

struct supervisor; /* opaque */

/* Prepares the signals and the socket on which children say that they are ready. `config` is given
 * on to them. Borrows both until supervisor_free. */
int supervisor_new(struct supervisor **out, const char *config, struct child *children,
                   size_t count, struct err *err);
void supervisor_free(struct supervisor *s);
/* Runs until SIGTERM or SIGINT, or until a child cannot be started at all; then stops what runs.
 * `ready` is called once, when all children are ready for the first time. Returns the exit code. */
int supervisor_run(struct supervisor *s, void (*ready)(void *ctx), void *ctx);
