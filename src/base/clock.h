/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h: the two clocks. Time of day may jump; anything that waits or measures uses the other. */
#pragma once
#include <stdint.h>

/* Microseconds since 1970-01-01T00:00:00Z, as the system believes. */
int64_t clock_now_us(void);
/* Microseconds since some moment in the past; never goes back. */
int64_t clock_monotonic_us(void);
