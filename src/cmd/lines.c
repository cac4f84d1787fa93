/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c: reads ahead in pieces of 64 KiB, and waits with poll so that a slow pipe can be told from
 * its end. */
#include "cmd/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

void lines_init(struct lines *l, int fd, size_t line_max, int idle_ms)
{
    *l = (struct lines){.fd = fd, .line_max = line_max, .idle_ms = idle_ms};
    buf_init(&l->buf, line_max + 2 * PIECE);
}

void lines_init_from(struct lines *l, int (*read)(void *ctx, char *to, size_t len, struct err *err),
                     void *ctx, size_t line_max)
{
    lines_init(l, -1, line_max, 0);
    l->read = read;
    l->ctx = ctx;
}

void lines_free(struct lines *l)
{
    buf_free(&l->buf);
}

/* Drops what was given out and reads a piece: 1, 0 at the end, LINES_IDLE, or -1. */
static int fill(struct lines *l, struct err *err)
{
    struct pollfd wait = {.fd = l->fd, .events = POLLIN};
    ssize_t n;

    if (l->at) {
        l->buf.len -= l->at;
        memmove(l->buf.ptr, l->buf.ptr + l->at, l->buf.len);
        l->at = 0;
    }
    if (buf_reserve(&l->buf, PIECE) < 0)
        return err_set(err, ERR_LIMIT, "no memory to read a line");
    if (l->read) {
        n = l->read(l->ctx, l->buf.ptr + l->buf.len, PIECE, err);
        l->buf.len += n > 0 ? (size_t)n : 0;
        return n < 0 ? -1 : n > 0;
    }
    n = poll(&wait, 1, l->idle_ms);
    if (n == 0 || (n < 0 && errno == EINTR))
        return LINES_IDLE;
    n = n < 0 ? n : read(l->fd, l->buf.ptr + l->buf.len, PIECE);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return LINES_IDLE;
    if (n < 0)
        return err_set(err, ERR_IO, "read: %s", strerror(errno));
    l->buf.len += (size_t)n;
    return n > 0;
}

int lines_next(struct lines *l, struct str *out, struct err *err)
{
    size_t looked = 0; /* of what is there, without a newline */

    for (;;) {
        const char *from = l->buf.ptr ? l->buf.ptr + l->at : "", *end = NULL;
        size_t have = l->buf.len - l->at;
        int got;

        if (have > looked)
            end = memchr(from + looked, '\n', have - looked);
        if (end || (l->ended && have > 0)) {
            size_t len = end ? (size_t)(end - from) : have;
            bool skip = l->skipping || len > l->line_max;

            l->at += len + (end != NULL);
            l->number += !l->skipping;
            l->skipping = false;
            *out = str_of(from, len);
            return skip ? LINES_TOO_LONG : LINES_LINE;
        }
        if (l->ended) {
            got = l->skipping ? LINES_TOO_LONG : LINES_END;
            l->skipping = false;
            return got;
        }
        if (have > l->line_max) { /* pass over what is there, and go on to its end */
            l->number += !l->skipping;
            l->skipping = true;
            l->at = l->buf.len;
            have = 0;
        }
        looked = have;
        got = fill(l, err);
        if (got < 0 || got == LINES_IDLE)
            return got;
        l->ended = got == 0;
    }
}
