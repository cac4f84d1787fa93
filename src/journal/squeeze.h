/* SPDX-License-Identifier: Apache-2.0 */
/* squeeze.h: puts a compressed segment in the place of a plain one.
 *
 * Promise: at every moment the segment is there in at least one form that was proven; a kill at any
 * point leaves what the next open finishes; a segment in which anything does not verify stays as it
 * is. Changes only segments before the head. Threads: one at a time. */
#pragma once
#include <stdatomic.h>

#include "base/err.h"
#include "base/io.h"
#include "journal/scan.h"

struct squeeze_job {
    const struct io *io;
    const char *dir;
    uint8_t id[SEGMENT_ID_BYTES];
    int64_t first;
    const atomic_bool *stop; /* looked at for each frame; may be NULL */
    uint64_t before, after; /* out: bytes of the files */
};

/* What a segment is found to be. */
struct segment_state {
    bool sound; /* every byte of it verifies */
    const char *what; /* else: the first thing that does not */
    uint64_t at, bytes; /* where; 0 and 0: the file as a whole */
    int64_t first, last; /* positions that are lost by it; first > last: none */
    int64_t newest_us; /* the latest `received` of the records that verify; 0: there is none */
};

/* Reads all of a sealed segment that s has open; `header` is its first block. 0, -1 ERR_IO, ERR_BUSY
 * when stopped. */
int segment_examine(struct scan *s, const uint8_t *header, const uint8_t id[SEGMENT_ID_BYTES],
                    const atomic_bool *stop, struct segment_state *out, struct err *err);
/* Writes the compressed file, reads it back, names it, deletes the plain one. ERR_CORRUPT: the
 * segment is damaged and was left alone, or what was written did not read back; ERR_BUSY: stopped;
 * ERR_SPACE; ERR_IO. */
int squeeze_segment(struct squeeze_job *job, struct err *err);

/* The segment that this name is an unfinished compressed file of; -1 for any other name. */
int64_t squeeze_leftover(const char *name);
/* Deletes the unfinished file, or the compressed one beside a plain one. */
int squeeze_undo(const struct io *io, const char *dir, int64_t first, bool unfinished,
                 struct err *err);
