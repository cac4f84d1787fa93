/* SPDX-License-Identifier: Apache-2.0 */
/* uuid.h: RFC 9562 identifiers as 16 bytes in network order. */
#pragma once
#include <stdint.h>

#include "base/str.h"

enum { UUID_BYTES = 16, UUID_TEXT_LEN = 36 };

struct uuid {
    uint8_t b[UUID_BYTES];
};

/* Version 7: 48 bits of Unix milliseconds, the rest random. */
struct uuid uuid_v7(int64_t now_us);
/* 8-4-4-4-12 hex digits of either case, of any version, the nil UUID included; also 32 hex digits
 * without dashes. -1 for anything else. */
int uuid_parse(struct str s, struct uuid *out);
/* Writes 36 characters, lower case, no NUL. */
void uuid_format(char *out, const struct uuid *u);
