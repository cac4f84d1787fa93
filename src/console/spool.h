/* SPDX-License-Identifier: Apache-2.0 */
/* spool.h: an answer before it is sent: in memory while small, in a nameless file when not.
 *
 * So that what fails halfway is an error and no half answer. Threads: one owner. */
#pragma once
#include "base/buf.h"
#include "base/err.h"

enum { SPOOL_MEMORY = 256 * 1024 };
#define SPOOL_MAX (UINT64_C(4) << 30) /* bytes of one answer */

struct spool {
    struct buf memory;
    const char *dir; /* borrowed */
    int fd; /* -1 while in memory */
    uint64_t len;
    struct err err; /* of the write that failed */
};

void spool_init(struct spool *s, const char *dir);
void spool_free(struct spool *s);
/* 0, or -1 with s->err. */
int spool_write(struct spool *s, struct str bytes);
/* The same as one gives to query_opts.write: ctx is the spool. */
int spool_pass(void *ctx, struct str bytes);
