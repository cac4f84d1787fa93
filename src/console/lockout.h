/* SPDX-License-Identifier: Apache-2.0 */
/* lockout.h: how soon after wrong passwords another may be tried.
 *
 * Four wrong ones in an hour are nobody's harm; after the fifth an address waits 5 s, after each
 * further one twice as long, up to 15 minutes. All addresses together have 30 wrong ones at once, and
 * then one each 3 s, so that many addresses help little. What is tried meanwhile is not looked at.
 * An IPv6 address counts by its first 64 bits. Times are of the clock that never goes back.
 * Threads: one owner (door.c, under its lock). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "settings/proxies.h"

enum { LOCKOUT_ADDRESSES = 1024, LOCKOUT_FREE = 4, LOCKOUT_AT_ONCE = 30 };
#define LOCKOUT_FIRST_US INT64_C(5000000)
#define LOCKOUT_LONGEST_US INT64_C(900000000)
#define LOCKOUT_FORGOTTEN_US INT64_C(3600000000)
#define LOCKOUT_EACH_US INT64_C(3000000)

struct lockout_address {
    struct address address; /* cut to what counts */
    unsigned failures; /* 0: free */
    int64_t failed_us, until_us;
};

struct lockout {
    struct lockout_address list[LOCKOUT_ADDRESSES];
    int64_t all_until_us; /* when all of the 30 are there again */
};

/* How long this address has to wait before it may try: 0, it may. */
int64_t lockout_wait(const struct lockout *l, const struct address *from, int64_t now_us);
/* A wrong password; how long the address has to wait for it. */
int64_t lockout_failed(struct lockout *l, const struct address *from, int64_t now_us);
/* A right one: what the address did wrong is forgotten. */
void lockout_passed(struct lockout *l, const struct address *from);
