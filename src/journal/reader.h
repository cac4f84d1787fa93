/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h: reads the journal from a position on, beside a running writer.
 *
 * Promise: gives only records that are durable, in order, each once; what does not verify is never
 * given out and never skipped in silence.
 * Threads: one owner per reader. */
#pragma once
#include "journal/journal.h"

struct journal_reader; /* opaque */

struct journal_entry {
    int64_t position, received_us;
    enum journal_kind kind; /* may be one that this version does not know: skip it */
    uint8_t salt[16];
    bool erased; /* the payload was taken out, on purpose; position and time remain */
    struct str payload; /* borrowed until the next call */
};

/* Reads what follows `after` (0: from the first that is kept). A journal that does not exist yet is
 * fine: there is nothing to read until it does. The caller owns *out. */
int journal_reader_open(struct journal_reader **out, const struct io *io, const char *dir,
                        int64_t after, struct err *err);
void journal_reader_close(struct journal_reader *r);
/* 1 and *out; 0 when there is nothing more yet; -1: ERR_CORRUPT (with file and offset in the text)
 * for damage, after which the next call goes on behind it; ERR_IO. */
int journal_reader_next(struct journal_reader *r, struct journal_entry *out, struct err *err);
/* The journal's id; false while there is no journal. */
bool journal_reader_id(struct journal_reader *r, uint8_t out[16]);
/* The position behind which everything is that was received at since_us or later, as the segments'
 * seals say; 0: all of it may be. Reads no records. */
int journal_since(const struct io *io, const char *dir, int64_t since_us, int64_t *after,
                  struct err *err);
/* The last position that is durable, as the writer has published it; 0: none. */
int64_t journal_reader_durable(struct journal_reader *r);
