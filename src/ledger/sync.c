/* SPDX-License-Identifier: Apache-2.0 */
/* sync.c: the ledger's way to the disk, and the change to the next book.
 *
 * Order: the book is synced before a checkpoint that speaks of it. When a book is nearly full, the
 * next one is made and taken into use between two groups of the journal: from then on the old one's
 * provable cells do not change, and a row of its last hours has a second one in the new book.
 * Where a start finds no room for a book, one in memory stands in; what it has counted is moved over
 * as soon as there is a file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/internal.h"

enum { ROWS_LEAST = 2040, ROWS_OF_ACCOUNT = 16, STRANGERS = 16, TRY_AGAIN_US = 500000 };

uint32_t book_rows_for(const struct ledger *l)
{
    uint32_t rows = (l->account_count + STRANGERS) * ROWS_OF_ACCOUNT;

    return rows < ROWS_LEAST ? ROWS_LEAST : rows;
}

/* The ledger's number of a reason; those that find no place are the last one together. */
static unsigned reason_number(struct ledger *l, const char *name)
{
    for (unsigned i = 0; i < l->reason_count; i++)
        if (strcmp(l->reasons[i], name) == 0)
            return i;
    if (l->reason_count == LEDGER_REASONS_MAX)
        return LEDGER_REASONS_MAX - 1;
    if (l->reason_count == LEDGER_REASONS_MAX - 1)
        name = "others";
    snprintf(l->reasons[l->reason_count], sizeof l->reasons[0], "%s", name);
    return l->reason_count++;
}

void learn_reasons(struct ledger *l, struct open_book *book)
{
    book->b.last_of_kind = book->b.reason_count != l->own_reasons;
    for (unsigned i = 0; i < book->b.reason_count; i++) {
        book->reason[i] = (uint8_t)reason_number(l, book_reason(&book->b, i));
        book->b.last_of_kind = book->b.last_of_kind || book->reason[i] != i;
    }
}

struct open_book *add_book(struct ledger *l, struct book *b)
{
    struct open_book *book = xcalloc(1, sizeof *book);

    book->b = *b;
    learn_reasons(l, book);
    pthread_mutex_lock(&l->mtx);
    l->books = xrealloc(l->books, l->book_count + 1, sizeof *l->books);
    l->books[l->book_count++] = book;
    pthread_mutex_unlock(&l->mtx);
    return book;
}

/* With the lock held. */
static void take_into_use(struct ledger *l, struct open_book *book)
{
    struct open_book *before = newest_book(l);

    if (before)
        before->b.words->ended = l->counted;
    book->b.words->first = book->b.words->counted = l->counted;
    l->books = xrealloc(l->books, l->book_count + 1, sizeof *l->books);
    l->books[l->book_count++] = book;
    for (unsigned i = 0; i < l->account_count; i++)
        locked_page(l, i, clock_now_us() / HOUR_US); /* each has one, should rows run out */
}

static void use_book(struct ledger *l, const struct book *b)
{
    struct open_book *book = xcalloc(1, sizeof *book);

    book->b = *b;
    learn_reasons(l, book);
    pthread_mutex_lock(&l->mtx);
    take_into_use(l, book);
    pthread_mutex_unlock(&l->mtx);
}

static void own_reasons(const struct ledger *l, const char *names[LEDGER_REASONS_MAX])
{
    for (unsigned i = 0; i < l->own_reasons; i++)
        names[i] = l->reasons[i];
}

void next_book_in_memory(struct ledger *l, uint64_t number)
{
    const char *names[LEDGER_REASONS_MAX];
    struct book b;

    own_reasons(l, names);
    book_imagine(&b, number, book_rows_for(l), names, l->own_reasons);
    use_book(l, &b);
}

int next_book(struct ledger *l, uint64_t number, struct err *err)
{
    const char *names[LEDGER_REASONS_MAX];
    struct open_book *before = newest_book(l);
    unsigned bad = 0;
    struct book b;

    if (l->mode != LEDGER_WRITE) {
        next_book_in_memory(l, number);
        return 0;
    }
    own_reasons(l, names);
    if (book_create(l->io, l->dir, number, book_rows_for(l), names, l->own_reasons, err) < 0 ||
        book_open(&b, l->io, l->dir, number, BOOK_MAPPED, &bad, err) < 0)
        return -1;
    use_book(l, &b);
    if (before && before->b.fd >= 0 && l->io->fdatasync(l->io, before->b.fd) < 0)
        return err_set(err, ERR_IO, "sync the ledger: %s", strerror(errno));
    return 0;
}

/* What was counted in memory goes to the newest book, as does what still comes in there. With the
 * lock held. */
static void move_from_memory(struct ledger *l)
{
    for (unsigned i = 0; i < l->account_count; i++) {
        struct ledger_page *page =
            atomic_load_explicit(&l->accounts[i]->newest, memory_order_relaxed);

        for (; page; page = page->older) {
            if (page->book->b.fd >= 0)
                continue;
            for (unsigned c = 0; c < LEDGER_CELLS; c++) {
                uint64_t n = atomic_exchange_explicit(&page->cells[c], 0, memory_order_relaxed);

                if (n)
                    cell_add(locked_page(l, i, page->hour), c, n);
            }
        }
    }
}

