/* SPDX-License-Identifier: Apache-2.0 */
/* bounds.c: a rate and a day's sum, each as one number that is compared and swapped.
 *
 * A rate is kept as the moment at which all that was let through will have been paid for (the
 * generic cell rate algorithm): no lock, no timer. What is unpaid may not exceed a burst of two
 * seconds' worth, or BURST_LEAST events; a batch larger than that waits for a full bucket and then
 * goes through as a whole, since its sender cannot split it. */
#include "admit/bounds.h"

#include "base/datetime.h"

enum { BURST_LEAST = 100, BURST_S = 2, DAY_SHIFT = 44 };
#define NS_OF_S INT64_C(1000000000)

void bucket_init(struct bucket *b, double rate_per_s)
{
    double burst = BURST_S * rate_per_s;

    *b = (struct bucket){0};
    if (rate_per_s <= 0)
        return;
    b->cost_ns = (double)NS_OF_S / rate_per_s;
    b->burst_ns = (int64_t)(b->cost_ns * (burst < BURST_LEAST ? BURST_LEAST : burst));
}

static int64_t cost_of(const struct bucket *b, size_t n)
{
    double exact = b->cost_ns * (double)n;

    return exact < 0x1p61 ? (int64_t)exact : INT64_C(1) << 61;
}

bool bucket_take(struct bucket *b, size_t n, int64_t monotonic_us, unsigned *retry_after_s)
{
    int64_t now = monotonic_us * 1000, cost = cost_of(b, n), room, paid, start;

    if (b->cost_ns == 0 || n == 0)
        return true;
    room = cost < b->burst_ns ? cost : b->burst_ns; /* what must be free of the burst */
    paid = atomic_load_explicit(&b->paid_ns, memory_order_relaxed);
    do {
        start = paid > now ? paid : now;
        if (start - now + room > b->burst_ns) {
            int64_t wait = start - now + room - b->burst_ns;

            *retry_after_s = (unsigned)(wait / NS_OF_S >= 3600 ? 3600 : wait / NS_OF_S + 1);
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&b->paid_ns, &paid, start + cost,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void bucket_give_back(struct bucket *b, size_t n)
{
    if (b->cost_ns > 0)
        atomic_fetch_sub_explicit(&b->paid_ns, cost_of(b, n), memory_order_relaxed);
}

void daily_init(struct daily *d, uint64_t most)
{
    d->most = most < DAILY_MAX ? most : DAILY_MAX;
    atomic_init(&d->used, 0);
}

static uint64_t day_of(int64_t now_us)
{
    return now_us > 0 ? (uint64_t)(now_us / DATETIME_DAY_US) & ((UINT64_C(1) << 20) - 1) : 0;
}

bool daily_take(struct daily *d, uint64_t bytes, int64_t now_us)
{
    uint64_t day = day_of(now_us), used = atomic_load_explicit(&d->used, memory_order_relaxed);
    uint64_t sum;

    do {
        sum = used >> DAY_SHIFT == day ? used & DAILY_MAX : 0;
        if (bytes > d->most || sum > d->most - bytes)
            return false;
        sum += bytes;
    } while (!atomic_compare_exchange_weak_explicit(&d->used, &used, day << DAY_SHIFT | sum,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void daily_give_back(struct daily *d, uint64_t bytes, int64_t now_us)
{
    uint64_t day = day_of(now_us), used = atomic_load_explicit(&d->used, memory_order_relaxed);

    do {
        if (used >> DAY_SHIFT != day || (used & DAILY_MAX) < bytes)
            return; /* of a day that is over */
    } while (!atomic_compare_exchange_weak_explicit(&d->used, &used, used - bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
}

void daily_begin(struct daily *d, uint64_t bytes, int64_t now_us)
{
    atomic_store(&d->used, day_of(now_us) << DAY_SHIFT | (bytes < DAILY_MAX ? bytes : DAILY_MAX));
}
