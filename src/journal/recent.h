/* SPDX-License-Identifier: Apache-2.0 */
/* recent.h: the keys of the newest records and their positions, exactly, in bounded memory.
 *
 * A ring of 32-byte entries in order of arrival and a hashed index into it; when the ring is full
 * the oldest key is forgotten for each new one, unless it is pinned. Memory is taken as keys come, up
 * to the bound, never per record. 16 MiB hold 327,680 keys. One owner; no locking; entries that are
 * pinned do not move or change, so others may read those while the owner adds. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "journal/journal.h"

struct recent_entry {
    uint8_t id[16];
    uint64_t position_kind; /* position << 8 | kind */
    uint32_t source;
    uint32_t hash;
};

struct recent {
    struct recent_entry *ring; /* capacity entries, mapped at once, touched as used */
    uint64_t *index; /* slots: hash << 32 | ring number + 1; 0 is free */
    size_t capacity, slots, slots_most;
    size_t next, count; /* where the next key goes; how many there are */
    size_t pinned; /* so many of the newest are not forgotten */
};

void recent_init(struct recent *r, size_t bytes);
void recent_free(struct recent *r);
/* Loads the index line of a hash: any 32 bits that are the same for equal keys. */
static inline void recent_prefetch(const struct recent *r, uint32_t hash)
{
    __builtin_prefetch(r->index + (hash & (r->slots - 1)), 1);
}
/* The key's position; 0: not known. */
int64_t recent_find(const struct recent *r, uint32_t hash, enum journal_kind kind,
                    const struct journal_key *key);
/* The key must not be known, and not all others be pinned. */
void recent_add(struct recent *r, uint32_t hash, enum journal_kind kind,
                const struct journal_key *key, int64_t position);
/* Takes the memory for so many keys, where that is more than it was made for. */
void recent_hold(struct recent *r, size_t keys);
