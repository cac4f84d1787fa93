/* SPDX-License-Identifier: Apache-2.0 */
/* bounds.h: how much one source may do: events in a time, and bytes kept aside in a day.
 *
 * Threads: everything but the inits from any thread; no locks. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bucket {
    double cost_ns; /* of one event; 0: no limit */
    int64_t burst_ns;
    _Atomic int64_t paid_ns; /* on the monotonic clock */
};

/* 0: no limit. */
void bucket_init(struct bucket *b, double rate_per_s);
/* Takes n; false and the seconds to wait (at least 1) where that is too much now. */
bool bucket_take(struct bucket *b, size_t n, int64_t monotonic_us, unsigned *retry_after_s);
/* For what was taken and not used. */
void bucket_give_back(struct bucket *b, size_t n);

/* The most bytes of a day that can be counted: 16 TiB. */
#define DAILY_MAX ((UINT64_C(1) << 44) - 1)
struct daily {
    uint64_t most;
    _Atomic uint64_t used; /* the number of the day, and the bytes of it in the low 44 bits */
};

void daily_init(struct daily *d, uint64_t most);
/* The day is that of now_us, in UTC; another day than the last one begins with nothing. False, and
 * nothing taken, past the most. */
bool daily_take(struct daily *d, uint64_t bytes, int64_t now_us);
void daily_give_back(struct daily *d, uint64_t bytes, int64_t now_us);
/* What that day has had already. Before others use it. */
void daily_begin(struct daily *d, uint64_t bytes, int64_t now_us);
