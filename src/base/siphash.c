/* SPDX-License-Identifier: Apache-2.0 */
/* siphash.c: Aumasson and Bernstein's SipHash (2012) for any number of rounds. */
#include "base/siphash.h"

#include "base/little.h"

struct state {
    uint64_t a, b, c, d;
};

static inline uint64_t rotate(uint64_t v, unsigned bits)
{
    return v << bits | v >> (64 - bits);
}

static inline void mix(struct state *s)
{
    s->a += s->b;
    s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32);
    s->c += s->b;
    s->a += s->d;
    s->b = rotate(s->b, 17) ^ s->c;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c = rotate(s->c, 32);
}

static inline void take(struct state *s, uint64_t word, int rounds)
{
    s->d ^= word;
    for (int i = 0; i < rounds; i++)
        mix(s);
    s->a ^= word;
}

static inline uint64_t hash(const uint8_t key[SIPHASH_KEY_BYTES], struct str s, int each, int end)
{
    uint64_t first = get64(key), second = get64(key + 8);
    uint64_t last = (uint64_t)s.len << 56;
    struct state v = {first ^ UINT64_C(0x736f6d6570736575), second ^ UINT64_C(0x646f72616e646f6d),
                      first ^ UINT64_C(0x6c7967656e657261), second ^ UINT64_C(0x7465646279746573)};
    size_t at = 0;

    for (; at + 8 <= s.len; at += 8)
        take(&v, get64((const uint8_t *)s.ptr + at), each);
    for (size_t i = 0; at + i < s.len; i++)
        last |= (uint64_t)(uint8_t)s.ptr[at + i] << (8 * i);
    take(&v, last, each);
    v.c ^= 0xff;
    for (int i = 0; i < end; i++)
        mix(&v);
    return v.a ^ v.b ^ v.c ^ v.d;
}

uint64_t siphash_1_3(const uint8_t key[SIPHASH_KEY_BYTES], struct str s)
{
    return hash(key, s, 1, 3);
}

uint64_t siphash_2_4(const uint8_t key[SIPHASH_KEY_BYTES], struct str s)
{
    return hash(key, s, 2, 4);
}
