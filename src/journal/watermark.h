/* SPDX-License-Identifier: Apache-2.0 */
/* watermark.h: the file `commit`: what the journal's writer has made durable, for all processes.
 *
 * Format: top of watermark.c. One writer; readers in any process. get and set are atomic. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/io.h"

enum watermark_word {
    WATERMARK_DURABLE, /* the last durable position; 0: none */
    WATERMARK_HEAD, /* first position of the newest segment; set before DURABLE passes it */
    WATERMARK_FLOOR, /* first position that is kept: what is before it was deleted on purpose */
    WATERMARK_WORDS,
};

struct watermark {
    const struct io *io;
    uint8_t *map; /* NULL: not open */
    int fd;
    uint8_t id[16];
};

/* Makes the file with DURABLE 0, HEAD 1, FLOOR 1; durable itself when it returns. */
int watermark_create(const struct io *io, const char *dir, const uint8_t id[16], struct err *err);
/* 1, and *out is open; 0 where there is no such file; -1: ERR_IO, ERR_CORRUPT where the file is
 * damaged or none of ours, ERR_USAGE where it is of another version. On 0 and -1 *out is as after watermark_close. */
int watermark_open(struct watermark *out, const struct io *io, const char *dir, bool writable,
                   struct err *err);
/* Also of a zeroed or closed one. */
void watermark_close(struct watermark *w);
/* -1 where the word is damaged. */
int64_t watermark_get(const struct watermark *w, enum watermark_word which);
void watermark_set(struct watermark *w, enum watermark_word which, int64_t position);
