/* SPDX-License-Identifier: Apache-2.0 */
/* recovery.h: between recovery.c, which judges files, and walk.c, which reads their records. */
#pragma once
#include "journal/aside.h"
#include "journal/internal.h"
#include "journal/scan.h"

struct segment_found {
    int64_t first; /* by its name */
    bool plain, packed, leftover; /* which files of it there are; never written to but plain */
    uint64_t size;
    bool header_good, sealed;
    bool ignored; /* not of this journal, or not at its place */
    bool damaged; /* nothing may be appended to it */
    struct segment_header header;
    struct segment_seal seal;
    int64_t limit; /* the last position that counts; INT64_MAX: this is the head */
    /* known once it was checked */
    int64_t last;
    uint64_t end, last_at, records;
    int64_t newest_us;
    uint64_t unpublished_at; /* where the first record past the watermark begins; 0: none */
    bool seal_bad; /* there was a seal that did not verify; written again */
};

struct recovery {
    struct journal *j;
    struct scan scan;
    struct segment_found *found;
    size_t count, cap;
    int64_t durable; /* the watermark as found; 0 where it could not be read */
    int64_t last; /* the last sound position so far, and that record's hash */
    uint8_t hash[SEGMENT_HASH_BYTES];
    bool hash_known;
    int64_t reported; /* up to where losses were counted */
    struct aside aside;
};

/* Every damage goes through here. file is a segment's first position, 0 for none; first > last: no
 * position is lost by it. */
void recovery_damage(struct recovery *r, int64_t file, uint64_t offset, uint64_t bytes,
                     int64_t first, int64_t last, const char *what);
/* The same, of bytes in the segment that r->scan has open: they are copied aside as well. */
void recovery_keep(struct recovery *r, int64_t file, uint64_t offset, uint64_t bytes, int64_t first,
                   int64_t last, const char *what);
/* Reads a segment without seal; fills f, r->hash. Seals one that only lacks its seal. */
int recovery_walk(struct recovery *r, struct segment_found *f, struct err *err);
/* Writes the seal of a sealed segment once more and syncs it: one that reads well may not be on disk. */
int recovery_seal_again(struct recovery *r, const struct segment_found *f, struct err *err);
/* Makes f the head: cuts its torn tail, makes its records durable. */
int recovery_adopt_head(struct recovery *r, struct segment_found *f, struct err *err);
/* Makes what is kept of a head durable that nothing is to be appended to. */
int recovery_leave_head(struct recovery *r, struct segment_found *f, struct err *err);
int recovery_fill_recent(struct recovery *r, struct err *err);
