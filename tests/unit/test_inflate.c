/* SPDX-License-Identifier: Apache-2.0 */
/* test_inflate.c: bodies come back whole; bombs, cuts and damage do not get through. */
#include "unit.h"

#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"
#include "wire/inflate.h"

static struct str gzip(struct str in)
{
    size_t cap = compressBound(in.len) + 64;
    char *out = xmalloc(cap);
    z_stream z = {.next_in = (Bytef *)in.ptr, .avail_in = (uInt)in.len};

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return str_of(out, z.total_out);
}

static struct str zstd(struct str in)
{
    size_t cap = ZSTD_compressBound(in.len);
    char *out = xmalloc(cap);
    size_t len = ZSTD_compress(out, cap, in.ptr, in.len, 3);

    assert_false(ZSTD_isError(len));
    return str_of(out, len);
}

static struct str pack(enum inflate_form form, struct str in)
{
    return form == INFLATE_GZIP ? gzip(in) : zstd(in);
}

/* Feeds `bytes` in pieces; 0 when all of it and its end were fine. */
static int unpack(enum inflate_form form, struct str bytes, size_t piece, struct buf *out,
                  struct err *err)
{
    struct inflate *z = inflate_new(form);
    int rc = 0;

    for (size_t at = 0; rc == 0 && at < bytes.len; at += piece) {
        struct str part = str_slice(bytes, at, piece);
        AUTO_FREE char *own = xmemdup(part.ptr, part.len);

        rc = inflate_more(z, str_of(own, part.len), out, err);
    }
    if (rc == 0)
        rc = inflate_finish(z, err);
    inflate_free(z);
    return rc;
}

static struct str noise(size_t len)
{
    char *p = xmalloc(len + 1);
    uint32_t x = 1;

    for (size_t i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = (char)(x >> 24 & (i % 1000 < 500 ? 0xFF : 0x03));
    }
    return str_of(p, len);
}

static void bodies_come_back_in_any_pieces(void **state)
{
    static const size_t lens[] = {0, 1, 4095, 4096, 4097, 300000}, pieces[] = {1, 7, 4096, 1 << 20};

    for (int form = INFLATE_GZIP; form <= INFLATE_ZSTD; form++) {
        for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
            struct str in = noise(lens[i]), packed = pack(form, in);

            for (size_t k = 0; k < ARRAY_LEN(pieces); k++) {
                struct err err = {0};
                AUTO_BUF out;

                buf_init(&out, 300000);
                if (unpack(form, packed, pieces[k], &out, &err) < 0)
                    fail_msg("%s", err.text);
                assert_int_equal(out.len, in.len);
                if (in.len)
                    assert_memory_equal(out.ptr, in.ptr, in.len);
            }
            free((char *)packed.ptr);
            free((char *)in.ptr);
        }
    }
}

static void a_bomb_ends_at_the_cap(void **state)
{
    static const size_t sizes[] = {65537, 100 << 20};

    for (int form = INFLATE_GZIP; form <= INFLATE_ZSTD; form++) {
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
            AUTO_FREE char *zeros = xcalloc(1, sizes[i]);
            struct str packed = pack(form, str_of(zeros, sizes[i]));
            struct err err;
            AUTO_BUF out;

            buf_init(&out, 65536);
            assert_int_equal(unpack(form, packed, packed.len, &out, &err), -1);
            assert_int_equal(err.code, ERR_LIMIT);
            assert_true(out.len <= 65536 && out.cap <= 65536);
            free((char *)packed.ptr);
        }
    }
}

static void exactly_the_cap_is_fine(void **state)
{
    for (int form = INFLATE_GZIP; form <= INFLATE_ZSTD; form++) {
        struct str in = noise(65536), packed = pack(form, in);
        struct err err;
        AUTO_BUF out;

        buf_init(&out, 65536);
        assert_int_equal(unpack(form, packed, 100, &out, &err), 0);
        assert_int_equal(out.len, 65536);
        free((char *)packed.ptr);
        free((char *)in.ptr);
    }
}

static void a_cut_body_is_refused_at_every_length(void **state)
{
    for (int form = INFLATE_GZIP; form <= INFLATE_ZSTD; form++) {
        struct str in = noise(300), packed = pack(form, in);

        for (size_t len = 0; len < packed.len; len++) {
            struct err err;
            AUTO_BUF out;

            buf_init(&out, 4096);
            assert_int_equal(unpack(form, str_slice(packed, 0, len), 64, &out, &err), -1);
            assert_int_equal(err.code, ERR_PARSE);
        }
        free((char *)packed.ptr);
        free((char *)in.ptr);
    }
}

