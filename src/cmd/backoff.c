/* SPDX-License-Identifier: Apache-2.0 */
/* backoff.c: exponential backoff with full jitter. */
#include "cmd/backoff.h"

#include <time.h>

#include "base/clock.h"
#include "base/random.h"

enum { FIRST_US = 200000, LAST_US = 30000000, NAP_US = 200000 };

int64_t backoff_us(unsigned attempt, int64_t asked_us)
{
    int64_t limit_us = (int64_t)FIRST_US << (attempt < 8 ? attempt : 8);
    uint64_t random;

    limit_us = limit_us > LAST_US ? LAST_US : limit_us;
    random_bytes(&random, sizeof random);
    limit_us = (int64_t)(random % (uint64_t)limit_us);
    return asked_us >= 0 ? asked_us + limit_us / 4 : limit_us;
}

void backoff_wait(int64_t us, const volatile sig_atomic_t *stop)
{
    int64_t until_us = clock_monotonic_us() + us;

    for (int64_t left_us = us; left_us > 0 && !(stop && *stop);
         left_us = until_us - clock_monotonic_us()) {
        int64_t nap_us = left_us < NAP_US ? left_us : NAP_US;
        struct timespec nap = {nap_us / 1000000, nap_us % 1000000 * 1000};

        nanosleep(&nap, NULL);
    }
}
