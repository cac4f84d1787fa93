/* SPDX-License-Identifier: Apache-2.0 */
/* ring.c: records in a ring of bytes.
 *
 * Before each record stands a word of 8 bytes: its size, and whether it is committed or only fills
 * the ring's end. It is zero from the reservation to the commit, because the reader clears what it
 * took before it gives the room back. Positions count bytes since the beginning and never wrap. */
#include "ring.h"

#include <string.h>
#include <sys/mman.h>

#define COMMITTED (UINT64_C(1) << 32)
#define FILLER (UINT64_C(2) << 32)

enum { WORD = 8 };

static uint64_t room_for(size_t size)
{
    return WORD + (((uint64_t)size + WORD - 1) & ~(uint64_t)(WORD - 1));
}

static uint64_t *word_at(const struct weir_ring *r, uint64_t position)
{
    return (uint64_t *)(void *)(r->bytes + (position & (r->capacity - 1)));
}

static int map(struct weir_ring *r, void *where, int flags)
{
    void *bytes = mmap(where, r->capacity, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

    if (bytes == MAP_FAILED)
        return -1;
    r->bytes = bytes;
    return 0;
}

int weir_ring_init(struct weir_ring *r, size_t capacity)
{
    memset(r, 0, sizeof *r);
    r->capacity = capacity;
    return map(r, NULL, MAP_POPULATE);
}

void weir_ring_populate(struct weir_ring *r)
{
#ifdef MADV_POPULATE_WRITE
    (void)madvise(r->bytes, r->capacity,
                  MADV_POPULATE_WRITE); /* older systems do it page by page */
#else
    (void)r;
#endif
}

void weir_ring_free(struct weir_ring *r)
{
    if (r->bytes)
        munmap(r->bytes, r->capacity);
    r->bytes = NULL;
}

int weir_ring_clear(struct weir_ring *r)
{
    r->head = 0;
    r->tail = 0;
    return map(r, r->bytes, MAP_FIXED); /* fresh pages, without copying the parent's */
}

void *weir_ring_reserve(struct weir_ring *r, size_t size, uint64_t *used)
{
    uint64_t need = room_for(size), head = __atomic_load_n(&r->head, __ATOMIC_RELAXED), filler;

    if (need > r->capacity / 2)
        return NULL;
    do {
        uint64_t left = r->capacity - (head & (r->capacity - 1));

        filler = left < need ? left : 0;
        *used = head + filler + need - __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
        /* A head that is older than the tail makes this wrap; then the exchange would fail as well. */
        if (*used > r->capacity) {
            uint64_t now = __atomic_load_n(&r->head, __ATOMIC_RELAXED);

            if (now == head)
                return NULL;
            head = now;
            continue;
        }
        if (__atomic_compare_exchange_n(&r->head, &head, head + filler + need, 1, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            break;
    } while (1);
    if (filler)
        __atomic_store_n(word_at(r, head), FILLER | (filler - WORD), __ATOMIC_RELEASE);
    return (unsigned char *)word_at(r, head + filler) + WORD;
}

void weir_ring_commit(void *record, size_t size)
{
    uint64_t *word = (uint64_t *)(void *)((unsigned char *)record - WORD);

    __atomic_store_n(word, COMMITTED | size, __ATOMIC_RELEASE);
}

static void take(struct weir_ring *r, uint64_t word)
{
    uint64_t tail = r->tail, room = room_for((uint32_t)word);

    memset(word_at(r, tail), 0, room);
    __atomic_store_n(&r->tail, tail + room, __ATOMIC_RELEASE);
}

const void *weir_ring_peek(struct weir_ring *r, size_t *size)
{
    uint64_t *at = word_at(r, r->tail), word = __atomic_load_n(at, __ATOMIC_ACQUIRE);

    if (word & FILLER) {
        take(r, word);
        at = word_at(r, r->tail);
        word = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    }
    if (!(word & COMMITTED))
        return NULL;
    *size = (uint32_t)word;
    return (const unsigned char *)at + WORD;
}

void weir_ring_pop(struct weir_ring *r)
{
    take(r, __atomic_load_n(word_at(r, r->tail), __ATOMIC_RELAXED));
}

uint64_t weir_ring_head(const struct weir_ring *r)
{
    return __atomic_load_n(&r->head, __ATOMIC_ACQUIRE);
}

uint64_t weir_ring_tail(const struct weir_ring *r)
{
    return __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
}
