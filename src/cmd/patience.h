/* SPDX-License-Identifier: Apache-2.0 */
/* patience.h: waits for what another process still holds: the one that is just ending, or a question
 * that reads the file. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct patience {
    int64_t most_us;
    int64_t until_us; /* monotonic; 0 before the first wait */
};

/* After a failure: waits a moment where it is worth another try, which is for ERR_BUSY, until the time
 * is over or SIGTERM or SIGINT, which must be blocked, has come. Says so in the log, once. */
bool patience_left(struct patience *p, const struct err *err);
