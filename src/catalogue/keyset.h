/* SPDX-License-Identifier: Apache-2.0 */
/* keyset.h: a fixed set of texts, each found by a number: the properties of an event, the values of
 * an enumeration, the names of a catalogue.
 *
 * Built once, then read from any thread. Since a stranger cannot add keys, a hash without a seed
 * does. Half of the slots stay empty, so that a probe is short. */
#pragma once
#include "base/arena.h"
#include "base/str.h"

struct keyset {
    uint32_t mask;
    uint32_t *slots; /* number + 1; 0 is empty */
    const struct str *keys;
};

/* Keeps `keys`; the table lives in a. `nocase` folds ASCII letters, and must be the same for all
 * uses of the set. A key that is there already is left out and goes to twice (NULL, or an array of
 * `count` numbers: [i] = the earlier one, or i itself). */
void keyset_build(struct keyset *set, struct arena *a, const struct str *keys, size_t count,
                  bool nocase, uint32_t *twice);
/* The number of a key, or -1. */
int64_t keyset_find_nocase(const struct keyset *set, struct str key);

static inline uint64_t keyset_load(const char *p, size_t n)
{
    uint64_t w = 0;

    memcpy(&w, p, n);
    return w;
}

/* Length, first and last eight bytes: names differ there, and where they do not, the compare tells. */
static inline uint32_t keyset_hash(struct str key)
{
    uint64_t h = key.len * UINT64_C(0x9E3779B97F4A7C15);

    if (key.len >= 8)
        h ^= keyset_load(key.ptr, 8) ^
             (keyset_load(key.ptr + key.len - 8, 8) * UINT64_C(0xD6E8FEB86659FD93));
    else if (key.len >= 4)
        h ^= keyset_load(key.ptr, 4) | keyset_load(key.ptr + key.len - 4, 4) << 32;
    else if (key.len)
        h ^= (uint64_t)(unsigned char)key.ptr[0] |
             (uint64_t)(unsigned char)key.ptr[key.len / 2] << 8 |
             (uint64_t)(unsigned char)key.ptr[key.len - 1] << 16;
    h *= UINT64_C(0xFF51AFD7ED558CCD);
    return (uint32_t)(h >> 32);
}

static inline int64_t keyset_find(const struct keyset *set, struct str key)
{
    if (!set->slots)
        return -1;
    for (uint32_t at = keyset_hash(key) & set->mask;; at = (at + 1) & set->mask) {
        uint32_t number = set->slots[at];

        if (number == 0)
            return -1;
        if (str_eq(set->keys[number - 1], key))
            return number - 1;
    }
}
