/* SPDX-License-Identifier: Apache-2.0 */
/* prints.h: which keys a table has, in memory: "no" is sure, "yes" is nearly so.
 *
 * Finding the row of a flow takes a look at the keys of all flows; most flows of a step are new, and
 * this tells so without a look. Four bytes for each key, and room: 5 to 11 bytes. Beyond PRINTS_MAX keys it
 * says "yes" to all of them.
 * Keys come in by prints_add and count after prints_commit.
 * Threads: one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PRINTS_MAX = 50000000 };

struct prints; /* opaque */

struct prints *prints_new(void);
void prints_free(struct prints *s);
/* key: a hash. */
bool prints_has(const struct prints *s, uint64_t key);
void prints_add(struct prints *s, uint64_t key);
void prints_commit(struct prints *s);
/* Forgets what was added since the last commit. */
void prints_rollback(struct prints *s);
size_t prints_count(const struct prints *s);
