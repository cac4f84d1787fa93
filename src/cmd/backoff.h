/* SPDX-License-Identifier: Apache-2.0 */
/* backoff.h: how long to wait before another try, and the waiting. */
#pragma once
#include <signal.h>
#include <stdint.h>

/* Full jitter: anything up to a limit that doubles with each attempt (from 0), from 0.2 s to 30 s.
 * Where the server asked for a time (else -1), that and up to a quarter of the limit more, so that
 * those who were turned away together do not come back together. */
int64_t backoff_us(unsigned attempt, int64_t asked_us);
/* Waits, or until *stop (may be NULL) is not zero, noticed within a fifth of a second. */
void backoff_wait(int64_t us, const volatile sig_atomic_t *stop);
