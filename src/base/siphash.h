/* SPDX-License-Identifier: Apache-2.0 */
/* siphash.h: a keyed 64-bit hash that nobody without the key can aim collisions at, the same in every process
 * that has the key: for what is stored. For tables in memory str_hash is quicker.
 * Threads: pure functions. */
#pragma once
#include "base/str.h"

enum { SIPHASH_KEY_BYTES = 16 };

/* SipHash-1-3, as hash tables use it. */
uint64_t siphash_1_3(const uint8_t key[SIPHASH_KEY_BYTES], struct str s);
/* SipHash-2-4, as it was published. */
uint64_t siphash_2_4(const uint8_t key[SIPHASH_KEY_BYTES], struct str s);
