/* SPDX-License-Identifier: Apache-2.0 */
/* scan.h: finds records in one segment file, through a window that is read ahead.
 *
 * A compressed segment (packed.h) looks the same: offsets and size are those of the segment inside.
 * Shared by recovery and reader. What it gives lives in the window until the next call. Not safe
 * from two threads. A file that shrinks or changes meanwhile is fine. */
#pragma once
#include "base/io.h"
#include "journal/packed.h"
#include "journal/segment.h"

struct scan {
    const struct io *io;
    int fd; /* -1: none, or it is compressed */
    struct packed *packed; /* NULL: none, or it is plain */
    uint32_t seed;
    int64_t first; /* the segment's first position, by its name */
    uint64_t size; /* of the segment, as of scan_open or scan_refresh */
    uint8_t *window;
    uint64_t at; /* of the window in the file */
    size_t len, cap; /* bytes in it; room for */
    size_t ahead; /* how much to read next time */
};

void scan_init(struct scan *s, const struct io *io);
/* Frees the window as well. */
void scan_reset(struct scan *s);
/* Opens the segment and puts its header block into *header (SEGMENT_HEADER_BYTES; zeros past the
 * file's end). 1; 0 where there is no such file; -1: ERR_IO. */
int scan_open(struct scan *s, const char *dir, const uint8_t id[SEGMENT_ID_BYTES], int64_t first,
              uint8_t *header, struct err *err);
void scan_close(struct scan *s);
static inline bool scan_is_open(const struct scan *s)
{
    return s->fd >= 0 || s->packed;
}
static inline uint64_t scan_file_bytes(const struct scan *s)
{
    return s->packed ? packed_file_bytes(s->packed) : s->size;
}
/* Bytes of the segment; fewer than len only at its end; -1 and errno. */
ssize_t scan_read(struct scan *s, void *buf, size_t len, uint64_t at);
/* Forgets the window: the file may have changed. */
void scan_refresh(struct scan *s);

/* The following return 1, 0 for no, -1 where the file cannot be read (errno). */

/* A sound record at `at`. */
int scan_record(struct scan *s, uint64_t at, struct segment_record *out);
/* The record that follows what ends at *at: there, or behind zeros at the next block; sets *at. */
int scan_next(struct scan *s, uint64_t *at, int64_t expected, struct segment_record *out);
/* The first sound record from *at on with lowest <= position <= highest; sets *at. */
int scan_resync(struct scan *s, uint64_t *at, int64_t lowest, int64_t highest,
                struct segment_record *out);
/* Sets *end behind the last byte from `at` on that is not zero; to `at` where all are. 0 or -1. */
int scan_content_end(struct scan *s, uint64_t at, uint64_t *end);
/* The seal at the file's end. */
int scan_seal(struct scan *s, struct segment_seal *out);
