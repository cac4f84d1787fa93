/* SPDX-License-Identifier: Apache-2.0 */
/* book.h: one file of the ledger: a header and rows, each of one hour of one source. Only the files
 * of this folder include it. */
#pragma once
#include <stdatomic.h>

#include "ledger/ledger.h"

enum { BOOK_ROW_BYTES = 512, BOOK_HEADER_BYTES = 4096, BOOK_NAME_SIZE = 24 };

/* In the file, as it is in memory: little-endian. */
struct book_row {
    int64_t hour; /* since 1970 */
    uint8_t name_len; /* 0: free */
    char name[LEDGER_NAME_MAX];
    uint8_t zero[47];
    uint32_t salt; /* the book's number, so that a row of another file does not verify */
    uint32_t crc; /* of all before */
    _Atomic uint64_t cells[LEDGER_CELLS];
};

/* The words of the header that change. */
struct book_words {
    _Atomic int64_t first; /* what was counted when the book was taken into use; -1: not yet */
    _Atomic int64_t ended; /* what was counted when the next one was; -1: it has none */
    _Atomic int64_t counted; /* the last position whose record is in the rows */
    _Atomic int64_t clean; /* 1: closed in order, nothing was in flight */
};

struct book {
    const struct io *io;
    int fd; /* -1: in memory only */
    uint64_t number;
    uint32_t rows_max, rows_used;
    uint8_t *bytes;
    size_t len;
    struct book_words *words;
    struct book_row *rows;
    unsigned reason_count;
    bool last_of_kind; /* its reasons are not ours: nothing may be added */
};

enum book_access { BOOK_MAPPED, BOOK_COPIED };

void book_name(char out[BOOK_NAME_SIZE], uint64_t number);
/* The number of a book's file name; 0: it is none. */
uint64_t book_number(const char *name);
/* Makes the file, durable. Reasons are stored by name. */
int book_create(const struct io *io, const char *dir, uint64_t number, uint32_t rows,
                const char *const *reasons, unsigned reason_count, struct err *err);
/* A book that is only in memory. The caller frees *out by book_close. */
void book_imagine(struct book *out, uint64_t number, uint32_t rows, const char *const *reasons,
                  unsigned reason_count);
/* ERR_CORRUPT where it is none; rows that do not verify are counted in *bad. */
int book_open(struct book *out, const struct io *io, const char *dir, uint64_t number,
              enum book_access access, unsigned *bad, struct err *err);
void book_close(struct book *b);
const char *book_reason(const struct book *b, unsigned reason);
/* The next free row, taken for that; NULL: all are taken. */
struct book_row *book_take(struct book *b, int64_t hour, struct str name);
bool book_row_is_sound(const struct book *b, const struct book_row *row);
