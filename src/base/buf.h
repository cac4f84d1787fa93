/* SPDX-License-Identifier: Apache-2.0 */
/* buf.h: bytes that grow, up to a maximum given at init.
 *
 * An append past the maximum, or without memory, sets `failed` and changes nothing else: a writer
 * may append on and test buf_failed once at the end. One owner; no locking. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
    char *ptr;
    size_t len, cap, max;
    bool failed;
};

/* Allocates nothing. */
void buf_init(struct buf *b, size_t max);
/* Frees; the buf is as after buf_init. Also for CLEANUP. */
void buf_free(struct buf *b);
/* Empties and keeps the memory, unless more than `keep` bytes: then it frees. */
void buf_reset(struct buf *b, size_t keep);
/* Room for n more bytes at b->ptr + b->len; 0, or -1 with `failed` set. */
int buf_reserve(struct buf *b, size_t n);
void buf_append(struct buf *b, const void *bytes, size_t len);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A decimal number. */
void buf_i64(struct buf *b, int64_t v);
/* Text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void buf_json(struct buf *b, struct str s);

static inline void buf_str(struct buf *b, struct str s)
{
    buf_append(b, s.ptr, s.len);
}

static inline void buf_char(struct buf *b, char c)
{
    buf_append(b, &c, 1);
}

static inline struct str buf_as_str(const struct buf *b)
{
    return str_of(b->ptr ? b->ptr : "", b->len);
}

static inline bool buf_failed(const struct buf *b)
{
    return b->failed;
}

#define AUTO_BUF CLEANUP(buf_free) struct buf /* needs base/mem.h; buf_init before any return */
