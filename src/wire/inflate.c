/* SPDX-License-Identifier: Apache-2.0 */
/* inflate.c: a thin shell around zlib and libzstd that holds them to a size, one stream and a window.
 *
 * The output buf's maximum is the cap: each step has room for at most what is left of it, and one
 * byte more decides. zlib takes about 48 KiB for its window of 32 KiB; zstd as much as the frame's
 * window, which is refused over 8 MiB. */
#include "wire/inflate.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/check.h"
#include "base/mem.h"

enum {
    STEP_MIN = 4096,
    STEP_MAX = 256 * 1024,
    GZIP_MEMORY = 48 * 1024, /* its window of 32 KiB, and its tables */
    WINDOW_LOG_MAX = 23, /* 8 MiB */
    ZSTD_MAGIC_BYTES = 4,
    GZIP_ONLY = 16 + MAX_WBITS, /* zlib's way to say "a gzip header" */
};

struct inflate {
    enum inflate_form form;
    bool ended; /* the stream's own end was seen */
    bool begun;
    size_t read; /* compressed bytes so far */
    z_stream gzip;
    ZSTD_DCtx *zstd;
};

struct inflate *inflate_new(enum inflate_form form)
{
    struct inflate *z = calloc(1, sizeof *z);

    if (!z)
        return NULL;
    z->form = form;
    if (form == INFLATE_GZIP) {
        if (inflateInit2(&z->gzip, GZIP_ONLY) == Z_OK)
            return z;
    } else {
        z->zstd = ZSTD_createDCtx();
        if (z->zstd &&
            !ZSTD_isError(ZSTD_DCtx_setParameter(z->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
            return z;
        ZSTD_freeDCtx(z->zstd);
    }
    free(z);
    return NULL;
}

void inflate_free(struct inflate *z)
{
    if (!z)
        return;
    if (z->form == INFLATE_GZIP)
        inflateEnd(&z->gzip);
    ZSTD_freeDCtx(z->zstd);
    free(z);
}

size_t inflate_memory(const struct inflate *z)
{
    return z->form == INFLATE_GZIP ? GZIP_MEMORY : ZSTD_sizeof_DCtx(z->zstd);
}

static int broken(const struct inflate *z, struct err *err, const char *why)
{
    return err_set_at(err, ERR_PARSE, z->read, "inflate a %s body: %s",
                      z->form == INFLATE_GZIP ? "gzip" : "zstd", why);
}

static int too_large(const struct buf *out, struct err *err)
{
    return err_set(err, ERR_LIMIT, "inflate a body: it has more than %zu bytes", out->max);
}

/* Room for the next step; 0 when the cap is reached. */
static size_t make_room(struct buf *out, struct err *err, int *rc)
{
    size_t left = out->max - out->len, room = out->cap - out->len;

    *rc = 0;
    if (left == 0)
        return 0;
    if (room < STEP_MIN) {
        size_t want = out->cap < STEP_MIN ? STEP_MIN : out->cap;

        room = want < left ? want : left;
        if (buf_reserve(out, room) < 0) {
            *rc = err_set(err, ERR_LIMIT, "inflate a body: out of memory");
            return 0;
        }
    }
    return room < STEP_MAX ? room : STEP_MAX;
}

/* Inflates some of `in` into `room` bytes at `to`; both shrink to what was used. */
static int step_gzip(struct inflate *z, struct str *in, char *to, size_t *room, struct err *err)
{
    int rc;

    z->gzip.next_in = (Bytef *)in->ptr;
    z->gzip.avail_in = in->len > UINT32_MAX ? UINT32_MAX : (uInt)in->len;
    z->gzip.next_out = (Bytef *)to;
    z->gzip.avail_out = (uInt)*room;
    rc = inflate(&z->gzip, Z_NO_FLUSH);
    *in = str_slice(*in, (size_t)((const char *)z->gzip.next_in - in->ptr), in->len);
    *room = *room - z->gzip.avail_out;
    if (rc == Z_STREAM_END)
        z->ended = true;
    else if (rc == Z_MEM_ERROR)
        return err_set(err, ERR_LIMIT, "inflate a gzip body: out of memory");
    else if (rc != Z_OK && rc != Z_BUF_ERROR)
        return broken(z, err, rc == Z_NEED_DICT ? "it needs a dictionary" : "the data is damaged");
    return 0;
}

/* libzstd may also read the frames of its first years and skippable ones: nobody sends those but to
 * try what they do. False where the bytes at this place of the body are not the frame's magic. */
static bool is_zstd_magic(const struct inflate *z, struct str in)
{
    static const unsigned char magic[ZSTD_MAGIC_BYTES] = {0x28, 0xB5, 0x2F, 0xFD};

    for (size_t i = 0; i < in.len && z->read + i < ZSTD_MAGIC_BYTES; i++)
        if ((unsigned char)in.ptr[i] != magic[z->read + i])
            return false;
    return true;
}

static int step_zstd(struct inflate *z, struct str *in, char *to, size_t *room, struct err *err)
{
    /* The magic goes in alone: a frame that came in one piece would take another way through the
     * library, which is stricter in places, and laxer in others. */
    size_t most = z->read < ZSTD_MAGIC_BYTES ? ZSTD_MAGIC_BYTES - z->read : in->len;
    ZSTD_inBuffer from = {in->ptr, most < in->len ? most : in->len, 0};
    ZSTD_outBuffer into = {to, *room, 0};
    size_t rc;

    if (!is_zstd_magic(z, *in))
        return broken(z, err, "it does not begin as a zstd frame");
    rc = ZSTD_decompressStream(z->zstd, &into, &from);

    *in = str_slice(*in, from.pos, in->len);
    *room = into.pos;
    if (ZSTD_isError(rc)) {
        switch (ZSTD_getErrorCode(rc)) {
        case ZSTD_error_memory_allocation:
            return err_set(err, ERR_LIMIT, "inflate a zstd body: out of memory");
        case ZSTD_error_frameParameter_windowTooLarge:
            return err_set(err, ERR_LIMIT, "inflate a zstd body: its window is over 8 MiB");
        default: return broken(z, err, ZSTD_getErrorName(rc));
        }
    }
    z->ended = rc == 0;
    return 0;
}

int inflate_more(struct inflate *z, struct str bytes, struct buf *out, struct err *err)
{
    char beyond; /* one byte past the cap is where it shows that there is more */

    CHECK(!buf_failed(out));
    z->begun |= bytes.len > 0;
    for (bool full = false; bytes.len || full;) {
        size_t before = bytes.len, room, got;
        int rc;

        if (z->ended)
            return broken(z, err, "there is something behind its end");
        got = room = make_room(out, err, &rc);
        if (rc < 0)
            return -1;
        if (room == 0)
            got = 1;
        rc = z->form == INFLATE_GZIP
                 ? step_gzip(z, &bytes, room ? out->ptr + out->len : &beyond, &got, err)
                 : step_zstd(z, &bytes, room ? out->ptr + out->len : &beyond, &got, err);
        z->read += before - bytes.len;
        if (rc < 0)
            return -1;
        if (room == 0 && got)
            return too_large(out, err);
        out->len += room ? got : 0;
        /* A full step may have left output inside the decoder. */
        full = room && got == room && !z->ended;
        if (before && bytes.len == before && !got)
            return broken(z, err, "it makes no progress");
    }
    return 0;
}

int inflate_finish(struct inflate *z, struct err *err)
{
    if (!z->begun)
        return broken(z, err, "it is empty");
    if (!z->ended)
        return broken(z, err, "it is cut off");
    return 0;
}
