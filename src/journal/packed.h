/* SPDX-License-Identifier: Apache-2.0 */
/* packed.h: reads a compressed segment as if it were the segment itself.
 *
 * Format: top of packed.c. Damage costs the frame that it is in, whose bytes then read as 0xFF, so
 * that no record verifies there; the rest reads as ever. One owner; no locking. */
#pragma once
#include "base/err.h"
#include "base/io.h"
#include "journal/segment.h"

struct packed; /* opaque */

enum { PACKED_FRAME = 128 << 10 }; /* bytes of the segment in a frame */

/* Takes fd, also on failure. Never fails for what the bytes are: see packed_wrong. -1: ERR_IO. */
int packed_open(struct packed **out, const struct io *io, int fd,
                const uint8_t id[SEGMENT_ID_BYTES], int64_t first, struct err *err);
/* NULL is fine. */
void packed_close(struct packed *p);
/* Size of the segment inside. */
uint64_t packed_size(const struct packed *p);
/* Size of the file. */
uint64_t packed_file_bytes(const struct packed *p);
/* NULL, or what is wrong with the frame table; the frames are then found without it, up to the first
 * that does not look like one. */
const char *packed_wrong(const struct packed *p);
/* Up to len bytes of the segment, fewer only at its end; -1 and errno where the file cannot be read. */
ssize_t packed_read(struct packed *p, void *buf, size_t len, uint64_t at);
/* Where in the file the frames of these bytes of the segment are. */
void packed_place(const struct packed *p, uint64_t at, uint64_t len, uint64_t *file_at,
                  uint64_t *file_bytes);
/* How many frames there are, and whether frame i verifies: 1, 0, -1 and errno. */
size_t packed_frames(const struct packed *p);
int packed_check(struct packed *p, size_t i);

/* The writer's part: the table behind `count` frames of so many bytes with these checksums. */
struct packed_frame {
    uint64_t at; /* in the file */
    uint32_t bytes, check;
};
/* The bytes of a table of `count` frames. */
size_t packed_table_bytes(size_t count);
void packed_table_write(uint8_t *out, const struct packed_frame *frames, size_t count,
                        uint64_t segment_bytes, const uint8_t id[SEGMENT_ID_BYTES], int64_t first);
