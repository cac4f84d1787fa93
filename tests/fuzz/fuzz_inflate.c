/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_inflate.c: any bytes as a gzip or zstd body. Whole or in pieces, the result is the same: the
 * same bytes, never more than may be, or refused.
 *
 * Input: byte 0: bit 0 is the form, bit 1 has the checksums of a gzip body made to fit; byte 1: the
 * size of the pieces; the rest is the body. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "wire/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 1 << 16, GZIP_HEADER = 10, GZIP_TRAILER = 8 };

/* 0: whole and sound; else the code of the error. */
static enum err_code unpack(enum inflate_form form, struct str body, size_t piece, struct buf *out)
{
    struct inflate *z = inflate_new(form);
    struct err err = {0};
    int status = 0;

    CHECK(z);
    for (size_t at = 0; status == 0 && at < body.len; at += piece)
        status = inflate_more(z, str_slice(body, at, piece), out, &err);
    if (status == 0)
        status = inflate_finish(z, &err);
    CHECK(inflate_memory(z) <= 16 << 20);
    inflate_free(z);
    CHECK(status == 0 || err.code == ERR_LIMIT || err.code == ERR_PARSE);
    return status == 0 ? ERR_NONE : err.code;
}

/* Length and checksum of what the deflate stream holds, so that a change in it is not always found by
 * the checksum. */
static void make_fit(uint8_t *body, size_t len)
{
    static uint8_t plain[OUT_MAX];
    z_stream z = {.next_out = plain, .avail_out = sizeof plain};
    uint32_t tail[2];

    if (len < GZIP_HEADER + GZIP_TRAILER || inflateInit2(&z, -15) != Z_OK)
        return;
    z.next_in = body + GZIP_HEADER;
    z.avail_in = (uInt)(len - GZIP_HEADER - GZIP_TRAILER);
    inflate(&z, Z_FINISH);
    tail[0] = (uint32_t)crc32(0, plain, (uInt)z.total_out);
    tail[1] = (uint32_t)z.total_out;
    inflateEnd(&z);
    memcpy(body + len - GZIP_TRAILER, tail, sizeof tail);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct buf whole, pieces;
    AUTO_FREE char *body = NULL;
    enum inflate_form form;
    enum err_code one, other;
    struct str bytes;

    if (size < 3)
        return 0;
    form = data[0] & 1 ? INFLATE_ZSTD : INFLATE_GZIP;
    body = xmemdup(data + 2, size - 2);
    if (form == INFLATE_GZIP && (data[0] & 2))
        make_fit((uint8_t *)body, size - 2);
    bytes = str_of(body, size - 2);
    buf_init(&whole, OUT_MAX);
    buf_init(&pieces, OUT_MAX);
    one = unpack(form, bytes, bytes.len, &whole);
    other = unpack(form, bytes, data[1] % 64u + 1, &pieces);
    /* Refused in any case: where a body is both damaged and too large, the pieces decide what is seen first. */
    CHECK((one == ERR_NONE) == (other == ERR_NONE));
    CHECK(whole.len <= OUT_MAX);
    CHECK(one != ERR_NONE || str_eq(buf_as_str(&whole), buf_as_str(&pieces)));
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
