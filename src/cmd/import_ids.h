/* SPDX-License-Identifier: Apache-2.0 */
/* import_ids.h: two tables in memory: how often a line came before, and which ids are there already.
 *
 * Both grow by doubling and hold what they are given, so the caller bounds that. Threads: one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

/* Ids; a place of zeros is empty, and the nil id has a flag of its own. */
struct import_set {
    struct uuid *places;
    size_t count, size; /* size: a power of two, or 0 */
    bool has_nil;
};

void import_set_add(struct import_set *s, const struct uuid *id);
bool import_set_has(const struct import_set *s, const struct uuid *id);
void import_set_free(struct import_set *s); /* as after {0} */

/* Counts by 64 bits of a key. Two lines that share them would only get other ordinals. */
struct import_counts {
    struct import_count {
        uint64_t key;
        uint32_t count; /* 0: empty */
    } * places;
    size_t count, size;
};

/* How often the key was counted before, which this call then adds one to. */
uint32_t import_counts_next(struct import_counts *c, uint64_t key);
void import_counts_free(struct import_counts *c);
