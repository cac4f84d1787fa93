/* SPDX-License-Identifier: Apache-2.0 */
/* keyset.c: open addressing over numbers of keys. */
#include "catalogue/keyset.h"

#include "base/check.h"

int64_t keyset_find_nocase(const struct keyset *set, struct str key)
{
    if (!set->slots)
        return -1;
    for (uint32_t at = (uint32_t)str_hash_nocase(key) & set->mask;; at = (at + 1) & set->mask) {
        uint32_t number = set->slots[at];

        if (number == 0)
            return -1;
        if (str_eq(set->keys[number - 1], key) || str_eq_nocase(set->keys[number - 1], key))
            return number - 1;
    }
}

void keyset_build(struct keyset *set, struct arena *a, const struct str *keys, size_t count,
                  bool nocase, uint32_t *twice)
{
    uint32_t size = 8;

    CHECK(count < UINT32_MAX / 4);
    while (size < 2 * count)
        size *= 2;
    *set = (struct keyset){.mask = size - 1, .keys = keys};
    set->slots = arena_alloc(a, size * sizeof *set->slots);
    CHECK(set->slots != NULL);
    for (uint32_t i = 0; i < count; i++) {
        int64_t earlier = nocase ? keyset_find_nocase(set, keys[i]) : keyset_find(set, keys[i]);
        uint32_t at = nocase ? (uint32_t)str_hash_nocase(keys[i]) : keyset_hash(keys[i]);

        if (twice)
            twice[i] = earlier < 0 ? i : (uint32_t)earlier;
        if (earlier >= 0)
            continue;
        while (set->slots[at & set->mask])
            at++;
        set->slots[at & set->mask] = i + 1;
    }
}
