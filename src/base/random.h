/* SPDX-License-Identifier: Apache-2.0 */
/* random.h: unpredictable bytes from OpenSSL's generator.
 *
 * random_bytes keeps a small pool per thread, so that a salt costs a copy and not a call into the
 * generator; bytes that were handed out are wiped from the pool. Keys come from random_key, which
 * leaves nothing behind. Safe from any thread. A generator that fails ends the process: nothing
 * that Weir promises holds without it. */
#pragma once
#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t len);
void random_key(void *out, size_t len);
/* Three odd 64-bit numbers drawn once per process; see str_hash. */
const uint64_t *random_process_seed(void);
