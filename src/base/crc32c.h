/* SPDX-License-Identifier: Apache-2.0 */
/* crc32c.h: CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor where it can. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Extends `crc` (0 to begin) by len bytes. crc32c(0, "123456789", 9) is 0xE3069283. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);
