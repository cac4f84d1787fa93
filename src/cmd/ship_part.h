/* SPDX-License-Identifier: Apache-2.0 */
/* ship_part.h: one file of a log that is rotated, from its first byte to its last.
 *
 * A part is known by what it holds, wherever it is found: its first bytes (up to 1 KiB of what was read) and
 * the last ones before the place that was reached. So it is found again after a rename, and in the
 * copy that a copytruncate leaves; and a file that was truncated, or another one under the same number, is told
 * from it. The id of a line's event follows from the part's seed, the line's place and its bytes: whoever
 * reads it again makes the same id.
 * Threads: one owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "cmd/ship_feed.h"

enum {
    SHIP_HEAD_MAX = 1024,
    SHIP_TAIL_MAX = 256,
    SHIP_HASH = 32,
    SHIP_CHUNK = 256 * 1024, /* read at once */
    SHIP_ROUND = 2 * 1024 * 1024, /* of one part between two flushes */
};

struct ship_mark {
    size_t len;
    char bytes[SHIP_HEAD_MAX];
    uint8_t hash[SHIP_HASH]; /* of the bytes; where these are not known yet, they are in the file */
    bool loaded; /* bytes are there */
};

struct ship_place {
    uint64_t offset, lines; /* behind the last line, and its number */
    bool skipping; /* within a line that is too long */
    struct ship_mark tail; /* what stands before the offset, at most SHIP_TAIL_MAX */
};

struct ship_part {
    uint64_t inode;
    uint64_t origin; /* the inode that it began with: a copy has another */
    uint64_t generation; /* of those that began with it */
    uint64_t seed; /* with `seeded`: from origin, generation and the first line */
    bool seeded;
    bool ended; /* rotated away, and read to its end: nobody misses it where it goes */
    bool closed; /* read to its end, and not written to for long */
    struct ship_mark head;
    struct ship_place done; /* all before it was acknowledged: what the state says */
    struct ship_place read; /* all before it was handed over */
    /* Not in the state: */
    int fd; /* -1: not found, or closed */
    bool current; /* the file has the log's own name */
};

/* Forgets all that is not in the state. Closes. */
void ship_part_close(struct ship_part *p);
/* True where the file begins and reaches as the part did; its marks are loaded then. */
bool ship_part_is(struct ship_part *p, int fd);
/* True where the file, of this size, begins as the part did and ends before the place that was reached: the copy of
 * a copytruncate, after which the part was read on. It has nothing new. */
bool ship_part_outlived(struct ship_part *p, int fd, uint64_t size);
/* For a file that is not to be read: its marks as if it had been, up to `offset`. */
int ship_part_stand(struct ship_part *p, int fd, uint64_t offset, struct err *err);

enum ship_got {
    SHIP_IDLE, /* nothing new, or no whole line */
    SHIP_MORE, /* lines were fed */
    SHIP_SEED, /* the part got its seed: to be saved before anything is sent */
    SHIP_CHANGED /* the file is not what it was: truncated */
};
/* Feeds up to SHIP_CHUNK bytes of whole lines. `chunk` has SHIP_CHUNK bytes. One of the above, or -1. */
int ship_part_read(struct ship_part *p, struct ship_feed *feed, char *chunk, struct err *err);
/* What was handed over is acknowledged. */
void ship_part_done(struct ship_part *p);
/* Bytes behind the last whole line, and how long ago the file was written to; -1 where it cannot be asked. */
int ship_part_rest(const struct ship_part *p, uint64_t *bytes, int64_t *quiet_us);
