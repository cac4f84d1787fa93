/* SPDX-License-Identifier: Apache-2.0 */
/* hmac.h: HMAC-SHA256 (RFC 2104) with its key's two blocks hashed beforehand.
 *
 * Threads: pure functions. */
#pragma once
#include <stdint.h>

#include "base/str.h"

enum { HMAC_BYTES = 32 };

/* SHA-256's state after the key's inner and outer block: as secret as the key. */
struct hmac_key {
    uint32_t inner[8], outer[8];
};

/* Of a key longer than 64 bytes its SHA-256 counts, as the RFC says. */
void hmac_prepare(struct hmac_key *out, const void *key, size_t len);
/* Of `a` and `b` behind one another. */
void hmac_sha256(const struct hmac_key *key, struct str a, struct str b, uint8_t out[HMAC_BYTES]);
