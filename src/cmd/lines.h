/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h: the lines of a file or a pipe, of at most a given length. Threads: one owner. */
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
    int fd; /* borrowed */
    struct buf buf;
    size_t at; /* in buf: where the next line begins */
    size_t line_max;
    int idle_ms;
    bool ended, skipping;
    uint64_t number; /* of the line that was given last, from 1 */
};

void lines_init(struct lines *l, int fd, size_t line_max, int idle_ms);
void lines_free(struct lines *l);
/* One of enum lines_got; -1 where reading failed. */
int lines_next(struct lines *l, struct str *out, struct err *err);
