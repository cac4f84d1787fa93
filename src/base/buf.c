/* SPDX-License-Identifier: Apache-2.0 */
/* buf.c: growing bytes, with the few ways of writing that answers and logs need. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ceiling.h"

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
    free(b->ptr);
    buf_init(b, b->max);
}

void buf_reset(struct buf *b, size_t keep)
{
    if (b->cap > keep) {
        buf_free(b);
        return;
    }
    b->len = 0;
    b->failed = false;
}

int buf_reserve(struct buf *b, size_t n)
{
    size_t cap = b->cap ? b->cap : b->max < 256 ? b->max : 256;
    char *p;

    if (b->failed)
        return -1;
    if (n <= b->cap - b->len)
        return 0;
    if (n > b->max - b->len)
        goto fail;
    while (cap - b->len < n)
        cap = cap > b->max / 2 ? b->max : cap * 2;
    p = realloc(b->ptr, cap);
    if (!p && ceiling_lift())
        p = realloc(b->ptr, cap);
    if (!p)
        goto fail;
    b->ptr = p;
    b->cap = cap;
    return 0;

fail:
    b->failed = true;
    return -1;
}

void buf_append(struct buf *b, const void *bytes, size_t len)
{
    if (len == 0 || buf_reserve(b, len) < 0)
        return;
    memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || buf_reserve(b, (size_t)n + 1) < 0) {
        b->failed = true;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void buf_i64(struct buf *b, int64_t v)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    do {
        digits[--at] = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0)
        digits[--at] = '-';
    buf_append(b, digits + at, sizeof digits - at);
}

static void json_escape(struct buf *b, unsigned char c)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (size_t i = 0; i + 1 < sizeof named; i += 2) {
        if ((unsigned char)named[i] == c) {
            char two[2] = {'\\', named[i + 1]};

            buf_append(b, two, 2);
            return;
        }
    }
    buf_printf(b, "\\u%04x", c);
}

void buf_json(struct buf *b, struct str s)
{
    bool clean = str_is_utf8(s);
    size_t from = 0;

    buf_char(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool bad = !clean && c >= 0x80;

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && !bad)
            continue;
        buf_append(b, s.ptr + from, i - from);
        if (bad)
            buf_str(b, STR("\\ufffd"));
        else
            json_escape(b, c);
        from = i + 1;
    }
    buf_append(b, s.ptr + from, s.len - from);
    buf_char(b, '"');
}
