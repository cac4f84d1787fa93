/* SPDX-License-Identifier: Apache-2.0 */
/* recent.c: see recent.h. The index uses linear probing and is at most five eighths full; an
 * entry is removed by moving back those behind it, so there are no tombstones. A slot has 32 bits
 * of the hash: enough to know its home while moving and growing without touching the ring, and to
 * look into the ring for practically no key but an equal one. */
#include "journal/recent.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/mem.h"

enum { SLOTS_LEAST = 64, AHEAD = 8 };

static struct recent_entry *map_ring(size_t capacity)
{
    void *ring = mmap(NULL, capacity * sizeof(struct recent_entry), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    CHECK(ring != MAP_FAILED);
    return ring;
}

void recent_init(struct recent *r, size_t bytes)
{
    memset(r, 0, sizeof *r);
    r->slots_most = SLOTS_LEAST;
    while (r->slots_most * 2 * sizeof *r->index <= bytes / 4 && r->slots_most < UINT32_MAX / 4)
        r->slots_most *= 2;
    r->capacity = r->slots_most / 8 * 5;
    r->slots = SLOTS_LEAST;
    r->index = xcalloc(r->slots, sizeof *r->index);
    r->ring = map_ring(r->capacity);
}

void recent_free(struct recent *r)
{
    if (r->ring)
        munmap(r->ring, r->capacity * sizeof *r->ring);
    free(r->index);
    memset(r, 0, sizeof *r);
}

int64_t recent_find(const struct recent *r, uint32_t hash, enum journal_kind kind,
                    const struct journal_key *key)
{
    size_t mask = r->slots - 1;

    for (size_t at = hash & mask; r->index[at]; at = (at + 1) & mask) {
        const struct recent_entry *e;

        if (r->index[at] >> 32 != hash)
            continue;
        e = &r->ring[(uint32_t)r->index[at] - 1];
        if (e->source == key->source && (e->position_kind & 255) == (uint64_t)kind &&
            memcmp(e->id, key->id, sizeof e->id) == 0)
            return (int64_t)(e->position_kind >> 8);
    }
    return 0;
}

static void put(uint64_t *index, size_t slots, uint64_t word)
{
    size_t at = (word >> 32) & (slots - 1);

    while (index[at])
        at = (at + 1) & (slots - 1);
    index[at] = word;
}

static void grow(struct recent *r)
{
    size_t slots = r->slots * 2;
    uint64_t *index = xcalloc(slots, sizeof *index);

    for (size_t i = 0; i < r->slots; i++)
        if (r->index[i])
            put(index, slots, r->index[i]);
    free(r->index);
    r->index = index;
    r->slots = slots;
}

/* Removes what stands for ring number n: each slot behind it moves back unless that would bring it
 * before its home. */
static void forget(struct recent *r, size_t n)
{
    uint64_t word = (uint64_t)r->ring[n].hash << 32 | (n + 1);
    size_t mask = r->slots - 1, hole = (word >> 32) & mask;

    while (r->index[hole] != word) {
        CHECK(r->index[hole]);
        hole = (hole + 1) & mask;
    }
    for (size_t at = (hole + 1) & mask; r->index[at]; at = (at + 1) & mask) {
        size_t home = (r->index[at] >> 32) & mask;

        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        r->index[hole] = r->index[at];
        hole = at;
    }
    r->index[hole] = 0;
}

void recent_add(struct recent *r, uint32_t hash, enum journal_kind kind,
                const struct journal_key *key, int64_t position)
{
    struct recent_entry *e = &r->ring[r->next];

    CHECK(r->pinned < r->capacity);
    if (r->count == r->capacity)
        forget(r, r->next);
    else
        r->count++;
    if (r->count > r->slots / 8 * 5 && r->slots < r->slots_most)
        grow(r);
    memcpy(e->id, key->id, sizeof e->id);
    e->position_kind = (uint64_t)position << 8 | (uint64_t)kind;
    e->source = key->source;
    e->hash = hash;
    put(r->index, r->slots, (uint64_t)hash << 32 | (r->next + 1));
    if (++r->next == r->capacity)
        r->next = 0;
    if (r->count == r->capacity && r->next + AHEAD < r->capacity) /* to be forgotten soon */
        __builtin_prefetch(r->index + (r->ring[r->next + AHEAD].hash & (r->slots - 1)));
}

void recent_hold(struct recent *r, size_t keys)
{
    struct recent_entry *old = r->ring, *ring;
    size_t capacity = r->capacity, from = r->count < capacity ? 0 : r->next;

    if (keys <= capacity)
        return;
    while (r->slots_most / 8 * 5 < keys)
        r->slots_most *= 2;
    r->capacity = r->slots_most / 8 * 5;
    ring = map_ring(r->capacity);
    while (r->slots / 8 * 5 < r->count + 1)
        grow(r); /* before the numbers change */
    memset(r->index, 0, r->slots * sizeof *r->index);
    for (size_t i = 0; i < r->count; i++) {
        ring[i] = old[(from + i) % capacity];
        put(r->index, r->slots, (uint64_t)ring[i].hash << 32 | (i + 1));
    }
    munmap(old, capacity * sizeof *old);
    r->ring = ring;
    r->next = r->count;
}