static void take_row(struct checkpoint *out, const struct ledger_page *page)
{
    struct checkpoint_row *row = &out->rows[out->count++];

    row->row = page->row;
    for (unsigned c = 0; c < CHECKPOINT_CELLS; c++)
        row->cells[c] =
            atomic_load_explicit(&page->cells[checkpoint_cells[c]], memory_order_relaxed);
}

void checkpoint_take(struct ledger *l, struct checkpoint *out)
{
    struct open_book *book = newest_book(l);

    *out = (struct checkpoint){.number = ++l->checkpoint_number,
                               .position = l->counted,
                               .book = book->b.number,
                               .rows_used = book->b.rows_used};
    out->rows = xcalloc(l->account_count * (size_t)REUSED_PAGES, sizeof *out->rows);
    for (unsigned i = 0; i < l->account_count; i++) {
        const struct ledger_page *page =
            atomic_load_explicit(&l->accounts[i]->newest, memory_order_relaxed);

        for (int k = 0; page && page->book == book && k < REUSED_PAGES; k++, page = page->older)
            take_row(out, page);
    }
}

int begin_checkpoints(struct ledger *l, struct err *err)
{
    struct checkpoint c;
    int status = 0;

    if (newest_book(l)->b.fd < 0)
        return err_set(err, ERR_SPACE, "there is no room for the ledger");
    for (size_t i = 0; i < l->book_count; i++)
        if (l->books[i]->b.fd >= 0 && l->io->fdatasync(l->io, l->books[i]->b.fd) < 0)
            return err_set(err, ERR_IO, "sync the ledger: %s", strerror(errno));
    pthread_mutex_lock(&l->mtx);
    checkpoint_take(l, &c);
    pthread_mutex_unlock(&l->mtx);
    status = checkpoints_begin(&l->checkpoints, l->io, l->dir, l->account_count * REUSED_PAGES, &c,
                               l->checkpoint_sound, err);
    free(c.rows);
    return status;
}

/* Changes with whatever is counted; with the lock held. */
static uint64_t sum_of_all(const struct ledger *l)
{
    uint64_t sum = (uint64_t)l->counted;

    for (unsigned i = 0; i < l->account_count; i++) {
        const struct ledger_page *page =
            atomic_load_explicit(&l->accounts[i]->newest, memory_order_relaxed);

        for (int k = 0; page && k < REUSED_PAGES; k++, page = page->older)
            for (unsigned c = 0; c < LEDGER_CELLS; c++)
                sum += atomic_load_explicit(&page->cells[c], memory_order_relaxed);
    }
    return sum;
}

static bool wants_next_book(const struct ledger *l)
{
    const struct book *b = &newest_book(l)->b;

    return b->fd < 0 || b->rows_used > b->rows_max - b->rows_max / 4;
}

/* The next book, where one is wanted and there is room. */
static int turn_over(struct ledger *l, struct err *err)
{
    struct open_book *book;
    bool wants;

    pthread_mutex_lock(&l->mtx);
    wants = wants_next_book(l);
    book = newest_book(l);
    pthread_mutex_unlock(&l->mtx);
    if (!wants || clock_monotonic_us() < l->next_try_us)
        return 0;
    if (next_book(l, book->b.number + (book->b.fd >= 0), err) < 0) {
        l->next_try_us = clock_monotonic_us() + TRY_AGAIN_US;
        return -1; /* the old one goes on */
    }
    return 0;
}

static int write_down(struct ledger *l, const struct open_book *book, const struct checkpoint *c,
                      struct err *err)
{
    if (l->io->fdatasync(l->io, book->b.fd) < 0)
        return err_set(err, ERR_IO, "sync the ledger: %s", strerror(errno));
    return checkpoints_write(&l->checkpoints, c, err);
}

int ledger_sync(struct ledger *l, struct err *err)
{
    struct checkpoint c = {0};
    struct open_book *book;
    uint64_t sum;
    int status;

    CHECK(l->mode == LEDGER_WRITE);
    status = turn_over(l, err);
    pthread_mutex_lock(&l->mtx);
    book = newest_book(l);
    if (book->b.fd >= 0)
        move_from_memory(l);
    sum = sum_of_all(l);
    if (sum != l->synced_sum && book->b.fd >= 0 && l->checkpoints.fd >= 0)
        checkpoint_take(l, &c);
    pthread_mutex_unlock(&l->mtx);
    if (book->b.fd >= 0 && l->checkpoints.fd < 0)
        return begin_checkpoints(l, err);
    if (c.number == 0)
        return status;
    if (write_down(l, book, &c, err) < 0)
        status = -1;
    else
        l->synced_sum = sum;
    free(c.rows);
    return status;
}
