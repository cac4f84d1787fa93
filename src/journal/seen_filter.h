/* SPDX-License-Identifier: Apache-2.0 */
/* seen_filter.h: says of nearly every new key that it is new, at the price of one cache line.
 *
 * A line has a word of 64 bits for each of eight generations, which are ranges of positions, one
 * behind the other; a key sets four bits of its generation's word in its line. So one line answers
 * for all generations at once: "not in there" for certain, or "perhaps". Old generations are joined
 * two by two when all eight are in use, so any number of keys fits, at the price of more "perhaps".
 * Memory grows with the keys, up to its bound.
 *
 * Threads: one owner; seen_filter_fill beside it, for lanes that are not filled yet. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEEN_LANES = 8, SEEN_TIGHT = 2 /* keys a word */ };

struct seen_generation {
    bool used;
    int64_t first, last; /* positions; the open one ends nowhere */
    uint64_t keys;
    int64_t clock_us; /* when its last key came; see seen.h */
};

struct seen_filter {
    uint64_t *lines; /* SEEN_LANES words each */
    unsigned bits; /* 2^bits lines */
    unsigned bits_most;
    unsigned open; /* the lane that takes new keys */
    struct seen_generation lanes[SEEN_LANES];
    _Atomic unsigned unfilled; /* lanes that do not yet have all their keys */
};

/* `expected`: how many keys will be filled in soon. */
void seen_filter_init(struct seen_filter *f, size_t bytes, uint64_t expected);
void seen_filter_free(struct seen_filter *f);

static inline uint64_t *seen_filter_line(const struct seen_filter *f, uint64_t hash)
{
    return f->lines + (hash >> (64 - f->bits)) * SEEN_LANES;
}

/* Four bits, which have nothing to do with the line. */
static inline uint64_t seen_filter_mask(uint64_t hash)
{
    return UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63) |
           UINT64_C(1) << (hash >> 12 & 63) | UINT64_C(1) << (hash >> 18 & 63);
}

static inline void seen_filter_prefetch(const struct seen_filter *f, uint64_t hash)
{
    __builtin_prefetch(seen_filter_line(f, hash), 1);
}

/* The lanes in which the key perhaps is, a bit each. */
static inline unsigned seen_filter_test(struct seen_filter *f, uint64_t hash)
{
    const uint64_t *line = seen_filter_line(f, hash);
    uint64_t mask = seen_filter_mask(hash);
    unsigned found = atomic_load_explicit(&f->unfilled, memory_order_acquire);

    for (unsigned i = 0; i < SEEN_LANES; i++)
        found |= (unsigned)((__atomic_load_n(&line[i], __ATOMIC_RELAXED) & mask) == mask) << i;
    return found;
}

/* Adds a key to the open generation; true where that one is full now. */
bool seen_filter_add(struct seen_filter *f, uint64_t hash);
/* Whether there should be more lines for what the open generation has by now. */
static inline bool seen_filter_is_tight(const struct seen_filter *f)
{
    return f->lanes[f->open].keys > (uint64_t)SEEN_TIGHT << f->bits && f->bits < f->bits_most &&
           !f->unfilled;
}
/* Doubles the lines. The open generation is empty then, and its keys are to be put in again; else all
 * keep what they have. */
void seen_filter_grow(struct seen_filter *f, bool again);
/* Puts a key of the open generation in again. */
void seen_filter_put(struct seen_filter *f, uint64_t hash);
/* Closes the open generation behind `last` and opens the next one. Generations that are older than
 * `forget_us` by their clock are dropped; where none is free two are joined, or the open one stays
 * open. */
void seen_filter_turn(struct seen_filter *f, int64_t last, int64_t clock_us, int64_t forget_us);
/* Before the first add: a generation first..last whose keys are to be filled in. False where there is
 * no lane for it, which leaves one to be the open one. */
bool seen_filter_reserve(struct seen_filter *f, int64_t first, int64_t last, uint64_t keys,
                         int64_t clock_us);
/* Where the open generation begins. */
void seen_filter_open_from(struct seen_filter *f, int64_t first);
/* Adds a key to a reserved generation. */
void seen_filter_fill(struct seen_filter *f, unsigned lane, uint64_t hash);
/* The generation has all its keys. */
void seen_filter_filled(struct seen_filter *f, unsigned lane);
