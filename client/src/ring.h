/* SPDX-License-Identifier: Apache-2.0 */
/* ring.h: a queue of records of any size in fixed memory: many threads put, one takes, nobody waits.
 *
 * A record is reserved, filled and committed; the reader comes to it once all before it are
 * committed. When there is no room, the new record is the one that is not taken. */
#ifndef WEIR_RING_H
#define WEIR_RING_H
#include <stddef.h>
#include <stdint.h>

struct weir_ring {
    unsigned char *bytes; /* `capacity` of them; zero where no record is */
    uint64_t capacity; /* a power of two */
    char apart[48];
    uint64_t head; /* atomic: behind the last reservation; writers */
    char further[56];
    uint64_t tail; /* atomic: what is not yet taken; the reader */
};

/* Memory that is there from now on, so that no record has to wait for it. 0, or -1. */
int weir_ring_init(struct weir_ring *r, size_t capacity);
void weir_ring_free(struct weir_ring *r);
/* Empties it whatever state other threads left it in: for the child of a fork. Its memory is then taken
 * as it is used, or by weir_ring_populate, beside writers: most children of forks fire no event. */
int weir_ring_clear(struct weir_ring *r);
void weir_ring_populate(struct weir_ring *r);

/* Room for `size` bytes (from 1), or NULL. *used: bytes in the ring now, this record included. */
void *weir_ring_reserve(struct weir_ring *r, size_t size, uint64_t *used);
void weir_ring_commit(void *record, size_t size);
/* The oldest record, or NULL where there is none, or it is not yet committed. */
const void *weir_ring_peek(struct weir_ring *r, size_t *size);
/* Takes away what was peeked at. */
void weir_ring_pop(struct weir_ring *r);
/* Where the next record will be, and where the reader is; they only grow. */
uint64_t weir_ring_head(const struct weir_ring *r);
uint64_t weir_ring_tail(const struct weir_ring *r);

#endif
