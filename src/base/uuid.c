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
    static const unsigned char starts[] = {0, 9, 14, 19, 24}, bytes[] = {4, 2, 2, 2, 6};
    struct uuid u;
    size_t at = 0;

    if (s.len == 2 * UUID_BYTES)
        return hex_decode(out->b, UUID_BYTES, s);
    if (s.len != UUID_TEXT_LEN)
        return -1;
    if (s.ptr[8] != '-' || s.ptr[13] != '-' || s.ptr[18] != '-' || s.ptr[23] != '-')
        return -1;
    for (size_t i = 0; i < sizeof starts; i++) {
        if (hex_decode(u.b + at, bytes[i], str_slice(s, starts[i], 2u * bytes[i])) < 0)
            return -1;
        at += bytes[i];
    }
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
