/* SPDX-License-Identifier: Apache-2.0 */
/* recent.h: the keys of the newest records and their positions, exactly, in bounded memory.
 *
 * A ring of 32-byte entries in order of arrival and a hashed index into it; when the ring is full
 * the oldest key is forgotten for each new one. Memory is taken as keys come, up to the bound, never
 * per record. recent_bytes = 32 MiB keeps the last 655,360 keys: 73 minutes at 150 events a second,
 * 65 seconds at 10,000. One owner; no locking. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "journal/journal.h"

struct recent {
    struct recent_entry *ring; /* capacity entries, mapped at once, touched as used */
    uint64_t *index; /* slots: hash << 32 | ring number + 1; 0 is free */
    size_t capacity, slots, slots_most;
    size_t next, count; /* where the next key goes; how many there are */
};

void recent_init(struct recent *r, size_t bytes);
void recent_free(struct recent *r);
/* The hash that the other calls take; loads the index line ahead of them. */
uint32_t recent_hash(const struct recent *r, enum journal_kind kind, const struct journal_key *key);
/* The key's position; 0: not known. */
int64_t recent_find(const struct recent *r, uint32_t hash, enum journal_kind kind,
                    const struct journal_key *key);
/* The key must not be known. */
void recent_add(struct recent *r, uint32_t hash, enum journal_kind kind,
                const struct journal_key *key, int64_t position);
