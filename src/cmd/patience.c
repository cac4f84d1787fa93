/* SPDX-License-Identifier: Apache-2.0 */
/* patience.c: see patience.h. */
#include "cmd/patience.h"

#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

bool patience_left(struct patience *p, const struct err *err)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    sigset_t ends;

    if (err->code != ERR_BUSY)
        return false;
    if (p->until_us == 0) {
        p->until_us = clock_monotonic_us() + p->most_us;
        log_warn("%s; waiting for it up to %d s", err->text, (int)(p->most_us / 1000000));
    }
    if (clock_monotonic_us() >= p->until_us)
        return false;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    return sigtimedwait(&ends, NULL, &pause) < 0;
}
