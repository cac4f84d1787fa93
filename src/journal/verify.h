/* SPDX-License-Identifier: Apache-2.0 */
/* verify.h: reads all of a journal and says what of it does not verify.
 *
 * Promise: every byte that was ever acknowledged is covered by a check: header, chain, each record,
 * seal, compressed frames, commit file, indexes. Changes nothing and takes no lock, so it may run
 * beside the writer: it judges what was durable when it began. Threads: one for each call. */
#pragma once
#include "journal/journal.h"

struct journal_verify_opts {
    const struct io *io;
    const char *dir;
    /* Called for each damage, in the order of positions; may be NULL. */
    void (*on_damage)(void *ctx, const struct journal_damage *damage);
    /* Called now and then with the bytes of segments read and those that there are; may be NULL. */
    void (*on_progress)(void *ctx, uint64_t done, uint64_t all);
    void *ctx;
};

struct journal_verified {
    uint64_t segments, compressed; /* files; how many of them are compressed */
    uint64_t records, bytes; /* that verify; of segments, as inside compressed ones */
    int64_t first, last; /* positions that are kept and durable; 0: none */
    uint64_t damaged, lost; /* places; positions */
    uint64_t unpublished; /* bytes behind the last durable record: never acknowledged */
};

/* 0: all was read, out->damaged says whether all is sound. -1: ERR_USAGE where dir holds no
 * journal, or one of another version, ERR_IO where something cannot be read, ERR_CORRUPT where nothing says
 * which journal it is. */
int journal_verify(const struct journal_verify_opts *opts, struct journal_verified *out,
                   struct err *err);
