/* SPDX-License-Identifier: Apache-2.0 */
/* arena.h: memory of one request, with a ceiling, freed as a whole.
 *
 * Allocation moves a pointer; nothing is freed singly. The first block is kept over resets, so a
 * steady load allocates nothing. Past the ceiling, or when the system has no more, the answer is
 * NULL: the request fails (503), the process lives on. One owner; no locking. Under ASan, memory
 * that is not handed out is poisoned. */
#pragma once
#include <stddef.h>

#include "base/str.h"

struct arena; /* opaque */

/* `keep` bytes stay allocated over resets (the usual request should fit); `ceiling` >= keep is the
 * most that lives at once. The caller owns *out. */
struct arena *arena_new(size_t keep, size_t ceiling);
void arena_free(struct arena *a);
/* All that was handed out becomes invalid. */
void arena_reset(struct arena *a);
/* Zeroed, aligned for any type; NULL past the ceiling. Lives in a. */
void *arena_alloc(struct arena *a, size_t size);
/* The same, not zeroed. */
void *arena_alloc_raw(struct arena *a, size_t size);
/* A copy with a NUL behind it (not counted); STR_NONE past the ceiling. Lives in a. */
struct str arena_copy(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes handed out since the last reset, for limits and metrics. */
size_t arena_used(const struct arena *a);
