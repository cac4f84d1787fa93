/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h: the lines of a file, a pipe, or anything, of at most a given length. Threads: one owner. */
#pragma once
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum lines_got {
    LINES_END = 0,
    LINES_LINE = 1, /* *out: without its newline, until the next call */
    LINES_TOO_LONG = 2, /* a line that was passed over */
    LINES_IDLE = 3, /* nothing came for idle_ms, or a signal did: call again */
};

struct lines {
    int fd; /* borrowed; not used where `read` is set */
    int (*read)(void *ctx, char *to, size_t len, struct err *err); /* bytes, 0 at the end, or -1 */
    void *ctx;
    struct buf buf;
    size_t at; /* in buf: where the next line begins */
    size_t line_max;
    int idle_ms;
    bool ended, skipping;
    uint64_t number; /* of the line that was given last, from 1 */
};

void lines_init(struct lines *l, int fd, size_t line_max, int idle_ms);
/* Lines of what `read` gives; there is no LINES_IDLE. */
void lines_init_from(struct lines *l, int (*read)(void *ctx, char *to, size_t len, struct err *err),
                     void *ctx, size_t line_max);
void lines_free(struct lines *l);
/* One of enum lines_got; -1 where reading failed. */
int lines_next(struct lines *l, struct str *out, struct err *err);