static void a_second_stream_is_refused(void **state)
{
    for (int form = INFLATE_GZIP; form <= INFLATE_ZSTD; form++) {
        struct str packed = pack(form, STR("{\"name\":\"a\"}"));

        for (size_t piece = 1; piece <= 2 * packed.len; piece += 2 * packed.len - 1) {
            struct err err;
            AUTO_BUF twice;
            AUTO_BUF out;

            buf_init(&twice, 4096);
            buf_init(&out, 4096);
            buf_str(&twice, packed);
            buf_str(&twice, packed);
            assert_int_equal(unpack(form, buf_as_str(&twice), piece, &out, &err), -1);
            assert_int_equal(err.code, ERR_PARSE);
            assert_int_equal(err.at, packed.len);
        }
        free((char *)packed.ptr);
    }
}

static void damage_is_refused(void **state)
{
    struct str packed = gzip(STR("hello, hello, hello"));
    struct err err;
    AUTO_BUF out;

    buf_init(&out, 4096);
    ((char *)packed.ptr)[packed.len - 6] ^= 1; /* the checksum */
    assert_int_equal(unpack(INFLATE_GZIP, packed, 100, &out, &err), -1);
    assert_int_equal(err.code, ERR_PARSE);
    assert_int_equal(unpack(INFLATE_GZIP, STR("{\"name\":\"a\"}"), 100, &out, &err), -1);
    assert_int_equal(err.code, ERR_PARSE);
    assert_int_equal(unpack(INFLATE_ZSTD, STR("{\"name\":\"a\"}"), 100, &out, &err), -1);
    assert_int_equal(err.code, ERR_PARSE);
    free((char *)packed.ptr);
}

/* A skippable frame, and one of zstd 0.5. */
static void other_zstd_frames_are_refused(void **state)
{
    static const char *const bodies[] = {"\x50\x2A\x4D\x18\x01\x01\x01\x01x",
                                         "\x25\xB5\x2F\xFD\x01\x01\x01\x01x"};

    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        for (size_t piece = 1; piece < 10; piece++) {
            CLEANUP(buf_free) struct buf out;
            struct err err = {0};

            buf_init(&out, 4096);
            assert_int_equal(unpack(INFLATE_ZSTD, str_from(bodies[i]), piece, &out, &err), -1);
            assert_int_equal(err.code, ERR_PARSE);
            assert_non_null(strstr(err.text, "zstd frame"));
        }
}

/* One that the library takes whole, and refuses in pieces. */
static void the_verdict_does_not_hang_on_the_pieces(void **state)
{
    static const char bytes[] = "\x28\xB5\x2F\xFD\x20\0\x03\0\0";
    int first = 0;

    for (size_t piece = 1; piece <= sizeof bytes; piece++) {
        CLEANUP(buf_free) struct buf out;
        struct err err = {0};
        int rc;

        buf_init(&out, 4096);
        rc = unpack(INFLATE_ZSTD, str_of(bytes, sizeof bytes), piece, &out, &err);
        if (piece == 1)
            first = rc;
        assert_int_equal(rc, first);
    }
}

static void a_wide_zstd_window_is_refused(void **state)
{
    size_t len = 32 << 20, cap = ZSTD_compressBound(len);
    AUTO_FREE char *in = xcalloc(1, len);
    AUTO_FREE char *packed = xmalloc(cap);
    ZSTD_CCtx *c = ZSTD_createCCtx();
    struct err err;
    AUTO_BUF out;

    buf_init(&out, 64 << 20);
    ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, 24);
    ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
    cap = ZSTD_compress2(c, packed, cap, in, len);
    assert_false(ZSTD_isError(cap));
    assert_int_equal(unpack(INFLATE_ZSTD, str_of(packed, cap), cap, &out, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    ZSTD_freeCCtx(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_come_back_in_any_pieces),
        cmocka_unit_test(a_bomb_ends_at_the_cap),
        cmocka_unit_test(exactly_the_cap_is_fine),
        cmocka_unit_test(a_cut_body_is_refused_at_every_length),
        cmocka_unit_test(a_second_stream_is_refused),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(other_zstd_frames_are_refused),
        cmocka_unit_test(the_verdict_does_not_hang_on_the_pieces),
        cmocka_unit_test(a_wide_zstd_window_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
