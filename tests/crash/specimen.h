/* SPDX-License-Identifier: Apache-2.0 */
/* specimen.h: a journal in memory whose every record is known, to damage and to examine. */
#pragma once
#include "journal/journal.h"
#include "journal/verify.h"
#include "model_io.h"

enum { SPECIMEN_SEGMENTS = 32, SPECIMEN_RECORDS = 8192, SPECIMEN_DAMAGES = 64 };

struct specimen_record {
    int64_t position;
    size_t segment; /* index of the segment */
    uint64_t at, bytes; /* in its file */
};

struct specimen {
    struct model_io *m;
    const struct io *io;
    int64_t firsts[SPECIMEN_SEGMENTS];
    char names[SPECIMEN_SEGMENTS][48]; /* "j/….seg" */
    size_t segments; /* the last is the head */
    struct specimen_record records[SPECIMEN_RECORDS];
    size_t count;
    uint64_t seed; /* of the payloads */
    bool keys; /* the records have keys, and the journal files of them */
};

/* Appends groups of 1..most records of `len` bytes of payload, no byte of which is 0, until there are
 * so many segments and so many records in the head. */
struct specimen *specimen_new(uint64_t segment_bytes, size_t len, size_t most, size_t segments,
                              size_t in_head, uint64_t seed);
/* The same with keys, so many that they are written to files. */
struct specimen *specimen_with_keys(uint64_t segment_bytes, size_t len, size_t segments);
void specimen_free(struct specimen *s);
/* Looks at the files again: where every record stands. */
void specimen_index(struct specimen *s);

/* What an examination found. */
struct findings {
    struct journal_verified verified;
    struct journal_damage list[SPECIMEN_DAMAGES];
    size_t count;
    int result;
};

void specimen_verify(struct specimen *s, struct findings *out);
/* Opens the journal as the collector does, and closes it. */
void specimen_open(struct specimen *s, uint64_t segment_bytes, struct findings *out,
                   struct journal_stats *stats);
/* Whether the reported ranges are just the positions for which lost[position] is set. */
bool findings_are(const struct findings *f, const bool *lost, int64_t last);
/* How many records a reader gives; *damages: how many errors; -1 for one that was never written. */
int64_t specimen_read(struct specimen *s, size_t *damages);

/* "524,288", in one of a few buffers. */
const char *with_commas(uint64_t n);
