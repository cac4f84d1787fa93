/* SPDX-License-Identifier: Apache-2.0 */
/* gzip.c: zlib's deflate with a gzip header. */
#include "cmd/gzip.h"

#include <zlib.h>

int gzip_text(struct buf *out, struct str plain, struct err *err)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)plain.ptr};
    size_t bound;
    int code;

    if (plain.len > UINT32_MAX / 2)
        return err_set(err, ERR_LIMIT, "%zu bytes are too much to compress at once", plain.len);
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return err_set(err, ERR_INTERNAL, "zlib does not start");
    bound = deflateBound(&z, plain.len);
    if (buf_reserve(out, bound) < 0) {
        deflateEnd(&z);
        return err_set(err, ERR_LIMIT, "no memory to compress %zu bytes", plain.len);
    }
    z.avail_in = (unsigned)plain.len;
    z.next_out = (unsigned char *)out->ptr + out->len;
    z.avail_out = (unsigned)bound;
    code = deflate(&z, Z_FINISH);
    out->len += z.total_out;
    deflateEnd(&z);
    return code == Z_STREAM_END ? 0 : err_set(err, ERR_INTERNAL, "zlib: deflate says %d", code);
}
