/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: what the files of the ledger share: ledger.c (pages, counting, reading), recover.c
 * (open, close), sync.c (to the disk, the next book). Nobody else includes this.
 *
 * Threads: pages are found without the lock and made with it; `staged` belongs to the commit thread;
 * cells are atomic, and those of checkpoint_cells change with the lock held, so that whoever holds
 * it sees all of them as of `counted`. No I/O under the lock. */
#pragma once
#include <pthread.h>

#include "ledger/checkpoint.h"

enum {
    REUSED_PAGES = 4, /* of an account: an older hour gets another page, see checkpoint.c */
    STAGED_MAX = 256,
};
#define HOUR_US INT64_C(3600000000)

struct open_book {
    struct book b;
    uint8_t reason[LEDGER_REASONS_MAX]; /* ours, of each of the file's */
};

struct ledger_page {
    int64_t hour;
    _Atomic uint64_t *cells;
    struct open_book *book;
    uint32_t row;
    struct ledger_page *older; /* of the account */
    uint64_t recounted; /* verdicts that recovery took from the journal */
};

struct account {
    char name[LEDGER_NAME_MAX + 1];
    _Atomic(struct ledger_page *) current; /* what was asked for last */
    _Atomic(struct ledger_page *) newest; /* all pages, by `older` */
    struct ledger_page *stand_ins; /* for hours that found no free row: the cells of another */
    uint64_t before[LEDGER_CELLS]; /* sums of the books that are not open */
};

struct staged {
    unsigned account;
    int64_t hour;
    uint64_t duplicates, again, cells[CHECKPOINT_CELLS];
};

struct ledger {
    const struct io *io;
    char *dir;
    int lock_fd; /* -1: none */
    enum ledger_mode mode;
    void (*on_trouble)(void *ctx, const char *text);
    void *trouble_ctx;
    char reasons[LEDGER_REASONS_MAX][LEDGER_REASON_MAX + 1];
    unsigned reason_count, own_reasons; /* those that are written come first */
    struct account **accounts;
    unsigned account_count, source_count;
    struct checkpoints checkpoints; /* fd -1: there is no room for them yet */
    bool checkpoint_sound; /* the file that was there at open */
    bool recovered; /* before there are threads */
    uint64_t checkpoint_number;
    uint64_t synced_sum; /* of what is counted, at the last sync */
    int64_t lost_with_books; /* positions whose counts a damaged book has taken along */
    int64_t next_try_us; /* for the next book, after a failure */

    pthread_mutex_t mtx;
    /* guarded by mtx */
    struct open_book **books; /* in order; the last is written */
    size_t book_count;
    int64_t counted; /* the last position that is in the cells */

    /* the commit thread's */
    struct staged staged[STAGED_MAX];
    unsigned staged_count;
    int64_t staged_position;
};

/* ledger.c; locked_page with the lock held. */
struct ledger_page *locked_page(struct ledger *l, unsigned account, int64_t hour);
void cell_add(struct ledger_page *page, unsigned cell, uint64_t n);
unsigned account_find(const struct ledger *l, struct str name); /* account_count: none */
unsigned account_make(struct ledger *l, struct str name);
/* A page of a row that is there, before all others of its account. */
struct ledger_page *page_of_row(struct ledger *l, unsigned account, struct open_book *book,
                                uint32_t row);
/* Adds a page's cells to out, reasons in the ledger's order. */
void page_sum(const struct ledger_page *page, uint64_t out[LEDGER_CELLS]);
struct open_book *newest_book(const struct ledger *l);
void trouble(const struct ledger *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* sync.c: rows of a book for so many accounts. */
uint32_t book_rows_for(const struct ledger *l);
/* Makes the next book the newest, with a page for each account. Where the disk has no room
 * (ERR_SPACE) there may be one in memory instead, until ledger_sync finds room. */
void next_book_in_memory(struct ledger *l, uint64_t number);
int next_book(struct ledger *l, uint64_t number, struct err *err);
/* What the cells of checkpoint_cells are now; the caller frees rows. With the lock held. */
void checkpoint_take(struct ledger *l, struct checkpoint *out);
/* The checkpoint's file made anew, everything on the disk. */
int begin_checkpoints(struct ledger *l, struct err *err);
/* The open book of a number's file, with its reasons; takes *b. */
struct open_book *add_book(struct ledger *l, struct book *b);
/* Of a file's reason: ours. */
void learn_reasons(struct ledger *l, struct open_book *book);
