/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.h: the counts that the journal can prove, as they were at one position. Only the files
 * of this folder include it. */
#pragma once
#include "ledger/book.h"

enum { CHECKPOINT_CELLS = 5 };
/* What is counted by the journal: the records at or before a position alone decide it. */
extern const unsigned checkpoint_cells[CHECKPOINT_CELLS];

struct checkpoint_row {
    uint64_t row; /* of the book */
    uint64_t cells[CHECKPOINT_CELLS]; /* of the row, in the order of checkpoint_cells */
};

struct checkpoint {
    uint64_t number; /* grows with each */
    int64_t position; /* all records up to here are counted, none behind it */
    uint64_t book, rows_used; /* rows from rows_used on did not exist */
    uint32_t count;
    struct checkpoint_row *rows; /* of the book; all others have not changed since */
};

/* The file: two places, written in turn. */
struct checkpoints {
    const struct io *io;
    int fd; /* -1: none */
    size_t place_bytes;
    uint64_t number; /* of the last that was written */
    uint8_t *bytes; /* one place */
};

/* The newest that verifies. 1; 0: there is no such file; -1: ERR_CORRUPT, none of the two verifies.
 * The caller frees out->rows. */
int checkpoint_read(struct checkpoint *out, const struct io *io, const char *dir, struct err *err);
/* Writes this checkpoint, durable, into the file that is there, where it is sound (`reuse`) and has
 * room for `most` rows, which a full disk allows too; else into a new file in its place. */
int checkpoints_begin(struct checkpoints *out, const struct io *io, const char *dir, uint32_t most,
                      const struct checkpoint *first, bool reuse, struct err *err);
/* Writes another, durable. */
int checkpoints_write(struct checkpoints *c, const struct checkpoint *next, struct err *err);
void checkpoints_end(struct checkpoints *c);
