/* SPDX-License-Identifier: Apache-2.0 */
/* lockout.c: failures by address in a bounded table, whose longest forgotten gives way; and for all. */
#include "console/lockout.h"

#include <string.h>

#include "base/check.h"

/* An IPv4 address whole (it stands in the last 32 bits), else the network of 64 bits. */
static struct address cut(const struct address *from)
{
    static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
    struct address a = *from;

    if (memcmp(a.b, v4, sizeof v4) != 0)
        memset(a.b + 8, 0, 8);
    return a;
}

static bool is_forgotten(const struct lockout_address *a, int64_t now_us)
{
    return a->failures == 0 ||
           (now_us > a->until_us && now_us - a->failed_us > LOCKOUT_FORGOTTEN_US);
}

static const struct lockout_address *find(const struct lockout *l, const struct address *from)
{
    struct address key = cut(from);

    for (size_t i = 0; i < LOCKOUT_ADDRESSES; i++)
        if (l->list[i].failures && memcmp(&l->list[i].address, &key, sizeof key) == 0)
            return &l->list[i];
    return NULL;
}

/* Its entry, else the one that failed longest ago, as new. */
static struct lockout_address *place(struct lockout *l, const struct address *from)
{
    struct lockout_address *found = (struct lockout_address *)find(l, from), *oldest = l->list;

    if (found)
        return found;
    for (size_t i = 0; i < LOCKOUT_ADDRESSES && oldest->failures; i++)
        if (!l->list[i].failures || l->list[i].failed_us < oldest->failed_us)
            oldest = &l->list[i];
    *oldest = (struct lockout_address){.address = cut(from)};
    return oldest;
}

int64_t lockout_wait(const struct lockout *l, const struct address *from, int64_t now_us)
{
    const struct lockout_address *a = find(l, from);
    int64_t own = a && a->until_us > now_us ? a->until_us - now_us : 0;
    int64_t all = l->all_until_us - now_us - (LOCKOUT_AT_ONCE - 1) * LOCKOUT_EACH_US;

    return own > all ? own : all > 0 ? all : 0;
}

int64_t lockout_failed(struct lockout *l, const struct address *from, int64_t now_us)
{
    struct lockout_address *a = place(l, from);

    if (is_forgotten(a, now_us))
        a->failures = 0;
    a->failures++;
    a->failed_us = a->until_us = now_us;
    if (a->failures > LOCKOUT_FREE) {
        unsigned doublings = a->failures - LOCKOUT_FREE - 1;
        int64_t pause_us =
            doublings < 16 ? LOCKOUT_FIRST_US * (INT64_C(1) << doublings) : LOCKOUT_LONGEST_US;

        a->until_us += pause_us < LOCKOUT_LONGEST_US ? pause_us : LOCKOUT_LONGEST_US;
    }
    l->all_until_us = (l->all_until_us > now_us ? l->all_until_us : now_us) + LOCKOUT_EACH_US;
    return a->until_us - now_us;
}

void lockout_passed(struct lockout *l, const struct address *from)
{
    struct lockout_address *a = (struct lockout_address *)find(l, from);

    if (a)
        *a = (struct lockout_address){0};
}
