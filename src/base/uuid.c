/* SPDX-License-Identifier: Apache-2.0 */
/* uuid.c: making, reading and writing UUIDs. */
#include "base/uuid.h"

#include "base/random.h"

struct uuid uuid_v7(int64_t now_us)
{
    uint64_t ms = (uint64_t)(now_us / 1000);
    struct uuid u;

    random_bytes(u.b + 6, 10);
    for (int i = 0; i < 6; i++)
        u.b[i] = (uint8_t)(ms >> (40 - 8 * i));
    u.b[6] = (uint8_t)(0x70 | (u.b[6] & 0x0F));
    u.b[8] = (uint8_t)(0x80 | (u.b[8] & 0x3F));
    return u;
}

int uuid_parse(struct str s, struct uuid *out)
{
    char hex[2 * UUID_BYTES];
    struct uuid u;

    if (s.len != UUID_TEXT_LEN) {
        if (s.len != sizeof hex || hex_decode(u.b, UUID_BYTES, s) < 0)
            return -1;
        *out = u;
        return 0;
    }
    if (s.ptr[8] != '-' || s.ptr[13] != '-' || s.ptr[18] != '-' || s.ptr[23] != '-')
        return -1;
    memcpy(hex, s.ptr, 8);
    memcpy(hex + 8, s.ptr + 9, 4);
    memcpy(hex + 12, s.ptr + 14, 4);
    memcpy(hex + 16, s.ptr + 19, 4);
    memcpy(hex + 20, s.ptr + 24, 12);
    if (hex_decode(u.b, UUID_BYTES, str_of(hex, sizeof hex)) < 0)
        return -1;
    *out = u;
    return 0;
}

void uuid_format(char *out, const struct uuid *u)
{
    hex_encode(out, u->b, 4);
    hex_encode(out + 9, u->b + 4, 2);
    hex_encode(out + 14, u->b + 6, 2);
    hex_encode(out + 19, u->b + 8, 2);
    hex_encode(out + 24, u->b + 10, 6);
    out[8] = out[13] = out[18] = out[23] = '-';
}
