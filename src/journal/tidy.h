/* SPDX-License-Identifier: Apache-2.0 */
/* tidy.h: keeps the journal small: compresses segments that every sink has passed, and deletes those
 * that are older than they are to be kept.
 *
 * Promise: nothing that a sink still has to read is touched, and nothing at all where there is no
 * cursor or one cannot be read; deletion is a note in the journal before the first file goes, and
 * oldest first; what does not verify is moved to `damaged/` instead of deleted, and never compressed.
 * Commits never wait for it: reading and compressing is done by a thread of the lowest priority.
 * Threads: tidy_stop from any; the rest from one, which may wait for a commit. */
#pragma once
#include "base/err.h"
#include "journal/journal.h"

struct tidy; /* opaque */

struct tidy_opts {
    struct journal *journal; /* borrowed until tidy_free */
    int64_t compress_after_us; /* since a segment's newest record; -1: never */
    int64_t keep_us; /* likewise; -1: forever */
    const char *rule; /* by which it is deleted, for the note; copied */
    int64_t (*wall)(void), (*monotonic)(void); /* NULL: the system's */
};

enum tidy_kind {
    TIDY_NOTHING,
    TIDY_COMPRESSED,
    TIDY_DELETED, /* segments, bytes before; `moved` of them were damaged and are in damaged/ */
    TIDY_DAMAGED, /* this segment does not verify and stays as it is; told once */
    TIDY_HELD, /* a cursor that cannot be read holds everything back; told once */
};

struct tidy_report {
    enum tidy_kind kind;
    int64_t first, last; /* positions */
    uint64_t segments, moved;
    uint64_t before, after; /* bytes of the files */
    char text[240]; /* what is wrong */
};

struct tidy *tidy_new(const struct tidy_opts *opts);
/* NULL is fine. */
void tidy_free(struct tidy *t);
/* Makes the step under way, and all later ones, end soon. */
void tidy_stop(struct tidy *t);
/* Does one thing. 1: there may be more to do now; 0: there is not; -1: it failed, with *out as far as
 * it came: ERR_BUSY: stopped; ERR_SPACE, ERR_IO: try later. */
int tidy_step(struct tidy *t, struct tidy_report *out, struct err *err);
