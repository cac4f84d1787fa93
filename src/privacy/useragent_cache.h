/* SPDX-License-Identifier: Apache-2.0 */
/* useragent_cache.h: what agents seen before turned out to be.
 *
 * A fixed table (3 MiB, whose pages the system gives as they fill). A hit takes no lock, allocates
 * nothing and compares the whole agent. An agent is taken in when it is seen for the second time,
 * and replaces one that was not asked for since the hand last passed; so a flood of distinct agents
 * pushes nothing out. Agents that do not fit a slot (about 700 bytes with their answer) are parsed
 * each time. Threads: any. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { UACACHE_TEXT_MAX = 744, UACACHE_ANSWER_MAX = 400 };

struct uacache; /* opaque */

/* An answer as bytes that the cache does not look into. */
struct uacache_answer {
    size_t len;
    _Alignas(8) char bytes[UACACHE_ANSWER_MAX];
};

struct uacache *uacache_new(void);
void uacache_free(struct uacache *c);
/* hash: str_hash of agent. */
bool uacache_get(struct uacache *c, struct str agent, uint64_t hash, struct uacache_answer *out);
/* May well not keep it. */
void uacache_put(struct uacache *c, struct str agent, uint64_t hash,
                 const struct uacache_answer *answer);
