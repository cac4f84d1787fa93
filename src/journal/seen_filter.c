/* SPDX-License-Identifier: Apache-2.0 */
/* seen_filter.c: see seen_filter.h. The lines double as keys come: line n becomes 2n and 2n + 1, both
 * with what it had, so that nothing need be read again; only the open generation, which would fill up
 * with that, is made anew from the keys in memory. Lines never move while a generation is being
 * filled, nor is that one joined or dropped. */
#include "journal/seen_filter.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"

enum {
    KEYS_A_WORD = 4, /* a generation is full at so many on average: one in 200 is "perhaps" */
    SHARES = 6, /* later a generation takes such a share of all keys */
};

static size_t bytes_of(unsigned bits)
{
    return sizeof(uint64_t) * SEEN_LANES << bits;
}

static uint64_t *map_lines(unsigned bits)
{
    void *p =
        mmap(NULL, bytes_of(bits), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

void seen_filter_init(struct seen_filter *f, size_t bytes, uint64_t expected)
{
    memset(f, 0, sizeof *f);
    f->bits = f->bits_most = 8;
    while (bytes_of(f->bits_most + 1) <= bytes && f->bits_most < 40)
        f->bits_most++;
    while (f->bits < f->bits_most && expected > (uint64_t)SEEN_TIGHT << f->bits)
        f->bits++;
    f->lines = map_lines(f->bits);
    f->lanes[0] = (struct seen_generation){.used = true, .first = 1};
}

void seen_filter_free(struct seen_filter *f)
{
    if (f->lines)
        munmap(f->lines, bytes_of(f->bits));
    f->lines = NULL;
}

void seen_filter_grow(struct seen_filter *f, bool again)
{
    uint64_t *lines = map_lines(f->bits + 1);
    size_t line = SEEN_LANES * sizeof *lines;

    for (size_t i = 0; i < (size_t)1 << f->bits; i++) {
        if (again)
            f->lines[i * SEEN_LANES + f->open] = 0;
        memcpy(lines + 2 * i * SEEN_LANES, f->lines + i * SEEN_LANES, line);
        memcpy(lines + (2 * i + 1) * SEEN_LANES, f->lines + i * SEEN_LANES, line);
    }
    munmap(f->lines, bytes_of(f->bits));
    f->lines = lines;
    f->bits++;
}

/* How many keys the open generation takes. */
static uint64_t most_keys(const struct seen_filter *f)
{
    uint64_t sum = 0, least = (uint64_t)KEYS_A_WORD << f->bits_most;

    for (unsigned i = 0; i < SEEN_LANES; i++)
        if (f->lanes[i].used && i != f->open)
            sum += f->lanes[i].keys;
    return sum / SHARES > least ? sum / SHARES : least;
}

void seen_filter_put(struct seen_filter *f, uint64_t hash)
{
    uint64_t *word = seen_filter_line(f, hash) + f->open;

    __atomic_store_n(word, *word | seen_filter_mask(hash), __ATOMIC_RELAXED);
}

bool seen_filter_add(struct seen_filter *f, uint64_t hash)
{
    struct seen_generation *g = &f->lanes[f->open];

    seen_filter_put(f, hash);
    g->keys++;
    return g->keys >> f->bits_most >= KEYS_A_WORD && g->keys % 4096 == 0 && g->keys >= most_keys(f);
}

static bool is_settled(struct seen_filter *f, unsigned lane)
{
    return f->lanes[lane].used && !(atomic_load(&f->unfilled) >> lane & 1);
}

/* The keys of `from` are from now on in `to`; with to == from they are dropped. */
static void move_words(struct seen_filter *f, unsigned from, unsigned to)
{
    uint64_t *line = f->lines;

    for (size_t i = 0; i < (size_t)1 << f->bits; i++, line += SEEN_LANES) {
        uint64_t word = line[from];

        line[from] = 0;
        if (to != from)
            line[to] |= word;
    }
    f->lanes[from].used = false;
}

/* The lane whose generation follows that of `lane`; SEEN_LANES: none. */
static unsigned next_of(const struct seen_filter *f, unsigned lane)
{
    unsigned best = SEEN_LANES;

    for (unsigned i = 0; i < SEEN_LANES; i++)
        if (f->lanes[i].used && f->lanes[i].first > f->lanes[lane].first &&
            (best == SEEN_LANES || f->lanes[i].first < f->lanes[best].first))
            best = i;
    return best;
}

/* Joins the two neighbours that have the fewest keys together. */
static void join(struct seen_filter *f)
{
    unsigned best = SEEN_LANES, other = SEEN_LANES;
    uint64_t fewest = UINT64_MAX;

    for (unsigned i = 0; i < SEEN_LANES; i++) {
        unsigned next = is_settled(f, i) ? next_of(f, i) : SEEN_LANES;

        if (next == SEEN_LANES || next == f->open || !is_settled(f, next) ||
            f->lanes[i].keys + f->lanes[next].keys >= fewest)
            continue;
        fewest = f->lanes[i].keys + f->lanes[next].keys;
        best = i;
        other = next;
    }
    if (best == SEEN_LANES)
        return;
    f->lanes[other].first = f->lanes[best].first;
    f->lanes[other].keys = fewest;
    move_words(f, best, other);
}

static unsigned free_lane(const struct seen_filter *f)
{
    unsigned i = 0;

    while (i < SEEN_LANES && f->lanes[i].used)
        i++;
    return i;
}

void seen_filter_turn(struct seen_filter *f, int64_t last, int64_t clock_us, int64_t forget_us)
{
    unsigned next;

    for (unsigned i = 0; i < SEEN_LANES; i++)
        if (i != f->open && is_settled(f, i) && f->lanes[i].clock_us < forget_us)
            move_words(f, i, i);
    if (free_lane(f) == SEEN_LANES)
        join(f);
    next = free_lane(f);
    if (next == SEEN_LANES)
        return;
    f->lanes[f->open].last = last;
    f->lanes[f->open].clock_us = clock_us;
    f->lanes[next] = (struct seen_generation){.used = true, .first = last + 1};
    f->open = next;
}

bool seen_filter_reserve(struct seen_filter *f, int64_t first, int64_t last, uint64_t keys,
                         int64_t clock_us)
{
    CHECK(f->lanes[f->open].keys == 0);
    if (f->open == SEEN_LANES - 1)
        return false;
    f->lanes[f->open] = (struct seen_generation){
        .used = true, .first = first, .last = last, .keys = keys, .clock_us = clock_us};
    atomic_fetch_or(&f->unfilled, 1U << f->open);
    f->open++;
    f->lanes[f->open] = (struct seen_generation){.used = true, .first = last + 1};
    return true;
}

void seen_filter_open_from(struct seen_filter *f, int64_t first)
{
    CHECK(f->lanes[f->open].keys == 0);
    f->lanes[f->open].first = first;
}

void seen_filter_fill(struct seen_filter *f, unsigned lane, uint64_t hash)
{
    uint64_t *word = seen_filter_line(f, hash) + lane;

    __atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) | seen_filter_mask(hash),
                     __ATOMIC_RELAXED);
}

void seen_filter_filled(struct seen_filter *f, unsigned lane)
{
    atomic_fetch_and(&f->unfilled, ~(1U << lane));
}
