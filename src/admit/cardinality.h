/* SPDX-License-Identifier: Apache-2.0 */
/* cardinality.h: how many distinct values a field of a source has taken on a UTC day, and whether one more may be.
 *
 * For each source and field that has a budget, and each day of receipt, the first so many distinct values stay as
 * they are; an event with another one is stored with "(other)" in its place, and counted, with those who sent the
 * most. Of a value only a keyed 64-bit hash is held. The sets outlive the process:
 *
 *     cardinality_open(&c, &opts, &err);      at start
 *     cardinality_save(c, &err);              every few seconds, and at the end
 *
 * What was seen since the last save is lost by a crash: a day's budget may then grow by that much.
 * Memory: at most 32 bytes for each distinct value of a budget, usually less, and 3 KiB to begin with; days reuse it.
 * Threads: cardinality_fields, _property, _take, _folded, _count and _read from any; the rest from the owner. */
#pragma once
#include "admit/senders.h"
#include "base/err.h"
#include "base/io.h"
#include "settings/settings.h"

struct cardinality; /* opaque: all of them */
struct value_budget; /* opaque: of one field of one source; lives as long as all of them */

struct cardinality_opts {
    const struct io *io;
    const char *path; /* copied; NULL: in memory only */
    const struct settings *settings; /* its sources, whose numbers are their places; not kept */
    int64_t now_us;
};

/* Reads the file where there is one of today. One that was changed by hand into something else is
 * ERR_CORRUPT. Keeps io; the caller owns *out. */
int cardinality_open(struct cardinality **out, const struct cardinality_opts *opts,
                     struct err *err);
void cardinality_close(struct cardinality *c);
/* Replaces the file (the old or the new one survives a crash) if a value was seen since the last save. */
int cardinality_save(struct cardinality *c, struct err *err);

/* The budgets of a source by enum budget_field, NULL where it has none; NULL where it has none at all. */
struct value_budget *const *cardinality_fields(struct cardinality *c, unsigned source);
/* That of a property; NULL where it has none. No lock for one that was asked for before. */
struct value_budget *cardinality_property(struct cardinality *c, unsigned source, struct str name);
/* Whether the value is among the first ones of the day. No lock for one that is known, nor past the budget. */
bool cardinality_take(struct value_budget *b, int64_t now_us, struct str value);
/* An event whose value was not. */
void cardinality_folded(struct value_budget *b, int64_t now_us, const struct record *of);

/* Appends "run":…,"fields":[...], what was folded since the last note, with the senders of the day so far where
 * they have changed much, or the note is the `last`; `name_of` gives a source's name. Returns how many fields it
 * names. cardinality_noted(c, false): it was not written, so the next one tells it again. */
size_t cardinality_note(struct cardinality *c, bool last,
                        struct str (*name_of)(void *ctx, unsigned source), void *ctx,
                        struct buf *out);
void cardinality_noted(struct cardinality *c, bool durable);

struct cardinality_use {
    unsigned source;
    struct str field; /* "page", "note", "properties.label" ... */
    size_t distinct, max; /* of the present day */
    uint64_t folded; /* since start */
};
size_t cardinality_count(struct cardinality *c);
/* index < count */
void cardinality_read(struct cardinality *c, size_t index, struct cardinality_use *out);
