/* SPDX-License-Identifier: Apache-2.0 */
/* rng.h: numbers that look random and follow from a seed: splitmix64 to spread a number, and
 * xoshiro256** (Blackman and Vigna) as the stream. For made-up data only; base/random.h is for
 * what must not be guessed. Threads: one owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t s[4];
};

/* A fixed scramble: the same number always gives the same, near ones give unlike ones. */
static inline uint64_t rng_mix(uint64_t x)
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static inline void rng_init(struct rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        r->s[i] = seed = rng_mix(seed);
}

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s, x = s[1] * 5, t = s[1] << 17;
    uint64_t result = ((x << 7) | (x >> 57)) * 9;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

/* 0 to n - 1; n > 0. The bias is below n / 2^64. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
    return (uint64_t)(((unsigned __int128)rng_next(r) * n) >> 64);
}

/* low to high, both included. */
static inline int64_t rng_between(struct rng *r, int64_t low, int64_t high)
{
    return low + (int64_t)rng_below(r, (uint64_t)(high - low + 1));
}

/* True this many times in a thousand. */
static inline bool rng_chance(struct rng *r, unsigned per_mille)
{
    return rng_below(r, 1000) < per_mille;
}

/* 0 to n - 1, small numbers far more often: the cube of an even draw. */
static inline uint64_t rng_long_tail(struct rng *r, uint64_t n)
{
    uint64_t u = rng_next(r) >> 32, cube;

    cube = (((u * u) >> 32) * u) >> 32;
    return (uint64_t)(((unsigned __int128)cube * n) >> 32);
}

/* A pause in microseconds: low_s seconds and up to tail_s more, most often few. One draw after the
 * other: C leaves the order within an expression open, and the stream must not depend on it. */
static inline int64_t rng_pause_us(struct rng *r, int64_t low_s, uint64_t tail_s)
{
    int64_t whole_s = low_s + (int64_t)rng_long_tail(r, tail_s);

    return whole_s * 1000000 + (int64_t)rng_below(r, 1000000);
}
