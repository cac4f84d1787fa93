/* SPDX-License-Identifier: Apache-2.0 */
/* cursor.h: how far each sink has come, where the journal's writer can see it.
 *
 * `cursors/<sink>` in the journal's folder is a copy of what the sink has committed, never ahead of
 * it; the sink's own cursor decides what it reads. What is behind all of them may be compressed, and
 * deleted once it is old. Format: top of cursor.c. Threads: any; one publisher for each sink. */
#pragma once
#include "base/err.h"
#include "base/io.h"

enum { CURSOR_NAME_MAX = 63 };

/* 1; 0 where the journal's folder does not exist yet; -1: ERR_IO, ERR_SPACE. */
int cursor_publish(const struct io *io, const char *journal_dir, const char *sink, int64_t position,
                   struct err *err);

struct cursor_view {
    unsigned count; /* cursors that were read; 0: nobody has ever followed this journal */
    int64_t lowest, highest; /* 0 where there is none */
    char sink[CURSOR_NAME_MAX + 1]; /* whose the lowest is */
    char wrong[CURSOR_NAME_MAX + 1]; /* a file that does not verify, "": none */
};

/* 0, also where there is no cursor; -1: ERR_IO. */
int cursor_look(const struct io *io, const char *journal_dir, struct cursor_view *out,
                struct err *err);
